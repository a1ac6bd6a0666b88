"""One TCP connection of a terminal, and its TLS handshake, as seen from outside.

Told by types and lengths alone. In TLS 1.3 all behind the ServerHello is encrypted: a
record of 19 bytes before the terminal's Finished is an alert, one of 25 an empty
Certificate, one of 53 or 69 a Finished (RFC 8446 sections 4.4, 5.2 and 6: the content,
one byte of type, 16 of tag). mbedTLS 3 pads content and type to a multiple of 16: an
empty Certificate and close_notify are 32 bytes, a Finished 64 or 80. Session tickets
come unasked behind the handshake and are no answer.
"""

from dataclasses import dataclass, field

from posdiag.formats.traffic.connections.hello import (
    ClientHello,
    chosen_version,
    client_hello,
)
from posdiag.formats.traffic.connections.stream import Stream, covers
from posdiag.formats.traffic.connections.tls_records import (
    ALERT,
    CERTIFICATE,
    CHANGE_CIPHER,
    DATA,
    HANDSHAKE,
    Tap,
)
from posdiag.formats.traffic.layers import ACK, FIN, RST, SYN, Segment
from posdiag.model.questions.terminal import TcpTalk, TlsTalk

ALERT_13, NO_CERTIFICATE_13 = 19, 25
SHORT_PADDED_13 = 32  # an empty Certificate where a Finished follows, or an alert
FINISHED_13 = (53, 69)  # SHA-256, SHA-384
FINISHED_PADDED_13 = (64, 80)
COALESCED_13 = (61, 77)  # an empty Certificate and Finished in one record
FLIGHT = 0.05  # seconds between two session tickets
REACTION = 1.0  # seconds in which a terminal goes on after an answer
CHAIN = 300  # bytes of encrypted records that no flight without a certificate has


@dataclass(slots=True)
class Flow:
    """A connection from a terminal to `address`:`port`."""

    address: str
    port: int
    begun: float
    joined: bool = False
    syns: int = 0
    accepted: bool = False
    unreachable: bool = False
    ended_by: str = ""
    reset: bool = False
    answered: float | None = None
    last: float = 0.0
    sent: Stream = field(default_factory=Stream)
    received: Stream = field(default_factory=Stream)
    out: Tap = field(default_factory=lambda: Tap(keep_hello=True))
    back: Tap = field(default_factory=lambda: Tap(keep_hello=True))
    secure: bool | None = None  # None: nothing sent yet
    hello: ClientHello = field(default_factory=ClientHello)
    finished: bool = False
    changed: bool = False  # the terminal's ChangeCipherSpec
    short: bool = False  # a record of SHORT_PADDED_13 before the Finished
    padded: bool = False  # by the terminal, to a multiple of 16 (TLS 1.3)
    presents: bool = False  # a certificate of the terminal is under way (TLS 1.3)
    encrypted_alert: str = ""
    empty_certificate: bool = False
    data_end: int | None = None  # behind the terminal's first data
    flight: int = 0  # bytes of the host's encrypted handshake
    tickets: tuple[int, ...] = ()
    ticket_time: float = 0.0
    tickets_over: bool = False
    _now: float = 0.0
    _acknowledged: int = 0

    def __post_init__(self) -> None:
        self.out.on_record = self._sent_record
        self.back.on_record = self._received_record

    @property
    def version(self) -> str:
        return chosen_version(self.back.hello) if self.back.hello_whole else ""

    @property
    def over(self) -> bool:
        return bool(self.ended_by)

    # --- packets -----------------------------------------------------------------

    def from_terminal(self, segment: Segment, now: float) -> None:
        self._now = self.last = now
        if segment.flags & SYN:
            self.syns += 1
            self.sent.begin(segment.sequence + 1)
            return
        for payload, missing in self.sent.take(
            segment.sequence, segment.payload, segment.missing
        ):
            self._take_sent(payload, missing)
        if segment.flags & (FIN | RST):
            self._react(now)
            self._end("terminal", segment)

    def from_host(self, segment: Segment, now: float) -> None:
        self._now = self.last = now
        self._acknowledged = segment.acknowledged
        if segment.flags & SYN:
            self.accepted = True
            self.received.begin(segment.sequence + 1)
            return
        if segment.payload or segment.missing or not segment.flags & RST:
            self.accepted = self.accepted or segment.flags & ACK != 0
        for payload, missing in self.received.take(
            segment.sequence, segment.payload, segment.missing
        ):
            self._take_received(payload, missing)
        if segment.flags & (FIN | RST):
            self._end("host", segment)

    def _end(self, who: str, segment: Segment) -> None:
        if not self.ended_by:
            self.ended_by = who
            self.reset = bool(segment.flags & RST)

    def _take_sent(self, payload: bytes, missing: int) -> None:
        if self.secure is None and payload:
            self.secure = payload[:1] == b"\x16" and not self.joined
        if self.secure:
            self.out.feed(payload)
            if missing:
                self.out.miss(missing)
            if self.out.hello_whole and not self.hello.offered:
                self.hello = client_hello(self.out.hello)
        else:
            self._react(self._now)
            self.data_end = self.sent.end

    def _take_received(self, payload: bytes, missing: int) -> None:
        if self.secure:
            self.back.feed(payload)
            if missing:
                self.back.miss(missing)
        elif self.data_end is not None and self._covered():
            self.answered = self.answered or self._now

    def _covered(self) -> bool:
        """Had the host received the terminal's data when it sent this?"""
        return self.data_end is not None and covers(self._acknowledged, self.data_end)

    # --- TLS records -------------------------------------------------------------

    def _sent_record(self, kind: int, length: int) -> None:
        if self.version == "1.3":
            self._sent_13(kind, length)
        elif kind == CHANGE_CIPHER:
            self.changed = True
        elif kind == HANDSHAKE and self.changed:
            self.finished = True
        elif kind == ALERT and self.changed and length > 2 and not self.finished:
            self.encrypted_alert = self.encrypted_alert or "terminal"
        elif kind == DATA and self.finished and self.data_end is None:
            self.data_end = self.sent.end

    def _sent_13(self, kind: int, length: int) -> None:
        if kind != DATA:
            return
        if self.finished:
            self._react(self._now)
            # close_notify is as long as an alert.
            alert = SHORT_PADDED_13 if self.padded else ALERT_13
            if self.data_end is None and length != alert:
                self.data_end = self.sent.end
        elif length == SHORT_PADDED_13:
            self.short = True
        elif length == ALERT_13:
            self.encrypted_alert = self.encrypted_alert or "terminal"
        elif length == NO_CERTIFICATE_13:
            self.empty_certificate = True
        elif length in COALESCED_13 and not self.presents:
            self.empty_certificate = self.finished = True
        elif length in FINISHED_13:
            self.finished = True
        elif length in FINISHED_PADDED_13:
            self.empty_certificate = self.empty_certificate or self.short
            self.padded = self.finished = True
        else:
            self.presents = True

    def _received_record(self, kind: int, length: int) -> None:
        if self.version == "1.3":
            if kind == DATA:
                self._received_13(length)
        elif kind == DATA and self.finished and self._covered():
            self.answered = self.answered or self._now

    def _received_13(self, length: int) -> None:
        if self.presents and not self.finished and self.flight:
            self.finished = True  # certificate and Finished came in one record
        if not self.finished:
            self.flight += length
            return
        if length == ALERT_13:
            if self.data_end is None or not self.answered:
                self.encrypted_alert = self.encrypted_alert or "host"
            return
        if not self.tickets_over and self._maybe_ticket(length):
            return
        if self._covered():
            self.answered = self.answered or self._now

    def _maybe_ticket(self, length: int) -> bool:
        """The first record behind the handshake, and others of its length at once."""
        first = not self.tickets
        alike = self.tickets[:1] == (length,) and self._now - self.ticket_time < FLIGHT
        if first or (alike and len(self.tickets) < 4):
            self.tickets += (length,)
            self.ticket_time = self._now
            return True
        self.tickets_over = True
        return False

    def _react(self, now: float) -> None:
        """The terminal goes on right after a single record of the host that came upon
        its data: it was the answer, not a ticket."""
        lone = len(self.tickets) == 1 and not self.tickets_over
        prompt = now - self.ticket_time < REACTION
        if self.answered is None and lone and prompt and self._covered():
            self.answered = self.ticket_time

    # --- what is told ------------------------------------------------------------

    def outcome(self) -> str:
        if self.unreachable:
            return "unreachable"
        if not self.accepted:
            refused = self.ended_by == "host" and self.reset
            return "refused" if refused else "silent"
        return "ended" if self.over else "open"

    def talk(self, names: tuple[str, ...]) -> TcpTalk:
        return TcpTalk(
            address=self.address,
            port=self.port,
            begun=round(self.begun, 3),
            outcome=self.outcome(),
            names=names,
            syns=self.syns,
            sent=self.sent.count,
            received=self.received.count,
            answered=None if self.answered is None else round(self.answered, 3),
            last=round(self.last, 3),
            ended_by=self.ended_by,
            reset=self.reset,
            joined=self.joined,
            tls=self._tls() if self.secure else None,
        )

    def _tls(self) -> TlsTalk:
        version = self.version
        alert = self.out.alert if self.out.alert is not None else self.back.alert
        by = "terminal" if self.out.alert is not None else "host"
        empty = self.out.empty_certificate or self.empty_certificate
        sent = CERTIFICATE in self.out.messages or self.presents
        return TlsTalk(
            offered=self.hello.offered,
            server_name=self.hello.server_name,
            chosen=version,
            alert=alert,
            alert_by=by if alert is not None else "",
            encrypted_alert=self.encrypted_alert,
            server_certificate=CERTIFICATE in self.back.messages
            or self.flight >= CHAIN,
            certificate_sent=False if empty else True if sent else None,
            finished=self.finished,
        )
