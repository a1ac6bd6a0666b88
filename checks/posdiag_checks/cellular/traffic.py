"""Does the modem's data connection carry traffic? Tested by sending some.

An address proves that a session exists and no more: where the plan is used up or the
bill unpaid, many networks keep the session and pass nothing, or redirect every page to
their own. It can be tested where this machine has the connection as an interface.
Resolved names are no evidence: networks resolve them for blocked subscribers, too.
"""

import asyncio
from dataclasses import dataclass

from posdiag.formats.address import is_address
from posdiag.measure.acquirer import connect
from posdiag.measure.internet import PageReading, read_page
from posdiag.measure.names import (
    anchor_resolvers,
    connectivity_urls,
    known_servers,
    needed_name,
    resolve_acquirer,
    url_host,
    useful_name,
)
from posdiag.measure.uplink import Uplink, carries, find_uplink, is_global
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.machine import AskInterfaces, Interfaces
from posdiag.model.questions.wire import Connect, DnsReply, Fetch, Lookup, Outcome
from posdiag_checks.cellular.modem import Modem

MOST = 2  # name servers of a kind that are asked
SILENT = 3.0  # seconds for a name server: four repetitions, and the delay of GPRS


@dataclass(frozen=True, slots=True)
class Traffic:
    """The replies through `interface`, the modem's connection on this machine.

    `acquirer` is the outcome of a connect, None where none is configured. `other_way`:
    it answered through another network of this machine; None without such a network.
    `page` is the reading of a connectivity URL, None where none could be fetched.
    `dead`: not even the name servers that the mobile network assigned have answered.
    """

    interface: str
    acquirer: Outcome | None = None
    other_way: bool | None = None
    page: PageReading | None = None
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Carrier:
    """The modem's connection as an interface of this machine, and the name servers that
    the mobile network assigned."""

    name: str
    servers: tuple[str, ...]


async def traffic(ctx: Context, found: Modem) -> Traffic | None:
    """None where this machine does not have the connection as an interface."""
    interfaces = await ctx.system.ask(AskInterfaces())
    if isinstance(interfaces, Unknown):
        return None
    name = carrier(interfaces, found)
    if not name:
        return None
    up = await find_uplink(ctx)
    by = Carrier(name, found.servers or await _servers(ctx, up, name))
    (acquirer, other_way), page, dead = await asyncio.gather(
        _acquirer(ctx, by, up), _page(ctx, by), _dead(ctx, by)
    )
    return Traffic(name, acquirer, other_way, page, dead)


async def _servers(ctx: Context, up: Uplink | None, name: str) -> tuple[str, ...]:
    """This machine's name servers, where its uplink is the modem itself."""
    if up is None or up.interface.name != name:
        return ()
    return await known_servers(ctx)


def carrier(interfaces: Interfaces, found: Modem) -> str:
    """The interface that has the modem's connection, "" for none: the one that the
    modem's manager names, else the one that has its address."""
    for one in interfaces.all:
        own = [a.address for a in one.addresses if is_global(a)]
        named = one.name == found.interface or found.address in own
        if named and own and carries(one) and one.kind != "loopback":
            return one.name
    return ""


async def _acquirer(
    ctx: Context, by: Carrier, up: Uplink | None
) -> tuple[Outcome | None, bool | None]:
    host, port = ctx.site.acquirer.host, ctx.site.acquirer.port
    if not host:
        return None, None
    resolved = await resolve_acquirer(ctx)
    here = resolved.addresses if resolved else ()
    there = here or await _resolve(ctx, by, host)
    if not there:
        return None, None
    answer = await ctx.system.ask(Connect(there[0], port, device=by.name))
    if isinstance(answer, Unknown) or answer.outcome == "not-sent":
        return None, None
    if answer.outcome == "ok" or not here:
        return answer.outcome, None
    return answer.outcome, await _other_way(ctx, by, up, here[0])


async def _other_way(
    ctx: Context, by: Carrier, up: Uplink | None, address: str
) -> bool | None:
    if up is None or up.route is None or up.interface.name == by.name:
        return None
    answer = await connect(ctx, address)
    if isinstance(answer, Unknown) or answer.outcome == "not-sent":
        return None
    return answer.outcome == "ok"


async def _resolve(ctx: Context, by: Carrier, name: str) -> tuple[str, ...]:
    """By the name servers of the mobile network, and by public ones."""
    if is_address(name):
        return (name,)
    replies = await _look_up(ctx, by, name)
    return next((r.addresses for r in replies if r.addresses), ())


async def _look_up(ctx: Context, by: Carrier, name: str) -> list[DnsReply]:
    asked = (*by.servers[:MOST], *anchor_resolvers(ctx)[:MOST])
    looking = [Lookup(s, name, timeout=SILENT, device=by.name) for s in asked]
    replies = await ask_all(ctx.system, looking)
    known = [reply for reply in replies if not isinstance(reply, Unknown)]
    return [reply for reply in known if reply.outcome != "not-sent"]


async def _dead(ctx: Context, by: Carrier) -> bool:
    """Were all queries to name servers silent? In a private network only its own must
    answer."""
    name = needed_name(ctx) or useful_name(ctx)
    if not by.servers or not name:
        return False
    replies = await _look_up(ctx, by, name)
    return bool(replies) and all(reply.outcome == "silent" for reply in replies)


async def _page(ctx: Context, by: Carrier) -> PageReading | None:
    for url in connectivity_urls(ctx)[:1]:
        found = await _resolve(ctx, by, url_host(url))
        if found:
            reply = await ctx.system.ask(Fetch(url, found[0], device=by.name))
            if not isinstance(reply, Unknown) and reply.outcome != "not-sent":
                return read_page(url, reply)
    return None
