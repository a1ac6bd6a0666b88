"""The questions about Wi-Fi. Times in seconds, `ssid` in hexadecimal."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from posdiag.model.questions.base import Question, Repeatable
from posdiag.model.questions.wifi_answers import (
    Handshakes,
    Joined,
    Radio,
    Survey,
    WifiEvents,
    WifiLink,
    WifiScan,
)
from posdiag.model.site import Secret


@dataclass(frozen=True, slots=True)
class ScanWifi(Repeatable[WifiScan]):
    """Scan for access points, and probe for `ssid` by name (a hidden AP answers only to
    that). If this machine may not scan, the answer is the system's cache, marked as
    such. Takes two to six seconds, because a name that is not found is probed again; at
    most `timeout`. With `remembered` only the cache is read."""

    lasts: ClassVar[bool] = True

    interface: str
    ssid: str = ""
    timeout: float = 8.0
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class AskWifiLink(Repeatable[WifiLink]):
    """The association of this machine, and its quality."""

    interface: str


@dataclass(frozen=True, slots=True)
class AskSurvey(Repeatable[Survey]):
    """Channel utilisation, by the driver's counters."""

    interface: str


@dataclass(frozen=True, slots=True)
class AskRadio(Question[Radio]):
    """Capabilities and regulatory limits of this adapter."""

    lasts: ClassVar[bool] = True

    interface: str


@dataclass(frozen=True, slots=True)
class WatchWifi(Repeatable[WifiEvents]):
    """Events of the association within `seconds`."""

    interface: str
    seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class JoinWifi(Question[Joined]):
    """Leave the present network, join this one, request a lease, and return.

    With `hold` a network that was joined and gave a lease stays joined until the system
    is closed, which restores the former connection. `security` is how the terminal
    would join; "" takes whatever the access point offers.
    """

    changes: ClassVar[bool] = True

    interface: str
    ssid: str
    security: Literal["", "open", "wep", "wpa2", "wpa3", "wpa2-wpa3"] = ""
    hidden: bool = False
    attempts: int = 2
    attempt_timeout: float = 14.0
    lease_timeout: float = 12.0
    hold: bool = True
    passphrase: Secret | None = None


@dataclass(frozen=True, slots=True)
class ReadHandshakes(Question[Handshakes]):
    """The 4-way handshakes of a capture file (pcap or pcapng), checked against the
    passphrase of the network's owner."""

    path: str
    ssid: str = ""
    passphrase: Secret | None = None
