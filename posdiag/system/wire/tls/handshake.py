"""Does a TLS handshake with this host succeed, and if not, at which step does it fail?

The library writes into memory and this module carries its bytes, so that silence, a
close, an alert and an answer that is no TLS are distinguished. Times are seconds.
"""

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass, replace

from posdiag.formats.certificate import from_bytes, from_checked, mismatch
from posdiag.formats.traffic.connections import tls_records
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import Certificate, Handshake, Shake, Step
from posdiag.model.questions.wire import Connection, Outcome
from posdiag.system.wire.sockets import abort, account, deliver, receive, tcp_info
from posdiag.system.wire.tcp import connect_socket, extended_deadline
from posdiag.system.wire.tls.tap import (
    chain_length,
    context,
    has_trust_store,
    names,
    number_of,
    outcome_of,
)

MAX_BYTES = 128 * 1024
"""Of an answer: a chain of certificates is some 5 KB, OpenSSL takes 100 KB at most."""
TOO_LARGE = "EXCESSIVE_MESSAGE_SIZE"
NO_ISSUER = (2, 19, 20, 21)  # X509_V_ERR: an issuer is missing or not trusted
READ = 16 * 1024
ROUND_TRIPS = 4  # of TLS 1.2 with a long chain, and of a refusal after it
TEXT = 200  # characters of a reason that are kept
LEAVING = 0.03
"""Seconds in which a server that is about to leave does so; less than the 40 ms after
which Linux acknowledges a ticket, upon which many servers send a second one."""
DEFAULT_SEGMENT = 536  # RFC 9293: assumed before anything is known
CERTIFICATE_REQUIRED = 116
CLOSE_NOTIFY = 0
NO_MEMORY = "malloc failure"  # in OpenSSL's words
VERIFY_TEXTS = {62: "hostname mismatch", 64: "IP address mismatch"}  # as OpenSSL's


@dataclass(frozen=True, slots=True)
class Ending:
    """How a handshake ended; the fields are those of `Handshake`."""

    step: Step
    outcome: Outcome
    verify_code: int = 0
    verify_text: str = ""
    alert: int | None = None
    local_reason: str = ""


class Session:
    """One TLS session over an open socket, until `deadline` (the loop's time)."""

    def __init__(
        self, sock: socket.socket, setup: ssl.SSLContext, name: str, deadline: float
    ) -> None:
        self.sock = sock
        self.deadline = deadline
        self.received = 0
        self.sent = 0
        self.incoming, self.outgoing = tls_records.Tap(), tls_records.Tap()
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = setup.wrap_bio(self._in, self._out, server_hostname=name or None)

    async def handshake(self) -> Ending:
        while True:
            ending = self._advance()
            await self._flush()
            if ending is None:
                ending = await self._more(self.deadline)
            if ending is not None:
                return ending

    async def verdict(self, patience: float) -> Ending | None:
        """Did the server accept our last flight? None if so, or if it stays silent.

        In TLS 1.3 a client certificate that is missing or bad is refused only after
        the handshake has succeeded on our side (RFC 8446 section 4.4.2.4).
        """
        until = min(self.deadline, asyncio.get_running_loop().time() + patience)
        while True:
            try:
                if self.tls.read(1):
                    return None
                return Ending("finish", "closed")
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                return self._ending_of(error, "finish")
            ending = await self._more(until, "finish")
            if ending is not None:
                return None if ending.outcome == "silent" else ending
            if self.incoming.whole:  # a ticket, or what comes before a close
                until = min(until, asyncio.get_running_loop().time() + LEAVING)

    async def write(self, data: bytes) -> None:
        """Send; a session that has ended meanwhile shows when reading."""
        with contextlib.suppress(ssl.SSLError):
            self.tls.write(data)
        await self._flush()

    async def read(self, size: int) -> bytes | None:
        """Like `receive`: None for silence, b"" for any end of the session."""
        while True:
            try:
                return self.tls.read(size)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                return b""
            ending = await self._more(self.deadline)
            if ending is not None:
                return None if ending.outcome == "silent" else b""

    def _advance(self) -> Ending | None:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLCertVerificationError as error:
            text = str(error.verify_message)[:TEXT]
            return Ending("certificate", "refused", error.verify_code, text)
        except ssl.SSLError as error:
            return self._ending_of(error, self._step())
        return Ending("done", "ok")

    def _step(self) -> Step:
        if tls_records.KEY_EXCHANGE in self.outgoing.messages:
            return "finish"
        return "server-hello" if self.received else "hello"

    def _ending_of(self, error: ssl.SSLError, step: Step) -> Ending:
        reason = str(error.reason or "")
        if NO_MEMORY in str(error).lower().replace("_", " "):
            raise MemoryError  # ours: says nothing about the server
        alert = self.incoming.alert
        if alert is None:
            alert = number_of(reason)
        ends = ssl.SSLZeroReturnError | ssl.SSLEOFError
        if alert == CLOSE_NOTIFY or isinstance(error, ends):
            return Ending(step, "closed")
        if alert is not None:
            return Ending(step, "refused", alert=alert)
        if reason == TOO_LARGE:
            return self._too_large(step)
        text = (reason or str(error))[:TEXT]
        return Ending(step, outcome_of(reason), local_reason=text)

    def _too_large(self, step: Step) -> Ending:
        """More than the library accepts: a long chain, or garbage."""
        if self.tls.cipher() is None:
            return Ending(step, "malformed")
        return Ending(step, "refused", local_reason=TOO_LARGE)

    async def _flush(self) -> None:
        data = self._out.read()
        if not data:
            return
        self.outgoing.feed(data)
        self.sent += len(data)
        # A peer that has gone may have left its reason in our buffer: read on.
        await deliver(self.sock, data, self.deadline)

    async def _more(self, until: float, step: Step | None = None) -> Ending | None:
        """Read once; an ending if the handshake cannot go on."""
        data = await receive(self.sock, READ, until)
        step = step or self._step()
        if data is None:
            return Ending(step, "silent")
        if not data:
            return Ending(step, "closed")
        self.received += len(data)
        self.incoming.feed(data)
        if self.incoming.strange:
            return Ending(self._step(), "malformed")
        if self.received > MAX_BYTES:
            return self._too_large(self._step())
        self._in.write(data)
        return None


async def open_session(
    question: Shake, meter: Meter, deadline: float | None = None
) -> tuple[Handshake, Session | None, socket.socket | None] | Unknown:
    """Connect and shake hands. A socket that is handed back is the caller's to close.

    Certificate files that cannot be read, and names that cannot be sent, are
    "not-sent" with a `local_reason`; nothing is sent then. The session lasts until
    `deadline` (the loop's time), or `timeout` seconds from the connect on.
    """
    name, checks_name = names(question)
    try:
        # Reading the system's authorities takes some 30 ms: not on the loop's time.
        setup = await asyncio.to_thread(context, question, checks_name)
        setup.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name or None)
    except (OSError, ValueError, TypeError) as error:  # SSLError, UnicodeError too
        return _not_sent(error), None, None
    opened = await connect_socket(question.connect, meter, question.mss)
    if isinstance(opened, Unknown):
        return opened
    tcp, sock = opened
    if sock is None:
        return Handshake(tcp, "tcp", tcp.outcome), None, None
    begun = asyncio.get_running_loop().time()
    with contextlib.ExitStack() as undo:
        undo.callback(abort, sock)
        undo.callback(account, sock, meter)
        ends = extended_deadline(deadline or begun + question.timeout, tcp, ROUND_TRIPS)
        session = Session(sock, setup, name, ends)
        ending = await session.handshake()
        seconds = asyncio.get_running_loop().time() - begun
        if ending.step == "done" and question.verify and not checks_name:
            code = mismatch(session.tls.getpeercert() or {}, question.host)
            if code:
                ending = Ending("certificate", "refused", code, VERIFY_TEXTS[code])
        undo.pop_all()
    return _handshake(tcp, session, ending, seconds), session, sock


def _not_sent(error: Exception) -> Handshake:
    reason = getattr(error, "reason", "") or getattr(error, "strerror", "")
    reason = str(reason or type(error).__name__)[:TEXT]
    return Handshake(Connection("not-sent"), "tcp", "not-sent", local_reason=reason)


def _handshake(
    tcp: Connection, session: Session, ending: Ending, seconds: float
) -> Handshake:
    cipher = session.tls.cipher()
    info = tcp_info(session.sock)
    # Linux starts its estimate at 536 or less and only ever raises it to what came, so
    # that only a larger figure was measured.
    measured = info is not None and session.received and info.segment > DEFAULT_SEGMENT
    return Handshake(
        tcp=tcp,
        step=ending.step,
        outcome=ending.outcome,
        seconds=seconds,
        version=session.tls.version() or "",
        cipher=cipher[0] if cipher else "",
        verify_code=ending.verify_code,
        verify_text=ending.verify_text,
        alert=ending.alert,
        local_reason=ending.local_reason,
        wants_client_certificate=_wants_certificate(session, ending),
        received=session.received,
        segment=info.segment if info is not None and measured else None,
        chain=chain_length(session.tls),
        disordered=info.disordered if info is not None else 0,
    )


def _wants_certificate(session: Session, ending: Ending) -> bool | None:
    """Did the server ask for a client certificate? TLS 1.3 asks behind encryption."""
    if (
        tls_records.CERTIFICATE_REQUEST in session.incoming.messages
        or ending.alert == CERTIFICATE_REQUIRED
    ):
        return True
    return False if tls_records.HELLO_DONE in session.incoming.messages else None


def _certificate(question: Shake, session: Session) -> Certificate | None:
    try:
        der = session.tls.getpeercert(True)
        found = session.tls.getpeercert() if question.verify else None
    except ValueError:  # the handshake did not get that far
        return None
    if not der:
        return None
    return from_checked(found) if found else from_bytes(der)


async def shake(question: Shake, meter: Meter) -> Handshake | Unknown:
    """`seconds` runs from the ClientHello to the end of the handshake.

    After a TLS 1.3 handshake the server gets twice the connect time, 0.15 s to 1 s, to
    refuse our side of it; servers that accept it mostly answer with a ticket at once,
    and get 0.03 s from then on.
    """
    opened = await open_session(question, meter)
    if isinstance(opened, Unknown):
        return opened
    answer, session, sock = opened
    if session is None or sock is None:
        return answer
    try:
        if answer.outcome == "ok" and answer.version == "TLSv1.3":
            patience = min(1.0, max(0.15, 2 * answer.tcp.seconds))
            refused = await session.verdict(patience)
            if refused is not None:
                answer = _handshake(answer.tcp, session, refused, answer.seconds)
        if answer.verify_code in NO_ISSUER:
            answer = replace(
                answer, trust_store=await asyncio.to_thread(has_trust_store)
            )
        return replace(answer, certificate=_certificate(question, session))
    finally:
        account(sock, meter, session.sent, session.received)
        abort(sock)
