"""What does a TLS handshake with the acquirer prove?

Sources: OpenSSL X509_V_ERR numbers; TLS alerts of RFC 8446 section 6.2.
"""

import ssl
from dataclasses import dataclass, replace

from posdiag.measure.acquirer import closed_before_tls
from posdiag.measure.clock import DAY, utc_text, valid_at
from posdiag.model import Facts, Finding, fail, ok, skip, warn
from posdiag.model.questions.tls import Certificate, Handshake

EXPIRED = (9, 10)
OURS = (1, 17, 65, 69, 70)
"""This machine's own errors: unspecified, out of memory, invalid call, store lookup."""
SELF_SIGNED, UNKNOWN_EXTENSION = 18, 34
NO_ISSUER = (2, 19, 20, 21)
UNFIT = (24, 25, 26, 32, 37, 38, 39, 40, 41, 79)
"""Not a certificate for this use: invalid CA, path length, purpose, key usage."""
NAME_MISMATCH = (62, 64)  # host name, IP address
WEAK = (66, 67, 68)  # key of the host or of a CA too short, hash too weak
HANDSHAKE_FAILURE, BAD_CERTIFICATE, PROTOCOL_VERSION = 40, 42, 70
UNRECOGNIZED_NAME = 112  # RFC 6066: the server has nothing for that name, or for none
CLIENT_ALERTS = (BAD_CERTIFICATE, 43, 44, 45, 46, 48, 49, 116)
"""Alerts about *our* certificate: bad, unsupported, revoked, expired, unknown, its CA
unknown, access denied, required."""
OLD = ("TLSv1", "TLSv1.1", "SSLv3")
TOO_LARGE = "EXCESSIVE_MESSAGE_SIZE"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The handshake as a terminal makes it, and those of more lenient clients."""

    host: str
    shaken: Handshake
    lenient: Handshake | None
    has_client_certificate: bool
    now: float  # by this machine's clock, epoch seconds
    offset: float = 0.0  # network time minus ours, where known
    source: str = ""  # of the offset
    clock_checked: bool = False  # the network agrees with this machine's clock
    legacy: Handshake | None = None  # verified, with the limits of older devices


def stricter(shaken: Handshake, lenient: Handshake | None) -> bool:
    """May an older device pass where this machine does not?

    A key or hash too weak for us; parameters that our library refuses; or a server that
    has nothing strong enough to offer."""
    if shaken.outcome != "refused":
        return False
    if shaken.verify_code:
        return shaken.verify_code in WEAK
    new = lenient is not None and lenient.outcome == "ok" and lenient.version not in OLD
    return new and shaken.step in ("hello", "server-hello")


def judge(evidence: Evidence) -> Finding:
    shaken = evidence.shaken
    if shaken.outcome == "ok":
        return _passed(evidence)
    if closed_before_tls(shaken):
        return fail("acquirer.closed-connection", host=evidence.host, seconds=0.0)
    if stricter(shaken, evidence.lenient) and evidence.legacy:
        legacy = evidence.legacy
        if legacy.outcome == "ok" and legacy.version not in OLD:
            return _too_strict(evidence, legacy)
        if legacy.verify_code and legacy.verify_code not in WEAK:
            return judge(replace(evidence, shaken=legacy, legacy=None))
    if shaken.verify_code:
        return _certificate(evidence)
    if shaken.outcome == "silent":
        return fail(
            "acquirer.tls-timeout",
            host=evidence.host,
            step=shaken.step,
            seconds=shaken.seconds,
            tries=2,
        )
    if shaken.alert == UNRECOGNIZED_NAME:
        return fail("acquirer.tls-name", variant="not-served", host=evidence.host)
    if _rejects_client(evidence):
        given = evidence.has_client_certificate
        return fail(
            "acquirer.tls-client-certificate",
            variant="refused" if given else "wanted",
            host=evidence.host,
            alert="none" if shaken.alert is None else shaken.alert,
        )
    return _version(evidence)


def _too_strict(evidence: Evidence, legacy: Handshake) -> Finding:
    """This machine refuses what older devices accept: no proof that payments fail."""
    return warn(
        "acquirer.tls-version",
        variant="stricter",
        host=evidence.host,
        reason=_reason(evidence.shaken),
        version=legacy.version,
        cipher=legacy.cipher,
        library=ssl.OPENSSL_VERSION,
        confidence=0.85,
    )


def _reason(shaken: Handshake) -> str:
    text = shaken.verify_text or shaken.local_reason or f"alert {shaken.alert}"
    return text.replace("_", " ").lower()


def _passed(evidence: Evidence) -> Finding:
    certificate = evidence.shaken.certificate
    days = (certificate.not_after - evidence.now) / DAY if certificate else None
    return ok(
        host=evidence.host,
        version=evidence.shaken.version,
        cipher=evidence.shaken.cipher,
        issuer=certificate.issuer if certificate else "",
        days=None if days is None else round(days, 1),
        seconds=evidence.shaken.seconds,
    )


def _certificate(evidence: Evidence) -> Finding:
    """This machine refused the certificate, for the first fault that it found."""
    code = evidence.shaken.verify_code
    shown = evidence.lenient.certificate if evidence.lenient else None
    facts: Facts = {
        "host": evidence.host,
        "subject": shown.subject if shown else "",
        "issuer": shown.issuer if shown else "",
        "verify": evidence.shaken.verify_text,
    }
    if code in EXPIRED:
        return _dates(evidence, shown, facts)
    if code in NAME_MISMATCH:
        return fail("acquirer.tls-name", facts, names=shown.names if shown else ())
    if code in OURS:
        return skip("skip.trouble")
    if code in NO_ISSUER and evidence.shaken.trust_store is False:
        return skip("skip.no-trust-store", host=evidence.host)
    if code in WEAK:
        return fail(
            "acquirer.tls-version",
            variant="cipher",
            host=evidence.host,
            reason=_reason(evidence.shaken),
            library=ssl.OPENSSL_VERSION,
            confidence=0.85,
        )
    alone = code == SELF_SIGNED or (shown is not None and shown.self_signed)
    variant = "self-signed" if alone else "private-ca"
    if code == UNKNOWN_EXTENSION:
        return fail(
            "acquirer.tls-untrusted", facts, variant="extension", confidence=0.7
        )
    if code in UNFIT:
        return fail("acquirer.tls-untrusted", facts, variant="purpose", confidence=0.85)
    if code in NO_ISSUER and not alone and _sent_alone(evidence):
        variant = "incomplete"
    return fail("acquirer.tls-untrusted", facts, variant=variant)


def _sent_alone(evidence: Evidence) -> bool:
    """Did the server send its own certificate without that of its issuer?"""
    chains = [h.chain for h in (evidence.shaken, evidence.lenient) if h]
    return 1 in chains


def _dates(evidence: Evidence, shown: Certificate | None, facts: Facts) -> Finding:
    early = evidence.shaken.verify_code == EXPIRED[0]
    sure = evidence.clock_checked
    dated: Facts = {
        **facts,
        "not_before": utc_text(shown.not_before) if shown else "",
        "not_after": utc_text(shown.not_after) if shown else "",
        "now": utc_text(evidence.now),
    }
    if evidence.offset and shown and valid_at(shown, evidence.now + evidence.offset):
        behind = evidence.offset > 0
        return fail(
            "clock.skew",
            dated,
            variant="behind" if behind else "ahead",
            offset=evidence.offset,
            local=utc_text(evidence.now),
            network=utc_text(evidence.now + evidence.offset),
            source=evidence.source,
        )
    return fail(
        "acquirer.tls-expired",
        dated,
        variant=("not-yet" if early else "expired") + ("-sure" if sure else ""),
        confidence=0.97 if sure else 0.9,
        rivals=() if sure else ("clock.skew",),
    )


def _rejects_client(evidence: Evidence) -> bool:
    """Does the server end the handshake because of our certificate?

    That it requests one proves nothing: many accept none as well. It must end after our
    answer, and for no other reason."""
    shaken = evidence.shaken
    if shaken.alert in CLIENT_ALERTS:
        return True
    if not shaken.wants_client_certificate or shaken.step != "finish":
        return False
    return shaken.outcome == "closed" or shaken.alert == HANDSHAKE_FAILURE


def _left_after_tls(shaken: Handshake) -> bool:
    """Did the server close a finished TLS 1.3 handshake without an alert?"""
    ended = shaken.outcome == "closed" and shaken.step == "finish"
    return ended and shaken.version == "TLSv1.3"


def _version(evidence: Evidence) -> Finding:
    """No common version or cipher, or no TLS at all."""
    shaken, lenient = evidence.shaken, evidence.lenient
    if _left_after_tls(shaken):
        return warn(
            "acquirer.closed-connection",
            variant="after-tls",
            host=evidence.host,
            version=shaken.version,
            seconds=shaken.seconds,
            confidence=0.7,
        )
    if shaken.local_reason == TOO_LARGE:
        facts: Facts = {"host": evidence.host}
        return warn("acquirer.tls-version", facts, variant="too-large", confidence=0.8)
    if shaken.outcome == "malformed":
        facts = {"host": evidence.host, "reason": "not TLS"}
        return fail("acquirer.tls-version", facts, variant="not-tls")
    old = lenient is not None and lenient.version in OLD
    refuses = shaken.alert == PROTOCOL_VERSION or "VERSION" in shaken.local_reason
    return fail(
        "acquirer.tls-version",
        variant="old-server" if old or refuses else "cipher",
        host=evidence.host,
        reason=lenient.version if old and lenient else _reason(shaken),
        library=ssl.OPENSSL_VERSION,
        confidence=0.95 if old or refuses else 0.85,
    )
