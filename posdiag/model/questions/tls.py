"""TLS and TLCP handshakes.

Answers first, then the questions that they answer. Times are seconds, sizes bytes.
`device` binds a probe to one interface.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question, Repeatable
from posdiag.model.questions.wire import Connect, Connection, Outcome


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server presented. Times are seconds since 1970; texts as sent."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    self_signed: bool


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
    the largest TCP segment received, None where the system does not report it;
    `disordered` counts segments received out of order, after a gap. `chain` is the
    number of certificates that the server sent, None if unknown.
    `trust_store`: False where this machine has no CA certificates of its own to check
    against; known only where an issuer was not found.
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
    chain: int | None = None
    trust_store: bool | None = None
    disordered: int = 0


@dataclass(frozen=True, slots=True)
class TlcpReply:
    """Whether a server supports TLCP; None where it sent nothing or was not reached.

    `suite` is the cipher suite that it chose, "" for none.
    """

    outcome: Outcome
    supported: bool | None = None
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Shake(Repeatable[Handshake]):
    """TCP connect, then a TLS handshake, step by step, then close.

    `verify` false accepts any certificate. `legacy` checks the certificate with the
    limits of older devices: old versions, short keys, SHA-1, old renegotiation. `mss`
    clamps the TCP segment size in both directions (0: the system's own). `padding`
    enlarges the ClientHello by that many bytes. `server_name` empty sends no SNI;
    `host` is what the certificate must be for.
    """

    address: str
    port: int
    host: str
    server_name: str = ""
    verify: bool = True
    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    mss: int = 0
    padding: int = 0
    tries: int = 5
    stagger: float = 0.7
    connect_timeout: float = 4.0
    timeout: float = 5.0
    device: str = ""
    legacy: bool = False

    @property
    def connect(self) -> Connect:
        """The connection that the handshake begins with."""
        return Connect(
            self.address,
            self.port,
            self.tries,
            self.stagger,
            self.connect_timeout,
            device=self.device,
        )


@dataclass(frozen=True, slots=True)
class AskTlcp(Question[TlcpReply]):
    """Connect, send one TLCP ClientHello (GB/T 38636, national cryptography) and wait
    for a ServerHello, at most `timeout` in all."""

    address: str
    port: int
    timeout: float = 2.5
