"""Find and sample hosts on the nearer part of the path to the acquirer.

These are the router, the first hops beyond it and other Internet hosts. A hop is sent
echoes of its own: routers limit the rate of Time Exceeded messages (RFC 1812 section
4.3.2.8), and a missing one is no loss.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from posdiag.measure.internet import connectivity_host
from posdiag.measure.lan import ROUTER_PORTS, gateway_ping
from posdiag.measure.loss.probes import echo_timeout, first_reply, reply_timeout
from posdiag.measure.loss.samples import HostSample, SaleLoss, Segments, is_slow
from posdiag.measure.loss.sampling import BATCH, sample_connections, sample_echoes
from posdiag.measure.names import known_servers, resolve_acquirer
from posdiag.measure.statistics import exceeds, proven_loss, sample_size_for
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink, is_far
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Trace

FEW = 12  # echoes that suffice to compare delays
MANY = 80  # and losses: 5 % goes unseen in 2 samples of 100, 10 % in none of 1000
FOREIGN_TRIALS = 48  # by TCP with a host that is not the acquirer's: 24 connections
SYNS = 20  # connections to one host where connections are lost
LARGE, LARGE_PACE = 24, 0.06  # full segments at most to one host, and their interval
OUTAGE_TIME = 4.0  # seconds, in which one of 1.5 s in every 5 s is seen
OUTAGE_PACE, OUTAGE_MOST = 0.06, 204  # echoes, up to 12 s of them
RESOLVE_TIMEOUT = 1.0  # for the name of a reference host


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """A host and how to sample it: by ICMP echo, or where it gives no replies or limits
    them, by at most `max_trials` of TCP to one of `ports`."""

    address: str
    ports: tuple[int, ...] = ()
    max_trials: int = MANY
    echoes: bool = True


@dataclass(frozen=True, slots=True)
class NearerHosts:
    """Hosts that can be sampled on the path; `timeout` is for one echo."""

    router: ProbeTarget | None
    beyond: tuple[ProbeTarget, ...]
    last_hop: bool
    timeout: float


class HostFinder:
    """Finds hosts to sample, as soon as the sample of the path looks bad."""

    def __init__(self, ctx: Context, up: Uplink, tasks: Background) -> None:
        self._ctx, self._up, self._tasks = ctx, up, tasks
        self._finding: asyncio.Task[NearerHosts] | None = None
        self._watch: OutageWatch | None = None

    def start(self, path: HostSample) -> asyncio.Task[NearerHosts]:
        """Begin with the path's sample so far; later calls return the same task. At its
        first outage the hosts are sampled as well, so as not to miss the next one."""
        if self._finding is None:
            self._finding = self._tasks.start(_find(self._ctx, self._up, path))
        if self._watch is None and path.sample.comes_in_outages:
            self._watch = OutageWatch(self._ctx, self._finding, self._tasks)
        return self._finding

    async def outages(
        self, path: HostSample, verified: asyncio.Task[HostSample | None]
    ) -> Segments:
        """Those samples, which span a whole outage or more."""
        finding = self.start(path)
        watch = self._watch or OutageWatch(self._ctx, finding, self._tasks)
        return await watch.end(verified)

    async def found(self, path: HostSample) -> NearerHosts:
        """The hosts; a caller that is cancelled does not cancel the search."""
        return await asyncio.shield(self.start(path))


class OutageWatch:
    """Samples all hosts while the path is sampled, until both have seen an outage."""

    def __init__(
        self, ctx: Context, finding: asyncio.Task[NearerHosts], tasks: Background
    ) -> None:
        self._ctx = ctx
        self._enough = asyncio.Event()
        self._segments = tasks.start(self._sample(finding))
        self._least = tasks.start(asyncio.sleep(OUTAGE_TIME))

    async def end(self, verified: asyncio.Task[HostSample | None]) -> Segments:
        """End it with the verification of the path, after `OUTAGE_TIME` at the
        soonest."""
        await asyncio.wait({verified, self._least})
        self._enough.set()
        return await self._segments

    async def _sample(self, finding: asyncio.Task[NearerHosts]) -> Segments:
        near = await asyncio.shield(finding)
        return await _each(near, lambda target: self._one(target, near.timeout))

    async def _one(self, target: ProbeTarget, timeout: float) -> HostSample:
        if not target.echoes:
            return await _by_tcp(self._ctx, target, MANY)
        return await sample_echoes(
            self._ctx,
            target.address,
            OUTAGE_MOST,
            timeout,
            "outages",
            OUTAGE_PACE,
            enough=self._enough,
        )


async def references(ctx: Context, up: Uplink) -> list[tuple[str, int]]:
    """At most two other hosts beyond the router that this run talks to anyway, each
    with a TCP port."""
    page = await connectivity_host(ctx)
    found = [(page[1], urlsplit(page[0]).port or 80)] if page else []
    found += [(server, 53) for server in await known_servers(ctx)]
    resolved = await resolve_acquirer(ctx)
    excluded = resolved.addresses if resolved else ()
    usable = {a: p for a, p in found if a not in excluded and is_far(a, up)}
    return list(usable.items())[:2]


async def _find(ctx: Context, up: Uplink, path: HostSample) -> NearerHosts:
    """Find hosts to sample. If the path is slow, sample their delay at once; a few
    echoes suffice."""
    timeout = echo_timeout(path.rtts)
    router, (hops, last_hop), others = await asyncio.gather(
        _router(ctx, up, timeout),
        _hops(ctx, up, path),
        _reference_targets(ctx, up, path, timeout),
    )
    beyond = {target.address: target for target in (*hops, *others)}
    near = NearerHosts(router, tuple(beyond.values()), last_hop, timeout)
    if is_slow(path, ctx.limits):
        await sample_segments(ctx, near, FEW)
    return near


async def _hops(
    ctx: Context, up: Uplink, path: HostSample
) -> tuple[tuple[ProbeTarget, ...], bool]:
    """The first two hops beyond the router, and whether there are none."""
    hops = await ctx.system.ask(Trace(path.address))
    if isinstance(hops, Unknown):
        return (), False
    reached = next((h.ttl for h in hops.all if h.kind == "reached"), 0)
    near = [h.by for h in hops.all if h.ttl > 1 and h.by and h.kind == "expired"]
    near = [by for by in near if by != up.gateway]
    return tuple(ProbeTarget(by) for by in near[:2]), reached == 2


async def _reference_targets(
    ctx: Context, up: Uplink, path: HostSample, timeout: float
) -> tuple[ProbeTarget, ...]:
    """The references, if they are known within `RESOLVE_TIMEOUT`. A host on the nearer
    part of the path takes no longer to answer than its end."""
    timeout = min(timeout, reply_timeout(max(path.rtts))) if path.rtts else timeout
    with Background() as tasks:
        known = tasks.start(references(ctx, up))
        await asyncio.wait({known}, timeout=RESOLVE_TIMEOUT)
        if not known.done():
            return ()
    wanted = [(a, p) for a, p in known.result() if a != path.address]
    replies = await asyncio.gather(*(first_reply(ctx, a, timeout) for a, _ in wanted))
    return tuple(
        ProbeTarget(a, (p,), FOREIGN_TRIALS, echoes=bool(rtts))
        for (a, p), rtts in zip(wanted, replies, strict=True)
    )


async def _router(ctx: Context, up: Uplink, timeout: float) -> ProbeTarget | None:
    """The router, by TCP only where it ignores echoes even now."""
    gateway = up.gateway
    if gateway is None or ip_address(gateway).version != 4:
        return None
    pinged = await gateway_ping(ctx, up)  # cached: the check of the router asked before
    if not isinstance(pinged, Unknown) and pinged.answered:
        return ProbeTarget(gateway, ROUTER_PORTS)
    rtts = await first_reply(ctx, gateway, timeout)
    return ProbeTarget(gateway, ROUTER_PORTS, echoes=bool(rtts))


async def sample_segments(
    ctx: Context,
    near: NearerHosts,
    count: int,
    path: asyncio.Task[HostSample | None] | None = None,
) -> Segments:
    """Sample the router, the first hops and the other hosts at the same time.

    A host that loses clearly more echoes than the `path` through it limits its replies;
    it is sampled by TCP or left out.
    """
    return await _each(
        near, lambda target: _sample(ctx, target, count, near.timeout, path)
    )


async def _each(
    near: NearerHosts, sample: Callable[[ProbeTarget], Awaitable[HostSample]]
) -> Segments:
    targets = (*((near.router,) if near.router else ()), *near.beyond)
    found = await asyncio.gather(*map(sample, targets))
    router = found[0] if near.router and found[0].answered else None
    beyond = found[1:] if near.router else found
    return Segments(router, tuple(s for s in beyond if s.answered), near.last_hop)


async def sample_sale_segments(
    ctx: Context, near: NearerHosts, sale: SaleLoss
) -> Segments:
    """Sample the same hosts by what the path loses: full segments or connections."""
    if sale.kind == "connections":
        return await _each(near, lambda target: _sample_syns(ctx, target))
    wanted = sample_size_for(proven_loss(sale.path.sample), step=BATCH // 2)
    count = max(BATCH, min(LARGE, wanted))
    return await _each(
        near, lambda target: _sample_large(ctx, target, sale, count, near.timeout)
    )


async def _sample_syns(ctx: Context, target: ProbeTarget) -> HostSample:
    if not target.ports:
        return HostSample(target.address, "")
    return await sample_connections(
        ctx, target.address, target.ports, SYNS, check_fin=False
    )


async def _sample_large(
    ctx: Context, target: ProbeTarget, sale: SaleLoss, count: int, timeout: float
) -> HostSample:
    """Left out where small echoes beside the large ones are lost as well: it limits its
    replies, as the path through it loses none of these."""
    if not target.echoes:
        return HostSample(target.address, "")
    address, size = target.address, sale.size
    large, small = await asyncio.gather(
        sample_echoes(ctx, address, count, timeout, "large", LARGE_PACE, size),
        sample_echoes(ctx, address, count, timeout, "beside-large", LARGE_PACE),
    )
    limited = small.sample.k > 1 and not exceeds(large.sample, small.sample)
    return HostSample(address, "") if limited else large


async def _sample(
    ctx: Context,
    target: ProbeTarget,
    count: int,
    timeout: float,
    path: asyncio.Task[HostSample | None] | None = None,
) -> HostSample:
    if target.echoes:
        sampled = await sample_echoes(ctx, target.address, count, timeout)
        through = await path if path else None
        if through is None or not exceeds(sampled.sample, through.sample):
            return sampled
    return await _by_tcp(ctx, target, count)


async def _by_tcp(ctx: Context, target: ProbeTarget, count: int) -> HostSample:
    if not target.ports:
        return HostSample(target.address, "")
    trials = min(count, target.max_trials)
    return await sample_connections(ctx, target.address, target.ports, trials)


async def sample_router(ctx: Context, up: Uplink, count: int) -> HostSample | None:
    """Sample the router alone; None without one, or where it does not answer."""
    if up.gateway is None:
        return None
    pinged = await gateway_ping(ctx, up)
    timeout = echo_timeout(() if isinstance(pinged, Unknown) else pinged.answered)
    target = await _router(ctx, up, timeout)
    sampled = await _sample(ctx, target, count, timeout) if target else None
    return sampled if sampled and sampled.answered else None
