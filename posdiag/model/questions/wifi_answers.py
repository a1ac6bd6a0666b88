"""Answers about Wi-Fi: frozen values of plain types.

Names are octets (IEEE 802.11-2020 9.4.2.2), not text: `ssid` holds them in hexadecimal,
"" for a hidden name; `formats.dot11.ssid` decodes them. Levels are dBm on every system;
frequencies are MHz of the primary channel's centre.
"""

from dataclasses import dataclass
from typing import Literal

Protocol = Literal["open", "wep", "wpa", "rsn"]
Akm = Literal[
    "psk",
    "psk-sha256",
    "ft-psk",
    "sae",
    "ft-sae",
    "owe",
    "802.1x",
    "802.1x-sha256",
    "ft-802.1x",
    "other",
]
"""Authentication and key management of an RSN or WPA element (802.11 table 9-151)."""
Cipher = Literal[
    "wep40",
    "wep104",
    "tkip",
    "ccmp",
    "ccmp-256",
    "gcmp",
    "gcmp-256",
    "group",
    "none",
    "other",
]
Pmf = Literal["no", "capable", "required"]
"""Protected management frames, 802.11w."""


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """One BSS. None: not announced, or not reported by the system.

    `protocols` holds "open" or "wep" alone, or any of "wpa" and "rsn". `age` is in
    seconds since its last frame. `width` and `centre` are the whole channel's, in MHz.
    `utilisation` is 0-1 and `stations` a count, both of the BSS Load element (id 11),
    which many access points and every phone leave out. `vendors` are the OUIs of its
    vendor elements, six hexadecimal digits each. `basic` are the basic rates in Mbit/s.
    `hidden`: its beacons leave the name out, although `ssid` may be known from a probe
    response.
    """

    bssid: str
    ssid: str
    frequency: int
    signal: float | None = None
    age: float | None = None
    width: int | None = None
    centre: int | None = None
    protocols: tuple[Protocol, ...] = ()
    akms: tuple[Akm, ...] = ()
    ciphers: tuple[Cipher, ...] = ()
    group: Cipher | None = None
    pmf: Pmf | None = None
    wps: bool | None = None
    stations: int | None = None
    utilisation: float | None = None
    country: str = ""
    standard: Literal["b", "a", "g", "n", "ac", "ax", "be"] | None = None
    basic: tuple[float, ...] = ()
    vendors: tuple[str, ...] = ()
    utf8: bool | None = None
    joined: bool = False  # this machine is associated with it
    hidden: bool | None = None


@dataclass(frozen=True, slots=True)
class WifiScan:
    """All access points in range. `fresh`: from a scan made now; else from the system's
    cache, `why` is what prevented the scan and `hint` what would permit it. `redacted`:
    names are withheld for lack of location permission."""

    all: tuple[AccessPoint, ...]
    fresh: bool = True
    seconds: float = 0.0
    why: Literal["", "no-rights", "busy", "trouble"] = ""
    hint: str = ""
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class WifiLink:
    """The association of one interface at one moment; counters are since it began.

    `scale` is the unit of the source: "dbm", or the percent scale from which levels
    were converted. Rates are Mbit/s. `authorized`: the keys are installed.
    """

    state: Literal["connected", "associated", "disconnected"]
    ssid: str = ""
    bssid: str = ""
    frequency: int | None = None
    width: int | None = None
    signal: float | None = None
    average: float | None = None
    noise: float | None = None
    scale: Literal["dbm", "windows", "networkmanager", "station"] = "dbm"
    transmit_rate: float | None = None
    sent: int | None = None
    retries: int | None = None
    failed: int | None = None
    beacons: int | None = None
    beacons_lost: int | None = None
    seconds: float | None = None
    authorized: bool | None = None


@dataclass(frozen=True, slots=True)
class SurveyChannel:
    """Times in seconds since the driver began to count; None: not counted."""

    frequency: int
    in_use: bool = False
    noise: float | None = None
    active: float | None = None
    busy: float | None = None
    receive: float | None = None
    transmit: float | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    all: tuple[SurveyChannel, ...]


@dataclass(frozen=True, slots=True)
class RadioChannel:
    """`silent`: passive scan only (no-IR); `radar`: DFS."""

    frequency: int
    disabled: bool = False
    silent: bool = False
    radar: bool = False


@dataclass(frozen=True, slots=True)
class Radio:
    """Capabilities of one Wi-Fi adapter. None: not reported by the system.

    `blocked`: disabled by software or a hardware switch (rfkill), None if neither.
    `country` is the regulatory domain in force, "00" for the world's.
    """

    interface: str
    driver: str = ""
    blocked: Literal["soft", "hard"] | None = None
    country: str = ""
    channels: tuple[RadioChannel, ...] = ()
    ciphers: tuple[Cipher, ...] = ()
    sae: bool | None = None
    pmf: bool | None = None
    monitor: bool | None = None


EventKind = Literal[
    "authenticated",
    "auth-rejected",  # `code` is a status code, `algorithm` 0 open, 1 shared key, 3 SAE
    "auth-timeout",
    "associated",
    "assoc-rejected",  # `code` is a status code
    "assoc-timeout",
    "connected",  # keys installed
    "disconnected",  # `code` is a reason code
    "beacon-loss",
    "channel-switch",
    "weaker",  # the signal fell below the driver's threshold
    "not-found",  # the supplicant found no suitable network
    "key-suspected",  # the supplicant infers a wrong key (WRONG_KEY): no proof
    "given-up",  # `detail` is the supplicant's or the manager's reason
    "opened",  # this machine is an access point; in what follows `bssid` is a client
    "client-joined",
    "client-refused",  # its passphrase is another one
]


@dataclass(frozen=True, slots=True)
class WifiEvent:
    """An event of an association.

    `seconds` since the question was asked. `source`: the kernel (nl80211), the
    supplicant, or the manager (NetworkManager); several may report one event. `local`:
    caused by this machine. `framed`: the code came in a management frame; False: only
    the driver reports it (FullMAC); None: the source does not tell.
    """

    seconds: float
    kind: EventKind
    source: Literal["kernel", "supplicant", "manager"]
    bssid: str = ""
    code: int | None = None
    algorithm: int | None = None
    local: bool = False
    detail: str = ""
    framed: bool | None = None


@dataclass(frozen=True, slots=True)
class WifiEvents:
    all: tuple[WifiEvent, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class JoinAttempt:
    """One attempt to join. `signal` is the median dBm of the access point meanwhile;
    `sent`, `retries` and `failed` count our frames to it (None: not reported)."""

    outcome: Literal["joined", "failed", "silent"]
    seconds: float
    events: tuple[WifiEvent, ...] = ()
    signal: float | None = None
    sent: int | None = None
    retries: int | None = None
    failed: int | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """How a join test ended.

    `lease`: "ok" with `address` (CIDR), "none" if no server gave one in time, "untried"
    if the network was not joined or this machine has no DHCP client. `former` is the
    network that was joined before (octets in hexadecimal, "" for none). `after`: "held"
    while the network stays joined until the run ends, "returned" if the former
    connection is restored, "nothing" if there was none, "lost" if it was not restored
    in time.
    """

    manager: Literal["networkmanager", "wpa_supplicant"]
    attempts: tuple[JoinAttempt, ...]
    lease: Literal["ok", "none", "untried"] = "untried"
    address: str = ""
    lease_seconds: float = 0.0
    former: str = ""
    after: Literal["held", "returned", "nothing", "lost"] = "nothing"
    seconds: float = 0.0

    @property
    def joined(self) -> bool:
        return any(a.outcome == "joined" for a in self.attempts)


@dataclass(frozen=True, slots=True)
class FourWay:
    """One station's handshakes with one access point, as a capture shows them.

    `messages` counts messages 1 to 4. `match`: the MIC of message 2 comes from the
    given passphrase; None if undecided, with the reason in `why`. `station_signal` and
    `point_signal` are median dBm at the sniffer. `codes` are reason codes of the access
    point's deauthentications, `refused` status codes of its refusals.

    `accepted`: the access point accepted that message 2, as its message 3 or encrypted
    data both ways show. `lost`: it repeated message 1 or 3 after an answer, or gave up
    with reason 15; otherwise a missing message may be missing from the file alone.
    `pmkid`: the access point's PMKID in message 1 comes from the passphrase.
    """

    bssid: str
    station: str
    messages: tuple[int, ...]
    match: bool | None = None
    why: Literal["", "no-passphrase", "no-pair", "sae", "unsupported", "no-name"] = ""
    akm: Akm | None = None
    completed: bool = False
    ssid: str = ""
    station_signal: float | None = None
    point_signal: float | None = None
    codes: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    accepted: bool = False
    lost: bool = False
    pmkid: bool | None = None


@dataclass(frozen=True, slots=True)
class Handshakes:
    """All handshakes of a capture file. `frames` were read, `damaged` could not be;
    `cut`: the file was longer than is read. `others` counts handshakes of networks that
    were not asked for."""

    all: tuple[FourWay, ...]
    frames: int = 0
    damaged: int = 0
    cut: bool = False
    others: int = 0
