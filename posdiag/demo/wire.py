"""Questions that open sockets, carried out for real on loopback.

The demonstration's addresses are translated to the ports of the simulators, the answers
back again. The real handlers are only ever handed `LOOPBACK`: what has no simulator is
answered as the model says, and nothing is sent. Loss and delay come from the segments
on the way.
"""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from posdiag.demo.model import UNRESOLVED
from posdiag.demo.stage import LOOPBACK, Stage
from posdiag.demo.world import Filtered, Tls, Way, World
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.payment import Exchange, Exchanged
from posdiag.model.questions.tls import AskTlcp, Handshake, Shake, TlcpReply
from posdiag.model.questions.wire import (
    AskNetworkTime,
    Connect,
    Connection,
    DnsReply,
    Fetch,
    HttpReply,
    IcmpError,
    Lookup,
    TimeReply,
)

EXPIRED = (11, 0)  # ICMP: time exceeded in transit (RFC 792)
PROHIBITED = (3, 13)  # ICMP: administratively prohibited (RFC 1812)
SYN_AGAIN = 1.0  # seconds after which a lone SYN is sent again (RFC 6298)
TCP_HEADERS = 52  # bytes of IPv4 and TCP with its time stamps
FULL = 1500  # bytes of a full-size packet; a server's first flight has several
FETCHES = (3, 0.7)  # tries and stagger of an HTTP request's connection


class Wire:
    """Carries questions to the simulators of one stage."""

    def __init__(self, world: World, stage: Stage) -> None:
        self._world = world
        self._stage = stage
        self._chance = stage.chance

    async def connect(self, question: Connect, meter: Meter) -> Connection | Unknown:
        from posdiag.system.wire.tcp import connect

        knocked, port = await self._knock(question)
        if port is None:
            return knocked
        here = replace(question, address=LOOPBACK, port=port, device="")
        answer = await connect(here, meter)
        if isinstance(answer, Unknown):
            return answer
        answer = self._home(answer, knocked, question.address)
        if answer.fin_acked and self._chance.lost(self._way(question)):
            answer = replace(answer, fin_acked=False)
        return answer

    async def shake(self, question: Shake, meter: Meter) -> Handshake | Unknown:
        from posdiag.system.wire.tls.handshake import shake

        knocked, port = await self._knock(question.connect)
        if port is None:
            return Handshake(knocked, "tcp", knocked.outcome)
        way = self._way(question)
        if self._stalls(question, way):
            port = self._stage.mute
        here = replace(question, address=LOOPBACK, port=port, device="")
        answer = await shake(here, meter)
        if isinstance(answer, Unknown):
            return answer
        segment = answer.segment and min(answer.segment, way.largest - TCP_HEADERS)
        tcp = self._home(answer.tcp, knocked, question.address)
        return replace(answer, tcp=tcp, segment=segment)

    async def tlcp(self, question: AskTlcp, meter: Meter) -> TlcpReply | Unknown:
        from posdiag.system.wire.tls.tlcp import ask

        knock = Connect(question.address, question.port, timeout=question.timeout)
        knocked, port = await self._knock(knock)
        if port is None:
            return TlcpReply(knocked.outcome)
        return await ask(replace(question, address=LOOPBACK, port=port), meter)

    async def exchange(self, question: Exchange, meter: Meter) -> Exchanged | Unknown:
        from posdiag.system.wire.payment import exchange

        through = question.through
        knock = through.connect if isinstance(through, Shake) else through
        knocked, port = await self._knock(knock)
        if port is None:
            return Exchanged(knocked.outcome, knocked)
        if isinstance(through, Shake) and self._stalls(through, self._way(through)):
            port = self._stage.mute
        here = replace(through, address=LOOPBACK, port=port, device="")
        answer = await exchange(replace(question, through=here), meter)
        if isinstance(answer, Unknown):
            return answer
        tcp = self._home(answer.tcp, knocked, through.address)
        shaken = answer.handshake and replace(answer.handshake, tcp=tcp)
        return replace(answer, tcp=tcp, handshake=shaken)

    async def lookup(self, question: Lookup, meter: Meter) -> DnsReply | Unknown:
        from posdiag.system.wire.dns import lookup

        way = self._world.way(question.server, question.device)
        if way.state != "reached":
            return await self._no_reply(question, way)
        port = self._stage.port(question.server, question.port, not question.tcp)
        here = replace(
            question, server=LOOPBACK, port=port or self._stage.closed, device=""
        )
        answer = await lookup(here, meter)
        if isinstance(answer, Unknown):
            return answer
        return replace(answer, error=_with_host(answer.error, question.server))

    async def fetch(self, question: Fetch, meter: Meter) -> HttpReply | Unknown:
        from posdiag.system.wire.http import PORTS, fetch

        try:
            parts = urlsplit(question.url)
            port = parts.port or PORTS[parts.scheme]
        except (ValueError, KeyError):
            return HttpReply("not-sent")
        knock = Connect(question.address, port, *FETCHES, question.timeout)
        knocked, local = await self._knock(replace(knock, device=question.device))
        if local is None:
            return HttpReply(
                knocked.outcome, seconds=knocked.seconds, tries=knocked.tries
            )
        place = f"{parts.hostname}:{local}"
        url = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
        answer = await fetch(replace(question, url=url, address=LOOPBACK), meter)
        if isinstance(answer, Unknown):
            return answer
        return replace(answer, seconds=answer.seconds + knocked.seconds)

    async def time(self, question: AskNetworkTime, meter: Meter) -> TimeReply | Unknown:
        from posdiag.system.wire.sntp import PORT, exchange

        way = self._world.way(question.address)
        port = self._stage.port(question.address, PORT, True)
        if way.state != "reached" or port is None:
            await asyncio.sleep(0.0 if way.state == "not-sent" else question.timeout)
            return TimeReply(None)
        return await exchange(LOOPBACK, port, question.timeout, meter)

    def _way(self, question: Connect | Shake) -> Way:
        return self._world.way(question.address, question.device)

    async def _knock(self, question: Connect) -> tuple[Connection, int | None]:
        """What becomes of the SYNs: the port on loopback to go on with, and how the way
        there was; or None, and how it ended."""
        way = self._way(question)
        own = self._own(question)
        service = way.host.services.get(question.port) if way.host else None
        if way.state == "not-sent":
            return Connection("not-sent"), None
        if way.state == "unresolved" and question.timeout >= UNRESOLVED:
            await asyncio.sleep(UNRESOLVED)
            return Connection("unreachable", UNRESOLVED, 1, local=own), None
        if 0 < question.ttl < len(way.segments):
            await asyncio.sleep(way.delay)
            died = IcmpError(*EXPIRED, way.segments[question.ttl - 1].end)
            return Connection("unreachable", way.delay, 0, 0, died, own), None
        if way.error is not None:
            await asyncio.sleep(way.delay)
            turned = Connection("unreachable", way.delay, 0, 0, way.error, own)
            return turned, None
        if isinstance(service, Filtered) and service.by:
            await asyncio.sleep(way.delay)
            error = IcmpError(*PROHIBITED, service.by)
            return Connection("prohibited", way.delay, 0, 0, error, own), None
        if way.state != "reached" or isinstance(service, Filtered):
            return await self._no_answer(question, own), None
        return await self._pass(question, way, own)

    async def _pass(
        self, question: Connect, way: Way, own: str
    ) -> tuple[Connection, int | None]:
        """The way is open; some SYNs may be lost on it."""
        lost = 0
        most = question.tries if question.tries > 1 else 2
        while lost < most and self._chance.lost(way):
            lost += 1
        again = question.stagger if question.tries > 1 else SYN_AGAIN
        late = lost * again
        if lost >= most or late >= question.timeout:
            return await self._no_answer(question, own), None
        trip = self._chance.trip(way)
        await asyncio.sleep(late + trip)
        port = self._stage.port(question.address, question.port) or self._stage.closed
        if question.tries > 1:
            return Connection("ok", trip, lost, 0, None, own), port
        return Connection("ok", trip + late, 0, lost, None, own), port

    async def _no_answer(self, question: Connect, own: str) -> Connection:
        await asyncio.sleep(question.timeout)
        started = 1 + int(question.timeout / max(question.stagger, 0.1))
        tries = min(max(question.tries, 1), started)
        return Connection("silent", question.timeout, tries, local=own)

    async def _no_reply(self, question: Lookup, way: Way) -> DnsReply:
        if way.state == "not-sent":
            return DnsReply("not-sent", tries=0)
        if way.error is not None:
            await asyncio.sleep(way.delay)
            return DnsReply("unreachable", seconds=way.delay, error=way.error)
        if way.state == "unresolved" and question.timeout >= UNRESOLVED:
            await asyncio.sleep(UNRESOLVED)
            return DnsReply("unreachable", seconds=UNRESOLVED)
        await asyncio.sleep(question.timeout)
        tries = 1 + int(question.timeout / max(question.again, 0.1))
        return DnsReply("silent", seconds=question.timeout, tries=tries)

    def _own(self, question: Connect) -> str:
        try:
            route = self._world.route(question.address, question.device)
        except ValueError:
            return ""
        return self._world.own_address(route.interface) if route else ""

    def _stalls(self, question: Shake, way: Way) -> bool:
        """Is the server's first flight, or our large hello, too large for the way?"""
        service = way.host.services.get(question.port) if way.host else None
        segment = question.mss + TCP_HEADERS if question.mss else FULL
        return isinstance(service, Tls) and segment > way.largest

    def _home(self, answer: Connection, knocked: Connection, to: str) -> Connection:
        """The answer of loopback as it would read in the world."""
        return replace(
            answer,
            seconds=answer.seconds + knocked.seconds,
            tries=answer.tries + knocked.tries,
            retransmits=answer.retransmits + knocked.retransmits,
            error=_with_host(answer.error, to),
            local=knocked.local,
        )


def _with_host(error: IcmpError | None, host: str) -> IcmpError | None:
    """What loopback says, the host of the world says."""
    return replace(error, by=host) if error and error.by == LOOPBACK else error
