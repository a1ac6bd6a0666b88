"""What do OpenSSL's reasons mean, and how is the library set up for one handshake?

`context` prepares the library; `number_of` maps a reason back to the alert that the
server sent. The bytes are read by `posdiag.formats.traffic.connections.tls_records`.
"""

import contextlib
import ssl
from pathlib import Path

from posdiag.formats.address import is_address
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Outcome

MAX_PADDING = 12_000  # the largest ClientHello that servers take is about 16 KB
LEGACY_SERVER = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT; named in `ssl` from 3.12 on

# RFC 8446 section 6, by OpenSSL's names: ssl.SSLError.reason holds "..._ALERT_" and
# one of these.
ALERTS = {
    "UNEXPECTED_MESSAGE": 10,
    "BAD_RECORD_MAC": 20,
    "DECRYPTION_FAILED": 21,
    "RECORD_OVERFLOW": 22,
    "DECOMPRESSION_FAILURE": 30,
    "HANDSHAKE_FAILURE": 40,
    "NO_CERTIFICATE": 41,
    "BAD_CERTIFICATE": 42,
    "UNSUPPORTED_CERTIFICATE": 43,
    "CERTIFICATE_REVOKED": 44,
    "CERTIFICATE_EXPIRED": 45,
    "CERTIFICATE_UNKNOWN": 46,
    "ILLEGAL_PARAMETER": 47,
    "UNKNOWN_CA": 48,
    "ACCESS_DENIED": 49,
    "DECODE_ERROR": 50,
    "DECRYPT_ERROR": 51,
    "EXPORT_RESTRICTION": 60,
    "PROTOCOL_VERSION": 70,
    "INSUFFICIENT_SECURITY": 71,
    "INTERNAL_ERROR": 80,
    "INAPPROPRIATE_FALLBACK": 86,
    "USER_CANCELLED": 90,
    "NO_RENEGOTIATION": 100,
    "MISSING_EXTENSION": 109,
    "UNSUPPORTED_EXTENSION": 110,
    "CERTIFICATE_UNOBTAINABLE": 111,
    "UNRECOGNIZED_NAME": 112,
    "BAD_CERTIFICATE_STATUS_RESPONSE": 113,
    "BAD_CERTIFICATE_HASH_VALUE": 114,
    "UNKNOWN_PSK_IDENTITY": 115,
    "CERTIFICATE_REQUIRED": 116,
    "NO_APPLICATION_PROTOCOL": 120,
}

# Alerts from the server that OpenSSL names without saying that they are alerts.
PLAIN_ALERTS = (
    "TLSV1_UNRECOGNIZED_NAME", "TLSV1_UNSUPPORTED_EXTENSION",
    "TLSV1_CERTIFICATE_UNOBTAINABLE", "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE",
    "TLSV1_BAD_CERTIFICATE_HASH_VALUE",
)  # fmt: skip

# The server's bytes are no TLS, or broken TLS, by these reasons of OpenSSL.
BROKEN = (
    "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE",
    "UNEXPECTED_RECORD", "LENGTH", "RECORD_TOO_SMALL", "BAD_PACKET", "BAD_RECORD_TYPE",
    "BAD_CHANGE_CIPHER_SPEC", "BAD_EXTENSION", "BAD_DATA", "DECODE_ERROR",
    "DECRYPTION_FAILED", "DIGEST_CHECK_FAILED", "BAD_HANDSHAKE", "CCS_RECEIVED_EARLY",
    "TOO_MANY_WARN_ALERTS", "UNKNOWN_ALERT_TYPE", "INVALID_ALERT", "ASN1",
    "NOT_ON_RECORD_BOUNDARY", "SSLV3_RECORD", "DATA_BETWEEN_CCS",
)  # fmt: skip


def number_of(reason: str) -> int | None:
    """The number of the server's alert in an OpenSSL reason, None for none."""
    if "_ALERT_" in reason:
        return ALERTS.get(reason.partition("_ALERT_")[2])
    return ALERTS.get(reason.partition("_")[2]) if reason in PLAIN_ALERTS else None


def outcome_of(reason: str) -> Outcome:
    """Did this machine refuse what it was offered, or was it no proper TLS?"""
    return "malformed" if any(broken in reason for broken in BROKEN) else "refused"


def names(question: Shake) -> tuple[str, bool]:
    """The name to give to OpenSSL, and whether it is also the one to check.

    The library checks the name that it sends. Where they differ, the chain is checked
    by the library and the name by `certificate.mismatch`.
    """
    host = question.host.removesuffix(".")
    sent = question.server_name.removesuffix(".")
    if sent.lower() == host.lower():
        return sent, bool(sent)
    if not sent and is_address(host):
        return host, True  # addresses are never sent (RFC 6066 section 3)
    return sent, False


def context(question: Shake, checks_name: bool) -> ssl.SSLContext:
    """The library set up for one handshake. OSError or ValueError for bad files.

    With `verify` it trusts the system's authorities and those in `ca_file`; any
    certificate in `ca_file` is an anchor, also an intermediate one. Without, it takes
    whatever is presented. Without, or with `legacy`, it takes servers as old and keys
    as short as the library still supports.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if question.verify:
        made.check_hostname = checks_name
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        made.load_default_certs()
        if question.ca_file:
            made.load_verify_locations(cafile=question.ca_file)
    else:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if question.legacy or not question.verify:
        made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        made.options |= LEGACY_SERVER
        made.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
    if question.client_cert:
        made.load_cert_chain(
            question.client_cert,
            question.client_key or None,
            password=lambda: b"",  # or OpenSSL would ask on the terminal
        )
    if question.padding:
        _pad(made, min(question.padding, MAX_PADDING))
    return made


def chain_length(tls: ssl.SSLObject) -> int | None:
    """How many certificates the server sent; None if the library does not expose it.

    Public from Python 3.13 on; before, the object behind `SSLObject` has it.
    """
    for holder in (tls, getattr(tls, "_sslobj", None)):
        ask = getattr(holder, "get_unverified_chain", None)
        if ask is not None:
            try:
                return len(ask() or ()) or None
            except ValueError:  # the handshake did not get that far
                return None
    return None


def has_trust_store() -> bool:
    """Does this machine have any CA certificates that OpenSSL finds?"""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with contextlib.suppress(OSError):  # SSLError, too
        made.load_default_certs()
    if made.cert_store_stats()["x509_ca"]:
        return True
    folder = ssl.get_default_verify_paths().capath  # read by the library on demand
    try:
        return bool(folder) and any(Path(folder).iterdir())
    except OSError:
        return False


def _pad(made: ssl.SSLContext, padding: int) -> None:
    """Enlarge the ClientHello by at least `padding` bytes with made-up ALPN names."""
    wanted = _hello_size(made) + padding
    extra = padding
    for _ in range(3):
        made.set_alpn_protocols(_protocols(extra))
        missing = wanted - _hello_size(made)
        if missing <= 0:
            return
        extra += missing


def _protocols(size: int) -> list[str]:
    """A list of valid protocol names of at least `size` bytes in all."""
    names = ["http/1.1"]
    while size > 0:
        length = min(255, max(6, size))
        names.append(f"x-{len(names):03d}".ljust(length, "-"))
        size -= length
    return names


def _hello_size(made: ssl.SSLContext) -> int:
    out = ssl.MemoryBIO()
    trial = made.wrap_bio(ssl.MemoryBIO(), out, server_hostname="posdiag.example")
    with contextlib.suppress(ssl.SSLWantReadError):
        trial.do_handshake()
    return out.pending
