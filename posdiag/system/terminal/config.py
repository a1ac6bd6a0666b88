"""What a watch needs to know of this machine: the interfaces and addresses of the child
process, from a question and the kernel's tables."""

import asyncio
import socket
from dataclasses import dataclass, replace
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

RESOLVE_TIME = 3.0  # seconds for a name of the profile
LEASE_NETWORKS = ("192.168.214.0/24", "10.214.0.0/24", "172.29.214.0/24")
PHONES = (
    IPv4Network("172.20.10.0/28"),  # iOS
    IPv4Network("192.168.42.0/24"),  # Android by USB
    IPv4Network("192.168.43.0/24"),  # Android, Wi-Fi
    IPv4Network("192.168.44.0/24"),  # Android, Bluetooth
)
PHONE_NAMES = ("usb", "rndis", "wwan", "ppp", "bnep")


@dataclass(frozen=True, slots=True)
class WatchConfig:
    """The question, and what this machine knows: `inside` (the terminal's side),
    `outside` (the LAN's) and `asking` (for ARP requests) are interfaces, "" for none,
    `address` is our own on the last, `network` and `router` those of the LAN, `own` and
    `own_macs` all our addresses. The rest is for hosting: the subnet of its leases, and
    which hosts the terminal may reach."""

    question: WatchTerminal
    inside: str = ""
    outside: str = ""
    asking: str = ""
    address: str = ""
    network: str = ""
    router: str = ""
    own: tuple[str, ...] = ()
    own_macs: tuple[str, ...] = ()
    phone: bool = False
    lend: str = ""
    reachable: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()


async def configure(question: WatchTerminal, meter: Meter) -> WatchConfig | Unknown:
    """For this machine as it is connected now."""
    if question.mode == "read":
        return WatchConfig(question)
    interfaces = await netlink.interfaces(AskInterfaces(), meter)
    routes = await netlink.all_routes(AskRoutes(), meter)
    if not isinstance(interfaces, Interfaces):
        return interfaces
    by_name = {i.name: i for i in interfaces.all}
    default = default_interface(interfaces, routes)
    if question.mode == "listen":
        name = question.interface or default or wired_interface(interfaces)
        if name not in by_name:
            return Unknown("no-interface")
        config = _on_lan(WatchConfig(question), by_name[name], interfaces, routes)
        return replace(config, inside=name)
    uplink = by_name.get(question.uplink or default)
    config = _on_lan(WatchConfig(question), uplink, interfaces, routes)
    if question.mode == "host":
        return await _hosting(config, uplink, interfaces, meter)
    if uplink is None:
        return Unknown("no-interface")
    return replace(config, inside=question.interface, outside=uplink.name)


def _on_lan(
    config: WatchConfig,
    uplink: Interface | None,
    interfaces: Interfaces,
    routes: Routes | Unknown,
) -> WatchConfig:
    """With what this machine knows of its LAN."""
    own = tuple(a.address for i in interfaces.all for a in i.addresses)
    macs = tuple(i.mac.lower() for i in interfaces.all if len(i.mac) == 17)
    config = replace(config, own=own, own_macs=tuple(m for m in macs if m.strip("0:")))
    if uplink is None:
        return config
    usable = [
        a
        for a in uplink.addresses
        if a.family == 4
        and a.scope == "global"
        and not ip_address(a.address).is_link_local
    ]
    if not usable:
        return config
    network = IPv4Interface(f"{usable[0].address}/{usable[0].prefix}").network
    defaults = () if isinstance(routes, Unknown) else routes.defaults
    gateways = [r.gateway for r in defaults if r.interface == uplink.name and r.gateway]
    router = next((g for g in gateways if ":" not in g), "")
    return replace(
        config,
        address=usable[0].address,
        network=str(network),
        router=router,
        phone=_is_phone(uplink, network),
    )


def _is_phone(uplink: Interface, network: IPv4Network) -> bool:
    """Does it look like a phone that shares its connection?"""
    by_name = uplink.name.startswith(PHONE_NAMES) or uplink.kind == "cellular"
    return by_name or any(network.subnet_of(phone) for phone in PHONES)


async def _hosting(
    config: WatchConfig, uplink: Interface | None, interfaces: Interfaces, meter: Meter
) -> WatchConfig | Unknown:
    question = config.question
    inside = question.interface or wired_interface(
        interfaces, other_than=uplink.name if uplink else ""
    )
    if not inside:
        return Unknown("no-interface")
    taken = [
        IPv4Interface(f"{a.address}/{a.prefix}").network
        for i in interfaces.all
        for a in i.addresses
        if a.family == 4
    ]
    free = [n for n in LEASE_NETWORKS if not any(map(IPv4Network(n).overlaps, taken))]
    lend = (free or LEASE_NETWORKS[-1:])[0]
    known = await resolvers.resolvers(AskResolvers(), meter)
    servers = known.servers if isinstance(known, Resolvers) else ()
    usable = tuple(filter(_is_remote_ipv4, servers))[:3]
    wired = uplink is not None and uplink.kind == "ethernet" and not config.phone
    return replace(
        config,
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
            async with asyncio.timeout(RESOLVE_TIME):
                found = await loop.getaddrinfo(name, None, family=socket.AF_INET)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            return []
        return [str(entry[4][0]) for entry in found]

    found = await asyncio.gather(*map(resolve, hosts))
    return tuple(dict.fromkeys(a for one in found for a in one))


def _is_remote_ipv4(server: str) -> bool:
    """Is this resolver no stub on this machine?"""
    try:
        found = ip_address(server)
    except ValueError:
        return False
    return found.version == 4 and not found.is_loopback


def wired_interface(interfaces: Interfaces, other_than: str = "") -> str:
    """An Ethernet interface, one with a carrier first; "" for none."""
    wired = [i for i in interfaces.all if i.kind == "ethernet" and i.name != other_than]
    ready = [i for i in wired if i.carrier] or wired
    return ready[0].name if ready else ""


def default_interface(interfaces: Interfaces, routes: Routes | Unknown) -> str:
    """The interface of the default route, if it is Ethernet or Wi-Fi; else ""."""
    names = {i.name for i in interfaces.all if i.kind in ("ethernet", "wifi")}
    defaults = () if isinstance(routes, Unknown) else routes.defaults
    return next((r.interface for r in defaults if r.interface in names), "")
