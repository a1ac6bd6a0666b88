"""Which outgoing IPsec policy covers an address?"""

import socket
import struct
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.system.wire.raw.ipsec import (
    INFO,
    OUT,
    SELECTOR,
    XFRM_MSG_NEWPOLICY,
    messages,
    policy_for,
    read_policy,
)


def policy(
    to: str = "203.0.113.0/24",
    by: str = "0.0.0.0/0",
    direction: int = OUT,
    action: int = 0,
    priority: int = 7,
    kind: int = XFRM_MSG_NEWPOLICY,
) -> bytes:
    """One netlink message of a policy dump."""
    there, here = ip_network(to), ip_network(by)
    family = socket.AF_INET if there.version == 4 else socket.AF_INET6
    body = bytearray(INFO + 4)
    SELECTOR.pack_into(
        body, 0,
        there.network_address.packed.ljust(16, b"\0"),
        here.network_address.packed.ljust(16, b"\0"),
        0, 0, 0, 0, family, there.prefixlen, here.prefixlen, 0, 0, 0,
    )  # fmt: skip
    struct.pack_into("=I", body, 152, priority)
    body[160], body[161] = direction, action
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + bytes(body)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (policy(), (7, "protect")),
        (policy("0.0.0.0/0"), (7, "protect")),
        (policy(action=1), (7, "block")),
        (policy("198.51.100.0/24"), None),
        (policy(direction=0), None),
        (policy(by="10.0.0.0/8"), None),
        (policy(by="192.168.1.0/24"), (7, "protect")),
        (policy("2001:db8::/32", "::/0"), None),
        (policy(kind=3), None),
        (policy()[:100], None),
    ],
    ids=range(10),
)
def test_a_policy_covers_what_both_its_selectors_cover(
    message: bytes, expected: object
) -> None:
    assert read_policy(message, "203.0.113.9", "192.168.1.50") == expected


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    for message in messages(data):
        read_policy(message, "203.0.113.9", None)


@given(st.binary(min_size=164, max_size=200))
def test_any_policy_is_read(body: bytes) -> None:
    head = struct.pack("=IHHII", 16 + len(body), XFRM_MSG_NEWPOLICY, 0, 1, 0)

    found = read_policy(head + body, "203.0.113.9", "192.168.1.50")

    assert found is None or found[1] in ("protect", "block")


def test_a_machine_without_policies_has_none() -> None:
    assert policy_for(str(ip_address("203.0.113.9")), None) == ""
