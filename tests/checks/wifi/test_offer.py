"""Does what an access point offers fit what the terminal can do?"""

import struct
from typing import Literal

import pytest

from posdiag.model.questions.wifi_answers import AccessPoint
from posdiag.model.site import Wifi
from posdiag.system.wifi.nl80211.bss import access_point
from posdiag_checks.wifi.offer import mismatch
from tests.checks.machine import site

Security = Literal["open", "wpa2", "wpa3", "wpa2-wpa3"]


def scanned(*akms: int) -> AccessPoint:
    """The scan entry of an access point whose RSN element lists these AKM suites."""
    suites = b"".join(b"\x00\x0f\xac" + bytes([akm]) for akm in akms)
    body = bytes.fromhex("0100000fac040100000fac04")
    body += struct.pack("<H", len(akms)) + suites + b"\xc0\x00"
    elements = b"\x00\x04SHOP" + bytes([48, len(body)]) + body
    entry = {1: bytes(6), 2: struct.pack("=I", 2412), 6: elements}
    found = access_point(entry, 0.0)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("akms", "security", "expected"),
    [
        ((8,), "wpa2", "wpa3-only"),
        ((24,), "wpa2", "wpa3-only"),
        ((25,), "wpa2", "wpa3-only"),
        ((24, 25), "wpa2", "wpa3-only"),
        ((24,), "wpa3", ""),
        ((25,), "wpa2-wpa3", ""),
        ((22,), "wpa2", "enterprise"),
        ((2, 24), "open", "protected"),
    ],
)
def test_the_mismatch_by_akm(
    akms: tuple[int, ...], security: Security, expected: str
) -> None:
    wanted = site(wifi=Wifi(ssid="SHOP", security=security))

    assert expected == mismatch([scanned(*akms)], wanted)
