"""The servers of a world: TCP, TLS, HTTP and awkward DNS, each in a thread.

A server's socket is made inside its namespace and stays there; the threads end with the
container. Every mode is something that a technician meets in the field.
"""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

from tests.lab.netns import inside

IP_FREEBIND = 15
PAGE = b"<html><title>Welcome</title><body>Please log in to this network.</body></html>"
PATIENCE = 30.0  # no connection outlives a run

Talk = Callable[[socket.socket], None]


def listen(name: str, address: str, port: int, talk: Talk) -> None:
    """Accept on address:port inside the namespace and `talk` to each caller."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside(name):
        server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    server.bind((address, port))
    server.listen(64)

    def serve() -> None:
        while True:
            peer, _ = server.accept()
            peer.settimeout(PATIENCE)
            threading.Thread(target=_politely, args=(talk, peer), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


def _politely(talk: Talk, peer: socket.socket) -> None:
    """The caller may vanish at any moment; that is his right."""
    try:
        talk(peer)
    except (OSError, ValueError):
        pass
    finally:
        peer.close()


# Plain TCP


def hold(peer: socket.socket) -> None:
    """A plain-TCP payment host: says nothing until it is spoken to properly."""
    while peer.recv(4096):
        pass


def close_at_once(peer: socket.socket) -> None:
    peer.shutdown(socket.SHUT_RDWR)


def reset_at_once(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def hang_up_after(seconds: float) -> Talk:
    """Has no patience with a caller that says nothing."""

    def talk(peer: socket.socket) -> None:
        peer.settimeout(seconds)
        hold(peer)

    return talk


def close_on_hello(peer: socket.socket) -> None:
    """Lets the caller speak, then hangs up (an allow list behind a load balancer)."""
    peer.recv(4096)
    peer.shutdown(socket.SHUT_RDWR)


def flood(peer: socket.socket) -> None:
    """Send as much as the caller takes, for ever."""
    while True:
        peer.sendall(b"\x00" * 65536)


def dribble(peer: socket.socket) -> None:
    """Nonsense for ever: neither TLS nor an end."""
    peer.recv(4096)
    while True:
        peer.sendall(b"\x1b[2J" + b"A" * 600)
        time.sleep(0.05)


# HTTP


def _read_head(peer: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 8192:
        more = peer.recv(4096)
        if not more:
            break
        head += more
    return head


def http(
    status: str = "204 No Content",
    body: bytes = b"",
    location: str = "",
    date_shift: float = 0.0,
    delay: float = 0.0,
) -> Talk:
    """A web server that gives one answer to everything."""

    def talk(peer: socket.socket) -> None:
        _read_head(peer)
        time.sleep(delay)
        lines = [
            f"HTTP/1.1 {status}",
            f"Date: {formatdate(time.time() + date_shift, usegmt=True)}",
            "Server: nginx",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        if location:
            lines.append(f"Location: {location}")
        peer.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return talk


def bad_request(peer: socket.socket) -> None:
    """A web server on the payment port: what nginx says to a ClientHello."""
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + PAGE)


# TLS


def tls(
    pem: Path,
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    client_ca: Path | None = None,
    ciphers: str = "",
    delay: float = 0.0,
    needed: ssl.VerifyMode = ssl.CERT_REQUIRED,
    leaves: bool = False,
) -> Talk:
    """A payment host behind TLS; `client_ca` makes it want a client's certificate.

    `leaves`: it closes the connection as soon as the handshake is done."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or it would not load a weak key
    context.load_cert_chain(pem)
    if oldest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
    if ciphers:
        context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = oldest, newest
    if client_ca is not None:
        context.verify_mode = needed
        context.load_verify_locations(client_ca)

    def talk(peer: socket.socket) -> None:
        time.sleep(delay)
        with context.wrap_socket(peer, server_side=True) as channel:
            if not leaves:
                hold(channel)

    return talk


def drip(peer: socket.socket) -> None:
    """A TLS record that comes one byte at a time."""
    peer.recv(4096)
    for byte in b"\x16\x03\x03\x40\x00\x02\x00\x30\x00" + bytes(100):
        peer.sendall(bytes([byte]))
        time.sleep(0.4)


# DNS that dnsmasq would not do: a server that fails, lies or takes its time

Answer = Callable[[str], str | None]
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5


def _question(query: bytes) -> tuple[str, int, int]:
    """Name, type and where the question ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    kind = int.from_bytes(query[at + 1 : at + 3], "big")
    return ".".join(labels).lower(), kind, at + 5


def reply(query: bytes, answer: Answer, rcode: int) -> bytes:
    """A DNS response: an A record, no data, or `rcode` where there is no such name."""
    name, kind, end = _question(query)
    address = answer(name)
    record = b""
    if address is not None and kind == 1:
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4)
        record += socket.inet_aton(address)
    code = rcode if address is None else NOERROR
    flags = 0x8180 | code
    head = query[:2] + struct.pack(">HHHHH", flags, 1, 1 if record else 0, 0, 0)
    return head + query[12:end] + record


def dns(
    name: str,
    address: str,
    answer: Answer,
    rcode: int = NXDOMAIN,
    delay: float = 0.0,
    lie: Answer | None = None,
) -> None:
    """Answer A questions over UDP and TCP on port 53; what there is of a `lie` comes
    first by UDP."""
    with inside(name):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    udp.bind((address, 53))

    def respond(query: bytes, where: tuple[str, int]) -> None:
        if lie is not None and lie(_question(query)[0]) is not None:
            udp.sendto(reply(query, lie, rcode), where)
        time.sleep(delay)
        udp.sendto(reply(query, answer, rcode), where)

    def serve() -> None:
        while True:
            query, where = udp.recvfrom(2048)
            threading.Thread(target=respond, args=(query, where), daemon=True).start()

    def talk(peer: socket.socket) -> None:
        size = int.from_bytes(peer.recv(2), "big")
        response = reply(peer.recv(size), answer, rcode)
        time.sleep(delay)
        peer.sendall(len(response).to_bytes(2, "big") + response)

    threading.Thread(target=serve, daemon=True).start()
    listen(name, address, 53, talk)


# A liar on the way


def forge_errors(name: str, interface: str, port: int, code: int) -> None:
    """Answer each SYN to that port that comes in by `interface` with an ICMP error of
    type 3, and let the SYN pass: its true answer follows."""
    with inside(name):
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    wire.bind((interface, 0x0800))

    def lie() -> None:
        while True:
            packet = wire.recv(2048)[14:]
            at = (packet[0] & 15) * 4
            to = int.from_bytes(packet[at + 2 : at + 4], "big")
            if packet[9] != 6 or to != port or packet[at + 13] & 0x12 != 0x02:
                continue
            body = struct.pack(">BBHI", 3, code, 0, 0) + packet[: at + 8]
            body += b"\0" * (len(body) % 2)
            words = sum(struct.unpack(f">{len(body) // 2}H", body))
            words = (words & 0xFFFF) + (words >> 16)
            words = ~((words & 0xFFFF) + (words >> 16)) & 0xFFFF
            error = body[:2] + struct.pack(">H", words) + body[4:]
            icmp.sendto(error, (socket.inet_ntoa(packet[12:16]), 0))

    threading.Thread(target=lie, daemon=True).start()
