"""What is told of real terminals: captures of the lab's wires, made by
`python -m tests.lab.terminal --keep DIR` with udhcpc, dhclient, OpenSSL, GnuTLS and
mbedTLS 3.6 (whose records are padded)."""

import json
from functools import cache
from pathlib import Path

import pytest

from posdiag.formats.pcap import CaptureFile, unpacked
from posdiag.formats.traffic import signs
from posdiag.formats.traffic.tracker import Setting, Tracker
from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import Station, TerminalSurvey
from tests import FIXTURES

FOLDER = FIXTURES.parent / "terminal"
MARKER = "0800 sale"


@cache
def survey(name: str) -> TerminalSurvey:
    data = unpacked((FOLDER / f"{name}.pcap.gz").read_bytes())
    tracker = Tracker(Setting("read"))
    begun = None
    for packet in CaptureFile(data):
        seconds = packet.seconds or 0.0
        begun = seconds if begun is None else begun
        tracker.frame(packet.link, packet.data, seconds - begun)
    return tracker.survey()


def terminal(name: str) -> Station:
    found = [s for s in survey(name).stations if s.mac.startswith("54:81:2d")]
    assert len(found) == 1
    return found[0]


def failures(name: str) -> list[str]:
    return [f for f in map(signs.tls_failure, terminal(name).talks) if f]


@pytest.mark.parametrize(
    "name", ["lease", "dhclient", "fixed", "gnutls", "openssl-12", "mbedtls-3"]
)
def test_a_sale_is_answered(name: str) -> None:
    assert any(t.answered is not None for t in terminal(name).talks)


@pytest.mark.parametrize("name", ["lease", "dhclient", "gnutls"])
def test_a_lease_is_granted(name: str) -> None:
    lease = signs.leased(terminal(name))

    assert lease is not None
    assert lease.router
    assert lease.dns


def test_session_tickets_are_no_answer() -> None:
    talks = [t for t in terminal("host-says-nothing").talks if t.received]

    assert talks
    assert [t.answered for t in talks] == [None] * len(talks)


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("old-tls", "version"),
        ("clock", "certificate"),
        ("other-root", "certificate"),
        ("gnutls-rejects", "certificate"),
        ("mbedtls-3-rejects", "certificate"),
        ("no-client-certificate", "no-certificate"),
        ("no-client-certificate-mbedtls-3", "no-certificate"),
        ("no-client-certificate-12", "no-certificate"),
    ],
)
def test_a_failed_handshake_is_told_by_its_kind(name: str, failure: str) -> None:
    assert set(failures(name)) == {failure}


@pytest.mark.parametrize("name", ["lease", "gnutls", "mbedtls-3", "client-certificate"])
def test_a_good_handshake_is_no_failure(name: str) -> None:
    assert failures(name) == []


def test_a_padded_empty_certificate_is_told_from_a_padded_close() -> None:
    """Both are 32 bytes; a Finished follows the certificate."""
    sold = [t.tls for t in terminal("mbedtls-3").talks if t.tls]
    refused = [
        t.tls for t in terminal("no-client-certificate-mbedtls-3").talks if t.tls
    ]

    assert {t.certificate_sent for t in sold} == {None}
    assert {t.certificate_sent for t in refused} == {False}
    assert {t.encrypted_alert for t in (*sold, *refused)} <= {"", "host"}


def test_questions_that_nobody_answers_are_counted() -> None:
    """Three of udhcpc's within 6 s; the capture ends with the last of them."""
    found = terminal("no-lease")

    assert len(signs.unanswered_discovers(found)) == 3
    assert signs.no_lease(survey("no-lease"), found, Limits()) == ""


def test_a_refusal_before_a_lease_is_no_fault() -> None:
    found = terminal("nak-then-lease")

    assert "nak" in {m.kind for m in found.dhcp}
    assert signs.no_lease(survey("nak-then-lease"), found, Limits()) == ""
    assert signs.leased(found)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.pcap.gz")), ids=lambda p: p.name)
def test_nothing_of_what_is_carried_is_told(path: Path) -> None:
    """The sale is in the clear in one of them."""
    told = repr(survey(path.name.removesuffix(".pcap.gz")))

    assert MARKER not in told
    assert json.dumps(MARKER.encode().hex()).strip('"') not in told
