"""What interfaces, addresses and routes does the machine have? (rtnetlink)

pyroute2 runs an event loop of its own behind its blocking calls and refuses to be
called from inside another, so each question goes to a worker thread, opens a socket
there and closes it. A question costs a few milliseconds; the first one 0.2 s more, for
the import.
"""

import asyncio
import errno
from collections import defaultdict
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    AskRoutes,
    AskRouteTo,
    Damage,
    Interfaces,
    Routes,
    RouteTo,
)
from posdiag.model.questions.meter import Meter
from posdiag.system.link.interfaces import address, attribute, interface, read_sysfs
from posdiag.system.link.routes import MAIN_TABLE, route_to, routes

T = TypeVar("T")

NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL}
CHECKSUMS = (("Icmp", "InCsumErrors"), ("Tcp", "InCsumErrors"), ("Udp", "InCsumErrors"))
PROC_LIMIT = 64 * 1024


async def with_netlink(work: Callable[[Any], T]) -> T | Unknown:
    """Run `work(iproute)` in a thread of its own, with a socket of its own."""
    return await asyncio.to_thread(_open_and, work)


def _open_and(work: Callable[[Any], T]) -> T | Unknown:
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        with IPRoute() as route:
            return work(route)
    except PermissionError:
        return Unknown("no-rights")
    except NetlinkError as error:
        refused = error.code in (errno.EPERM, errno.EACCES)
        return Unknown("no-rights" if refused else "trouble")
    except OSError:  # no netlink in this sandbox
        return Unknown("trouble")


async def interfaces(question: AskInterfaces, meter: Meter) -> Interfaces | Unknown:
    return await with_netlink(_interfaces)


def _interfaces(route: Any) -> Interfaces:
    own = defaultdict(list)
    for message in route.get_addr():
        own[message["index"]].append(address(message))
    found = []
    for link in route.get_links():
        index = link["index"]
        sysfs = read_sysfs(str(attribute(link, "IFLA_IFNAME")), index)
        found.append(interface(link, tuple(own[index]), sysfs))
    return Interfaces(tuple(found))


def names_of(route: Any) -> dict[int, str]:
    """Interface numbers and their names."""
    links = route.get_links()
    return {link["index"]: str(attribute(link, "IFLA_IFNAME")) for link in links}


async def all_routes(question: AskRoutes, meter: Meter) -> Routes | Unknown:
    return await with_netlink(
        lambda route: Routes(
            routes(list(route.get_routes(table=MAIN_TABLE)), names_of(route))
        )
    )


async def route_for(question: AskRouteTo, meter: Meter) -> RouteTo | Unknown:
    return await with_netlink(lambda route: _route_to(route, question.address))


def _route_to(route: Any, wanted: str) -> RouteTo:
    from pyroute2.netlink.exceptions import NetlinkError

    plain, _, scope = wanted.partition("%")
    ip_address(plain)  # a name here would be our own bug
    links = route.get_links()
    names = {link["index"]: str(attribute(link, "IFLA_IFNAME")) for link in links}
    mtus = {link["index"]: int(attribute(link, "IFLA_MTU") or 0) for link in links}
    out = [index for index, name in names.items() if scope in (name, str(index))]
    extra = {"oif": out[0]} if scope and out else {}
    try:
        answers = list(route.route("get", dst=plain, **extra))
    except NetlinkError as error:
        if error.code in NO_WAY:
            return RouteTo(None)
        raise
    return route_to(answers[0], names, mtus) if answers else RouteTo(None)


async def damage(question: AskDamage, meter: Meter) -> Damage | Unknown:
    try:
        texts = [_proc(name) for name in ("snmp", "netstat")]
    except OSError:
        return Unknown("unsupported")
    return count_damage(*texts)


def _proc(name: str) -> str:
    # /proc/self follows this process's namespace, whoever mounted /proc.
    with Path("/proc/self/net", name).open("rb") as file:
        return file.read(PROC_LIMIT).decode("ascii", "replace")


def count_damage(snmp: str, netstat: str) -> Damage | Unknown:
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
    return Damage(wrong, received)
