"""Which outgoing IPsec policy covers an address? (linux/xfrm.h; needs CAP_NET_ADMIN)

No route shows it: a policy takes what it covers out of the packets that are routed, and
without a key for it they vanish.
"""

import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Literal

Policy = Literal["", "protect", "block"]

NETLINK_XFRM = 6
XFRM_MSG_GETPOLICY, XFRM_MSG_NEWPOLICY = 0x15, 0x13
NLMSG_ERROR, NLMSG_DONE = 2, 3
REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
# struct xfrm_userpolicy_info: selector (56), lifetimes (64 + 32), priority, index.
SELECTOR = struct.Struct("=16s16s2H2HHBBB3xiI")
PRIORITY, DIRECTION, ACTION = 152, 160, 161
INFO = 164
OUT, BLOCK = 1, 1
MOST = 512 * 1024  # bytes of one dump
PATIENCE = 0.5  # seconds


def policy_for(address: str, source: str | None) -> Policy:
    """The policy of the lowest priority value that covers packets from `source` to
    `address`; "" where there is none, or it cannot be asked."""
    try:
        dumped = _dump()
    except OSError:  # no rights, or a kernel without IPsec
        return ""
    covering = [p for m in messages(dumped) if (p := read_policy(m, address, source))]
    return min(covering)[1] if covering else ""


def _dump() -> bytes:
    """All policies, as netlink messages. OSError if the kernel does not list them."""
    request = struct.pack("=IHHII64x", 80, XFRM_MSG_GETPOLICY, REQUEST_DUMP, 1, 0)
    found = b""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM) as kernel:
        kernel.settimeout(PATIENCE)
        kernel.sendto(request, (0, 0))
        while len(found) < MOST:
            part = kernel.recv(65536)
            found += part
            kinds = {struct.unpack_from("=H", m, 4)[0] for m in messages(part)}
            if not part or kinds & {NLMSG_ERROR, NLMSG_DONE}:
                break
    return found


def messages(data: bytes) -> Iterator[bytes]:
    """Netlink messages, each with its header of 16 bytes."""
    while len(data) >= 16:
        size = struct.unpack_from("=I", data)[0]
        if not 16 <= size <= len(data):
            return
        yield data[:size]
        data = data[(size + 3) & ~3 :]


def read_policy(
    message: bytes, address: str, source: str | None
) -> tuple[int, Policy] | None:
    """Priority and kind of an outgoing policy that covers these two, else None."""
    kind, body = struct.unpack_from("=H", message, 4)[0], message[16:]
    if kind != XFRM_MSG_NEWPOLICY or len(body) < INFO or body[DIRECTION] != OUT:
        return None
    to, by, *_, family, to_bits, by_bits, _, _, _ = SELECTOR.unpack_from(body)
    if not _covers(family, to, to_bits, address):
        return None
    if source and not _covers(family, by, by_bits, source):
        return None
    priority: int = struct.unpack_from("=I", body, PRIORITY)[0]
    return priority, "block" if body[ACTION] == BLOCK else "protect"


def _covers(family: int, base: bytes, bits: int, address: str) -> bool:
    sizes = {int(socket.AF_INET): 4, int(socket.AF_INET6): 16}
    if family not in sizes or bits > sizes[family] * 8:
        return False
    start = ip_address(base[: sizes[family]])
    if start.version != ip_address(address).version:
        return False
    return ip_address(address) in ip_network((start, bits), strict=False)
