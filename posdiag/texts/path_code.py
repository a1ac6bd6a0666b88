"""How far does the path to the acquirer work, as a code to read out by telephone?

    LAD-TSE[-TSE...]        for instance 000-009-159

L link, A address and route out, D DNS; then for the acquirer's host and each backup
host T TCP, S secure connection (TLS), E ISO 8583 echo. Each digit: 0 works, 9 not
tested, else the cause by the tables below. Warnings count as causes: a digit says what
is wrong, not how badly. Three digits a group are what a person can hear and repeat.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from posdiag.model import Backup, Status
from posdiag.texts.lookup import Texts
from posdiag.texts.pair import Pair

TEXTS = Texts("posdiag.texts", "path_code.toml")
FORM = re.compile(r"[0-9]{3}(-[0-9]{3}){1,5}")
OK, OTHER, UNTESTED = "0", "8", "9"

LINK: Mapping[str, str] = {
    "link.no-adapter": "1",
    "link.down": "2",
    "link.errors": "3",
    "wifi.not-found": "4",
    "wifi.name-mismatch": "4",
    "wifi.wrong-passphrase": "5",
    "wifi.terminal-wrong-passphrase": "5",
    "wifi.security-mismatch": "6",
    "wifi.refused": "6",
    "wifi.full": "6",
    "wifi.weak-signal": "7",
    "wifi.interference": "7",
}
ADDRESS: Mapping[str, str] = {
    "ip.no-address": "1",
    "wifi.no-lease": "1",
    "ip.wrong-address": "2",
    "ip.wrong-netmask": "2",
    "ip.duplicate-address": "3",
    "ip.no-gateway": "4",
    "ip.wrong-gateway": "4",
    "ip.rogue-dhcp": "5",
    "router.unreachable": "6",
    "router.packet-loss": "6",
    "router.slow": "6",
    "isp.no-internet": "7",
    "isp.captive-portal": "7",
    "isp.packet-loss": "7",
    "isp.slow": "7",
}
DNS: Mapping[str, str] = {
    "dns.no-server": "1",
    "dns.server-unreachable": "2",
    "dns.server-failure": "3",
    "dns.slow": "4",
    "dns.acquirer-not-found": "5",
    "dns.hijack": "6",
}
TCP: Mapping[str, str] = {
    "acquirer.unreachable": "1",
    "acquirer.port-blocked": "2",
    "acquirer.port-closed": "3",
    "acquirer.closed-connection": "4",
}
TLS: Mapping[str, str] = {
    "acquirer.tls-expired": "1",
    "acquirer.tls-untrusted": "2",
    "acquirer.tls-name": "3",
    "acquirer.tls-client-certificate": "4",
    "acquirer.tls-version": "5",
    "acquirer.tls-timeout": "6",
    "clock.skew": "7",
}
ECHO: Mapping[str, str] = {
    "acquirer.no-answer": "1",
    "acquirer.bad-answer": "2",
    "acquirer.declined": "3",
}
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

# The checks (by the start of their ids) whose findings give each digit, in order.
FIRST: tuple[tuple[Mapping[str, str], tuple[str, ...]], ...] = (
    (LINK, ("link.", "wifi.")),
    (ADDRESS, ("ip.", "router.", "isp.")),
    (DNS, ("dns.",)),
)
HOST: tuple[tuple[Mapping[str, str], tuple[str, ...]], ...] = (
    (TCP, ("acquirer.connect",)),
    (TLS, ("acquirer.tls",)),
    (ECHO, ("acquirer.echo",)),
)

# The same parts as they are named to people; those after `dns` are of each host.
PARTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("link", LINK),
    ("address", ADDRESS),
    ("dns", DNS),
    ("tcp", TCP),
    ("tls", TLS),
    ("echo", ECHO),
)
PLAIN: Mapping[str, str] = {OK: "ok", OTHER: "other", UNTESTED: "untested"}


class CheckResult(Protocol):
    """The result of one check, as the reports have it."""

    @property
    def check(self) -> str: ...
    @property
    def status(self) -> Status: ...
    @property
    def code(self) -> str: ...
    @property
    def backups(self) -> tuple[Backup, ...]: ...


def path_code(results: Iterable[CheckResult]) -> str:
    """The code of a run. Total: whatever is missing is 9."""
    all_results = list(results)
    groups = ["".join(_digit(all_results, *part) for part in FIRST)]
    groups.append("".join(_digit(all_results, *part) for part in HOST))
    backups = next((r.backups for r in all_results if r.backups), ())
    groups += [
        BACKUP_TCP.get(b.tcp, OTHER) + BACKUP_TLS.get(b.tls, OTHER) + UNTESTED
        for b in backups[:4]
    ]
    return "-".join(groups)


def _digit(
    results: Iterable[CheckResult], table: Mapping[str, str], checks: tuple[str, ...]
) -> str:
    """The digit for the checks whose ids begin with `checks`; failures come first."""
    here = [r for r in results if r.check.startswith(checks)]
    for status in (Status.FAIL, Status.WARN):
        for result in here:
            if result.status is status:
                return table.get(result.code, OTHER)
    return OK if any(r.status is Status.OK for r in here) else UNTESTED


def is_code(text: str) -> bool:
    return FORM.fullmatch(text.strip()) is not None


def decode(code: str) -> tuple[tuple[Pair, Pair, tuple[str, ...]], ...]:
    """Each digit as (the part that it stands for, its meaning, possible cause ids).

    For 0, 8 and 9 there are no cause ids; for other digits of a known cause the meaning
    is the digit itself and the ids say more. ValueError if it is not a path code.
    """
    if not is_code(code):
        raise ValueError("not a path code")
    found: list[tuple[Pair, Pair, tuple[str, ...]]] = []
    for place, group in enumerate(code.strip().split("-")):
        parts = PARTS[:3] if place == 0 else PARTS[3:]
        for digit, (part, table) in zip(group, parts, strict=True):
            meaning, causes = _meaning(digit, table, backup=place > 1)
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
    digit: str, table: Mapping[str, str], *, backup: bool
) -> tuple[Pair, tuple[str, ...]]:
    if digit in PLAIN:
        return TEXTS(f"digit.{PLAIN[digit]}"), ()
    if backup and table is TCP and digit == BACKUP_TCP["name"]:
        return TEXTS("digit.no-name"), ()
    ids = tuple(id for id, shown in table.items() if shown == digit)
    return (Pair.same(digit), ids) if ids else (TEXTS("digit.other"), ())
