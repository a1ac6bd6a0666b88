"""Which checks does the command line ask for?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn

import typer

from posdiag.commands import TEXTS
from posdiag.commands.shared.common import refuse, refuse_unknown
from posdiag.commands.shared.exit_codes import UNKNOWN
from posdiag.texts.clean import clean

if TYPE_CHECKING:
    from posdiag.engine.registry import Registered
    from posdiag.model import Check, LeftOut
    from posdiag.model.site import Site
    from posdiag.texts.lang import Lang


def names(options: Iterable[str]) -> tuple[str, ...]:
    """The items of comma-separated lists, stripped."""
    parts = (part.strip() for option in options for part in option.split(","))
    return tuple(part for part in parts if part)


def select(
    registered: Registered,
    selected: Sequence[str],
    skipped: Sequence[str],
    site: Site,
    lang: Lang,
) -> frozenset[str]:
    """Ids of the checks to run: those selected and what they need, less those skipped.

    Refuses names that are neither a check nor a group, and a choice of nothing. What
    may be a plugin that was left out need not be skipped, and cannot be selected.
    """
    checks, left_out = registered.checks, registered.left_out
    known = tuple(dict.fromkeys(name for c in checks for name in (group(c), c.id)))
    for name in selected:
        if name not in known:
            not_there(name, known, left_out, lang)
    for name in skipped:
        if name not in known and not any(may_be(name, left) for left in left_out):
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


def not_there(
    name: str,
    known: Iterable[str],
    left_out: Iterable[LeftOut],
    lang: Lang,
    listed_by: str = "posdiag list",
) -> NoReturn:
    """Refuse a name that is not known: wrong use, unless a plugin that was left out may
    have it. Then it could not be told what it is."""
    from posdiag.texts.lookup import left_out as words

    for left in left_out:
        if may_be(name, left):
            given, package = clean(name, 60), left.package
            line = TEXTS(
                "wrong.left-out", given=given, package=package, why=words(left)
            ).of(lang)
            typer.echo(f"posdiag: {line}", err=True)
            raise typer.Exit(UNKNOWN)
    refuse_unknown(name, known, lang, listed_by)


def may_be(name: str, left: LeftOut) -> bool:
    """Can a name that is not known be one of this plugin?"""
    from posdiag.engine.checklist import reserved

    if left.check and is_named(left.check, (name,)):
        return True
    return left.unseen and name.partition(".")[0] not in reserved()


def named_checks(
    checks: Sequence[Check], selected: Sequence[str]
) -> frozenset[str] | None:
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
