"""Which checks does the command line ask for?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from posdiag.commands import TEXTS
from posdiag.commands.shared.common import refuse, refuse_unknown

if TYPE_CHECKING:
    from posdiag.model import Check
    from posdiag.model.site import Site
    from posdiag.texts.lang import Lang


def names(options: Iterable[str]) -> tuple[str, ...]:
    """The items of comma-separated lists, stripped."""
    parts = (part.strip() for option in options for part in option.split(","))
    return tuple(part for part in parts if part)


def chosen(
    checks: Sequence[Check],
    selected: Sequence[str],
    skipped: Sequence[str],
    site: Site,
    lang: Lang,
) -> frozenset[str]:
    """Ids of the checks to run: those selected and what they need, less those skipped.

    Refuses names that are neither a check nor a group, and a choice of nothing.
    """
    known = tuple(dict.fromkeys(name for c in checks for name in (group(c), c.id)))
    for name in (*selected, *skipped):
        if name not in known:
            refuse_unknown(name, known, lang)
    wanted = {c.id for c in checks if not selected or is_named(c.id, selected)}
    ids = _with_needs(checks, wanted, site)
    left = frozenset(
        c.id for c in checks if c.id in ids and not is_named(c.id, skipped)
    )
    # What a selected check needs is no reason to run, if that check is left out.
    if not left or not (left & wanted):
        refuse(TEXTS("wrong.nothing-left").of(lang))
    return left


def named(checks: Sequence[Check], selected: Sequence[str]) -> frozenset[str] | None:
    """Ids of the checks that the user named, by themselves or by their group; None
    where nothing was named."""
    ids = (c.id for c in checks if is_named(c.id, selected))
    return frozenset(ids) if selected else None


def group(check: Check) -> str:
    return check.id.partition(".")[0]


def is_named(id: str, names: Sequence[str]) -> bool:
    """Is a check among these ids and groups?"""
    return id in names or id.partition(".")[0] in names


def _with_needs(checks: Sequence[Check], wanted: set[str], site: Site) -> set[str]:
    """The wanted checks and everything that they need at this site, transitively."""
    by_id = {check.id: check for check in checks}
    found: set[str] = set()
    open_ids = list(wanted)
    while open_ids:
        id = open_ids.pop()
        if id in found or id not in by_id:
            continue
        found.add(id)
        lifted = by_id[id].unless
        open_ids += [n for n in by_id[id].needs if not (lifted and lifted(site, n))]
    return found
