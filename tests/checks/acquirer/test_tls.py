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
from posdiag_checks.acquirer.tls import CLIENT_ALERTS, acquirer_tls
from tests.checks.machine import (
    ACQUIRER,
    CERTIFICATE,
    DAY,
    GOOD,
    HOST,
    NOW,
    OPEN,
    site,
)
from tests.checks.running import FAIL, OK, SKIP, Case, of

CONNECTED = {"acquirer.connect": ok(address=ACQUIRER)}
WITH_CERTIFICATE = site(acquirer=Acquirer(host=HOST, client_cert="c", client_key="k"))


def row(*args: Any, **more: Any) -> Case:
    return of(acquirer_tls)(*args, **{"seen": CONNECTED, **more})


def refused(code: int = 0, shown: Any = CERTIFICATE, **more: Any) -> dict[Any, Any]:
    """A handshake that one side refused, and what a lenient client is shown."""
    kept = {"verify_code": code, "verify_text": "why", "received": 900, **more}
    strict = Handshake(OPEN, "certificate" if code else "hello", "refused", **kept)
    lenient = replace(GOOD, certificate=shown)

    def shake(asked: Shake) -> Handshake:
        return strict if asked.verify else lenient

    return {Shake: shake}


def old(version: str) -> dict[Any, Any]:
    """A server that speaks only old TLS; our library gives up by itself."""
    strict = Handshake(
        *(OPEN, "server-hello", "refused"),
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
NATIONAL = {AskTlcp: TlcpReply("ok", speaks=True, suite="ECC_SM4_CBC_SM3")}
NOT_NATIONAL = {AskTlcp: TlcpReply("refused", speaks=False)}
CANNOT_TEST = (SKIP, "skip.national-cryptography")
OVER = replace(CERTIFICATE, not_after=NOW - 3 * DAY)
EARLY = replace(CERTIFICATE, not_before=NOW + 3 * DAY)
OTHER_NAME = replace(CERTIFICATE, names=("other.example",))
OWN_CA = Certificate("CN=x", "CN=x", (HOST,), 0.0, NOW * 2, self_signed=True)
CASES = [
    row(
        *("TLS 1.3", OK),
        facts={
            "host": HOST,
            "version": "TLSv1.3",
            "issuer": "CN=Good CA",
            "days": 90.0,
        },
    ),
    row(
        *("TLS 1.2", OK),
        change={Shake: replace(GOOD, version="TLSv1.2")},
        facts={"version": "TLSv1.2"},
    ),
    row(
        *("expired", FAIL, "acquirer.tls-expired", "expired"),
        change=refused(10, OVER),
        facts={
            "host": HOST,
            "not_after": "2026-11-28 00:00 UTC",
            "now": "2026-12-01 00:00 UTC",
        },
    ),
    row(
        *("not yet valid", FAIL, "acquirer.tls-expired", "not-yet"),
        change=refused(9, EARLY),
        facts={"not_before": "2026-12-04 00:00 UTC"},
    ),
    row(
        *("expired, and our clock is right", FAIL, "acquirer.tls-expired"),
        "expired-sure",
        change=refused(10, OVER),
        seen=RIGHT,
        rivals=(),
    ),
    row(
        *("not yet valid, and our clock is right", FAIL, "acquirer.tls-expired"),
        "not-yet-sure",
        change=refused(9, EARLY),
        seen=RIGHT,
    ),
    row(
        *("our clock is ahead", FAIL, "clock.skew", "ahead"),
        change=refused(10, OVER),
        seen=clock(-10 * DAY),
        facts={"offset": -10 * DAY, "source": "ntp"},
    ),
    row(
        *("our clock is behind", FAIL, "clock.skew", "behind"),
        change=refused(9, EARLY),
        seen=clock(10 * DAY),
    ),
    row(
        *("our clock is off, but it is not that", FAIL),
        *("acquirer.tls-expired", "expired"),
        change=refused(10, OVER),
        seen=clock(3600.0),
    ),
    row(
        *("unknown issuer", FAIL, "acquirer.tls-untrusted", "private-ca"),
        change=refused(20, replace(CERTIFICATE, issuer="CN=Evil Proxy")),
        facts={"host": HOST, "subject": f"CN={HOST}", "issuer": "CN=Evil Proxy"},
    ),
    row(
        *("self-signed", FAIL, "acquirer.tls-untrusted", "self-signed"),
        change=refused(18, OWN_CA),
        facts={"subject": "CN=x", "issuer": "CN=x"},
    ),
    row(
        *("another name", FAIL, "acquirer.tls-name"),
        change=refused(62, OTHER_NAME),
        facts={"host": HOST, "names": ("other.example",), "issuer": "CN=Good CA"},
    ),
    row(
        *("another address", FAIL, "acquirer.tls-name"),
        change=refused(64, OTHER_NAME),
    ),
    row(
        *("serves no such name", FAIL, "acquirer.tls-name", "not-served"),
        change=refused(alert=112),
        facts={"host": HOST},
    ),
    row(
        *("wants a certificate of ours", FAIL),
        *("acquirer.tls-client-certificate", "wanted"),
        change=refused(alert=116, wants_client_certificate=True),
        facts={"host": HOST, "alert": 116},
    ),
    row(
        *("refuses the certificate that we gave", FAIL),
        *("acquirer.tls-client-certificate", "refused"),
        site=WITH_CERTIFICATE,
        change=refused(alert=42),
        facts={"alert": 42},
    ),
    row(
        *("wants one and hangs up", FAIL),
        *("acquirer.tls-client-certificate", "wanted"),
        change=ended("closed", received=3000, wants_client_certificate=True),
    ),
    row(
        *("old TLS only", FAIL, "acquirer.tls-version", "old-server"),
        change=old("TLSv1"),
        facts={"host": HOST, "reason": "TLSv1"},
    ),
    row(
        *("protocol version alert", FAIL, "acquirer.tls-version", "old-server"),
        change=refused(alert=70),
    ),
    row(
        *("no common cipher", FAIL, "acquirer.tls-version", "cipher"),
        change=refused(alert=40),
    ),
    row(
        *("not TLS", FAIL, "acquirer.tls-version", "not-tls"),
        change=ended("malformed", received=20),
        facts={"host": HOST},
    ),
    row(
        *("stalls", FAIL, "acquirer.tls-timeout"),
        change=ended("silent", seconds=5.0),
        facts={"host": HOST, "step": "hello", "seconds": 5.0},
    ),
    row(
        *("hangs up at once", FAIL, "acquirer.closed-connection"),
        change=ended("closed"),
        facts={"host": HOST},
    ),
    row(
        *("national cryptography, alert", *CANNOT_TEST),
        change={**refused(alert=40), **NATIONAL},
        facts={"host": HOST, "suite": "ECC_SM4_CBC_SM3"},
    ),
    row(
        *("national cryptography, version alert", *CANNOT_TEST),
        change={**refused(alert=70), **NATIONAL},
    ),
    row(
        *("national cryptography, an alert of its own version", *CANNOT_TEST),
        change={**ended("malformed", received=7), **NATIONAL},
    ),
    row(
        *("national cryptography, hangs up", *CANNOT_TEST),
        change={**ended("closed"), **NATIONAL},
    ),
    row(
        *("neither TLS nor national", FAIL, "acquirer.tls-version", "cipher"),
        change={**refused(alert=40), **NOT_NATIONAL},
    ),
    row(
        *("hangs up on national too", FAIL, "acquirer.closed-connection"),
        change={**ended("closed"), AskTlcp: TlcpReply("closed", speaks=False)},
    ),
    row(
        *("expired, though it also speaks national", FAIL, "acquirer.tls-expired"),
        "expired",
        change={**refused(10, OVER), **NATIONAL},
    ),
    row(
        *("connect gave no address: it is resolved", OK),
        seen={"acquirer.connect": Finding(SKIP, "skip.trouble")},
    ),
    row("connect was left out: it is resolved", OK, seen={}),
    row("no acquirer", SKIP, "skip.not-configured", site=Site()),
    row(
        *("plain TCP", SKIP, "skip.not-applicable"),
        site=site(acquirer=Acquirer(host=HOST, tls=False)),
    ),
    row(
        *("cannot be asked", SKIP, "skip.trouble"),
        change={Shake: Unknown("trouble")},
    ),
    row(
        *("the clock is not told", SKIP, "skip.unsupported"),
        change={AskTime: Unknown("unsupported")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_acquirer_tls(case: Case) -> None:
    case.verify()


@pytest.mark.parametrize("alert", CLIENT_ALERTS)
def test_alerts_about_our_certificate(alert: int) -> None:
    row(
        *("alert", FAIL, "acquirer.tls-client-certificate", "wanted"),
        change=refused(alert=alert),
    ).verify()
