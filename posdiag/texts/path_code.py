"""How far does the path to the acquirer work, as a code for the technician?

    LAD-TSE[-TSE...]        for instance 000-009-159

The reports call it the diagnosis code. L link, A address and route out, D DNS; then for
the acquirer's host and each backup host T TCP, S secure connection (TLS), E ISO 8583
echo. Each digit: 0 works, 9 not tested, else the cause by `digit` in the texts of the
checks. Warnings count as causes: a digit says what is wrong, not how badly, and a cause
gives its digit to the part that it concerns, whichever check has found it (loss on the
LAN to A). Three digits a group are what a person can hear and repeat.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from posdiag.model import Backup, Status
from posdiag.texts.lookup import Texts
from posdiag.texts.pair import Pair

TEXTS = Texts("posdiag.texts", "path_code.toml")
FORM = re.compile(r"[0-9]{3}(-[0-9]{3}){1,5}")
OK, OTHER, UNTESTED = "0", "8", "9"

BACKUP_TCP: Mapping[str, str] = {
    "ok": OK,
    "silent": "1",
    "unreachable": "1",
    "prohibited": "2",
    "not-sent": "2",
    "refused": "3",
    "closed": "4",
    "name": "5",
}
BACKUP_TLS: Mapping[str, str] = {
    "ok": OK,
    "expired": "1",
    "untrusted": "2",
    "name": "3",
    "client-certificate": "4",
    "version": "5",
    "timeout": "6",
    "-": UNTESTED,
}

FIRST = ("link", "address", "dns")
HOST = ("tcp", "tls", "echo")
"""Parts of the path code: those of the site, and those of each acquirer host."""

PLAIN: Mapping[str, str] = {OK: "ok", OTHER: "other", UNTESTED: "untested"}


class CheckResult(Protocol):
    """The result of one check, as the reports have it."""

    @property
    def part(self) -> str: ...
    @property
    def digits(self) -> Mapping[str, str]: ...
    @property
    def status(self) -> Status: ...
    @property
    def backups(self) -> tuple[Backup, ...]: ...


def path_code(results: Iterable[CheckResult]) -> str:
    """The code of a run. Total: whatever is missing is 9."""
    found = list(results)
    groups = ["".join(_digit(found, part) for part in parts) for parts in (FIRST, HOST)]
    backups = next((r.backups for r in found if r.backups), ())
    groups += [
        BACKUP_TCP.get(b.tcp, OTHER) + BACKUP_TLS.get(b.tls, OTHER) + UNTESTED
        for b in backups[:4]
    ]
    return "-".join(groups)


def shown_code(results: Iterable[CheckResult]) -> str:
    """The code where it says what is wrong; "" where all faults lie beside the path (a
    printer, a SIM, the terminal itself): it would read as "all works"."""
    found = list(results)
    return meaningful(path_code(found), (r.status.value for r in found))


def meaningful(code: str, statuses: Iterable[str]) -> str:
    """The same from a kept report: its code, and how its checks ended."""
    faulty = any(s in (Status.FAIL.value, Status.WARN.value) for s in statuses)
    return "" if faulty and set(code) <= {OK, UNTESTED, "-"} else code


def _digit(results: Sequence[CheckResult], part: str) -> str:
    """What all checks say of one part together: the worst finding first."""
    for status in (Status.FAIL, Status.WARN):
        worst = [r for r in results if r.status is status]
        for one in worst:
            if part in one.digits:
                return one.digits[part]
        # A cause without a digit, or with one for other parts alone.
        if any(r.part == part and not r.digits for r in worst):
            return OTHER
    works = any(r.part == part and r.status is Status.OK for r in results)
    return OK if works else UNTESTED


def is_code(text: str) -> bool:
    return FORM.fullmatch(text.strip()) is not None


def decode(
    code: str, digits: Callable[[str], Mapping[str, str]]
) -> tuple[tuple[Pair, Pair, tuple[str, ...]], ...]:
    """Each digit as (the part that it stands for, its meaning, possible cause ids).

    `digits` gives the digit of each cause in a part. For 0, 8 and 9 there are no cause
    ids; for other digits of a known cause the meaning is the digit itself and the ids
    say more. ValueError if it is not a path code.
    """
    if not is_code(code):
        raise ValueError("not a path code")
    found: list[tuple[Pair, Pair, tuple[str, ...]]] = []
    for place, group in enumerate(code.strip().split("-")):
        for digit, part in zip(group, HOST if place else FIRST, strict=True):
            meaning, causes = _meaning(digit, part, digits(part), backup=place > 1)
            found.append((_part_name(part, place), meaning, causes))
    return tuple(found)


def _part_name(part: str, place: int) -> Pair:
    name = TEXTS(f"part.{part}")
    if place == 0:
        return name
    if place == 1:
        return TEXTS("host.main", part=name)
    return TEXTS("host.backup", number=place - 1, part=name)


def _meaning(
    digit: str, part: str, table: Mapping[str, str], *, backup: bool
) -> tuple[Pair, tuple[str, ...]]:
    if digit in PLAIN:
        return TEXTS(f"digit.{PLAIN[digit]}"), ()
    if backup and part == "tcp" and digit == BACKUP_TCP["name"]:
        return TEXTS("digit.no-name"), ()
    ids = tuple(id for id, shown in table.items() if shown == digit)
    return (Pair.same(digit), ids) if ids else (TEXTS("digit.other"), ())
