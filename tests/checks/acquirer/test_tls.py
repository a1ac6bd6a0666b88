"""Does the TLS handshake succeed, and if not, at which step?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model import Finding, ok, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskTime
from posdiag.model.questions.tls import (
    AskTlcp,
    Certificate,
    Handshake,
    Shake,
    TlcpReply,
)
from posdiag.model.site import Acquirer, Site
from posdiag_checks.acquirer.tls import acquirer_tls
from posdiag_checks.acquirer.tls_verdict import CLIENT_ALERTS
from tests.checks.machine import ACQUIRER, CERTIFICATE, DAY, GOOD, HOST, NOW, OPEN, site
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

CONNECTED = {"acquirer.connect": ok(address=ACQUIRER)}
WITH_CERTIFICATE = site(acquirer=Acquirer(host=HOST, client_cert="c", client_key="k"))


def row(*args: Any, **more: Any) -> Case:
    return of(acquirer_tls)(*args, **{"seen": CONNECTED, **more})


def refused(
    code: int = 0, shown: Any = CERTIFICATE, seen: Any = "refused", **more: Any
) -> dict[Any, Any]:
    """A handshake that one side refused, and what a lenient client is shown.

    That one is refused as well, unless the certificate was the trouble."""
    kept = {
        "verify_code": code,
        "verify_text": "why" if code else "",
        "received": 900,
        **more,
    }
    strict = Handshake(OPEN, "certificate" if code else "hello", "refused", **kept)
    lenient = replace(GOOD, certificate=shown, outcome="ok" if code else seen)

    def shake(asked: Shake) -> Handshake:
        return strict if asked.verify else lenient

    return {Shake: shake}


def weak(
    code: int = 0,
    legacy: Handshake | None = None,
    shown: Any = CERTIFICATE,
    **more: Any,
) -> dict[Any, Any]:
    """A server too weak for this machine; `legacy` is how an older device fares."""
    strict = refused(code, **more)[Shake](Shake(ACQUIRER, 443, HOST))
    taken = legacy or replace(GOOD, version="TLSv1.2")

    def shake(asked: Shake) -> Handshake:
        if asked.legacy:
            return taken
        return strict if asked.verify else replace(GOOD, certificate=shown)

    return {Shake: shake}


def old(version: str) -> dict[Any, Any]:
    """A server that speaks only old TLS; our library gives up by itself."""
    strict = Handshake(
        OPEN,
        "server-hello",
        "refused",
        received=60,
        local_reason="UNSUPPORTED_PROTOCOL",
    )
    lenient = replace(GOOD, version=version)
    return {Shake: lambda asked: strict if asked.verify else lenient}


def ended(outcome: Any, **more: Any) -> dict[Any, Any]:
    return {Shake: Handshake(OPEN, "hello", outcome, **more)}


def clock(offset: float) -> dict[str, Finding]:
    return {**CONNECTED, "clock.skew": warn("clock.skew", offset=offset, source="ntp")}


RIGHT = {**CONNECTED, "clock.skew": ok(offset=0.3, source="ntp")}
NATIONAL = {AskTlcp: TlcpReply("ok", supported=True, suite="ECC_SM4_CBC_SM3")}
NOT_NATIONAL = {AskTlcp: TlcpReply("refused", supported=False)}
CANNOT_TEST = (SKIP, "skip.national-cryptography")
OVER = replace(CERTIFICATE, not_after=NOW - 3 * DAY)
EARLY = replace(CERTIFICATE, not_before=NOW + 3 * DAY)
OTHER_NAME = replace(CERTIFICATE, names=("other.example",))
OWN_CA = Certificate(
    subject="CN=x",
    issuer="CN=x",
    names=(HOST,),
    not_before=0.0,
    not_after=NOW * 2,
    self_signed=True,
)
EXPIRED = Handshake(OPEN, "certificate", "refused", verify_code=10, verify_text="x")
CASES = [
    row(
        name="TLS 1.3",
        status=OK,
        facts={
            "host": HOST,
            "version": "TLSv1.3",
            "issuer": "CN=Good CA",
            "days": 90.0,
        },
    ),
    row(
        name="TLS 1.2",
        status=OK,
        change={Shake: replace(GOOD, version="TLSv1.2")},
        facts={"version": "TLSv1.2"},
    ),
    row(
        name="expired",
        status=FAIL,
        code="acquirer.tls-expired",
        variant="expired",
        change=refused(10, OVER),
        facts={
            "host": HOST,
            "not_after": "2026-11-28 00:00 UTC",
            "now": "2026-12-01 00:00 UTC",
        },
    ),
    row(
        name="not yet valid",
        status=FAIL,
        code="acquirer.tls-expired",
        variant="not-yet",
        change=refused(9, EARLY),
        facts={"not_before": "2026-12-04 00:00 UTC"},
    ),
    row(
        name="expired, and our clock is right",
        status=FAIL,
        code="acquirer.tls-expired",
        variant="expired-sure",
        change=refused(10, OVER),
        seen=RIGHT,
        rivals=(),
    ),
    row(
        name="not yet valid, and our clock is right",
        status=FAIL,
        code="acquirer.tls-expired",
        variant="not-yet-sure",
        change=refused(9, EARLY),
        seen=RIGHT,
    ),
    row(
        name="our clock is ahead",
        status=FAIL,
        code="clock.skew",
        variant="ahead",
        change=refused(10, OVER),
        seen=clock(-10 * DAY),
        facts={"offset": -10 * DAY, "source": "ntp"},
    ),
    row(
        name="our clock is behind",
        status=FAIL,
        code="clock.skew",
        variant="behind",
        change=refused(9, EARLY),
        seen=clock(10 * DAY),
    ),
    row(
        name="our clock is off, but it is not that",
        status=FAIL,
        code="acquirer.tls-expired",
        variant="expired",
        change=refused(10, OVER),
        seen=clock(3600.0),
    ),
    row(
        name="unknown issuer",
        status=FAIL,
        code="acquirer.tls-untrusted",
        variant="private-ca",
        change=refused(20, replace(CERTIFICATE, issuer="CN=Evil Proxy")),
        facts={"host": HOST, "subject": f"CN={HOST}", "issuer": "CN=Evil Proxy"},
    ),
    row(
        name="self-signed",
        status=FAIL,
        code="acquirer.tls-untrusted",
        variant="self-signed",
        change=refused(18, OWN_CA),
        facts={"subject": "CN=x", "issuer": "CN=x"},
    ),
    row(
        name="another name",
        status=FAIL,
        code="acquirer.tls-name",
        change=refused(62, OTHER_NAME),
        facts={"host": HOST, "names": ("other.example",), "issuer": "CN=Good CA"},
    ),
    row(
        name="another address",
        status=FAIL,
        code="acquirer.tls-name",
        change=refused(64, OTHER_NAME),
    ),
    row(
        name="serves no such name",
        status=FAIL,
        code="acquirer.tls-name",
        variant="not-served",
        change=refused(alert=112),
        facts={"host": HOST},
    ),
    row(
        name="wants a certificate of ours",
        status=FAIL,
        code="acquirer.tls-client-certificate",
        variant="wanted",
        change=refused(alert=116, wants_client_certificate=True),
        facts={"host": HOST, "alert": 116},
    ),
    row(
        name="refuses the certificate that we gave",
        status=FAIL,
        code="acquirer.tls-client-certificate",
        variant="refused",
        site=WITH_CERTIFICATE,
        change=refused(alert=42),
        facts={"alert": 42},
    ),
    row(
        name="wants one and hangs up",
        status=FAIL,
        code="acquirer.tls-client-certificate",
        variant="wanted",
        change={
            Shake: Handshake(
                OPEN, "finish", "closed", received=3000, wants_client_certificate=True
            )
        },
    ),
    row(
        name="asks for one, but we refuse its parameters",
        status=WARN,
        code="acquirer.tls-version",
        variant="stricter",
        change=weak(local_reason="DH_KEY_TOO_SMALL", wants_client_certificate=True),
        facts={"reason": "dh key too small", "version": "TLSv1.2"},
    ),
    row(
        name="asks for one, and fails of itself",
        status=FAIL,
        code="acquirer.tls-version",
        variant="cipher",
        change=ended("refused", alert=80, wants_client_certificate=True),
    ),
    row(
        name="old renegotiation",
        status=WARN,
        code="acquirer.tls-version",
        variant="stricter",
        change=weak(local_reason="UNSAFE_LEGACY_RENEGOTIATION_DISABLED"),
    ),
    row(
        name="weak ciphers only",
        status=WARN,
        code="acquirer.tls-version",
        variant="stricter",
        change=weak(alert=40),
        facts={"reason": "alert 40"},
    ),
    *(
        row(
            name=f"weak key or hash ({code})",
            status=WARN,
            code="acquirer.tls-version",
            variant="stricter",
            change=weak(code),
            facts={"reason": "why"},
        )
        for code in (66, 67, 68)
    ),
    row(
        name="weak key, and expired",
        status=FAIL,
        code="acquirer.tls-expired",
        variant="expired",
        change=weak(66, EXPIRED, OVER),
    ),
    row(
        name="weak key, and nobody gets through",
        status=FAIL,
        code="acquirer.tls-version",
        variant="cipher",
        change=weak(66, replace(GOOD, outcome="closed")),
    ),
    row(
        name="missing intermediate",
        status=FAIL,
        code="acquirer.tls-untrusted",
        variant="incomplete",
        change=refused(20, chain=1, trust_store=True),
        facts={"issuer": "CN=Good CA", "verify": "why"},
    ),
    row(
        name="an unknown root is sent as well",
        status=FAIL,
        code="acquirer.tls-untrusted",
        variant="private-ca",
        change=refused(19, chain=3, trust_store=True),
    ),
    row(
        name="this machine trusts nobody",
        status=SKIP,
        code="skip.no-trust-store",
        change=refused(20, chain=2, trust_store=False),
        facts={"host": HOST},
    ),
    row(
        name="this machine ran out of memory",
        status=SKIP,
        code="skip.trouble",
        change=refused(17),
    ),
    row(
        name="a client's certificate",
        status=FAIL,
        code="acquirer.tls-untrusted",
        variant="purpose",
        change=refused(26),
    ),
    row(
        name="an unknown critical extension",
        status=FAIL,
        code="acquirer.tls-untrusted",
        variant="extension",
        change=refused(34),
    ),
    row(
        name="too many certificates",
        status=WARN,
        code="acquirer.tls-version",
        variant="too-large",
        change=refused(
            local_reason="EXCESSIVE_MESSAGE_SIZE", shown=None, seen="refused"
        ),
    ),
    row(
        name="closes after a finished handshake",
        status=WARN,
        code="acquirer.closed-connection",
        variant="after-tls",
        change={Shake: replace(GOOD, step="finish", outcome="closed")},
        facts={"version": "TLSv1.3"},
    ),
    row(
        name="old TLS only",
        status=FAIL,
        code="acquirer.tls-version",
        variant="old-server",
        change=old("TLSv1"),
        facts={"host": HOST, "reason": "TLSv1"},
    ),
    row(
        name="protocol version alert",
        status=FAIL,
        code="acquirer.tls-version",
        variant="old-server",
        change=refused(alert=70),
    ),
    row(
        name="no common cipher",
        status=FAIL,
        code="acquirer.tls-version",
        variant="cipher",
        change=refused(alert=40),
    ),
    row(
        name="not TLS",
        status=FAIL,
        code="acquirer.tls-version",
        variant="not-tls",
        change=ended("malformed", received=20),
        facts={"host": HOST},
    ),
    row(
        name="stalls",
        status=FAIL,
        code="acquirer.tls-timeout",
        change=ended("silent", seconds=5.0),
        facts={"host": HOST, "step": "hello", "seconds": 5.0},
    ),
    row(
        name="hangs up at once",
        status=FAIL,
        code="acquirer.closed-connection",
        change=ended("closed"),
        facts={"host": HOST},
    ),
    row(
        "national cryptography, alert",
        *CANNOT_TEST,
        change={**refused(alert=40), **NATIONAL},
        facts={"host": HOST, "suite": "ECC_SM4_CBC_SM3"},
    ),
    row(
        "national cryptography, version alert",
        *CANNOT_TEST,
        change={**refused(alert=70), **NATIONAL},
    ),
    row(
        "national cryptography, an alert of its own version",
        *CANNOT_TEST,
        change={**ended("malformed", received=7), **NATIONAL},
    ),
    row(
        "national cryptography, hangs up",
        *CANNOT_TEST,
        change={**ended("closed"), **NATIONAL},
    ),
    row(
        name="neither TLS nor national",
        status=FAIL,
        code="acquirer.tls-version",
        variant="cipher",
        change={**refused(alert=40), **NOT_NATIONAL},
    ),
    row(
        name="hangs up on national too",
        status=FAIL,
        code="acquirer.closed-connection",
        change={**ended("closed"), AskTlcp: TlcpReply("closed", supported=False)},
    ),
    row(
        name="expired, though it also speaks national",
        status=FAIL,
        code="acquirer.tls-expired",
        variant="expired",
        change={**refused(10, OVER), **NATIONAL},
    ),
    row(
        name="connect gave no address: it is resolved",
        status=OK,
        seen={"acquirer.connect": Finding(SKIP, "skip.trouble")},
    ),
    row(name="connect was left out: it is resolved", status=OK, seen={}),
    row(name="no acquirer", status=SKIP, code="skip.not-configured", site=Site()),
    row(
        name="plain TCP",
        status=SKIP,
        code="skip.not-applicable",
        site=site(acquirer=Acquirer(host=HOST, tls=False)),
    ),
    row(
        name="cannot be asked",
        status=SKIP,
        code="skip.trouble",
        change={Shake: Unknown("trouble")},
    ),
    row(
        name="the clock is not known",
        status=SKIP,
        code="skip.unsupported",
        change={AskTime: Unknown("unsupported")},
    ),
    row(
        name="the host takes four seconds for the handshake",
        status=WARN,
        code="acquirer.slow",
        variant="tls",
        change={Shake: replace(GOOD, seconds=4.0)},
    ),
    row(
        name="so does a line of 1.4 s a round trip, by no fault of the host",
        status=OK,
        change={Shake: replace(GOOD, tcp=replace(OPEN, seconds=1.4), seconds=4.3)},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_acquirer_tls(case: Case) -> None:
    case.verify()


@pytest.mark.parametrize("alert", CLIENT_ALERTS)
def test_alerts_about_our_certificate(alert: int) -> None:
    row(
        name="alert",
        status=FAIL,
        code="acquirer.tls-client-certificate",
        variant="wanted",
        change=refused(alert=alert),
    ).verify()
