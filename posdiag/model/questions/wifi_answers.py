"""What a machine says of Wi-Fi. Frozen values of plain types, like `answers`.

Names are octets (IEEE 802.11-2020 9.4.2.2), not text: `ssid` holds them in hexadecimal,
"" for a network that hides its name. `ssid.py` turns them into text. Levels are
dBm, whatever scale the source has; frequencies are MHz of the primary channel's centre.
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
    """One BSS as it is heard. None: it does not say, or the system does not tell.

    `protocols` holds "open" or "wep" alone, or "wpa" and "rsn" for what it offers.
    `age` is in seconds since its last frame. `width` and `centre` are the whole
    channel's, in MHz. `utilisation` is 0-1 and `stations` a count, both of the BSS Load
    element (id 11), which many access points and every phone leave out. `vendors` are
    the OUIs of its vendor elements, six hexadecimal digits each. `basic` are the rates
    in Mbit/s that every station must know. `hidden`: its beacons leave the name out,
    although `ssid` may be known from its answer to a scan by name.
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
    """All that is heard. `fresh`: a scan was carried out now; else these are what the
    system still knows, and `why` says what stood in the way, with the `hint` that
    would help. `redacted`: the system withholds names for want of consent."""

    all: tuple[AccessPoint, ...]
    fresh: bool = True
    seconds: float = 0.0
    why: Literal["", "no-rights", "busy", "trouble"] = ""
    hint: str = ""
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class WifiLink:
    """The association of one interface at one moment; counters since it was made.

    `scale` is what the source counts in: "dbm", or the percent scale that was turned
    into dBm (field-facts 1.1). Rates are Mbit/s. `authorized`: the keys are in place.
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
    receive_rate: float | None = None
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
    """Times in seconds since the driver began to count; None: it does not count."""

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
    """`silent`: this machine may only listen there (no-IR); `radar`: DFS."""

    frequency: int
    disabled: bool = False
    silent: bool = False
    radar: bool = False


@dataclass(frozen=True, slots=True)
class Radio:
    """What one Wi-Fi adapter can do. None: the system does not tell.

    `blocked`: switched off by software or by a switch (rfkill), None where neither.
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
    managed_by: str = ""  # "NetworkManager", "wpa_supplicant", "iwd", "" unknown


EventKind = Literal[
    "authenticated",
    "auth-rejected",  # `code` is a status code, `algorithm` 0 open, 1 shared key, 3 SAE
    "auth-timeout",
    "associated",
    "assoc-rejected",  # `code` is a status code
    "assoc-timeout",
    "connected",  # keys in place
    "disconnected",  # `code` is a reason code
    "beacon-loss",
    "channel-switch",
    "weaker",  # the signal fell below the driver's threshold
    "not-found",  # the supplicant found no network that it could use
    "key-suspected",  # the supplicant infers a wrong key (WRONG_KEY): no proof
    "given-up",  # the supplicant's or the manager's own word for the end, in `detail`
]


@dataclass(frozen=True, slots=True)
class WifiEvent:
    """Something that happened to an association.

    `seconds` since the question was asked. `source` says who tells: the kernel
    (nl80211), the supplicant, the manager (NetworkManager). One event may be told by
    several. `local`: this machine did it itself.
    """

    seconds: float
    kind: EventKind
    source: Literal["kernel", "supplicant", "manager"]
    bssid: str = ""
    code: int | None = None
    algorithm: int | None = None
    local: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WifiEvents:
    all: tuple[WifiEvent, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class JoinAttempt:
    """One try to join. `signal` is the median dBm of the access point meanwhile;
    `sent`, `retries` and `failed` count our frames to it (None: not told)."""

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

    `lease`: "ok" with `address` (CIDR), "none" where nobody gave one in time, "untried"
    where the network was not joined or nothing on this machine could ask for one.
    `former` is what was joined before (octets in hexadecimal, "" for nothing).
    `after`: "held" while the network stays joined until the run ends, "returned" where
    the former connection is back, "nothing" where there was none, "lost" where it did
    not come back in time.
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

    `messages` counts messages 1 to 4. `match`: the passphrase that was given made the
    key that signed message 2; None where that cannot be told, and `why` says for what
    reason. `station_signal` and `point_signal` are median dBm at the sniffer. `codes`
    are the reason codes with which the access point parted, `refused` the status codes.
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


@dataclass(frozen=True, slots=True)
class Handshakes:
    """All handshakes of a capture file. `frames` were read, `damaged` could not be;
    `cut`: the file was longer than is read."""

    all: tuple[FourWay, ...]
    frames: int = 0
    damaged: int = 0
    cut: bool = False
