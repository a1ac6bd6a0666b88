"""What is heard of a payment terminal on the wire.

Answers first, then the questions that they answer. Times are seconds since the watch
began (of a capture: since its first packet), addresses are texts, hardware addresses
lower case with colons. No contents of a connection are kept: addresses, names, types,
lengths and times alone. Every list is bounded by who fills it (`formats.traffic`).
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question
from posdiag.model.site import Secret

Mode = Literal["listen", "inline", "host", "read"]


@dataclass(frozen=True, slots=True)
class DhcpMessage:
    """One message of or to a terminal (RFC 2131). `address` is the one asked for or
    granted, `server` option 54, `waited` the client's own count of seconds."""

    seconds: float
    kind: str  # discover, offer, request, decline, ack, nak, release, inform
    address: str = ""
    server: str = ""
    waited: int = 0
    mask: str = ""
    router: str = ""
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArpSearch:
    """An address for which a terminal asked by ARP. `times` are the first questions and
    the last, `count` all of them; `holders` are the hardware addresses that answered
    where the answers can be seen."""

    address: str
    times: tuple[float, ...]
    count: int
    sender: str = ""
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameLookup:
    """A name that a terminal asked of one server. `rcode` "" is no answer."""

    name: str
    server: str
    times: tuple[float, ...]
    count: int
    rcode: str = ""
    addresses: tuple[str, ...] = ()
    answered: float | None = None


@dataclass(frozen=True, slots=True)
class TlsTalk:
    """A TLS handshake as far as it can be seen from outside.

    `offered` and `chosen` are versions ("1.2"). `alert` is what `alert_by` (`terminal`
    or `host`) sent in the clear, None for none; `encrypted_alert` names who sent a
    record of an alert's length in its place. `certificate_sent`: False for a terminal
    that was asked for a certificate and sent an empty one.
    """

    offered: tuple[str, ...] = ()
    server_name: str = ""
    chosen: str = ""
    alert: int | None = None
    alert_by: str = ""
    encrypted_alert: str = ""
    server_certificate: bool = False
    certificate_wanted: bool | None = None
    certificate_sent: bool | None = None
    finished: bool = False  # the terminal has sent its Finished


@dataclass(frozen=True, slots=True)
class TcpTalk:
    """One TCP connection of a terminal.

    `outcome`: `silent` (SYNs and no answer), `refused`, `unreachable` (by ICMP),
    `open`, `ended`. `sent` and `received` count payload bytes, `answered` is the time
    at which the host answered the terminal's own data, None for not. `ended_by` is who
    closed or reset first. `joined`: its beginning was not seen.
    """

    address: str
    port: int
    begun: float
    outcome: str = "silent"
    names: tuple[str, ...] = ()
    syns: int = 0
    sent: int = 0
    received: int = 0
    answered: float | None = None
    last: float = 0.0
    ended_by: str = ""
    reset: bool = False
    joined: bool = False
    tls: TlsTalk | None = None


@dataclass(frozen=True, slots=True)
class Via:
    """Packets that went to addresses beyond the LAN by way of one neighbour, and that
    came back."""

    mac: str
    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Station:
    """One device on the wire. `inside`: it was heard on the socket of the terminal.
    `boots` are the times at which it was heard to start or to be plugged in anew.
    `addresses` are those that it used, the last one last; `probed` the one that it
    asks about before use (RFC 5227). `datagrams` are (address:port) of UDP other than
    DNS and DHCP."""

    mac: str
    maker: str = ""
    inside: bool = False
    frames: int = 0
    first: float = 0.0
    last: float = 0.0
    boots: tuple[float, ...] = ()
    addresses: tuple[str, ...] = ()
    probed: str = ""
    dhcp: tuple[DhcpMessage, ...] = ()
    searches: tuple[ArpSearch, ...] = ()
    lookups: tuple[NameLookup, ...] = ()
    talks: tuple[TcpTalk, ...] = ()
    vias: tuple[Via, ...] = ()
    datagrams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnSearch:
    """An address for which we asked by ARP, and the hardware addresses that answered.
    `control`: a free address, which nobody should answer for."""

    address: str
    tries: int
    holders: tuple[str, ...] = ()
    control: bool = False


@dataclass(frozen=True, slots=True)
class WifiClient:
    """A device that came to the access point that this machine opened. `joined` counts
    the handshakes that it completed, `refused` those in which the MIC of its message 2
    showed another passphrase than ours (IEEE 802.11-2020, 12.7.6.3)."""

    mac: str
    first: float = 0.0
    joined: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class OpenWifi:
    """The network that this machine opens for the terminal; `ssid` in hexadecimal."""

    ssid: str
    security: Literal["wpa2", "wpa3"] = "wpa2"
    hidden: bool = False
    passphrase: Secret | None = None


@dataclass(frozen=True, slots=True)
class TerminalSurvey:
    """All that was heard. `network` is the subnet in use on the LAN (CIDR) and `router`
    its gateway as this machine or the LAN's DHCP server has it, "" for not known.
    `phone`: the uplink is no wire of the shop (likely a phone), so that its subnet says
    nothing of the shop's.
    `carrier`: is there one on the socket of the terminal; None for not known.
    `replugged`: it was lost and came back meanwhile. `servers` are the hardware
    addresses that answered DHCP.
    `claims` are addresses that several stations use: address, then hardware addresses,
    divided by blanks. `lost` are packets that came faster than they could be read.
    `ssid` (hexadecimal) is the network that was opened for the terminal, "" for a
    cable, `clients` who came to it."""

    mode: Mode
    seconds: float
    stations: tuple[Station, ...] = ()
    network: str = ""
    router: str = ""
    own: tuple[str, ...] = ()
    own_macs: tuple[str, ...] = ()
    carrier: bool | None = None
    replugged: bool = False
    phone: bool = False
    claims: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    searches: tuple[OwnSearch, ...] = ()
    packets: int = 0
    lost: int = 0
    damaged: int = 0
    cut: bool = False
    copied: float | None = None  # seconds that a copied frame was held, the median
    ssid: str = ""
    clients: tuple[WifiClient, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchTerminal(Question[TerminalSurvey]):
    """Watch the wire for `seconds`, or until what is to be known is known.

    `mac` and `address` tell which device is the terminal, `acquirer` are the hosts
    where a sale goes (host:port), `reachable` others that a hosted terminal may reach
    inside private networks. `sweep`: ask for each address of the subnet. `beside`:
    until `EndWatch` is asked. `wifi`: host the terminal by an access point on
    `interface`, which leaves its present network for it and comes back. `limits`: those
    that the profile has changed.
    """

    mode: Mode = "listen"
    interface: str = ""
    uplink: str = ""
    file: str = ""
    seconds: float = 40.0
    mac: str = ""
    address: str = ""
    acquirer: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    sweep: bool = False
    beside: bool = False
    wifi: OpenWifi | None = None
    limits: tuple[tuple[str, float], ...] = ()

    @property
    def way(self) -> str:
        """The mode, told apart from the same one by Wi-Fi."""
        return f"{self.mode}-wifi" if self.wifi else self.mode


@dataclass(frozen=True, slots=True)
class WatchEnded:
    """The watch was told to end."""


@dataclass(frozen=True, slots=True)
class EndWatch(Question[WatchEnded]):
    """End the watch that runs beside the checks; where the terminal was heard in
    trouble it goes on up to `trouble` seconds in all."""

    trouble: float = 15.0
