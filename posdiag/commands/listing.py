"""`posdiag list`: the checks in order, and which of them would be skipped here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, put_json, wants_json, write
from posdiag.commands.shared.outputs import width
from posdiag.commands.shared.sites import site_of

if TYPE_CHECKING:
    from posdiag.model import Check, LeftOut
    from posdiag.model.site import Site
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

SCHEMA = "posdiag.list/1"


@dataclass(frozen=True, slots=True)
class Item:
    """One check as listed. `skipped` is a reason code as in findings, or ""."""

    check: Check
    title: Pair
    asks: Pair
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
    from posdiag.texts.lookup import left_out as why

    chosen = language(lang)
    for_programs = wants_json(format, chosen)
    site = site_of(profile, acquirer, chosen)
    registered = checks()
    catalogue = Catalogue(registered.checks)
    reasons = _reasons(registered.checks, site)
    items = [
        _item(check, catalogue, reasons.get(check.id, ""))
        for check in registered.checks
    ]
    if for_programs:
        left_out = [
            {"package": left.package, "check": left.check, **asdict(why(left))}
            for left in registered.left_out
        ]
        listed = [_object(item) for item in items]
        put_json({"schema": SCHEMA, "checks": listed, "left_out": left_out})
        return
    write(_text(items, registered.left_out, chosen))


def _reasons(checks: Sequence[Check], site: Site) -> dict[str, str]:
    """Why each check would be skipped here, by id; those that would not are absent."""
    from posdiag.engine.foresee import foresee
    from posdiag.system.choose import choose
    from posdiag.system.core.rights import missing_rights

    without = missing_rights()
    wanting = {c.id: f"skip.{without}" for c in checks if c.rights and without}
    return {**wanting, **foresee(checks, site, choose(None))}


def _item(check: Check, catalogue: Catalogue, skipped: str) -> Item:
    from posdiag.system.core.rights import RUN_AS_ROOT
    from posdiag.texts.lookup import WORDS

    reason = WORDS(f"reason.{skipped}") if skipped else None
    hint = RUN_AS_ROOT if skipped == "skip.no-rights" else ""
    title = catalogue.check_title(check)
    return Item(
        check, title, catalogue.check_title(check, "asks"), skipped, reason, hint
    )


def _object(item: Item) -> dict[str, Any]:
    return {
        "id": item.check.id,
        "title": asdict(item.title),
        "asks": asdict(item.asks),
        "needs": list(item.check.needs),
        "rights": item.check.rights,
        "skipped": item.skipped or None,
        "reason": asdict(item.reason) if item.reason else None,
        "hint": item.hint,
    }


def _text(items: Sequence[Item], left_out: Sequence[LeftOut], lang: Lang) -> str:
    from posdiag.report.terminal.canvas import Canvas
    from posdiag.report.terminal.console import printable_lang, printed
    from posdiag.texts.lookup import left_out as why

    encoding = sys.stdout.encoding or "ascii"
    page = Canvas(printable_lang(lang, encoding), width(), encoding)
    for item in items:
        page.hanging("", f"{item.check.id}  {item.title.of(page.lang)}", "bold")
        for detail in _details(item):
            page.hanging("  ", detail.of(page.lang))
    for left in left_out:
        line = TEXTS("list.left-out", package=left.package, why=why(left))
        page.hanging("", line.of(page.lang))
    return printed(page.lines, encoding, page.width, color=False)


def _details(item: Item) -> Iterator[Pair]:
    yield item.asks
    if item.check.needs:
        yield TEXTS("list.needs", checks=", ".join(item.check.needs))
    if item.check.rights:
        yield TEXTS("list.rights")
    if item.reason and item.hint:
        yield TEXTS("list.skipped-hint", reason=item.reason, hint=item.hint)
    elif item.reason:
        yield TEXTS("list.skipped", reason=item.reason)
