"""What do DHCP and DNS messages of or to a terminal say? (RFC 2131, 2132, 1035)"""

from dataclasses import dataclass
from ipaddress import IPv4Address

from posdiag.formats.dhcp import (
    ADDRESS,
    DNS,
    FIXED,
    KIND,
    MAGIC,
    MASK,
    REPLY_OP,
    ROUTER,
    SERVER,
    addresses,
    read_options,
)
from posdiag.model.questions.terminal import DhcpMessage

KINDS = {
    1: "discover",
    2: "offer",
    3: "request",
    4: "decline",
    5: "ack",
    6: "nak",
    7: "release",
    8: "inform",
}
SERVERS = 4  # name servers of one message
UNSET = "0.0.0.0"  # noqa: S104 - no address, not a socket's


def dhcp_of(payload: bytes, now: float) -> tuple[str, bool, DhcpMessage] | None:
    """The client's hardware address, whether a server sent it, and the message; None
    for what is no DHCP over Ethernet."""
    if len(payload) < FIXED + 4 or payload[FIXED : FIXED + 4] != MAGIC:
        return None
    options = read_options(payload[FIXED + 4 :])
    kind = KINDS.get(int.from_bytes(options.get(KIND, b"")[:1], "big"))
    if kind is None or payload[2] != 6:
        return None
    reply = payload[0] == REPLY_OP
    granted, used = _address(payload[16:20]), _address(payload[12:16])
    asked = _first(options.get(ADDRESS, b"")) or used
    message = DhcpMessage(
        round(now, 3),
        kind,
        address=granted if reply else asked,
        server=_first(options.get(SERVER, b"")),
        waited=int.from_bytes(payload[8:10], "big"),
        mask=_first(options.get(MASK, b"")) if reply else "",
        router=_first(options.get(ROUTER, b"")) if reply else "",
        dns=addresses(options.get(DNS, b""), SERVERS) if reply else (),
    )
    return payload[28:34].hex(":"), reply, message


def _address(data: bytes) -> str:
    text = str(IPv4Address(data))
    return "" if text == UNSET else text


def _first(data: bytes) -> str:
    return "".join(addresses(data, 1))


DNS_ADDRESSES = 16
NAME_LIMIT = 255


@dataclass(frozen=True, slots=True)
class DnsMessage:
    """A query or a reply. `rcode` is "" for a query; `addresses` are those of a reply
    to a question for A or AAAA."""

    number: int
    name: str
    kind: str
    rcode: str = ""
    addresses: tuple[str, ...] = ()


def dns_of(payload: bytes) -> DnsMessage | None:
    """The message of one datagram; None for what is no ordinary DNS."""
    if len(payload) < 12:
        return None
    import dns.exception
    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rdatatype

    try:
        found = dns.message.from_wire(
            payload, ignore_trailing=True, raise_on_truncation=False
        )
    except (dns.exception.DNSException, ValueError):
        return None
    if len(found.question) != 1:
        return None
    asked = found.question[0]
    # Names are escaped by the library (RFC 4343); what is left is printable.
    name = asked.name.to_text(omit_final_dot=True)[:NAME_LIMIT].lower()
    kind = dns.rdatatype.to_text(asked.rdtype)
    if not found.flags & dns.flags.QR:
        return DnsMessage(found.id, name, kind)
    values = [
        str(record.address)
        for answer in found.answer
        if answer.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
        for record in answer
    ]
    rcode = dns.rcode.to_text(found.rcode())
    return DnsMessage(found.id, name, kind, rcode, tuple(values[:DNS_ADDRESSES]))
