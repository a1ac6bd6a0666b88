"""Addresses as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.address import bare, is_address, is_host_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", True),
        ("fe80::1%eth0", True),
        ("::ffff:192.0.2.1", True),
        ("", False),
        ("192.0.2", False),
        ("192.0.2.1/24", False),
        ("pay.test", False),
        ("fe80::1%\x1b[2J", False),
        ("fe80::1%" + "x" * 80, False),
    ],
)
def test_what_is_an_address(text: str, expected: bool) -> None:
    assert is_address(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fe80::1%eth0", "fe80::1"),
        ("FD00:0::1", "fd00::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("pay.test", "pay.test"),
    ],
)
def test_addresses_are_compared_bare(text: str, expected: str) -> None:
    assert bare(text) == expected


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(bare(text), str)
    assert not is_address(text) or text.isascii()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("2001:db8::1", True),
        ("203.0.113.9", True),
        ("10.1.2.3", True),
        ("::", False),
        ("::1", False),
        ("ff02::1", False),
        ("fe80::1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("pay.example", False),
    ],
)
def test_which_addresses_another_host_may_have(text: str, host: bool) -> None:
    assert is_host_address(text) is host
