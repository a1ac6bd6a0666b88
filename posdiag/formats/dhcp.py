"""What does a DHCP server offer? Reads BOOTP bytes that anybody may have sent.

RFC 2131, RFC 2132, RFC 3396 (long options), RFC 8910 (captive portal). Every length is
checked; what does not fit is left out.
"""

from ipaddress import ip_address

from posdiag.model.questions.lan import Offer

MAGIC = b"\x63\x82\x53\x63"
FIXED = 236  # bytes before the magic cookie
REPLY, OFFER = 2, 2
PAD, END, OVERLOAD = 0, 255, 52
MASK, ROUTER, DNS, LEASE, KIND, SERVER, PORTAL = 1, 3, 6, 51, 53, 54, 114
MAX_LIST = 8
MAX_TEXT = 512


def read_options(data: bytes) -> dict[int, bytes]:
    """Code and value; an option given in parts is put together."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data) and data[at] != END:
        code = data[at]
        at += 1
        if code == PAD:
            continue
        if at >= len(data) or at + 1 + data[at] > len(data):
            break
        length = data[at]
        found[code] = (found.get(code, b"") + data[at + 1 : at + 1 + length])[:4096]
        at += 1 + length
    return found


def _addresses(data: bytes) -> tuple[str, ...]:
    whole = min(len(data) // 4, MAX_LIST)
    return tuple(str(ip_address(data[i * 4 : i * 4 + 4])) for i in range(whole))


def _text(data: bytes) -> str:
    text = data[:MAX_TEXT].rstrip(b"\0").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def parse_offer(
    payload: bytes, xid: int, mac: bytes, sender: str, kind: int = OFFER
) -> Offer | None:
    """The DHCPOFFER (or other `kind`) to our request `xid`, None for anything else.

    `mac` is ours, `sender` the MAC that sent it.
    """
    if len(payload) < FIXED + 4 or payload[FIXED : FIXED + 4] != MAGIC:
        return None
    if payload[0] != REPLY or payload[4:8] != xid.to_bytes(4):
        return None
    if payload[28:34] != mac:
        return None
    options = read_options(payload[FIXED + 4 :])
    overload = options.get(OVERLOAD, b"\0")[:1]
    if overload in (b"\1", b"\3"):
        options = {**read_options(payload[108:236]), **options}
    if overload in (b"\2", b"\3"):
        options = {**read_options(payload[44:108]), **options}
    if options.get(KIND) != bytes([kind]):
        return None
    lease = options.get(LEASE, b"")
    return Offer(
        server="".join(_addresses(options.get(SERVER, payload[20:24]))[:1]),
        address=str(ip_address(payload[16:20])),
        mask="".join(_addresses(options.get(MASK, b""))[:1]),
        routers=_addresses(options.get(ROUTER, b"")),
        dns=_addresses(options.get(DNS, b"")),
        lease=int.from_bytes(lease) if len(lease) == 4 else None,
        portal=_text(options.get(PORTAL, b"")),
        mac=sender,
    )
