"""Which versions and which name does a TLS hello message offer or choose?

scapy reads the ClientHello, which has to be whole (0.5 s to import, so only the child
process that watches the wire does). RFC 8446 sections 4.1.2, 4.1.3 and 4.2.1.
"""

import logging
import struct
from dataclasses import dataclass
from typing import Any

VERSIONS = {0x0300: "SSL 3", 0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
SUPPORTED_VERSIONS = 43
NAME_LIMIT = 255
DAMAGED = (
    struct.error,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What scapy lets fall on bytes that only begin like a ClientHello."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """`offered` are the versions, the newest first; "" is no name (SNI)."""

    offered: tuple[str, ...] = ()
    server_name: str = ""


def client_hello(message: bytes) -> ClientHello:
    """What a whole ClientHello offers; nothing of one that is damaged."""
    try:
        return _read(message)
    except DAMAGED:
        return ClientHello()


def _read(message: bytes) -> ClientHello:
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    from scapy.layers.tls.extensions import (
        TLS_Ext_ServerName,
        TLS_Ext_SupportedVersion_CH,
    )
    from scapy.layers.tls.handshake import TLSClientHello

    parse: Any = TLSClientHello
    hello = parse(message)
    numbers: list[int] = []
    name = ""
    for extension in getattr(hello, "ext", None) or ():
        if isinstance(extension, TLS_Ext_SupportedVersion_CH):
            numbers = [int(v) for v in extension.versions or ()][:16]
        elif isinstance(extension, TLS_Ext_ServerName) and not name:
            for server in extension.servernames or ():
                name = bytes(getattr(server, "servername", b"") or b"").decode(
                    "ascii", "replace"
                )
    if not numbers:
        newest = int(getattr(hello, "version", None) or 0)
        numbers = [n for n in VERSIONS if n <= newest]
    known = sorted({n for n in numbers if n in VERSIONS}, reverse=True)
    shown = "".join(c for c in name[:NAME_LIMIT] if c.isprintable())
    return ClientHello(tuple(VERSIONS[n] for n in known), shown.lower())


def chosen_version(message: bytes) -> str:
    """The version of a ServerHello; "" where it cannot be read."""
    if len(message) < 4 + 35:
        return ""
    at = 4 + 34
    legacy = int.from_bytes(message[4:6], "big")
    at += 1 + message[at] + 2 + 1  # session id, cipher suite, compression
    end = min(len(message), at + 2 + int.from_bytes(message[at : at + 2], "big"))
    at += 2
    while at + 4 <= end:
        kind = int.from_bytes(message[at : at + 2], "big")
        size = int.from_bytes(message[at + 2 : at + 4], "big")
        if kind == SUPPORTED_VERSIONS and size == 2:
            legacy = int.from_bytes(message[at + 4 : at + 6], "big")
        at += 4 + size
    return VERSIONS.get(legacy, "")
