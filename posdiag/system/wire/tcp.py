"""Does a TCP connect to this address and port succeed, and if not, why?

Several attempts run side by side, so that one lost SYN costs `stagger` seconds and not
the system's own second (RFC 6298). Times are seconds.
"""

import asyncio
import errno
import socket
import sys
from dataclasses import dataclass, field, replace

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Connect, Connection
from posdiag.system.wire.icmp.errors import keep_errors, read_errors
from posdiag.system.wire.icmp.sockets import set_ttl
from posdiag.system.wire.sockets import (
    IP_HEADER,
    Peer,
    Trouble,
    abort,
    account,
    classify_error,
    endpoint,
    open_socket,
    own_address,
    receive,
    tcp_info,
)

WINDOW = 16 * 1024  # bytes; Linux doubles it for its own needs
SMALL_WINDOW = 2048  # for connections on which nothing is to be read
FIN_UNACKNOWLEDGED = (4, 9, 11)  # Linux: FIN_WAIT1, LAST_ACK, CLOSING
GRACE = 1.2  # seconds for a true answer after an ICMP error
IP_MINTTL = 21  # linux/in.h: packets with a lower TTL are dropped
SHORT_TTL = 32  # no host is farther away than that
POLL = 0.01  # seconds between two polls of a connection


@dataclass(eq=False, slots=True)
class _Attempt:
    """One SYN and its result; `trouble` is None while connected or pending."""

    sock: socket.socket
    started: float
    own: str = ""
    ended: float | None = None
    trouble: Trouble | None = None

    @property
    def conclusive(self) -> bool:
        if self.ended is None:
            return False
        return self.trouble is None or self.trouble.outcome != "silent"


@dataclass(slots=True)
class _Race:
    """The attempts of one question, in the order in which they started."""

    question: Connect
    mss: int
    window: int
    attempts: list[_Attempt] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(
        self, family: socket.AddressFamily, peer: Peer, ignore_icmp: bool = False
    ) -> Unknown | Trouble | None:
        """`ignore_icmp`: no ICMP error ends this attempt."""
        try:
            sock = open_socket(family, socket.SOCK_STREAM, self.question.device)
        except OSError:
            return Trouble("not-sent")
        if isinstance(sock, Unknown):
            return sock
        attempt = _Attempt(sock, asyncio.get_running_loop().time())
        self.attempts.append(attempt)
        # Unsolicited data is bounded by our window, not by what we read.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.window)
        if self.question.ttl:
            set_ttl(sock, self.question.ttl)
        if ignore_icmp:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, SHORT_TTL)
            sock.setsockopt(socket.IPPROTO_IP, IP_MINTTL, SHORT_TTL + 1)
        if self.mss:
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, self.mss)
            except OSError:
                return Trouble("not-sent")
        run = _run(attempt, self.question.address, peer)
        self.tasks.append(asyncio.create_task(run))
        return None

    def winner(self) -> _Attempt | None:
        done = [a for a in self.attempts if a.conclusive]
        connected = [a for a in done if a.trouble is None]
        by_tcp = [a for a in done if a.trouble is not None and a.trouble.error is None]
        return next(iter(connected or by_tcp or done), None)

    async def end(self, meter: Meter, keep: _Attempt | None) -> None:
        """Stop what still runs and close every socket but the one to keep."""
        for task in self.tasks:
            task.cancel()
        try:
            if self.tasks:
                await asyncio.wait(self.tasks)
        except asyncio.CancelledError:
            keep = None  # the caller was cancelled
            raise
        finally:
            for attempt in self.attempts:
                if attempt is not keep:
                    account(attempt.sock, meter)
                    abort(attempt.sock)


async def _run(attempt: _Attempt, target: str, peer: Peer) -> None:
    """Connect; the result is left in `attempt`."""
    loop = asyncio.get_running_loop()
    at_once = False
    try:
        if sys.platform != "win32":  # there only the loop itself can connect
            number = attempt.sock.connect_ex(peer)
            # Read now: the source address is gone once the attempt has failed.
            attempt.own = own_address(attempt.sock)
            at_once = number not in (0, errno.EINPROGRESS)
            if at_once:
                raise OSError(number, "connect")
        # A second connect() on a socket that is connecting only asks for its state.
        await loop.sock_connect(attempt.sock, peer)
        attempt.own = own_address(attempt.sock)
        attempt.sock.getpeername()
    except OSError as error:
        attempt.trouble = _failure(attempt, target, error.errno or 0, at_once)
    attempt.ended = loop.time()


def _failure(
    attempt: _Attempt, target: str, number: int, at_once: bool
) -> Trouble | None:
    """Why an attempt failed; None if it was connected and lost again since."""
    queued = next(read_errors(attempt.sock), None)
    if queued is None:
        if number in (errno.EISCONN, errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
            # Before the handshake a reset reads "refused"; these come after it.
            return None
        if at_once and number != errno.ECONNREFUSED:
            return Trouble("not-sent")  # no route, no source address, a local filter
    return classify_error(number, target, attempt.own, queued)


async def connect_socket(
    question: Connect, meter: Meter, mss: int = 0, window: int = WINDOW
) -> tuple[Connection, socket.socket | None] | Unknown:
    """Connect; the socket is there if the outcome is "ok", and is then the caller's.

    The caller charges it to the meter (`account`) and closes it. `mss` clamps the
    segment size in both directions, `window` the data in flight to us. `tries` in the
    answer counts the attempts that were still waiting when a later one was answered, or
    all of them if none was. A device that cannot be bound to is `Unknown`, one that
    does not exist is "not-sent".
    """
    target = endpoint(question.address, question.port)
    if target is None:
        return Connection("not-sent"), None
    race = _Race(question, mss, window)
    kept: _Attempt | None = None
    try:
        failed = await _wait(race, *target)
        if isinstance(failed, Unknown):
            return failed
        answer = _answer(race, failed)
        if await _outlives_icmp(race, answer, *target):
            answer = replace(_answer(race, None), tries=answer.tries)
        if answer.outcome == "ok":
            kept = race.winner()
    finally:
        await race.end(meter, kept)
    if _has_icmp_error(answer):  # two headers, the ICMP one, 8 bytes of ours
        meter.add(received=2 * IP_HEADER[target[0]] + 16)
    if kept is None:
        return answer, None
    keep_errors(kept.sock, on=False)  # or a stray ICMP error would end the connection
    return answer, kept.sock


async def _wait(
    race: _Race, family: socket.AddressFamily, peer: Peer
) -> Unknown | Trouble | None:
    """Start attempts until one is answered or time is up."""
    question = race.question
    loop = asyncio.get_running_loop()
    begun = loop.time()
    deadline = begun + question.timeout
    for number in range(1, max(1, question.tries) + 1):
        failed = race.start(family, peer)
        if failed is not None:
            return failed
        last = number >= question.tries
        until = deadline if last else min(deadline, begun + number * question.stagger)
        while race.winner() is None and (left := until - loop.time()) > 0:
            waiting = {task for task in race.tasks if not task.done()}
            if not waiting:  # every SYN so far was given up by the system
                await asyncio.sleep(left)
                break
            await asyncio.wait(
                waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
        if race.winner() is not None or loop.time() >= deadline:
            return None
    return None


async def _outlives_icmp(
    race: _Race, answer: Connection, family: socket.AddressFamily, peer: Peer
) -> bool:
    """Does the host answer after the ICMP error that ended all attempts? Such an error
    is easily forged, and aborts a connect at once (RFC 5927 section 5).

    One more attempt has a low TTL and accepts no TTL as low (IP_MINTTL): Linux applies
    that to the packet which the error quotes, and drops it; answers of hosts start at
    64 or more.
    """
    supported = family == socket.AF_INET and sys.platform == "linux"
    if not _has_icmp_error(answer) or race.question.ttl or not supported:
        return False
    if race.start(family, peer, ignore_icmp=True) is not None:
        return False
    last = race.attempts[-1]
    await asyncio.wait({race.tasks[-1]}, timeout=GRACE)
    if last.conclusive and last.trouble is None:
        last.sock.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 0)
        last.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, -1)  # the system's
    return last.conclusive and (last.trouble is None or last.trouble.error is None)


def _has_icmp_error(answer: Connection) -> bool:
    """Did an ICMP error from the network end it? (Not a filter of this machine.)"""
    return answer.error is not None and answer.outcome != "not-sent"


def _answer(race: _Race, failed: Trouble | None) -> Connection:
    winner = race.winner()
    if winner is None:
        if failed is not None:
            return Connection(failed.outcome)
        own = next((attempt.own for attempt in race.attempts if attempt.own), "")
        waited = race.question.timeout
        return Connection("silent", waited, len(race.attempts), local=own)
    earlier = race.attempts[: race.attempts.index(winner)]
    info = tcp_info(winner.sock)
    trouble = winner.trouble or Trouble("ok")
    return Connection(
        outcome=trouble.outcome,
        seconds=(winner.ended or winner.started) - winner.started,
        tries=sum(not attempt.conclusive for attempt in earlier),
        retransmits=info.retransmits if info else 0,
        error=trouble.error,
        local=winner.own,
    )


def extended_deadline(deadline: float, tcp: Connection, round_trips: int) -> float:
    """The deadline of an exchange on a connection: later where that many round trips
    take longer, by the connect (satellite, GPRS). Loop times."""
    now = asyncio.get_running_loop().time()
    return max(deadline, now + 1.5 * round_trips * tcp.seconds)


async def connect(question: Connect, meter: Meter) -> Connection | Unknown:
    """The connection is ended by a reset: one segment, no state.

    With `watch`, "closed" means that the peer ended it within that time without
    sending anything; data from the peer leaves it "ok".
    """
    opened = await connect_socket(question, meter, window=SMALL_WINDOW)
    if isinstance(opened, Unknown):
        return opened
    answer, sock = opened
    if sock is None:
        return answer
    try:
        if question.watch > 0:
            until = asyncio.get_running_loop().time() + question.watch
            if await receive(sock, 1, until) == b"":
                answer = replace(answer, outcome="closed")
        if question.check_fin > 0:
            fin_acked = await _check_fin(sock, question.check_fin, answer.retransmits)
            answer = replace(answer, fin_acked=fin_acked)
    finally:
        account(sock, meter)
        abort(sock)
    return answer


async def _check_fin(sock: socket.socket, seconds: float, before: int) -> bool | None:
    """Is our FIN acknowledged without a retransmission? `before`: retransmissions so
    far."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:  # the peer has reset it
        return None
    while loop.time() < until:
        info = tcp_info(sock)
        if info is None:
            return None
        if info.retransmits > before:
            return False
        if info.state not in FIN_UNACKNOWLEDGED:
            return True
        await asyncio.sleep(POLL)
    return None
