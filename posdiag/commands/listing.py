"""`posdiag list`: the checks in order, and which of them would be skipped here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, put, refuse_unknown, write
from posdiag.commands.shared.selection import group
from posdiag.commands.shared.sites import site_of

if TYPE_CHECKING:
    from posdiag.model import Check
    from posdiag.model.site import Site
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

SCHEMA = "posdiag.list/1"
FORMATS = ("terminal", "json")

#: Groups that have nothing to do where the profile leaves their table as it is.
FROM_PROFILE = ("acquirer", "target", "vpn", "cellular", "pstn", "bluetooth")


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
    items = [
        _item(check, catalogue.check_title(check), site) for check in registered.checks
    ]
    if format == "json":
        whole = {"schema": SCHEMA, "checks": [_object(item) for item in items]}
        text = json.dumps(whole, ensure_ascii=False, indent=2)
        put(text.encode("utf-8", "backslashreplace") + b"\n")
        return
    write("\n".join(line for item in items for line in _lines(item, chosen)))


def _item(check: Check, title: Pair, site: Site) -> Item:
    from posdiag.system.core.rights import RUN_AS_ROOT
    from posdiag.texts.lookup import WORDS

    skipped, hint = "", ""
    if _unset(check, site):
        skipped = "skip.not-configured"
    elif check.rights and sys.platform != "linux":
        skipped = "skip.unsupported"
    elif check.rights and not _may():
        skipped, hint = "skip.no-rights", RUN_AS_ROOT
    reason = WORDS(f"reason.{skipped}") if skipped else None
    return Item(check, title, skipped, reason, hint)


def _unset(check: Check, site: Site) -> bool:
    from posdiag.model.site import Site

    name = group(check)
    if name == "acquirer":
        # acquirer.loss needs no acquirer: it then tests the path to the Internet.
        asked = "acquirer.connect" in (check.id, *check.needs)
        return asked and site.acquirer.host is None
    return name in FROM_PROFILE and getattr(site, name) == getattr(Site(), name)


def _may() -> bool:
    from posdiag.system.link.packet_probes import may_open_packet_socket

    return may_open_packet_socket()


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
