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
    """Listen for access points, and ask for the one called `ssid` by name (a hidden
    one answers only to that). Where this machine may not scan, what the system has
    heard lately is told instead, and the answer says so. Two to six seconds: who is
    looked for and not heard is called again. At most `timeout`."""

    lasts: ClassVar[bool] = True

    interface: str
    ssid: str = ""
    timeout: float = 8.0
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class AskWifiLink(Repeatable[WifiLink]):
    """Which access point is this machine joined to, and how well?"""

    interface: str


@dataclass(frozen=True, slots=True)
class AskSurvey(Repeatable[Survey]):
    """How busy are the channels, by the driver's own count?"""

    interface: str


@dataclass(frozen=True, slots=True)
class AskRadio(Question[Radio]):
    """What can this adapter do, and may it?"""

    lasts: ClassVar[bool] = True

    interface: str


@dataclass(frozen=True, slots=True)
class WatchWifi(Repeatable[WifiEvents]):
    """Listen for `seconds` to what happens to the association."""

    interface: str
    seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class JoinWifi(Question[Joined]):
    """Leave the present network, join this one, ask for an address, and come back.

    With `hold` a network that was joined and gave an address stays joined until the
    system is closed, which brings the former connection back. `security` is how the
    terminal would join; "" takes whatever the access point offers.
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
    """What handshakes does a capture file (pcap or pcapng) hold, and did the stations
    use this passphrase? One passphrase, given by its owner."""

    path: str
    ssid: str = ""
    passphrase: Secret | None = None
