"""Which names, channels and addresses does one Wi-Fi world have? Drawn from a seed."""

import random
import string
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Literal

from tests.lab.plan import Plan, draw

Security = Literal[
    "open", "wep", "tkip", "tkip-rsn", "mixed", "wpa2", "wpa2-sha256", "wpa2-pmf",
    "wpa3", "wpa2-wpa3",
]  # fmt: skip
CLIENT = "02:00:00:00:00:00"  # hwsim's own for radio 0
NAMES = (
    "SHOP-POS", "Xiaoming Market", "小明便利店", "TP-LINK_8F2A", "ChinaNet-x7Kq",
    "POS 2.4G", "Caffe-Nero", "CMCC-9f3D", "老王面馆 WiFi", "MERCURY_51C0",
)  # fmt: skip
MAKERS = ("50:d2:f5", "64:64:4a", "a4:2b:b0", "f4:83:cd", "3c:06:a7", "8c:de:f9")
LETTERS = string.ascii_letters + string.digits
LOW, HIGH = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), (149, 153, 157, 161)


def frequency(channel: int) -> int:
    """Centre of the primary channel in MHz."""
    if channel == 14:
        return 2484
    return 2407 + 5 * channel if channel < 14 else 5000 + 5 * channel


@dataclass(frozen=True)
class Ap:
    """One access point. `signal` is what the client receives from it, in dBm, and
    `uplink` what it receives from the client (the same if None). `wpa_*` and other
    lines of hostapd are added in `options`."""

    ssid: bytes
    bssid: str
    channel: int
    security: Security = "wpa2"
    passphrase: str = ""
    signal: int = -52
    uplink: int | None = None
    hidden: bool = False
    plain: bool = False  # 802.11g without n
    options: tuple[str, ...] = ()

    def config(self, interface: str) -> str:
        """The file that hostapd reads."""
        high = self.channel > 14
        old = self.plain or self.security in ("wep", "tkip", "tkip-rsn")
        lines = [
            f"interface={interface}", "driver=nl80211", "ctrl_interface=/run/hostapd",
            f"ssid2={self.ssid.hex()}", f"channel={self.channel}",
            f"hw_mode={'a' if high else 'g'}", "country_code=CN", "ieee80211d=1",
            f"ignore_broadcast_ssid={int(self.hidden)}",
        ]  # fmt: skip
        if not old:
            lines += ["ieee80211n=1", "wmm_enabled=1"]
            lines += ["ieee80211ac=1"] if high else []
        return "\n".join([*lines, *self._keys(), *self.options, ""])

    def _keys(self) -> list[str]:
        if self.security == "open":
            return []
        if self.security == "wep":
            key = self.passphrase
            quoted = key if len(key) in (10, 26) else f'"{key}"'
            return ["wep_default_key=0", f"wep_key0={quoted}"]
        secret = [f"wpa_passphrase={self.passphrase}"]
        return [*secret, *KEYS[self.security]]


KEYS: dict[Security, tuple[str, ...]] = {
    "tkip": ("wpa=1", "wpa_key_mgmt=WPA-PSK", "wpa_pairwise=TKIP"),
    "tkip-rsn": ("wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=TKIP"),
    "mixed": (
        "wpa=3", "wpa_key_mgmt=WPA-PSK", "wpa_pairwise=TKIP", "rsn_pairwise=CCMP",
    ),
    "wpa2": ("wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=CCMP"),
    "wpa2-sha256": (
        "wpa=2", "wpa_key_mgmt=WPA-PSK-SHA256", "rsn_pairwise=CCMP", "ieee80211w=2",
    ),
    "wpa2-pmf": ("wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=CCMP", "ieee80211w=2"),
    "wpa3": ("wpa=2", "wpa_key_mgmt=SAE", "rsn_pairwise=CCMP", "ieee80211w=2"),
    "wpa2-wpa3": (
        "wpa=2", "wpa_key_mgmt=WPA-PSK SAE", "rsn_pairwise=CCMP", "ieee80211w=1",
        "sae_require_mfp=1",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Air:
    """What is drawn: the shop's own access point, and the addresses behind it."""

    ap: Ap
    plan: Plan
    wrong: str  # a passphrase that somebody could take for the right one
    dice: random.Random = field(repr=False)


def draw_air(seed: str) -> Air:
    dice = random.Random(f"air/{seed}")
    passphrase = _passphrase(dice)
    ap = Ap(
        ssid=dice.choice(NAMES).encode(), bssid=bssid(dice),
        channel=dice.choice(LOW), passphrase=passphrase,
        signal=dice.randrange(-60, -44),
    )  # fmt: skip
    return Air(ap, draw(f"wifi/{seed}"), misread(passphrase, dice), dice)


def _passphrase(dice: random.Random) -> str:
    inside = "".join(dice.choices(LETTERS + "-_.!@# ", k=dice.randrange(6, 18)))
    return dice.choice(LETTERS) + inside + dice.choice(string.digits)


def misread(passphrase: str, dice: random.Random) -> str:
    """The same but for one letter in the middle."""
    at = dice.randrange(1, len(passphrase) - 1)
    other = dice.choice([c for c in LETTERS if c != passphrase[at]])
    return passphrase[:at] + other + passphrase[at + 1 :]


def bssid(dice: random.Random) -> str:
    tail = ":".join(f"{dice.randrange(256):02x}" for _ in range(3))
    return f"{dice.choice(MAKERS)}:{tail}"


def hotspot(plan: Plan, network: str, router: int, shop: int) -> Plan:
    """The same world behind a phone's address range."""
    lan = IPv4Network(network)
    return replace(plan, lan=lan, router=str(lan[router]), shop=str(lan[shop]))
