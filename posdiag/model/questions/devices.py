"""Tunnels, Bluetooth, card readers, printers and telephone lines of this machine.

Answers first, then the questions that they answer. Times are seconds, sizes bytes.
"""

from dataclasses import dataclass

from posdiag.model.questions.base import Repeatable


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer of a WireGuard interface. `handshake` is the age of the last one, None
    where there never was one; `sent` and `received` count since the tunnel is up, with
    keep-alives and handshakes."""

    handshake: float | None
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Wireguard:
    """The peers, and the networks that any of them takes packets for (CIDR). `spoken`
    False: the interface is a tunnel of another kind."""

    peers: tuple[Peer, ...] = ()
    allowed: tuple[str, ...] = ()
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class AskWireguard(Repeatable[Wireguard]):
    """The peers of one interface: age of the handshake and traffic, never a key."""

    interface: str
