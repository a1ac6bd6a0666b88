"""All that can be explained: checks and their causes, by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from posdiag.commands.explain import TEXTS, guide_causes

if TYPE_CHECKING:
    from posdiag.model import Check
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

LEFT = 34  # cells of the column of ids


def page(
    checks: Sequence[Check], catalogue: Catalogue, lang: Lang, group: str = ""
) -> str:
    """Ids with their titles, one a line; with `group` only that group's."""
    chosen = [c for c in checks if not group or c.id.partition(".")[0] == group]
    lines = [line for check in chosen for line in _lines(check, catalogue, lang)]
    causes = guide_causes.beyond_checks(catalogue)
    by_guide = [id for id in causes if not group or id.partition(".")[0] == group]
    if by_guide:
        titles = ((id, guide_causes.title(id, lang)) for id in by_guide)
        lines += ["", TEXTS("list.asked").of(lang)]
        lines += [f"  {id:<{LEFT - 2}}  {title}" for id, title in titles]
    if not group:
        lines += ["", TEXTS("list.codes").of(lang)]
    return "\n".join(lines)


def _lines(check: Check, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    yield f"{check.id:<{LEFT}}  {catalogue.check_title(check).of(lang)}"
    for cause in catalogue.causes_of(check):
        title = catalogue.cause(cause, None, (check.id,)).title
        yield f"  {cause:<{LEFT - 2}}  {title.of(lang)}"
