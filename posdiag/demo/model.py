"""What the demonstration answers from its model, because loopback has no such thing.

Interfaces and their counters, routes, neighbours, DHCP, ARP, echoes and hops. Echoes
and hops go over the same segments as the connections do, and take as long.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from time import monotonic

from posdiag.demo.chance import Chance
from posdiag.demo.stage import machine_time
from posdiag.demo.world import Way, World
from posdiag.model.questions.lan import (
    ArpReplies,
    ArpReply,
    AskNeighbour,
    AskSweep,
    DiscoverDhcp,
    Neighbour,
    Offers,
    ProbeArp,
    Sweep,
)
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
    AskTime,
    Counters,
    Damage,
    Interface,
    Interfaces,
    LocalName,
    Resolvers,
    Routes,
    RouteTo,
    WallClock,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Hop, Hops, IcmpError, Ping, Trace

UNRESOLVED = 3.1  # seconds until a system gives up on a neighbour (Linux: 3 x 1 s)
EXPIRED = (11, 0)  # ICMP type and code (RFC 792)
FRAMES = 120  # a second, on the shop's cable
HEADERS = 28  # bytes of IPv4 and ICMP


@dataclass(frozen=True, slots=True)
class _Echo:
    """One echo request: when an answer came after it was sent, and which."""

    after: float | None
    trip: float | None = None
    error: IcmpError | None = None


class Model:
    """Answers from the description of one world."""

    def __init__(
        self, world: World, chance: Chance, clock: Callable[[], float] = monotonic
    ) -> None:
        self._world = world
        self._chance = chance
        self._clock = clock
        self._begun = clock()

    async def interfaces(self, question: AskInterfaces, meter: Meter) -> Interfaces:
        return Interfaces(tuple(self._counted(i) for i in self._world.interfaces))

    def _counted(self, interface: Interface) -> Interface:
        """Frames come at a steady rate, and the segment says how many are broken."""
        segment = self._world.segments.get(f"lan.{interface.name}")
        if segment is None or not interface.carrier:
            return interface
        frames = round((self._clock() - self._begun) * FRAMES)
        broken = int(frames * segment.damage)
        counters = Counters(frames - broken, frames, broken)
        return replace(interface, counters=counters)

    async def damage(self, question: AskDamage, meter: Meter) -> Damage:
        return Damage(0, round((self._clock() - self._begun) * FRAMES))

    async def routes(self, question: AskRoutes, meter: Meter) -> Routes:
        return Routes(self._world.routes)

    async def route_to(self, question: AskRouteTo, meter: Meter) -> RouteTo:
        try:
            route = self._world.route(question.address)
        except ValueError:
            route = None
        if route is None:
            return RouteTo(None)
        own = self._world.own_address(route.interface)
        return RouteTo(route.interface, route.gateway, own or None)

    async def neighbour(self, question: AskNeighbour, meter: Meter) -> Neighbour:
        found = self._world.near(question.address, question.interface)
        if found is not None:
            lan = self._world.segments[f"lan.{question.interface}"]
            await asyncio.sleep(lan.delay)
            return Neighbour(question.address, "alive", found.mac)
        if question.timeout < UNRESOLVED:
            await asyncio.sleep(question.timeout)
            return Neighbour(question.address, "pending")
        await asyncio.sleep(UNRESOLVED)
        return Neighbour(question.address, "failed")

    async def sweep(self, question: AskSweep, meter: Meter) -> Sweep:
        network = ip_network(question.network, strict=False)
        await asyncio.sleep(question.timeout)
        alive = {
            host.address: Neighbour(host.address, "alive", host.mac)
            for host in self._world.hosts
            if ip_address(host.address) in network
            if self._world.near(host.address, question.interface)
        }
        return Sweep(tuple(alive.values()), network.num_addresses - 2)

    async def resolvers(self, question: AskResolvers, meter: Meter) -> Resolvers:
        return Resolvers(self._world.resolvers, source="demo")

    async def local_name(self, question: AskLocalName, meter: Meter) -> LocalName:
        return LocalName(())

    async def wall_clock(self, question: AskTime, meter: Meter) -> WallClock:
        return WallClock(machine_time())

    async def offers(self, question: DiscoverDhcp, meter: Meter) -> Offers:
        await asyncio.sleep(question.seconds)
        link = self._world.interface(question.interface)
        up = link is not None and link.carrier
        return Offers(self._world.offers if up else (), question.seconds)

    async def arp(self, question: ProbeArp, meter: Meter) -> ArpReplies:
        await asyncio.sleep(question.seconds)
        link = self._world.interface(question.interface)
        if link is None or not link.carrier:
            return ArpReplies()
        return ArpReplies(
            tuple(
                ArpReply(
                    host.address,
                    host.mac,
                    bool(host.uplink) if question.beyond else None,
                )
                for host in self._world.hosts
                if host.link == link.name and host.address in question.addresses
            )
        )

    async def ping(self, question: Ping, meter: Meter) -> Echoes:
        way = self._world.way(question.address, question.device)
        size = question.size + HEADERS
        if way.state == "not-sent":
            return Echoes(question.address, (None,) * question.count, method="demo")
        own = self._world.route(question.address, question.device)
        link = self._world.interface(own.interface) if own else None
        if question.whole and link is not None and size > link.mtu:
            lost = (None,) * question.count
            return Echoes(question.address, lost, too_big=link.mtu, method="demo")
        echoes = [self._echo(way, size, question.ttl) for _ in range(question.count)]
        ends = [
            number * question.interval
            + (question.timeout if e.after is None else min(e.after, question.timeout))
            for number, e in enumerate(echoes)
        ]
        await asyncio.sleep(max(ends, default=0.0))
        late = question.timeout
        trips = tuple(e.trip if e.trip and e.trip < late else None for e in echoes)
        answered = sum(trip is not None for trip in trips)
        meter.add(sent=size * question.count, received=size * answered)
        errors = tuple(e.error for e in echoes if e.error)
        return Echoes(question.address, trips, errors, method="demo")

    def _echo(self, way: Way, size: int, ttl: int) -> _Echo:
        if 0 < ttl < len(way.segments) or (way.state == "refused" and not ttl):
            return self._complaint(way, ttl)
        lost = self._chance.lost(way)
        trip = self._chance.trip(way)
        deaf = way.host is None or not way.host.pings
        if lost or deaf or way.state != "reached" or size > way.largest:
            return _Echo(None)
        return _Echo(trip, trip)

    def _complaint(self, way: Way, ttl: int) -> _Echo:
        """A router says that the packet died, or that there is no way on."""
        passed = way.segments[:ttl] if ttl else way.segments
        part = replace(way, segments=passed)
        if self._chance.lost(part):
            return _Echo(None)
        error = IcmpError(*EXPIRED, passed[-1].end) if ttl else way.error
        return _Echo(self._chance.trip(part), None, error)

    async def trace(self, question: Trace, meter: Meter) -> Hops:
        way = self._world.way(question.address, question.device)
        ttls = range(question.first, question.last + 1)
        hops = tuple(self._hop(way, ttl, question) for ttl in ttls)
        if way.state == "not-sent":
            return Hops(hops)
        silent = any(hop.kind == "silent" for hop in hops)
        late = max((hop.seconds or 0.0 for hop in hops), default=0.0)
        await asyncio.sleep(question.timeout if silent else late)
        meter.add(sent=36 * len(hops), received=64 * len(hops))
        return Hops(hops)

    def _hop(self, way: Way, ttl: int, question: Trace) -> Hop:
        inside = ttl < len(way.segments) or (
            ttl == len(way.segments) and way.host is None
        )
        part = replace(way, segments=way.segments[:ttl])
        if all([self._chance.lost(part) for _ in range(question.tries)]):
            return Hop(ttl, None)
        trip = self._chance.trip(part)
        if way.state in ("not-sent", "unresolved") or trip > question.timeout:
            return Hop(ttl, None)
        if inside and part.segments and part.segments[-1].end:
            return Hop(ttl, part.segments[-1].end, trip, "expired")
        if way.state == "refused":
            return Hop(ttl, way.by, trip, "unreachable", way.error)
        if way.host is not None:
            return Hop(ttl, way.host.address, trip, "reached")
        return Hop(ttl, None)
