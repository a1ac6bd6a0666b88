"""What a server says once it is reached: TLS, TLCP and the payment host itself. Frozen
values of plain types, like `answers`."""

from dataclasses import dataclass
from typing import Literal

from posdiag.system.answers import Connection, Outcome


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server presented. Times are seconds since 1970; texts as sent."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    self_signed: bool
    fingerprint: str = ""


Step = Literal[
    "tcp",  # the connection itself
    "hello",  # ClientHello is out, nothing has come back
    "server-hello",  # part of the server's answer has come
    "certificate",  # the chain was refused by us
    "finish",  # our answer is out; the server has not accepted it
    "done",
]


@dataclass(frozen=True, slots=True)
class Handshake:
    """How a TLS handshake ended, and at which step.

    `verify_code` is OpenSSL's X509_V_ERR number, 0 for none. `alert` is the TLS alert
    that the server sent, by number (RFC 8446 section 6), None for none. `segment` is
    the largest TCP segment received, None where the system does not tell.
    """

    tcp: Connection
    step: Step
    outcome: Outcome
    seconds: float = 0.0
    version: str = ""
    cipher: str = ""
    verify_code: int = 0
    verify_text: str = ""
    alert: int | None = None
    local_reason: str = ""  # why this machine's own TLS library gave up
    wants_client_certificate: bool | None = None
    received: int = 0
    segment: int | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class TlcpReply:
    """Does a server speak TLCP? `speaks` is None where it said nothing or could not be
    reached; `suite` is the cipher suite that it chose, "" for none."""

    outcome: Outcome
    speaks: bool | None = None
    suite: str = ""


ReplyKind = Literal["iso8583", "http", "tls", "text", "binary"]


@dataclass(frozen=True, slots=True)
class PaymentReply:
    """What is known of a payment host's reply; the reply itself is never kept.

    `start` are the first bytes of what is no message, redacted. `size` counts all that
    came. `whole`: a complete frame came. `after`: bytes behind it. `announced`: the
    length that it claims, None where it claims none. Texts are "" where they are not
    there.
    """

    kind: ReplyKind
    size: int
    whole: bool = False
    after: int = 0
    announced: int | None = None
    start: str = ""
    mti: str = ""
    stan: str = ""
    code: str = ""
    tpdu: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How an exchange with a payment host ended.

    `outcome` "ok": a complete frame came; "malformed": bytes came, but no frame of that
    framing, or only part of one; "silent" and "closed": nothing came. `seconds` run
    from the request to the last byte that counts. `handshake` is None without TLS.
    """

    outcome: Outcome
    tcp: Connection
    handshake: Handshake | None = None
    seconds: float = 0.0
    reply: PaymentReply | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """What became of a connection on which nobody said anything for `seconds`.

    "held": it still stands. "closed": the peer ended it. "dropped": it is gone without
    a word (a NAT or firewall on the way has forgotten it).
    """

    state: Literal["held", "closed", "dropped", "not-opened"]
    seconds: float = 0.0
