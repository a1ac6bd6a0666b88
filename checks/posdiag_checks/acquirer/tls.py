"""Does the TLS handshake with the acquirer succeed, and if not, at which step?

Sources: OpenSSL X509_V_ERR numbers; TLS alerts of RFC 8446 section 6.2.
"""

import ssl
from dataclasses import dataclass

from posdiag.measure.acquirer import (
    TLCP_ONLY,
    acquirer_address,
    closed_before_tls,
    handshake,
    tlcp_suite,
    unverified_handshake,
)
from posdiag.measure.clock import DAY, utc_text, valid_at
from posdiag.model import Context, Facts, Finding, Status, check, fail, known, ok, skip
from posdiag.model.questions.machine import AskTime
from posdiag.model.questions.tls import Certificate, Handshake

NAME_MISMATCH = (62, 64)  # host name, IP address
EXPIRED = (9, 10)
SELF_SIGNED = 18
HANDSHAKE_FAILURE, BAD_CERTIFICATE, PROTOCOL_VERSION = 40, 42, 70
UNRECOGNIZED_NAME = 112  # RFC 6066: the server has nothing for that name, or for none
CLIENT_ALERTS = (BAD_CERTIFICATE, 43, 44, 45, 46, 48, 49, 116)
"""Alerts about *our* certificate: bad, unsupported, revoked, expired, unknown, its CA
unknown, access denied, required."""

NO_COMMON_TLS = ("acquirer.tls-version", "acquirer.closed-connection")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The handshake as a terminal makes it, and what a lenient client sees."""

    host: str
    shaken: Handshake
    lenient: Handshake | None
    has_client_certificate: bool
    now: float  # by this machine's clock, epoch seconds
    offset: float = 0.0  # network time minus ours, where known
    source: str = ""  # of the offset
    clock_checked: bool = False  # the network agrees with this machine's clock


@check(
    "acquirer.tls",
    order=20,
    proves="payment",
    evidence=("payment.tls",),
    first_host=True,
    part="tls",
    needs=("acquirer.connect",),
    after=("clock.skew",),
    vital=True,
)
async def acquirer_tls(ctx: Context) -> Finding:
    if not ctx.site.acquirer.host:
        return skip("skip.not-configured")
    if not ctx.site.acquirer.tls:
        return skip("skip.not-applicable")
    address = await acquirer_address(ctx)
    if not address:
        return skip("skip.nothing-to-test")
    shaken = known(await handshake(ctx, address))
    refused = shaken.outcome == "refused"
    lenient = await unverified_handshake(ctx, address) if refused else None
    now = known(await ctx.system.ask(AskTime(series="tls"))).seconds
    clock = ctx.seen.get("clock.skew")
    skew: Facts = clock.facts if clock else {}
    offset = skew.get("offset")
    found = judge(
        Evidence(
            ctx.site.acquirer.server_name or ctx.site.acquirer.host,
            shaken,
            lenient,
            ctx.site.acquirer.client_cert is not None,
            now,
            float(offset) if isinstance(offset, int | float) else 0.0,
            str(skew.get("source") or ""),
            clock is not None and clock.status is Status.OK,
        )
    )
    return await _untestable(ctx, address, found) or found


async def _untestable(ctx: Context, address: str, found: Finding) -> Finding | None:
    """A TLCP server refuses OpenSSL's ClientHello and accepts the terminal's."""
    if found.code not in NO_COMMON_TLS:
        return None
    suite = await tlcp_suite(ctx, address)
    host = ctx.site.acquirer.server_name or ctx.site.acquirer.host
    return skip(TLCP_ONLY, host=host, suite=suite) if suite else None


def judge(evidence: Evidence) -> Finding:
    shaken = evidence.shaken
    if shaken.outcome == "ok":
        return _passed(evidence)
    if closed_before_tls(shaken):
        return fail("acquirer.closed-connection", host=evidence.host, seconds=0.0)
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
    alone = code == SELF_SIGNED or (shown is not None and shown.self_signed)
    return fail(
        "acquirer.tls-untrusted",
        facts,
        variant="self-signed" if alone else "private-ca",
    )


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
    shaken = evidence.shaken
    if shaken.alert in CLIENT_ALERTS:
        return True
    return bool(shaken.wants_client_certificate) and shaken.outcome in (
        "refused",
        "closed",
    )


def _version(evidence: Evidence) -> Finding:
    """No common version or cipher, or no TLS at all."""
    shaken, lenient = evidence.shaken, evidence.lenient
    if shaken.outcome == "malformed":
        return fail(
            "acquirer.tls-version",
            variant="not-tls",
            host=evidence.host,
            reason="not TLS",
        )
    old = lenient is not None and lenient.version in ("TLSv1", "TLSv1.1", "SSLv3")
    refuses = shaken.alert == PROTOCOL_VERSION or "VERSION" in shaken.local_reason
    reason = (
        lenient.version
        if old and lenient
        else shaken.local_reason or f"alert {shaken.alert}"
    )
    return fail(
        "acquirer.tls-version",
        variant="old-server" if old or refuses else "cipher",
        host=evidence.host,
        reason=reason.replace("_", " ").lower() if not old else reason,
        library=ssl.OPENSSL_VERSION,
        confidence=0.95 if old or refuses else 0.85,
    )
