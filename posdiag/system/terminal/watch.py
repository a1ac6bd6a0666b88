"""What does the terminal do? Asked of a child process that hears the wire.

One watch at a time. `tell` is called with each survey as the watch goes on, for a live
display; it must not block.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Interface, IPv4Network, ip_address
from typing import Any

from posdiag.formats.traffic import signs
from posdiag.model.limits import Limits
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
from posdiag.model.questions.terminal import (
    EndWatch,
    TerminalSurvey,
    WatchEnded,
    WatchTerminal,
)
from posdiag.system.core import codec
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.link import netlink, resolvers
from posdiag.system.process.json_child import JsonChild
from posdiag.system.terminal.guests import Guests
from posdiag.system.terminal.order import WatchOrder
from posdiag.system.terminal.passt import PACKAGE, Passt

MODULE = "posdiag.system.terminal.child"
LINE = 8 << 20  # bytes of one survey
GRACE = 160.0  # seconds beyond the watch's own end: an open connection is waited for
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

Tell = Callable[[TerminalSurvey], None]


class Watcher:
    """The handlers of `WatchTerminal` and `EndWatch`."""

    def __init__(self, tell: Tell | None = None) -> None:
        self._tell = tell
        self._child: JsonChild | None = None
        self._guests: Guests | None = None
        self._told: TerminalSurvey | None = None

    async def watch(
        self, question: WatchTerminal, meter: Meter
    ) -> TerminalSurvey | Unknown:
        if question.wifi is None:
            return await self._watch(question, meter)
        if not Passt.installed():  # before the present network is left for it
            return Unknown("no-tool", PACKAGE)
        guests = self._guests = Guests(partial(self._came, question))
        try:
            trouble = await guests.open(question)
            return trouble or await self._watch(question, meter)
        finally:
            await guests.close()
            self._guests = None

    async def _watch(
        self, question: WatchTerminal, meter: Meter
    ) -> TerminalSurvey | Unknown:
        order = await ordered(question, meter)
        if isinstance(order, Unknown):
            return order
        try:
            self._child = await JsonChild.start(MODULE, limit=LINE)
        except OSError:
            return Unknown("trouble")
        self._child.send(as_json(order))
        limit = None if question.mode == "read" else question.seconds + GRACE
        try:
            async with asyncio.timeout(limit):
                return await self._answer(self._child, question)
        except (TimeoutError, ValueError):
            return Unknown("trouble")
        finally:
            child, self._child = self._child, None
            if child is not None:
                await child.end()

    async def _answer(
        self, child: JsonChild, question: WatchTerminal
    ) -> TerminalSurvey | Unknown:
        """The last survey; those before it are only shown."""
        survey: TerminalSurvey | None = None
        while answer := await child.receive():
            if why := answer.get("unknown"):
                return Unknown(str(why), _hint(str(why), str(answer.get("hint", ""))))
            survey = codec.read(answer["survey"], TerminalSurvey)
            survey = self._told = self._with_guests(survey, question)
            if answer["final"]:
                return survey
            if self._tell is not None:
                self._tell(survey)
        return survey or Unknown("trouble")

    def _with_guests(
        self, survey: TerminalSurvey, question: WatchTerminal
    ) -> TerminalSurvey:
        if self._guests is None or question.wifi is None:
            return survey
        return replace(survey, ssid=question.wifi.ssid, clients=self._guests.all)

    def _came(self, question: WatchTerminal) -> None:
        """A device came to our access point: what the wire does not tell is told now,
        and one that was refused again and again will not send anything."""
        if self._told is None or self._guests is None:
            return
        survey = self._with_guests(self._told, question)
        if self._tell is not None:
            self._tell(survey)
        if (
            signs.kept_out(survey, Limits(dict(question.limits)), question.mac)
            and self._child is not None
        ):
            self._child.send({"end": 0.0})

    async def end(self, question: EndWatch, meter: Meter) -> WatchEnded:
        """Ask the watch to end; it answers by itself."""
        if self._child is not None:
            self._child.send({"end": question.trouble})
        return WatchEnded()

    async def close(self) -> None:
        """Leave nothing running, whatever became of the question."""
        child, self._child = self._child, None
        if child is not None:
            await child.end()
        if self._guests is not None:
            await self._guests.close()


def _hint(why: str, hint: str) -> str:
    """The command is the one that was given, with all rights."""
    return RUN_AS_ROOT if why == "no-rights" else hint


def as_json(order: WatchOrder) -> dict[str, Any]:
    written = codec.write(order)
    assert isinstance(written, dict)  # noqa: S101 - a dataclass is written as an object
    return written


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
