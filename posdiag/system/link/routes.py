"""Routes from the kernel's netlink messages.

Pure functions over netlink messages as pyroute2 gives them (`interfaces`).
"""

import socket
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Literal

from posdiag.model.questions.machine import Route, RouteTo
from posdiag.system.link.interfaces import Message, attribute

MAIN_TABLE = 254

# linux/rtnetlink.h
UNICAST = 1
Refusal = Literal["blackhole", "unreachable", "prohibit"]
REFUSING: Mapping[int, Refusal] = {6: "blackhole", 7: "unreachable", 8: "prohibit"}
DEAD, LINKDOWN = 0x1, 0x10
CLONED = 0x200

# The kernel's own "no IPv6 route" entry, which older kernels list with the rest.
NULL_METRIC = 0xFFFFFFFF
NOISE = ("fe80::/10", "ff00::/8", "::1/128")


def _destination(message: Message) -> str:
    length = int(message["dst_len"])
    if length == 0:
        return "default"
    family6 = message["family"] == socket.AF_INET6
    base = attribute(message, "RTA_DST") or ("::" if family6 else "0.0.0.0")  # noqa: S104 - a destination, not a bind
    return str(ip_network(f"{base}/{length}", strict=False))


def _is_noise(destination: str) -> bool:
    if ":" not in destination:
        return False
    network = ip_network(destination)
    return any(network.subnet_of(ip_network(noise)) for noise in NOISE)  # type: ignore[arg-type]  # all are IPv6


def gateway(hop: Message) -> str | None:
    """RTA_GATEWAY, or RTA_VIA (an IPv4 route through an IPv6 neighbour)."""
    found = attribute(hop, "RTA_GATEWAY")
    if found is None:
        via = attribute(hop, "RTA_VIA")
        found = via.get("addr") if isinstance(via, Mapping) else None
    return None if found is None else str(found)


def _paths(message: Message, names: Mapping[int, str]) -> Iterator[Route]:
    """The route itself, or each next hop of a multipath route."""
    hops = attribute(message, "RTA_MULTIPATH")
    for hop in hops or (message,):
        index = hop.get("oif") if hops else attribute(message, "RTA_OIF")
        flags = int(hop.get("flags") or 0)
        yield Route(
            _destination(message),
            gateway(hop),
            names.get(index or 0, ""),
            int(attribute(message, "RTA_PRIORITY") or 0),
            6 if message["family"] == socket.AF_INET6 else 4,
            dead=bool(flags & (DEAD | LINKDOWN)),
            shared=bool(hops),
        )


def _routes(message: Message, names: Mapping[int, str]) -> Iterator[Route]:
    if int(message.get("flags") or 0) & CLONED:
        return
    if attribute(message, "RTA_PRIORITY") == NULL_METRIC:
        return
    if message["type"] in REFUSING:
        family = 6 if message["family"] == socket.AF_INET6 else 4
        metric = int(attribute(message, "RTA_PRIORITY") or 0)
        yield Route(_destination(message), None, "", metric, family, dead=True)
    elif message["type"] == UNICAST:
        yield from _paths(message, names)


def routes(messages: Iterable[Message], names: Mapping[int, str]) -> tuple[Route, ...]:
    """The routes of the main table, default routes first, by metric.

    `names` maps interface numbers to names.
    """
    found = [
        route
        for message in messages
        if (attribute(message, "RTA_TABLE") or message.get("table")) == MAIN_TABLE
        for route in _routes(message, names)
        if route.destination == "default" or not _is_noise(route.destination)
    ]
    found.sort(key=lambda r: (r.destination != "default", r.family, r.metric))
    return tuple(found)


def route_to(
    message: Message, names: Mapping[int, str], mtus: Mapping[int, int]
) -> RouteTo:
    """The answer to RTM_GETROUTE.

    `mtu` is the path MTU that the system uses: that of the route or learned from a
    router, else that of the interface.
    """
    if message["type"] in REFUSING:
        return RouteTo(None, barred=REFUSING[message["type"]])
    index = int(attribute(message, "RTA_OIF") or 0)
    return RouteTo(
        names.get(index, ""),
        gateway(message),
        attribute(message, "RTA_PREFSRC"),
        attribute(message, "RTA_METRICS", "RTAX_MTU") or mtus.get(index),
    )
