"""Which short code tells over the telephone how far the path to the acquirer works?

    LAD-TSE[-TSE...]        for instance 000-009-159

L link, A address and way out, D DNS; then for the acquirer's host and each backup host
T TCP, S secure connection (TLS), E ISO 8583 echo. Each digit: 0 works, 9 not tested,
else the cause by the table below. Warnings count as causes: the digit says what is
wrong, not how badly. Three digits a group are what a person can hear and repeat.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from posdiag.model import Backup, Status
from posdiag.texts.catalogue import Pair

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

# Which checks' findings give a digit, in the order in which they are looked at.
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

PARTS: tuple[tuple[Pair, Mapping[str, str]], ...] = (
    (Pair("网线或 Wi-Fi", "link"), LINK),
    (Pair("地址和出口", "address and way out"), ADDRESS),
    (Pair("域名", "DNS"), DNS),
    (Pair("TCP 连接", "TCP"), TCP),
    (Pair("加密连接", "TLS"), TLS),
    (Pair("报文测试", "echo"), ECHO),
)
PLAIN: Mapping[str, Pair] = {
    OK: Pair("正常", "works"),
    OTHER: Pair("有别的问题", "something else is wrong"),
    UNTESTED: Pair("没有测", "not tested"),
}
NO_NAME = Pair("查不到备用主机的地址", "the backup host's name has no address")


class Told(Protocol):
    """A check's result as the reports have it."""

    @property
    def check(self) -> str: ...
    @property
    def status(self) -> Status: ...
    @property
    def code(self) -> str: ...
    @property
    def backups(self) -> tuple[Backup, ...]: ...


def path_code(results: Iterable[Told]) -> str:
    """The code of a run. Total: whatever is missing is 9."""
    told = list(results)
    groups = ["".join(_digit(told, *part) for part in FIRST)]
    groups.append("".join(_digit(told, *part) for part in HOST))
    backups = next((t.backups for t in told if t.backups), ())
    groups += [
        BACKUP_TCP.get(b.tcp, OTHER) + BACKUP_TLS.get(b.tls, OTHER) + UNTESTED
        for b in backups[:4]
    ]
    return "-".join(groups)


def _digit(
    told: Iterable[Told], table: Mapping[str, str], checks: tuple[str, ...]
) -> str:
    """What the checks whose ids begin so say together: the worst finding first."""
    here = [t for t in told if t.check.startswith(checks)]
    for status in (Status.FAIL, Status.WARN):
        for one in here:
            if one.status is status:
                return table.get(one.code, OTHER)
    return OK if any(t.status is Status.OK for t in here) else UNTESTED


def is_code(text: str) -> bool:
    return FORM.fullmatch(text.strip()) is not None


def explain(code: str) -> tuple[tuple[Pair, Pair, tuple[str, ...]], ...]:
    """Each digit as (what it stands for, what it says, cause ids that it may be).

    For 0, 8 and 9 there are no cause ids; for other digits of a known cause the text is
    the digit itself and the ids say more. ValueError if it is no path code.
    """
    if not is_code(code):
        raise ValueError("not a path code")
    found: list[tuple[Pair, Pair, tuple[str, ...]]] = []
    for place, group in enumerate(code.strip().split("-")):
        parts = PARTS[:3] if place == 0 else PARTS[3:]
        for digit, (name, table) in zip(group, parts, strict=True):
            found.append(_explained(digit, _named(name, place), table, place))
    return tuple(found)


def _named(name: Pair, place: int) -> Pair:
    if place == 0:
        return name
    if place == 1:
        return Pair(f"主机：{name.zh}", f"host: {name.en}")
    number = place - 1
    return Pair(f"备用主机 {number}：{name.zh}", f"backup host {number}: {name.en}")


def _explained(
    digit: str, name: Pair, table: Mapping[str, str], place: int
) -> tuple[Pair, Pair, tuple[str, ...]]:
    if digit in PLAIN:
        return name, PLAIN[digit], ()
    if table is TCP and place > 1 and digit == BACKUP_TCP["name"]:
        return name, NO_NAME, ()
    ids = tuple(id for id, shown in table.items() if shown == digit)
    return name, Pair(digit, digit) if ids else PLAIN[OTHER], ids
