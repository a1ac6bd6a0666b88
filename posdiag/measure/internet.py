"""What answers from beyond the router? Evidence only; `isp.reach` judges it.

No public host is required: the acquirer, the resolvers, the connectivity URL and the
other targets are all evidence, and any one of them is enough. Times are seconds.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from posdiag.measure.acquirer import connect
from posdiag.measure.names import (
    anchor_resolvers,
    configured_servers,
    connectivity_urls,
    needed_name,
    resolve,
    resolve_acquirer,
    url_host,
    useful_name,
)
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.wire import (
    Connect,
    Connection,
    DnsReply,
    Fetch,
    Hop,
    HttpReply,
    IcmpError,
    Lookup,
    Trace,
)

PATIENCE = 1.5  # seconds of silence before hops and public anchors are probed as well
HOP_TIMEOUT = 3.4  # seconds: a router sends ARP three times before "host unreachable"
LIMIT = 5.0  # seconds after which what has not answered counts as silent
FAR = 0.6  # RTT in seconds of a line (satellite, GPRS) on which more time is given:
ROUND_TRIPS = 4.0  # for a name, its second server, a connect and a request
KNOWN = 0.05  # seconds that a cached answer takes
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Clue:
    """One host beyond the router that was probed. `tries` are packets unanswered."""

    role: str  # acquirer, resolver, connectivity, target, anchor
    what: str  # as the user knows it: host:port, URL, server
    address: str
    answered: bool
    tries: int = 0
    error: IcmpError | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All hosts that were probed, and the hops towards one of them."""

    clues: tuple[Clue, ...]
    hops: tuple[Hop, ...] = ()
    traced: bool = True  # False: this system cannot trace hops

    @property
    def answered(self) -> tuple[Clue, ...]:
        return tuple(c for c in self.clues if c.answered)

    @property
    def silent(self) -> tuple[Clue, ...]:
        return tuple(c for c in self.clues if not c.answered)

    @property
    def tries(self) -> int:
        """Packets that were not answered."""
        return sum(c.tries for c in self.silent)

    def beyond(self, up: Uplink) -> str:
        """The first hop beyond the router that sent Time Exceeded, "" for none.
        Destination Unreachable does not count: it may come from another address of the
        router itself."""
        near = {up.gateway, up.address.address if up.address else ""}
        passed = [h.by for h in self.hops if h.ttl > 1 and h.kind == "expired"]
        return next((by for by in passed if by and by not in near), "")

    def router_refuses(self, up: Uplink) -> bool:
        """Did the router itself send Destination Unreachable (ICMP type 3)?"""
        return bool(self._refusals(up))

    def router_forbids(self, up: Uplink) -> bool:
        """Did it send one that only a rule sends: administratively prohibited, or port
        unreachable about the port of another host (RFC 1812 section 5.2.7.1)?"""
        return any(e.prohibited or e.code == 3 for e in self._refusals(up))

    def _refusals(self, up: Uplink) -> tuple[IcmpError, ...]:
        errors = [c.error for c in self.clues if c.error]
        errors += [h.error for h in self.hops if h.error]
        return tuple(e for e in errors if e.by == up.gateway and e.type == 3)


def is_far(address: str, up: Uplink) -> bool:
    """Is `address` beyond the router?"""
    own, ip = up.own, ip_address(address)
    if ip.is_loopback or address == up.gateway:
        return False
    return own is None or ip.version != 4 or ip not in own.network


async def probe_internet(ctx: Context, up: Uplink) -> Evidence:
    """Probe every host that this site knows; stop at the first answer. Hops and public
    resolvers follow only after `PATIENCE`; `LIMIT` ends it."""
    asking = [_acquirer(ctx, up), _connectivity(ctx, up), *_targets(ctx, up)]
    asking += await _resolvers(ctx, up)
    with Background() as background:
        tasks = [background.start(a) for a in asking]
        clues = await _wait(tasks, PATIENCE)
        if any(c.answered for c in clues):
            return Evidence(clues)
        tasks += [background.start(a) for a in _anchors(ctx)]
        trace = background.start(_hops(ctx, up))
        clues = await _wait(tasks, LIMIT - PATIENCE)
        if any(c.answered for c in clues):
            return Evidence(clues)
        hops = await trace
        if (far := longest_rtt(hops or ())) >= FAR:
            clues = await _wait(tasks, ROUND_TRIPS * far)
        return Evidence(clues, hops or (), hops is not None)


def longest_rtt(hops: Iterable[Hop]) -> float:
    """The longest RTT of a hop beyond the router, 0 for none."""
    return max((h.seconds or 0.0 for h in hops if h.ttl > 1), default=0.0)


async def _wait(
    tasks: list[asyncio.Task[Clue | None]], seconds: float
) -> tuple[Clue, ...]:
    """Until one has answered, all have ended, or the time is over."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while not all(t.done() for t in tasks) and loop.time() < ends:
        pending = [t for t in tasks if not t.done()]
        await asyncio.wait(
            pending,
            timeout=max(0.0, ends - loop.time()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if any(c.answered for c in _ended(tasks)):
            break
    return _ended(tasks)


def _ended(tasks: list[asyncio.Task[Clue | None]]) -> tuple[Clue, ...]:
    ended = [t.result() for t in tasks if t.done()]
    return tuple(c for c in ended if c is not None)


async def _acquirer(ctx: Context, up: Uplink) -> Clue | None:
    resolved = await resolve_acquirer(ctx)
    if resolved is None or not resolved.found:
        return None
    address = resolved.addresses[0]
    if resolved.source == "hosts" and ip_address(address).is_loopback:
        return None  # this machine itself
    answer = await connect(ctx, address)
    port = ctx.site.acquirer.port
    return _clue("acquirer", f"{ctx.site.acquirer.host}:{port}", address, answer)


def _clue(
    role: str, what: str, address: str, answer: Connection | Unknown
) -> Clue | None:
    if isinstance(answer, Unknown):
        return None
    # A refusal is an answer only if it comes from the host itself.
    by_host = answer.error is None or answer.error.by == address
    answered = answer.outcome in ("ok", "closed") or (
        answer.outcome in ("refused", "prohibited") and by_host
    )
    return Clue(
        role=role,
        what=what,
        address=address,
        answered=answered,
        tries=max(1, answer.tries),
        error=answer.error,
    )


async def _connectivity(ctx: Context, up: Uplink) -> Clue | None:
    reply = await fetch_connectivity(ctx)
    if reply is None:
        return None
    url, address, answer = reply
    if not is_far(address, up):
        return None
    answered = answer.outcome in ("ok", "malformed", "closed")
    return Clue("connectivity", url, address, answered, max(1, answer.tries))


async def connectivity_host(ctx: Context) -> tuple[str, str] | None:
    """The first connectivity URL with the address of its host; None where there is none
    or its name does not resolve."""
    for url in connectivity_urls(ctx)[:1]:
        resolved = await resolve(ctx, url_host(url))
        if resolved.found:
            return url, resolved.addresses[0]
    return None


async def fetch_connectivity(ctx: Context) -> tuple[str, str, HttpReply] | None:
    """That URL, the address, and the reply to HTTP GET; None where not measured."""
    page = await connectivity_host(ctx)
    if page is None:
        return None
    answer = await ctx.system.ask(Fetch(*page))
    return None if isinstance(answer, Unknown) else (*page, answer)


def _targets(ctx: Context, up: Uplink) -> list[Coroutine[Any, Any, Clue | None]]:
    async def one(host: str, port: int) -> Clue | None:
        resolved = await resolve(ctx, host)
        if not resolved.found or not is_far(resolved.addresses[0], up):
            return None
        address = resolved.addresses[0]
        answer = await ctx.system.ask(Connect(address, port))
        return _clue("target", f"{host}:{port}", address, answer)

    # Where there is an acquirer, target.connect alone pays for the bytes.
    wanted = () if ctx.site.acquirer.host else ctx.site.target[:3]
    return [one(t.host, t.port) for t in wanted]


async def _resolvers(
    ctx: Context, up: Uplink
) -> list[Coroutine[Any, Any, Clue | None]]:
    servers = await configured_servers(ctx)
    if isinstance(servers, Unknown):
        return []
    far = tuple(s for s in servers if is_far(s, up))
    name = needed_name(ctx) or useful_name(ctx)
    timeout = ctx.limits["dns.silent"]
    return [_resolver(ctx, "resolver", s, name, timeout) for s in far[:3] if name]


async def _resolver(
    ctx: Context, role: str, server: str, name: str, timeout: float
) -> Clue | None:
    reply: DnsReply | Unknown = await ctx.system.ask(
        Lookup(server, name, timeout=timeout)
    )
    if isinstance(reply, Unknown):
        return None
    by_host = reply.error is None or reply.error.by == server
    answered = bool(reply.rcode) or (reply.outcome == "refused" and by_host)
    return Clue(
        role=role,
        what=server,
        address=server,
        answered=answered,
        tries=reply.tries,
        error=reply.error,
    )


def _anchors(ctx: Context) -> list[Coroutine[Any, Any, Clue | None]]:
    name = useful_name(ctx) or "example.com"
    timeout = LIMIT - PATIENCE - 0.5
    servers = anchor_resolvers(ctx)[:2]
    return [_resolver(ctx, "anchor", server, name, timeout) for server in servers]


async def _hops(ctx: Context, up: Uplink) -> tuple[Hop, ...] | None:
    """The hops towards a host beyond the router; None where they cannot be traced."""
    target = await _far_address(ctx, up)
    if target is None:
        return ()
    hops = await ctx.system.ask(Trace(target, last=5, timeout=HOP_TIMEOUT))
    return None if isinstance(hops, Unknown) else hops.all


async def _far_address(ctx: Context, up: Uplink) -> str | None:
    """The acquirer's address if its name has resolved by now; the name is waited for
    only where no other address is known."""
    with Background() as tasks:
        resolving = tasks.start(resolve_acquirer(ctx))
        await asyncio.wait({resolving}, timeout=KNOWN)
        servers = await configured_servers(ctx)
        others = [] if isinstance(servers, Unknown) else [*servers]
        others += anchor_resolvers(ctx)[:1]
        usable = [a for a in others if _traceable(a, up)]
        if usable and not resolving.done():
            return usable[0]
        resolved = await resolving
        found = resolved.addresses if resolved else ()
        return next((a for a in (*found, *usable) if _traceable(a, up)), None)


def _traceable(address: str, up: Uplink) -> bool:
    return is_far(address, up) and ":" not in address


PageReading = Literal["open", "portal", "unclear"]


def read_page(url: str, reply: HttpReply) -> PageReading:
    """What the reply to a connectivity URL means: RFC 8910; an empty 200 is open."""
    if reply.outcome != "ok":
        return "unclear"
    if reply.status == 204 or (reply.status == 200 and reply.body == 0):
        return "open"
    if reply.status in REDIRECTS:
        return _read_redirect(url, reply.location)
    return "portal" if reply.status in (200, 511) else "unclear"


def _read_redirect(url: str, location: str) -> PageReading:
    """A page that must answer 204 has nowhere to send anyone to, so that any other page
    is a portal's, also one on the same host. Of an ordinary page only a redirect to
    another host is, and the same page by https never is. A Location that is no URI
    reference (RFC 3986) tells nothing of an ordinary page."""
    must_be_empty = urlsplit(url).path.rstrip("/").endswith("204")
    try:
        target = urlsplit(urljoin(url, location))
        host = target.hostname
    except ValueError:
        return "portal" if must_be_empty else "unclear"
    asked = urlsplit(url)
    if host != asked.hostname:
        return "portal"
    upgraded = (target.scheme, target.path) == ("https", asked.path)
    return "portal" if must_be_empty and not upgraded else "unclear"


async def proves_internet(ctx: Context) -> bool:
    """Does something beyond the provider answer that no resolver can fake: the right
    content of a connectivity URL, or a public resolver about a name that exists?"""
    for url in connectivity_urls(ctx)[:2]:
        resolved = await resolve(ctx, url_host(url))
        if resolved.found:
            reply = await ctx.system.ask(Fetch(url, resolved.addresses[0]))
            if not isinstance(reply, Unknown) and read_page(url, reply) == "open":
                return True
    name = useful_name(ctx) or "example.com"
    asked = (Lookup(public, name, timeout=1.5) for public in anchor_resolvers(ctx)[:2])
    replies = await ask_all(ctx.system, asked)
    return any(not isinstance(r, Unknown) and bool(r.addresses) for r in replies)
