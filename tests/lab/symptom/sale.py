"""Does a sale pass in this world? Name, connection, TLS, by plain sockets in the shop.

Nothing of posdiag is used: a mistake there must not hide a world that does not behave.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.netns import inside

if TYPE_CHECKING:
    from tests.lab.world import World

PATIENCE = 0.4  # seconds for an answer, beside the round trip that the wires make
AFTER = 0.05  # seconds in which a host that takes a sale does not hang up
TYPES = {"A": (1, 4), "AAAA": (28, 16)}


class NoSale(Exception):
    """The sale stopped here; the message says at which step."""


@dataclass(frozen=True)
class Tls:
    """How the acquirer's certificate is checked, and the name that it must have."""

    context: ssl.SSLContext
    name: str


def round_trip(world: World) -> float:
    """Seconds that the bad wires of this world add to a round trip, at most."""
    relays = world.shape.relays.values()
    return sum(2 * (r.get("delay", 0.0) + r.get("jitter", 0.0)) for r in relays)


def pay(world: World, patience: float = PATIENCE) -> None:
    """All that a sale needs of the network; NoSale where it stops.

    Each address of the acquirer's name must take it, and each target its connection.
    Without an acquirer: the connectivity page's host takes a connection.
    """
    wait = patience + round_trip(world)
    host, port, tls = _acquirer(world)
    for address in lookup(world, host, wait):
        with connect(address, port, wait) as channel:
            _speak(channel, tls, AFTER + round_trip(world))
    for target in world.targets:
        for address in lookup(world, target["host"], wait):
            connect(address, target["port"], wait).close()


def _acquirer(world: World) -> tuple[str, int, Tls | None]:
    """Host, port, TLS; without an acquirer the connectivity page's web server."""
    p, ca = world.plan, str(world.certs / "ca.pem")
    if world.profile is None:
        if "--acquirer" not in world.args:
            return p.web, 80, None
        return p.name, p.port, Tls(ssl.create_default_context(cafile=ca), p.name)
    told = world.profile["acquirer"]
    host, port = str(told["host"]), int(told["port"])
    if told.get("tls") is False:
        return host, port, None
    context = ssl.create_default_context(cafile=told.get("ca_file"))
    if "client_cert" in told:
        context.load_cert_chain(told["client_cert"], told["client_key"])
    return host, port, Tls(context, str(told.get("server_name", host)))


def _speak(channel: socket.socket, tls: Tls | None, after: float) -> None:
    """The handshake; then the host must not hang up for so many seconds."""
    try:
        if tls is not None:
            channel = tls.context.wrap_socket(channel, server_hostname=tls.name)
    except OSError as error:
        raise NoSale(f"TLS: {error}") from error
    with channel:
        channel.settimeout(after)
        try:
            said = channel.recv(1)
        except TimeoutError:
            return
        except OSError as error:
            raise NoSale(f"after the handshake: {error}") from error
    if not said:
        raise NoSale("the host hangs up")


def exchange(world: World, request: bytes) -> bytes:
    """What the acquirer says to those bytes, until it is quiet for a moment."""
    wait = PATIENCE + round_trip(world)
    host, port, tls = _acquirer(world)
    channel, said = connect(lookup(world, host, wait)[0], port, wait), b""
    try:
        if tls is not None:
            channel = tls.context.wrap_socket(channel, server_hostname=tls.name)
        with channel:
            channel.sendall(request)
            while more := channel.recv(4096):
                said += more
                channel.settimeout(AFTER)
    except OSError as error:
        if not said:
            raise NoSale(str(error)) from error
    return said


def connect(address: str, port: int, wait: float, interface: str = "") -> socket.socket:
    """A TCP connection from the shop, by that interface where one is named."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside("shop"):
        channel = socket.socket(family, socket.SOCK_STREAM)
    channel.settimeout(wait)
    if interface:
        name = interface.encode()
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
    # Nothing of it is under way any more when the run's bytes are counted.
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        channel.connect((address, port))
    except OSError as error:
        channel.close()
        raise NoSale(f"connect {address}:{port}: {error}") from error
    return channel


# Names


def lookup(world: World, name: str, wait: float) -> list[str]:
    """Addresses of a name as a machine finds them: the hosts file, then the servers in
    their order, A before AAAA."""
    try:
        return [str(ip_address(name))]
    except ValueError:
        pass
    for line in Path("/etc/hosts").read_text("ascii").splitlines():
        address, *names = line.split()
        if name in names:
            return [address]
    for kind in TYPES:
        found = [a for a in _first_answer(name, kind, wait) if routed(a)]
        if found:
            return found
    raise NoSale(f"name {name}: no address that this machine has a way to")


def routed(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside("shop"), socket.socket(family, socket.SOCK_DGRAM) as udp:
        return udp.connect_ex((address, 9)) == 0


def servers() -> list[str]:
    lines = Path("/etc/resolv.conf").read_text("ascii").splitlines()
    return [line.split()[1] for line in lines if line.startswith("nameserver")]


def _first_answer(name: str, kind: str, wait: float) -> list[str]:
    known = servers()
    if not known:
        raise NoSale("no name server is set")
    for server in known:
        try:
            return ask(server, name, kind, wait)
        except OSError:
            continue
    raise NoSale("no name server answers")


def ask(server: str, name: str, kind: str, wait: float) -> list[str]:
    """Addresses by that server, none for "no such name"; OSError for no answer or a
    refusal."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with inside("shop"):
        udp = socket.socket(family, socket.SOCK_DGRAM)
    labels = b"".join(bytes([len(w)]) + w.encode() for w in name.split("."))
    number = time.monotonic_ns() & 0xFFFF
    head = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0)
    with udp:
        udp.settimeout(wait)
        udp.connect((server, 53))
        udp.send(head + labels + b"\0" + struct.pack(">HH", TYPES[kind][0], 1))
        reply = udp.recv(2048)
    if reply[3] & 15 not in (0, 3):
        raise OSError(f"{server} answers with code {reply[3] & 15}")
    return addresses(reply, len(head) + len(labels) + 5, *TYPES[kind])


def addresses(reply: bytes, at: int, kind: int, size: int) -> list[str]:
    """The addresses among the answers; `at` is where the first one begins."""
    found = []
    for _ in range(int.from_bytes(reply[6:8], "big")):
        while reply[at] and reply[at] < 0xC0:
            at += 1 + reply[at]
        at += 2 if reply[at] else 1
        is_kind = int.from_bytes(reply[at : at + 2], "big") == kind
        length = int.from_bytes(reply[at + 8 : at + 10], "big")
        at += 10
        if is_kind and length == size:
            found.append(str(ip_address(reply[at : at + size])))
        at += length
    return found
