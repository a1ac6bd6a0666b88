"""The site as its profile describes it: plain values, standard library only.

`posdiag.profile` reads and validates the TOML file into these; the checks are handed
them. Field names are the keys of the profile (CONTRACT section 3).
"""

from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal

from annotated_types import Interval, Len

Port = Annotated[int, Interval(ge=1, le=65535)]
Baudrate = Annotated[int, Interval(ge=50, le=4_000_000)]
Text = Annotated[str, Len(min_length=1)]


class Secret:
    """A value that never prints. `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written to disk")


@dataclass(frozen=True, slots=True)
class SiteInfo:
    name: str | None = None
    merchant_id: str | None = None
    terminal_id: str | None = None
    terminal_model: str | None = None
    kind: Literal["counter", "mobile-stall", "delivery", "service"] | None = None


ConnectionKind = Literal[
    "ethernet", "wifi", "hotspot", "cellular", "pstn", "bluetooth", "private"
]


@dataclass(frozen=True, slots=True)
class Connection:
    kind: ConnectionKind | None = None
    interface: str | None = None
    address: str | None = None  # CIDR: "192.168.1.20/24"
    gateway: str | None = None
    dns: tuple[str, ...] = ()

    @property
    def metered(self) -> bool:
        """Is traffic on this connection likely to be charged by volume?"""
        return self.kind in ("cellular", "hotspot")


@dataclass(frozen=True, slots=True)
class Wifi:
    ssid: str | None = None
    passphrase: Secret | None = None
    hidden: bool = False
    security: Literal["open", "wpa2", "wpa3", "wpa2-wpa3"] | None = None
    country: str | None = None
    handshake: str | None = None


@dataclass(frozen=True, slots=True)
class Iso8583:
    """The message format of the acquirer's host. `fields` are added to the echo, by
    number, or replace its own; an empty text removes a field. `bitmap` "hex" is sixteen
    hexadecimal digits. `length_includes_itself`: the length prefix counts its own
    bytes, too."""

    dialect: Literal["ascii", "unionpay"] = "unionpay"
    length: Literal["binary2", "binary4", "ascii4", "bcd2"] = "binary2"
    tpdu: str | None = None
    header: str | None = None
    terminal_id: str | None = None
    merchant_id: str | None = None
    batch: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    bitmap: Literal["binary", "hex"] = "binary"
    length_includes_itself: bool = False


@dataclass(frozen=True, slots=True)
class Acquirer:
    host: Text | None = None
    port: Port = 443
    tls: bool = True
    ca_file: str | None = None
    server_name: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    backup: tuple[str, ...] = ()
    iso8583: Iso8583 | None = None


@dataclass(frozen=True, slots=True)
class Target:
    name: Text
    host: Text
    port: Port = 443
    tls: bool = True


@dataclass(frozen=True, slots=True)
class Cellular:
    port: str | None = None
    baudrate: Baudrate = 115200
    apn: str | None = None
    pin: Secret | None = None


@dataclass(frozen=True, slots=True)
class Pstn:
    port: str | None = None
    baudrate: Baudrate = 115200
    number: str | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Printer:
    port: str | None = None
    baudrate: Baudrate | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """The terminal's own settings; `address` may be in CIDR notation."""

    mac: str | None = None
    address: str | None = None
    gateway: str | None = None
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Bluetooth:
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Vpn:
    interface: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    transactions_per_day: Annotated[int, Interval(ge=0, le=1_000_000)] | None = None
    bytes_per_transaction: Annotated[int, Interval(ge=1, le=10**9)] | None = None
    quota_bytes: Annotated[int, Interval(ge=0, le=10**15)] | None = None
    iperf3: str | None = None  # the shop's own server, host:port


@dataclass(frozen=True, slots=True)
class Support:
    """Telephone numbers, or other contacts, of each party."""

    technician: str | None = None
    isp: str | None = None
    acquirer: str | None = None
    terminal_service: str | None = None

    @property
    def numbers(self) -> dict[str, str]:
        """Those that are given, by party (`posdiag.model.check.PARTIES`)."""
        named = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name.replace("_", "-"): number for name, number in named if number}


PluginTable = dict[str, str | int | float | bool | tuple[Any, ...] | Secret | None]
"""The keys that a plugin package declares, checked, with their defaults."""


@dataclass(frozen=True, slots=True)
class Site:
    """A whole profile. `connectivity` is None for the defaults, () for off. `plugin`
    holds the tables of plugin packages by the package's name."""

    site: SiteInfo = SiteInfo()
    connection: Connection = Connection()
    wifi: Wifi = Wifi()
    acquirer: Acquirer = Acquirer()
    target: tuple[Target, ...] = ()
    connectivity: tuple[str, ...] | None = None
    cellular: Cellular = Cellular()
    pstn: Pstn = Pstn()
    printer: Printer = Printer()
    terminal: Terminal = Terminal()
    reader: Reader = Reader()
    bluetooth: Bluetooth = Bluetooth()
    vpn: Vpn = Vpn()
    data: Data = Data()
    support: Support = Support()
    thresholds: dict[str, float | tuple[str, ...]] = field(default_factory=dict)
    plugin: dict[str, PluginTable] = field(default_factory=dict)

    @property
    def without_network(self) -> bool:
        """Is this machine's network out of scope: does the terminal dial by telephone,
        and is no host configured?"""
        hosts = self.acquirer.host or self.target
        return self.connection.kind == "pstn" and not hosts

    @property
    def metered(self) -> bool:
        """Is traffic likely to be charged by volume? Assumed for a mobile business
        whose kind of connection is not given."""
        if self.connection.kind is None:
            return self.site.kind in ("mobile-stall", "delivery")
        return self.connection.metered
