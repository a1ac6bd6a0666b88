"""What is to be watched on this machine as it is connected now? The order for the child
process, from a question and what the kernel knows."""

import asyncio
import contextlib
import socket
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network, ip_address

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskResolvers,
    AskRoutes,
    Interface,
    Interfaces,
    Resolvers,
    Routes,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.terminal import WatchTerminal
from posdiag.system.link import netlink, resolvers
from posdiag.system.terminal.order import WatchOrder

RESOLVING = 3.0  # seconds for a name of the profile
LENT = ("192.168.214.0/24", "10.214.0.0/24", "172.29.214.0/24")
PHONES = tuple(
    map(
        IPv4Network,
        (
            "172.20.10.0/28",  # iOS
            "192.168.42.0/24",  # Android by USB
            "192.168.43.0/24",  # Android, Wi-Fi
            "192.168.44.0/24",  # Android, Bluetooth
        ),
    )
)
PHONE_NAMES = ("usb", "rndis", "wwan", "ppp", "bnep")


async def ordered(question: WatchTerminal, meter: Meter) -> WatchOrder | Unknown:
    """The order for this machine as it is connected now."""
    if question.mode == "read":
        return WatchOrder(question)
    interfaces = await netlink.interfaces(AskInterfaces(), meter)
    routes = await netlink.all_routes(AskRoutes(), meter)
    if not isinstance(interfaces, Interfaces):
        return interfaces
    here = default_interface(interfaces, routes)
    by_name = {i.name: i for i in interfaces.all}
    if question.mode == "listen":
        return _listening(question, interfaces, routes, here)
    uplink = by_name.get(question.uplink or here)
    if uplink is None and question.mode == "inline":
        return Unknown("no-interface")
    order = _on_lan(WatchOrder(question), uplink, interfaces, routes)
    if question.mode == "inline":
        name = uplink.name if uplink else ""
        return replace(order, inside=question.interface, outside=name)
    return await _hosting(order, uplink, interfaces, meter)


def _listening(
    question: WatchTerminal,
    interfaces: Interfaces,
    routes: Routes | Unknown,
    default: str,
) -> WatchOrder | Unknown:
    name = question.interface or default or likely(interfaces)
    found = next((i for i in interfaces.all if i.name == name), None)
    if found is None:
        return Unknown("no-interface")
    order = _on_lan(WatchOrder(question), found, interfaces, routes)
    return replace(order, inside=found.name)


def likely(interfaces: Interfaces) -> str:
    """The first wire with a carrier."""
    wired = [i for i in interfaces.all if i.kind == "ethernet"]
    ready = [i for i in wired if i.carrier] or wired
    return ready[0].name if ready else ""


def _on_lan(
    order: WatchOrder,
    uplink: Interface | None,
    interfaces: Interfaces,
    routes: Routes | Unknown,
) -> WatchOrder:
    """With what this machine knows of its LAN."""
    own = tuple(a.address for i in interfaces.all for a in i.addresses)
    macs = tuple(i.mac.lower() for i in interfaces.all if len(i.mac) == 17)
    order = replace(order, own=own, own_macs=tuple(m for m in macs if m.strip("0:")))
    if uplink is None:
        return order
    here = [a for a in uplink.addresses if a.family == 4 and a.scope == "global"]
    usable = [a for a in here if not ip_address(a.address).is_link_local]
    if not usable:
        return order
    network = IPv4Interface(f"{usable[0].address}/{usable[0].prefix}").network
    defaults = () if isinstance(routes, Unknown) else routes.defaults
    gateways = [r.gateway for r in defaults if r.interface == uplink.name and r.gateway]
    router = next((g for g in gateways if ":" not in g), "")
    return replace(
        order,
        address=usable[0].address,
        network=str(network),
        router=router,
        phone=_phone(uplink, network),
    )


def _phone(uplink: Interface, network: IPv4Network) -> bool:
    """Does it look like a phone that shares its connection?"""
    named = uplink.name.startswith(PHONE_NAMES) or uplink.kind == "cellular"
    return named or any(network.subnet_of(phone) for phone in PHONES)


async def _hosting(
    order: WatchOrder, uplink: Interface | None, interfaces: Interfaces, meter: Meter
) -> WatchOrder | Unknown:
    question = order.question
    inside = question.interface or free_socket(
        interfaces, uplink.name if uplink else ""
    )
    if not inside:
        return Unknown("no-interface")
    taken = [
        IPv4Interface(f"{a.address}/{a.prefix}").network
        for i in interfaces.all
        for a in i.addresses
        if a.family == 4
    ]
    lend = next(n for n in LENT if not _overlaps(n, taken) or n == LENT[-1])
    known = await resolvers.resolvers(AskResolvers(), meter)
    servers = known.servers if isinstance(known, Resolvers) else ()
    usable = tuple(s for s in map(_plain, servers) if s)[:3]
    wired = uplink is not None and uplink.kind == "ethernet" and not order.phone
    return replace(
        order,
        inside=inside,
        asking=uplink.name if wired and uplink else "",
        phone=not wired,
        lend=lend,
        servers=usable or (str(IPv4Network(lend)[1]),),
        reachable=await _addresses(question.reachable),
    )


async def _addresses(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """The IPv4 addresses of these (host:port), as this machine resolves them."""
    loop = asyncio.get_running_loop()

    async def resolve(host: str) -> list[str]:
        name = host.rpartition(":")[0].strip("[]")
        try:
            async with asyncio.timeout(RESOLVING):
                found = await loop.getaddrinfo(name, None, family=socket.AF_INET)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            return []
        return [str(entry[4][0]) for entry in found]

    found = await asyncio.gather(*map(resolve, hosts))
    return tuple(dict.fromkeys(a for one in found for a in one))


def _plain(server: str) -> str:
    """An IPv4 resolver that is not a stub on this machine."""
    try:
        found = ip_address(server)
    except ValueError:
        return ""
    return server if found.version == 4 and not found.is_loopback else ""


def _overlaps(network: str, taken: list[IPv4Network]) -> bool:
    return any(IPv4Network(network).overlaps(other) for other in taken)


def free_socket(interfaces: Interfaces, uplink: str) -> str:
    """The socket for the terminal's cable: a wired one that is not the uplink."""
    wired = [i for i in interfaces.all if i.kind == "ethernet" and i.name != uplink]
    ready = [i for i in wired if i.carrier] or wired
    return ready[0].name if ready else ""


def default_interface(interfaces: Interfaces, routes: Routes | Unknown) -> str:
    names = {i.name for i in interfaces.all if i.kind in ("ethernet", "wifi")}
    defaults = () if isinstance(routes, Unknown) else routes.defaults
    found = [r.interface for r in defaults if r.interface in names]
    with contextlib.suppress(IndexError):
        return found[0]
    return ""
