"""Key managements and ciphers of RSN and WPA elements, in scans and in captures."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dot11.elements import akms_of, parse_elements
from posdiag.formats.dot11.rsn import Suites, parse_rsn, parse_wpa

CUT_OFF = Suites((), ("ccmp",), "ccmp", "no")


@pytest.mark.parametrize(
    ("number", "akm"),
    [
        (1, "802.1x"),
        (2, "psk"),
        (3, "ft-802.1x"),
        (4, "ft-psk"),
        (5, "802.1x-sha256"),
        (6, "psk-sha256"),
        (8, "sae"),
        (9, "ft-sae"),
        (11, "802.1x"),
        (12, "802.1x"),
        (13, "ft-802.1x"),
        (18, "owe"),
        (22, "ft-802.1x"),
        (23, "802.1x"),
        (24, "sae"),
        (25, "ft-sae"),
        (99, "other"),
    ],
)
def test_scan_and_capture_name_the_same_key_management(number: int, akm: str) -> None:
    body = bytes.fromhex("0100000fac040100000fac04") + struct.pack("<H", 1)
    body += b"\x00\x0f\xac" + bytes([number])
    element = bytes([48, len(body)]) + body
    scanned = parse_elements(2412, element).rsn

    assert scanned is not None
    assert scanned.akms == akms_of(element) == (akm,)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", Suites()),  # no version
        ("0100", Suites(("802.1x",), ("ccmp",), "ccmp", "no")),
        ("0100000fac02", Suites(("802.1x",), ("ccmp",), "tkip", "no")),
        # the group's cipher also for data to one station
        (
            "0100000fac020100000fac000100000fac020000",
            Suites(("psk",), ("tkip",), "tkip", "no"),
        ),
        # two ciphers, an AKM of a vendor, PMF
        (
            "0100000fac020200000fac04000fac020200000fac02506f9a028000",
            Suites(("psk", "other"), ("ccmp", "tkip"), "tkip", "capable"),
        ),
        # FT and SAE
        (
            "0100000fac040100000fac040300000fac08000fac09000fac04cc00",
            Suites(("sae", "ft-sae", "ft-psk"), ("ccmp",), "ccmp", "required"),
        ),
        # a count that promises more than there is
        ("0100000fac04ffff000fac04", Suites((), (), "ccmp", "no")),
        ("0100000fac040100000fac040200000fac02", CUT_OFF),
        ("0100000fac040100000fac0401", CUT_OFF),
        ("0100000fac040100000fac040000", CUT_OFF),
        # another version of the element
        ("0200000fac040100000fac040100000fac02", Suites()),
    ],
)
def test_an_rsn_element(body: str, expected: Suites) -> None:
    assert expected == parse_rsn(bytes.fromhex(body))


def test_a_wpa_element_has_its_vendors_own_selectors() -> None:
    body = bytes.fromhex("01000050f20201000050f20201000050f202")

    assert Suites(("psk",), ("tkip",), "tkip", "no") == parse_wpa(body)


@given(st.binary(max_size=255))
def test_no_body_raises(body: bytes) -> None:
    for found in (parse_rsn(body), parse_wpa(body)):
        assert len(found.akms) == len(set(found.akms))
