"""`posdiag list`: the checks in order, and which of them would be skipped here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, put, refuse_unknown, write
from posdiag.commands.shared.sites import site_of

if TYPE_CHECKING:
    from posdiag.model import Check
    from posdiag.model.site import Site
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

SCHEMA = "posdiag.list/1"
FORMATS = ("terminal", "json")


@dataclass(frozen=True, slots=True)
class Item:
    """One check as listed. `skipped` is a reason code as in findings, or ""."""

    check: Check
    title: Pair
    skipped: str
    reason: Pair | None
    hint: str


def listing(
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    format: options.ListFormat = "terminal",
    lang: options.Language = None,
) -> None:
    from posdiag.engine.registry import checks
    from posdiag.texts.catalogue import Catalogue

    chosen = language(lang)
    if format not in FORMATS:
        refuse_unknown(format, FORMATS, chosen)
    site = site_of(profile, acquirer, chosen)
    registered = checks()
    catalogue = Catalogue(registered.checks)
    reasons = _reasons(registered.checks, site)
    items = [
        _item(check, catalogue.check_title(check), reasons.get(check.id, ""))
        for check in registered.checks
    ]
    if format == "json":
        whole = {"schema": SCHEMA, "checks": [_object(item) for item in items]}
        text = json.dumps(whole, ensure_ascii=False, indent=2)
        put(text.encode("utf-8", "backslashreplace") + b"\n")
        return
    write("\n".join(line for item in items for line in _lines(item, chosen)))


def _reasons(checks: Sequence[Check], site: Site) -> dict[str, str]:
    """Why each check would be skipped here, by id; those that would not are absent."""
    from posdiag.engine.foresee import foresee
    from posdiag.system.choose import choose
    from posdiag.system.core.rights import missing

    without = missing()
    wanting = {c.id: f"skip.{without}" for c in checks if c.rights and without}
    return {**wanting, **foresee(checks, site, choose(None))}


def _item(check: Check, title: Pair, skipped: str) -> Item:
    from posdiag.system.core.rights import RUN_AS_ROOT
    from posdiag.texts.lookup import WORDS

    reason = WORDS(f"reason.{skipped}") if skipped else None
    hint = RUN_AS_ROOT if skipped == "skip.no-rights" else ""
    return Item(check, title, skipped, reason, hint)


def _object(item: Item) -> dict[str, Any]:
    return {
        "id": item.check.id,
        "title": asdict(item.title),
        "needs": list(item.check.needs),
        "rights": item.check.rights,
        "skipped": item.skipped or None,
        "reason": asdict(item.reason) if item.reason else None,
        "hint": item.hint,
    }


def _lines(item: Item, lang: Lang) -> Iterator[str]:
    yield f"{item.check.id:<22} {item.title.of(lang)}"
    for detail in _details(item):
        yield " " * 23 + detail.of(lang)


def _details(item: Item) -> Iterator[Pair]:
    if item.check.needs:
        yield TEXTS("list.needs", checks=", ".join(item.check.needs))
    if item.check.rights:
        yield TEXTS("list.rights")
    if item.reason and item.hint:
        yield TEXTS("list.skipped-hint", reason=item.reason, hint=item.hint)
    elif item.reason:
        yield TEXTS("list.skipped", reason=item.reason)
