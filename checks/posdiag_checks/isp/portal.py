"""Does a log-in page (captive portal) stand between this network and the Internet?

Sources: RFC 8910/8952; NetworkManager counts an empty 200 as good; field-facts 5.
"""

from typing import Literal
from urllib.parse import urlsplit

from posdiag.measure.acquirer import works
from posdiag.measure.internet import first_fetch
from posdiag.measure.names import acquirer, connectivity_urls, resolve, url_host
from posdiag.model import Context, Finding, check, fail, ok, skip
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Fetch, HttpReply

Reading = Literal["open", "portal", "unclear"]


@check("isp.portal", order=20, part="address", needs=("isp.reach",))
async def isp_portal(ctx: Context) -> Finding:
    urls = connectivity_urls(ctx)
    if not urls:
        return skip("skip.not-configured")
    first = await first_fetch(ctx)
    if first is None:
        return skip("skip.nothing-to-test")
    url, _, reply = first
    reading = read(url, reply)
    if reading == "portal" and await _excused(ctx, urls):
        reading = "open"
    return _finding(url, reply, reading)


def read(url: str, reply: HttpReply) -> Reading:
    """What an answer to a connectivity URL means."""
    if reply.outcome != "ok":
        return "unclear"
    if reply.status == 204 or (reply.status == 200 and reply.body == 0):
        return "open"
    if reply.status in (301, 302, 303, 307, 308):
        same = urlsplit(reply.location).hostname in (None, url_host(url))
        # a redirect to itself (http to https) says nothing of a portal
        return "unclear" if same else "portal"
    return "portal" if reply.status in (200, 511) else "unclear"


def _finding(url: str, reply: HttpReply, reading: Reading) -> Finding:
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


async def _excused(ctx: Context, urls: tuple[str, ...]) -> bool:
    """Another URL is open; or the URLs are only our defaults and the acquirer works
    (a private network may well answer foreign names with a page of its own)."""
    for url in urls[1:3]:
        resolved = await resolve(ctx, url_host(url))
        if resolved.found:
            reply = await ctx.system.ask(Fetch(url, resolved.addresses[0]))
            if not isinstance(reply, Unknown) and read(url, reply) == "open":
                return True
    if ctx.site.connectivity is not None or not ctx.site.acquirer.tls:
        return False
    resolved_host = await acquirer(ctx)
    if resolved_host is None or not resolved_host.found:
        return False
    return await works(ctx, resolved_host.addresses[0]) is True
