"""machine.Interfaces, addresses and routes of this machine (rtnetlink(7)).

Each question opens a netlink socket of its own and closes it: a few milliseconds; the
first one 0.2 s more, for the import of pyroute2.
"""

import asyncio
import errno
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, TypeVar

from posdiag.model.questions import machine
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.system.link.interfaces import (
    Message,
    address,
    attribute,
    interface,
    read_sysfs,
)
from posdiag.system.link.routes import MAIN_TABLE, Refusal, route_to, routes
from posdiag.system.wire.raw.ipsec import policy_for

T = TypeVar("T")

# Errors of a lookup that finds no route, or one that rejects (fib_props).
NO_ROUTE: Mapping[int, Literal[""] | Refusal] = {
    errno.ENETUNREACH: "",
    errno.EINVAL: "blackhole",
    errno.EHOSTUNREACH: "unreachable",
    errno.EACCES: "prohibit",
}
CHECKSUMS = (("Icmp", "InCsumErrors"), ("Tcp", "InCsumErrors"), ("Udp", "InCsumErrors"))
PROC_LIMIT = 64 * 1024
# Of one dump: 30,000 routes would take 190 MB and 10 s. Beyond it nothing is known.
MAX_ENTRIES = 3000


class TooManyEntries(Exception):
    """A dump that has more than `MAX_ENTRIES`."""


async def query_kernel(work: Callable[[Any], Awaitable[T]]) -> T | Unknown:
    """Await `work(route)`, with an `AsyncIPRoute` of its own.

    Unknown: `no-rights`, or `trouble` where netlink fails or a dump is too long.
    """
    from pyroute2 import AsyncIPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        async with AsyncIPRoute() as route:
            return await work(route)
    except TooManyEntries:
        return Unknown("trouble", f"netlink: more than {MAX_ENTRIES} entries")
    except (OSError, NetlinkError) as error:
        return _failure(error)


async def with_netlink(work: Callable[[Any], T]) -> T | Unknown:
    """Run `work(iproute)` in a thread: what changes the machine runs to its end, also
    if the task that waits for it is cancelled."""
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    def run() -> T | Unknown:
        try:
            with IPRoute() as route:
                return work(route)
        except (OSError, NetlinkError) as error:
            return _failure(error)

    return await asyncio.to_thread(run)


def _failure(error: Exception) -> Unknown:
    """For an OSError (there may be no netlink in a sandbox) or a NetlinkError."""
    number = getattr(error, "code", None) or getattr(error, "errno", None)
    return Unknown("no-rights" if number in (errno.EPERM, errno.EACCES) else "trouble")


async def dump(request: Awaitable[AsyncGenerator[Any, None]]) -> list[Any]:
    """All messages of a dump. Raises `TooManyEntries`, for `query_kernel`."""
    found: list[Any] = []
    async with aclosing(await request) as messages:
        async for message in messages:
            if len(found) >= MAX_ENTRIES:
                raise TooManyEntries
            found.append(message)
    return found


async def interfaces(
    question: machine.AskInterfaces, meter: Meter
) -> machine.Interfaces | Unknown:
    return await query_kernel(_interfaces)


async def _interfaces(route: Any) -> machine.Interfaces:
    own = defaultdict(list)
    for message in await dump(route.get_addr()):
        own[message["index"]].append(address(message))
    found = []
    for link in await dump(route.get_links()):
        index = link["index"]
        sysfs = read_sysfs(str(attribute(link, "IFLA_IFNAME")), index)
        found.append(interface(link, tuple(own[index]), sysfs))
    return machine.Interfaces(tuple(found))


def names_of(links: Iterable[Message]) -> dict[int, str]:
    """Interface numbers and their names."""
    return {link["index"]: str(attribute(link, "IFLA_IFNAME")) for link in links}


async def all_routes(
    question: machine.AskRoutes, meter: Meter
) -> machine.Routes | Unknown:
    return await query_kernel(_all_routes)


async def _all_routes(route: Any) -> machine.Routes:
    messages = await dump(route.get_routes(table=MAIN_TABLE))
    return machine.Routes(routes(messages, names_of(await dump(route.get_links()))))


async def route_for(
    question: machine.AskRouteTo, meter: Meter
) -> machine.RouteTo | Unknown:
    return await query_kernel(lambda route: _route_to(route, question.address))


async def _route_to(route: Any, wanted: str) -> machine.RouteTo:
    from pyroute2.netlink.exceptions import NetlinkError

    plain, _, scope = wanted.partition("%")
    ip_address(plain)  # a host name here would be a bug of ours
    links = await dump(route.get_links())
    names = names_of(links)
    mtus = {link["index"]: int(attribute(link, "IFLA_MTU") or 0) for link in links}
    out = [index for index, name in names.items() if scope in (name, str(index))]
    extra = {"oif": out[0]} if scope and out else {}
    try:
        answers = list(await route.route("get", dst=plain, **extra))
    except NetlinkError as error:
        if error.code in NO_ROUTE:
            return machine.RouteTo(None, barred=NO_ROUTE[error.code])
        raise
    if not answers:
        return machine.RouteTo(None)
    found = route_to(answers[0], names, mtus)
    return replace(found, ipsec=policy_for(plain, found.source))


async def damage(question: machine.AskDamage, meter: Meter) -> machine.Damage | Unknown:
    try:
        texts = [_proc(name) for name in ("snmp", "netstat")]
    except OSError:
        return Unknown("unsupported")
    return count_damage(*texts)


def _proc(name: str) -> str:
    # /proc/self follows this process's namespace, whoever mounted /proc.
    with Path("/proc/self/net", name).open("rb") as file:
        return file.read(PROC_LIMIT).decode("ascii", "replace")


def count_damage(snmp: str, netstat: str) -> machine.Damage | Unknown:
    """From the texts of /proc/net/snmp and /proc/net/netstat.

    Each is pairs of lines, names and then values, both led by the protocol.
    """
    values: dict[tuple[str, str], int] = {}
    for text in (snmp, netstat):
        lines = [line.split() for line in text.splitlines() if line.strip()]
        for names, numbers in zip(lines[::2], lines[1::2], strict=False):
            if names[0] != numbers[0]:
                continue
            for name, number in zip(names[1:], numbers[1:], strict=False):
                if number.lstrip("-").isdecimal():
                    values[names[0].rstrip(":"), name] = int(number)
    received = values.get(("Ip", "InReceives"))
    if received is None:
        return Unknown("unsupported")
    wrong = sum(values.get(key, 0) for key in (*CHECKSUMS, ("IpExt", "InCsumErrors")))
    return machine.Damage(wrong, received)
