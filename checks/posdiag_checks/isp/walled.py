"""Does this network pass the connectivity page and block everything else?

Some portals permit the pages by which devices test whether they are online. They show
in hosts of other owners: their pages are replaced, and connections to them are reset or
accepted by a nearby machine, cut off as soon as TLS begins, or all dropped. This has to
be excluded before an acquirer is blamed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from posdiag.measure.acquirer import (
    answers_next_door,
    closed_before_tls,
    connect,
    hangs_up,
)
from posdiag.measure.backup_hosts import probe_backups
from posdiag.measure.internet import HOP_TIMEOUT, read_page
from posdiag.measure.lan import neighbour
from posdiag.measure.names import (
    anchor_resolvers,
    connectivity_urls,
    resolve,
    resolve_acquirer,
    url_host,
)
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink, is_far, uplink
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.lan import Neighbour
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import (
    Connect,
    Connection,
    Fetch,
    HttpReply,
    Knock,
    Knocked,
    Ping,
    Trace,
)

PAGE_PORTS = (443, 8443)  # of the page's host: taken or refused
ANCHOR_PORTS = (443, 53)  # a public resolver takes connections on both
TIMEOUT = 2.5
LEAST = 3  # hosts that have to be silent without exception
TLS_PORT = 443
How = Literal["page", "next-door", "cut-off", "refused", "silent"]


@dataclass(frozen=True, slots=True)
class Far:
    """One host beyond the router, and its answer; `taken_over`: a machine within
    `NEXT_DOOR` hops answers in its place. `tls` is the result of a handshake: the host
    replied to it, or closed the connection without a byte; "" where none was tried, or
    it ended otherwise."""

    address: str
    port: int
    answer: Connection | Unknown
    taken_over: bool = False
    tls: Literal["", "replied", "cut-off"] = ""

    @property
    def refused(self) -> bool:
        answer = self.answer
        return isinstance(answer, Connection) and answer.outcome in REFUSALS

    @property
    def silent(self) -> bool:
        return isinstance(self.answer, Connection) and self.answer.outcome == "silent"

    @property
    def answered(self) -> bool:
        """Was there an answer from beyond the network?"""
        known = isinstance(self.answer, Connection)
        return known and not self.silent and not self.taken_over


REFUSALS = ("refused", "prohibited")


@dataclass(frozen=True, slots=True)
class Wall:
    """How the network blocks; `url` and `reply` of a page that was replaced. `raw`: raw
    packets, which bypass this machine's own filter, are not answered either."""

    how: How
    asked: tuple[str, ...] = ()
    url: str = ""
    reply: HttpReply | None = None
    raw: bool = False


async def find_wall(ctx: Context, page: str, page_address: str) -> Wall | None:
    """None where the acquirer's port answers, or is the only one that does not."""
    resolved = await resolve_acquirer(ctx)
    if resolved is None or not resolved.found:
        return None
    address, port = resolved.addresses[0], ctx.site.acquirer.port
    answer = await connect(ctx, address)
    if isinstance(answer, Unknown) or answer.outcome == "not-sent":
        return None
    cut_off = await hangs_up(ctx, address, answer)
    if answer.outcome == "ok" and not cut_off:
        return None
    up = await uplink(ctx)
    if ":" in address or not is_far(address, up):
        return None
    others = [(page_address, p) for p in PAGE_PORTS if p != port]
    others += [(a, p) for a in anchor_resolvers(ctx)[:2] for p in ANCHOR_PORTS]
    with Background() as tasks:
        other_page = tasks.start(_other_page(ctx, page))
        near = tasks.start(answers_next_door(ctx, address, port))
        rest = await asyncio.gather(*(_far(ctx, a, p, cut_off) for a, p in others))
        tls: Literal["", "cut-off"] = "cut-off" if cut_off else ""
        acquirer = Far(address, port, answer, await near, tls)
        wall = await other_page or judge_wall(acquirer, rest)
    if wall is None or await _others_work(ctx, address):
        return None
    if wall.how != "silent":
        return wall
    answers = await _answers_raw(ctx, up, page_address)
    return None if answers else replace(wall, raw=answers is False)


async def nothing_connects(
    ctx: Context, page: str, reply: HttpReply
) -> Connection | None:
    """The acquirer's answer where the connectivity page's host gives the same, no or a
    reset, and no public resolver takes a connection either: not the acquirer is at
    fault then. None for anything else. Of two hosts that are silent both answer pings,
    or none does: else one is down, and the other filtered. Where none does, the line
    passes no second hop beyond the router: else their network is gone, not the line."""
    resolved = await resolve_acquirer(ctx)
    if resolved is None or not resolved.found:
        return None
    address, up = resolved.addresses[0], await uplink(ctx)
    answer = await connect(ctx, address)
    if isinstance(answer, Unknown) or answer.outcome != reply.outcome:
        return None
    far = is_far(address, up) and is_far(page, up) and address != page
    if not far or answer.outcome not in ("silent", "refused"):
        return None
    hosts = [(a, p) for a in anchor_resolvers(ctx)[:2] for p in ANCHOR_PORTS]
    pings = (Ping(a, count=3, interval=0.3) for a in (address, page))
    echoes, others_work, rest = await asyncio.gather(
        ask_all(ctx.system, pings),
        _others_work(ctx, address),
        asyncio.gather(*(_far(ctx, a, p, False) for a, p in hosts)),
    )
    alive = {bool(not isinstance(e, Unknown) and e.answered) for e in echoes}
    if answer.outcome == "silent" and alive != {True}:
        hops = await ctx.system.ask(Trace(address, last=5, timeout=HOP_TIMEOUT))
        every = () if isinstance(hops, Unknown) else hops.all
        passing = {h.by for h in every if h.ttl > 1 and h.kind == "expired"}
        if True in alive or len(passing) > 1:
            return None
    takes = any(o.answered and not o.refused for o in rest)
    return None if not hosts or takes or others_work else answer


async def _answers_raw(ctx: Context, up: Uplink, page: str) -> bool | None:
    """Does the page's host, or a public resolver, answer raw packets? Then this
    machine's own packet filter caused the silence. None where not measured, for
    instance without the rights."""
    router, own = await neighbour(ctx, up), up.address
    if own is None or not isinstance(router, Neighbour) or not router.mac:
        return None
    hosts = [(page, port) for port in PAGE_PORTS]
    hosts += [(anchor, ANCHOR_PORTS[0]) for anchor in anchor_resolvers(ctx)[:2]]
    name, mac = up.interface.name, router.mac
    knocks = [Knock(name, mac, own.address, host, port) for host, port in hosts]
    replies = await ask_all(ctx.system, knocks)
    known = [r.reply for r in replies if isinstance(r, Knocked)]
    if any(reply != "silent" for reply in known):
        return True
    return False if len(known) == len(knocks) else None


async def _others_work(ctx: Context, address: str) -> bool:
    """Does another host of this site take connections: a backup host, a target?"""
    if any(b.tcp in ("ok", "closed") for b in await probe_backups(ctx, address)):
        return True
    for target in ctx.site.target[:2]:
        resolved = await resolve(ctx, target.host)
        for found in resolved.addresses[:1]:
            answer = await ctx.system.ask(Connect(found, target.port))
            if isinstance(answer, Connection) and answer.outcome == "ok":
                return not await answers_next_door(ctx, found, target.port)
    return False


def judge_wall(acquirer: Far, others: Sequence[Far]) -> Wall | None:
    """A wall only if all hosts are affected in the same way as the acquirer, on other
    ports as well: else that port alone is filtered."""
    asked = tuple(f"{f.address}:{f.port}" for f in (acquirer, *others))
    elsewhere = [o for o in others if o.port != acquirer.port]
    if acquirer.taken_over and any(o.taken_over for o in elsewhere):
        return Wall("next-door", asked)
    if acquirer.tls:
        return _cut_off(others, asked)
    if any(o.answered and not o.refused for o in others):
        return None
    # A public resolver refuses no connection to a port that it serves.
    page = others[0].address
    refused = {o.address for o in elsewhere if o.refused and not o.taken_over} - {page}
    if acquirer.refused and len(refused) > 1:
        return Wall("refused", asked)
    everything = (acquirer, *others)
    hosts = {f.address for f in everything}
    if len(hosts) >= LEAST and all(f.silent for f in everything):
        return Wall("silent", asked)
    return None


def _cut_off(others: Sequence[Far], asked: tuple[str, ...]) -> Wall | None:
    """TLS with the acquirer is cut off. Is it with a public resolver, too, which serves
    TLS on that port, and does no host reply?"""
    page = others[0].address
    cut = any(o.tls == "cut-off" and o.address != page for o in others)
    replied = any(o.tls == "replied" for o in others)
    return Wall("cut-off", asked) if cut and not replied else None


async def _far(ctx: Context, address: str, port: int, tls: bool) -> Far:
    question = Connect(address, port, tries=3, timeout=TIMEOUT, series="wall")
    near, answer = await asyncio.gather(
        answers_next_door(ctx, address, port), ctx.system.ask(question)
    )
    taken = isinstance(answer, Connection) and answer.outcome == "ok"
    if not tls or port != TLS_PORT or near or not taken:
        return Far(address, port, answer, near)
    hello = Shake(address, port, host=address, verify=False, timeout=TIMEOUT)
    shaken = await ctx.system.ask(hello)
    if isinstance(shaken, Unknown) or shaken.tcp.outcome != "ok":
        return Far(address, port, answer, near)
    if closed_before_tls(shaken):
        return Far(address, port, answer, near, "cut-off")
    return Far(address, port, answer, near, "replied" if shaken.received else "")


async def _other_page(ctx: Context, page: str) -> Wall | None:
    """A page of another owner that is replaced. It is not among the profile's, so it is
    fetched only where the site permits public addresses."""
    pages = [
        *connectivity_urls(ctx)[1:],
        *(ctx.limits.texts("connectivity.urls") if anchor_resolvers(ctx) else ()),
    ]
    wanted = [u for u in dict.fromkeys(pages) if url_host(u) != url_host(page)][:2]
    found = await asyncio.gather(*(resolve(ctx, url_host(u)) for u in wanted))
    asked = [
        Fetch(url, resolved.addresses[0], timeout=TIMEOUT)
        for url, resolved in zip(wanted, found, strict=True)
        if resolved.found
    ]
    replies = await ask_all(ctx.system, asked)
    for question, reply in zip(asked, replies, strict=True):
        known = None if isinstance(reply, Unknown) else reply
        if known and read_page(question.url, known) == "portal":
            return Wall("page", url=question.url, reply=known)
    return None
