"""Which machines on the way to the acquirer can be asked, and what do they show?

The router, the first hops beyond it and other hosts of the Internet. A hop is asked
for itself (echo), because routers limit the rate at which they complain about dying
packets, and that is not loss.
"""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from posdiag.measure.internet import first_page, is_far
from posdiag.measure.lan import ROUTER_PORTS, gateway_ping
from posdiag.measure.loss.sampling import (
    PATIENT,
    Measured,
    first_reply,
    patience,
    sample_fixed,
    sample_tcp,
)
from posdiag.measure.names import acquirer, servers
from posdiag.measure.statistics import exceeds
from posdiag.measure.uplink import Uplink
from posdiag.model import Context
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Trace

FEW = 12  # echoes that are enough to compare delays
MANY = 80  # and losses: of 5 % all pass in 2 runs of 100, of 10 % in none of 1000
FOREIGN = 48  # trials by TCP with a host that is not ours: 24 connections
UNKNOWN_YET = 1.0  # seconds that a name on the way to a reference may take


@dataclass(frozen=True, slots=True)
class Segments:
    """What the nearer parts of the path showed. None: they could not be asked."""

    lan: Measured | None = None
    isp: tuple[Measured, ...] = ()  # hops beyond the router, other Internet hosts
    last_hop: bool = False  # the acquirer is the very next machine after the router
    damage_told: bool = True  # the system counts damaged packets, and there are none

    @property
    def all(self) -> tuple[Measured, ...]:
        return (*((self.lan,) if self.lan else ()), *self.isp)


@dataclass(frozen=True, slots=True)
class Place:
    """A nearer host and how to sample it: by ping, or where it gives none or limits
    them, by TCP to one of `ports`."""

    address: str
    ports: tuple[int, ...] = ()
    most: int = MANY  # trials by TCP
    pings: bool = True


@dataclass(frozen=True, slots=True)
class Near:
    """What can be asked on the way. `wait` is how long an answer may take."""

    lan: Place | None
    beyond: tuple[Place, ...]
    last_hop: bool
    wait: float


class Ahead:
    """Looks for the nearer segments while the whole path is still being sampled, once
    that begins to look bad."""

    def __init__(self, ctx: Context, up: Uplink) -> None:
        self._ctx, self._up = ctx, up
        self._task: asyncio.Task[Near] | None = None

    def begin(self, whole: Measured) -> asyncio.Task[Near]:
        if self._task is None:
            self._task = asyncio.create_task(_look(self._ctx, self._up, whole))
        return self._task

    def end(self) -> None:
        if self._task is not None:
            self._task.cancel()


def is_slow(whole: Measured, limits: Limits) -> bool:
    return whole.rtt is not None and whole.rtt >= limits["delay.slow"]


async def references(ctx: Context, up: Uplink) -> list[tuple[str, int]]:
    """Other hosts beyond the router that this run talks to anyway, with a TCP port."""
    found: list[tuple[str, int]] = []
    page = await first_page(ctx)
    if page:
        found.append((page[1], urlsplit(page[0]).port or 80))
    told = await servers(ctx)
    found += [] if isinstance(told, Unknown) else [(s, 53) for s in told]
    resolved = await acquirer(ctx)
    not_these = resolved.addresses if resolved else ()
    usable = {a: p for a, p in found if a not in not_these and is_far(a, up)}
    return list(usable.items())[:2]


async def _look(ctx: Context, up: Uplink, whole: Measured) -> Near:
    """Find whom to ask on the way. Delays are asked for as well, where there is one:
    few echoes tell them."""
    wait = patience(whole.trips)
    lan, (hops, last_hop), others = await asyncio.gather(
        _gateway(ctx, up, wait), _hops(ctx, up, whole), _others(ctx, up, whole, wait)
    )
    beyond = {place.address: place for place in (*hops, *others)}
    near = Near(lan, tuple(beyond.values()), last_hop, wait)
    if is_slow(whole, ctx.limits):
        await segments(ctx, near, FEW)
    return near


async def _hops(
    ctx: Context, up: Uplink, whole: Measured
) -> tuple[tuple[Place, ...], bool]:
    """The first machines beyond the router, and whether there are none."""
    hops = await ctx.system.ask(Trace(whole.address))
    if isinstance(hops, Unknown):
        return (), False
    reached = next((h.ttl for h in hops.all if h.kind == "reached"), 0)
    near = [
        h.by
        for h in hops.all
        if h.ttl > 1 and h.by and h.kind == "expired" and h.by != up.gateway
    ]
    return tuple(Place(by) for by in near[:2]), reached == 2


async def _others(
    ctx: Context, up: Uplink, whole: Measured, wait: float
) -> tuple[Place, ...]:
    """Other hosts beyond the router, as far as they are known by now."""
    known = asyncio.create_task(references(ctx, up))
    await asyncio.wait({known}, timeout=UNKNOWN_YET)
    if not known.done():
        known.cancel()
        return ()
    wanted = [(a, p) for a, p in known.result() if a != whole.address]
    heard = await asyncio.gather(*(first_reply(ctx, a, wait) for a, _ in wanted))
    return tuple(
        Place(a, (p,), FOREIGN, pings=bool(trips))
        for (a, p), trips in zip(wanted, heard, strict=True)
    )


async def _gateway(ctx: Context, up: Uplink, wait: float) -> Place | None:
    """The router, by TCP only where it really ignores ping."""
    gateway = up.gateway
    if gateway is None or ip_address(gateway).version != 4:
        return None
    known = await gateway_ping(ctx, up)  # asked before
    if not isinstance(known, Unknown) and known.answered:
        return Place(gateway, ROUTER_PORTS)
    heard = await first_reply(ctx, gateway, wait)
    return Place(gateway, ROUTER_PORTS, pings=bool(heard))


async def segments(
    ctx: Context,
    near: Near,
    count: int,
    whole: asyncio.Task[Measured | None] | None = None,
) -> Segments:
    """Sample router, first hops and other hosts, all at the same time.

    A part that loses clearly more than the `whole` way through it limits its answers:
    its pings tell nothing.
    """
    places = (*((near.lan,) if near.lan else ()), *near.beyond)
    found = await asyncio.gather(
        *(_segment(ctx, p, count, near.wait, whole) for p in places)
    )
    lan = found[0] if near.lan and found[0].heard else None
    isp = found[1:] if near.lan else found
    return Segments(lan, tuple(m for m in isp if m.heard), near.last_hop)


async def _segment(
    ctx: Context,
    place: Place,
    count: int,
    wait: float,
    whole: asyncio.Task[Measured | None] | None = None,
) -> Measured:
    if place.pings:
        pinged = await sample_fixed(ctx, place.address, count, wait)
        through = await whole if whole else None
        if through is None or not exceeds(pinged.sample, through.sample):
            return pinged
    if not place.ports:
        return Measured(place.address, "")
    return await sample_tcp(ctx, place.address, place.ports, min(count, place.most))


async def sample_lan(ctx: Context, up: Uplink, count: int) -> Measured | None:
    if up.gateway is None:
        return None
    known = await gateway_ping(ctx, up)
    wait = PATIENT if isinstance(known, Unknown) else patience(known.answered)
    place = await _gateway(ctx, up, wait)
    lan = await _segment(ctx, place, count, wait) if place else None
    return lan if lan and lan.heard else None
