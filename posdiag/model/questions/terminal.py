"""Observation of a payment terminal on the wire or by Wi-Fi.

Answers first, then the questions that they answer. Times are seconds since the watch
began (of a capture: since its first packet), addresses are texts, hardware addresses
lower case with colons. No payload is kept: addresses, names, types, lengths and times
alone. `formats.traffic`, which fills these lists, bounds each of them.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question
from posdiag.model.site import Secret

Mode = Literal["listen", "inline", "host", "read"]


@dataclass(frozen=True, slots=True)
class DhcpMessage:
    """One DHCP message from or to a terminal (RFC 2131). `address` is the one requested
    or leased, `server` option 54, `waited` the client's `secs` field."""

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
    """An address that a terminal requested by ARP. `times` are those of the first
    requests and the last, `count` counts all; `holders` are the hardware addresses that
    replied, where replies can be seen."""

    address: str
    times: tuple[float, ...]
    count: int
    sender: str = ""
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameLookup:
    """A name that a terminal looked up at one server. `rcode` "" is no reply."""

    name: str
    server: str
    times: tuple[float, ...]
    count: int
    rcode: str = ""
    addresses: tuple[str, ...] = ()
    answered: float | None = None


@dataclass(frozen=True, slots=True)
class TlsTalk:
    """A TLS handshake as far as it is visible without the keys.

    `offered` and `chosen` are versions ("1.2"). `alert` is the one that `alert_by`
    (`terminal` or `host`) sent in the clear, None for none; `encrypted_alert` is the
    sender of a record that has an alert's length. `certificate_sent`: False for a
    terminal that was asked for a certificate and sent an empty one.
    """

    offered: tuple[str, ...] = ()
    server_name: str = ""
    chosen: str = ""
    alert: int | None = None
    alert_by: str = ""
    encrypted_alert: str = ""
    server_certificate: bool = False
    certificate_sent: bool | None = None
    finished: bool = False  # the terminal has sent its Finished


@dataclass(frozen=True, slots=True)
class TcpTalk:
    """One TCP connection of a terminal.

    `outcome`: `silent` (SYNs and no answer), `refused`, `unreachable` (by ICMP),
    `open`, `ended`. `sent` and `received` count payload bytes, `answered` is the time
    at which the host replied to application data of the terminal, None for never.
    `ended_by` closed or reset it first. `joined`: its beginning was not seen.
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
    """Packets to addresses beyond the LAN through one neighbour, and their replies."""

    mac: str
    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Station:
    """One device on the wire. `inside`: it was seen on the port that the terminal is
    plugged into. `boots` are the times at which it started or was plugged in again.
    `addresses` are those that it used, the last one last; `probed` is the one that it
    probes by ARP before use (RFC 5227). `datagrams` are the destinations (address:port)
    of UDP other than DNS and DHCP."""

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
    """An address that we requested by ARP, and the hardware addresses that replied.
    `control`: an unused address, for which no reply is expected."""

    address: str
    tries: int
    holders: tuple[str, ...] = ()
    control: bool = False


@dataclass(frozen=True, slots=True)
class WifiClient:
    """A station at the access point that this machine opened. `joined` counts completed
    handshakes, `refused` those that showed another passphrase than ours: by the MIC of
    message 2 (IEEE 802.11-2020, 12.7.6.3) or, with `sae`, by its confirm (12.4.5.6)."""

    mac: str
    first: float = 0.0
    joined: int = 0
    refused: int = 0
    sae: bool = False


@dataclass(frozen=True, slots=True)
class OpenWifi:
    """The network that this machine opens for the terminal; `ssid` in hexadecimal."""

    ssid: str
    security: Literal["wpa2", "wpa3"] = "wpa2"
    hidden: bool = False
    passphrase: Secret | None = None


@dataclass(frozen=True, slots=True)
class TerminalSurvey:
    """Everything that was observed. `network` is the subnet in use on the LAN (CIDR)
    and `router` its gateway as this machine or the LAN's DHCP server knows it, "" if
    unknown. `phone`: the uplink is not the shop's wired network (likely a phone), so
    its subnet says nothing about the shop's. `carrier` is that of the port that the
    terminal is plugged into; None if unknown. `replugged`: it was lost and came back
    meanwhile. `servers` are the hardware addresses that sent DHCP replies. `claims` are
    addresses that several stations use: address, then hardware addresses, separated by
    blanks. `lost` counts packets that arrived faster than they were read. `ssid`
    (hexadecimal) is the network that was opened for the terminal, "" for a cable,
    `clients` are its stations."""

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
    """Observe the terminal for `seconds`, or until enough is known.

    `mac` and `address` identify the terminal, `acquirer` are the hosts that a sale goes
    to (host:port), `reachable` others that a hosted terminal may reach inside private
    networks. `sweep`: request each address of the subnet by ARP. `beside`: until
    `EndWatch` is asked. `wifi`: host the terminal by an access point on `interface`,
    which leaves its present network and rejoins it afterwards. `limits`: those that the
    profile has changed.
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
    def mode_name(self) -> str:
        """The mode, with "-wifi" where the terminal is hosted by Wi-Fi."""
        return f"{self.mode}-wifi" if self.wifi else self.mode


@dataclass(frozen=True, slots=True)
class WatchEnded:
    """The watch was asked to end."""


@dataclass(frozen=True, slots=True)
class EndWatch(Question[WatchEnded]):
    """End the watch that runs beside the checks; where the terminal was seen to fail it
    continues up to `trouble` seconds in all."""

    trouble: float = 15.0
