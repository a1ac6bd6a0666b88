"""An ISO 8583 exchange, and a connection that is left idle.

Answers first, then the questions that they answer. Times are seconds, sizes bytes.
`device` binds a probe to one interface.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import Connect, Connection, Outcome
from posdiag.model.site import Secret

NO_MESSAGE = Secret("")
ReplyKind = Literal["iso8583", "http", "tls", "text", "binary"]


@dataclass(frozen=True, slots=True)
class PaymentReply:
    """The properties of a payment host's reply; the reply itself is never kept.

    `start` are the first bytes of what is no message, redacted. `size` counts all bytes
    received. `whole`: a complete frame came. `after`: bytes behind it. `announced`: the
    length in its prefix, None without one. Absent fields are "". Not `understood`: MTI
    and STAN were read, but the rest has another format than ours, so that the response
    code is not known.
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
    understood: bool = True


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
    """The state of a connection that was idle for `seconds`.

    "held": still established. "closed": by the peer. "dropped": gone silently (a NAT or
    firewall on the path has dropped its state).
    """

    state: Literal["held", "closed", "dropped", "not-opened"]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange(Question[Exchanged]):
    """Send one message to a payment host and read one frame of at most 4 KB.

    `through` is the connection to use: `Connect` for plain TCP, `Shake` for TLS. The
    reply is read by `dialect`, `length`, `tpdu` (hexadecimal), `header` (its bytes),
    `bitmap` and `inclusive` (the length counts itself); frames without a message
    (keep-alives) do not count.
    Waits `timeout` seconds for the first byte, then at most `gap` seconds for each
    further piece. `payload` (hexadecimal) is secret since it holds the merchant and
    terminal numbers.
    """

    through: Connect | Shake
    dialect: Literal["ascii", "unionpay"]
    length: Literal["binary2", "binary4", "ascii4", "bcd2"] = "binary2"
    tpdu: str = ""
    header: int = 0
    payload: Secret = NO_MESSAGE
    timeout: float = 7.0
    gap: float = 2.0
    bitmap: Literal["binary", "hex"] = "binary"
    inclusive: bool = False


@dataclass(frozen=True, slots=True)
class StayQuiet(Question[Quiet]):
    """Connect, stay idle for `seconds`, then test by TCP keep-alive whether the
    connection still stands. The peer's program sees nothing of it."""

    address: str
    port: int
    seconds: float = 65.0
    device: str = ""
