"""Does a log-in page (captive portal) stand between this network and the Internet?

Sources: RFC 8910/8952; NetworkManager counts an empty 200 as good.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from posdiag.measure.acquirer import answers_next_door, serves_acquirer
from posdiag.measure.internet import PageReading, fetch_connectivity, read_page
from posdiag.measure.names import connectivity_urls, resolve, resolve_acquirer, url_host
from posdiag.model import Context, Finding, check, fail, ok, skip
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Connection, Fetch, HttpReply
from posdiag_checks.isp.walled import Wall, find_wall, nothing_connects

RIVALS = {
    "silent": ("acquirer.unreachable",),
    "cut-off": ("acquirer.closed-connection",),
}


@check("isp.portal", order=20, part="address", needs=("isp.reach",), timeout=20)
async def isp_portal(ctx: Context) -> Finding:
    urls = connectivity_urls(ctx)
    if not urls:
        return skip("skip.not-configured")
    first = await fetch_connectivity(ctx)
    if first is None:
        return skip("skip.nothing-to-test")
    url, address, reply = first
    reading = read_page(url, reply)
    if reading == "portal" and await _excused(ctx, urls):
        reading = "open"
    wall = await find_wall(ctx, url, address) if reading == "open" else None
    if wall:
        return judge_walled(url, reply, wall)
    if reading == "unclear" and await _in_its_place(ctx, url, address):
        return replace(_finding(url, reply, "portal"), confidence=0.9)
    if reading == "unclear" and (answer := await nothing_connects(ctx, address, reply)):
        return judge_cut(ctx, url, reply, answer)
    return _finding(url, reply, reading)


def judge_cut(ctx: Context, url: str, reply: HttpReply, answer: Connection) -> Finding:
    """Neither the acquirer's host nor the page's takes a connection."""
    acquirer = ctx.site.acquirer
    asked = (f"{acquirer.host}:{acquirer.port}", url)
    silent = answer.outcome == "silent"
    return fail(
        "isp.no-internet",
        variant="connections",
        asked=asked,
        tries=max(1, answer.tries) + max(1, reply.tries) if silent else 0,
        confidence=0.8,
        rivals=(
            "isp.captive-portal",
            "acquirer.unreachable" if silent else "acquirer.port-closed",
        ),
    )


def judge_walled(url: str, reply: HttpReply, wall: Wall) -> Finding:
    """Only the connectivity page passes. It is certain where a page of another owner is
    replaced, or a nearby machine answers. Silence may be the acquirer's, in a network
    that blocks public resolvers, or that of this machine's own packet filter, unless
    raw packets have excluded it."""
    if wall.reply is not None:
        return _finding(wall.url, wall.reply, "portal")
    silence = 0.85 if wall.raw else 0.75
    sure = {"next-door": 0.93, "refused": 0.85, "cut-off": 0.85}.get(wall.how, silence)
    return fail(
        "isp.captive-portal",
        variant="walled",
        url=url,
        status=reply.status,
        asked=wall.asked,
        how=wall.how,
        confidence=sure,
        rivals=RIVALS.get(wall.how, ()),
    )


def _finding(url: str, reply: HttpReply, reading: PageReading) -> Finding:
    if reading == "portal":
        return fail(
            "isp.captive-portal",
            variant="" if reply.location else "page",
            url=url,
            status=reply.status,
            location=reply.location,
        )
    if reading == "unclear":
        return skip("skip.nothing-to-test", url=url, status=reply.status)
    return ok(url=url, status=reply.status)


async def _in_its_place(ctx: Context, url: str, address: str) -> bool:
    """Does a machine next door give the error in the page's name, and the acquirer does
    not work either? A proxy alone is no portal."""
    port = urlsplit(url).port or (443 if url.startswith("https") else 80)
    if not await answers_next_door(ctx, address, port):
        return False
    resolved = await resolve_acquirer(ctx)
    if resolved is None or not resolved.found:
        return True
    return await serves_acquirer(ctx, resolved.addresses[0]) is False


async def _excused(ctx: Context, urls: tuple[str, ...]) -> bool:
    """Is another URL open, or are these only our defaults and the acquirer works? A
    private network may answer any name with a page of its own."""
    for url in urls[1:3]:
        resolved = await resolve(ctx, url_host(url))
        if resolved.found:
            reply = await ctx.system.ask(Fetch(url, resolved.addresses[0]))
            if not isinstance(reply, Unknown) and read_page(url, reply) == "open":
                return True
    if ctx.site.connectivity is not None or not ctx.site.acquirer.tls:
        return False
    resolved_host = await resolve_acquirer(ctx)
    if resolved_host is None or not resolved_host.found:
        return False
    return await serves_acquirer(ctx, resolved_host.addresses[0]) is True
