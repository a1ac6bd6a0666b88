"""Fetch a connectivity URL and interpret its reply."""

from typing import Literal
from urllib.parse import urljoin, urlsplit

from posdiag.measure.names import (
    anchor_resolvers,
    connectivity_urls,
    resolve,
    url_host,
    useful_name,
)
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.wire import Fetch, HttpReply, Lookup

REDIRECTS = (301, 302, 303, 307, 308)


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
    """A URL that must answer 204 has no reason to redirect, so any other page is a
    portal's, also one on the same host. Of an ordinary page only a redirect to another
    host is; the same page by https never is. A Location that is no URI reference (RFC
    3986) proves nothing about an ordinary page."""
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
    """Does something beyond the provider answer that its resolver cannot fake: the
    right content of a connectivity URL, or a public resolver for a name that exists?"""
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
