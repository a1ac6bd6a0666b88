"""Lines and words of `netsh wlan`, in whatever language Windows prints them.

The output is translated, so position and the form of a value come first (an address, a
percentage, "802.11ac", a whole number). The word tables are for values without a form:
English, and Chinese in both scripts. Pure; no text makes this raise.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.desktop.percent_dbm import percent_to_dbm
from posdiag.formats.dot11.channels import band_in_text, frequency
from posdiag.model.questions.wifi_answers import Akm, Cipher, Protocol

MAX_LINES = 20_000
MAX_LINE = 1_000  # characters
MAC = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}", re.IGNORECASE)
GUID = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
PERCENT = re.compile(r"(\d{1,3})\s*%")
WHOLE = re.compile(r"\d{1,6}")
NUMBER = re.compile(r"\d{1,6}(\.\d{1,3})?")
NEGATIVE = re.compile(r"(-\d{1,3})(\s*dBm)?", re.IGNORECASE)
RATE = re.compile(r"\b(mbps|mbit/s)\b", re.IGNORECASE)
WIDTH = re.compile(r"(20|40|80|160|320)\s*MHz", re.IGNORECASE)
STANDARD = re.compile(r"802\.11\s*(be|ax|ac|n|g|a|b)\b", re.IGNORECASE)
COLON = re.compile("[:：]")

# Windows 11 24H2 shows no Wi-Fi data without location permission; the refusal names the
# settings page by this address in every language.
SETTINGS = "ms-settings:privacy-location"
REFUSALS = ("location permission", "位置权限", "位置權限")

NAME = frozenset({"name", "名称", "名稱"})
STATE = frozenset({"state", "状态", "狀態"})
CHANNEL = frozenset({"channel", "信道", "频道", "通道", "頻道"})
CONNECTED = frozenset({"connected", "已连接", "已連線", "已連接"})
DISCONNECTED = frozenset(
    {
        "disconnected",
        "已断开连接",
        "未连接",
        "已中斷連線",
        "已中斷連接",
        "未連線",
        "not ready",
        "未就绪",
    }
)
JOINING = frozenset(
    {
        "associating",
        "authenticating",
        "discovering",
        "正在关联",
        "正在身份验证",
        "正在验证",
        "正在發現",
        "正在驗證",
    }
)
YES = frozenset({"yes", "是"})
NO = frozenset({"no", "否"})
HARDWARE = re.compile(r"(?:hardware|硬件|硬體)\s*(.*)", re.IGNORECASE)
SOFTWARE = re.compile(r"(?:software|软件|軟體)\s*(.*)", re.IGNORECASE)
OFF = frozenset({"off", "关", "關", "关闭", "關閉"})

OPEN = re.compile(r"^(open|开放式?|開放式?|开放系统)$", re.IGNORECASE)
SHARED = re.compile(r"^(shared|共享式?|共用)", re.IGNORECASE)
PERSONAL = re.compile(r"personal|个人|個人|psk|sae", re.IGNORECASE)
ENTERPRISE = re.compile(r"enterprise|企业|企業", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One "label : value". `value` is as printed, blanks at its end too."""

    indent: int
    label: str
    value: str

    @property
    def word(self) -> str:
        return self.label.casefold()

    @property
    def plain(self) -> str:
        return self.value.strip()


def lines(text: str) -> list[Line | None]:
    """All lines that are not empty; None for one without a colon."""
    found: list[Line | None] = []
    for raw in text.split("\n", MAX_LINES)[:MAX_LINES]:
        line = raw.rstrip("\r")[:MAX_LINE]
        if not line.strip():
            continue
        colon = COLON.search(line)
        label = line[: colon.start()] if colon else ""
        if colon is None or not label.strip():
            found.append(None)
            continue
        indent = len(label) - len(label.lstrip())
        value = line[colon.end() :].removeprefix(" ")
        found.append(Line(indent, label.strip(), value))
    return found


def refused(text: str) -> bool:
    """Does Windows withhold the output for lack of location permission?"""
    return SETTINGS in text or any(words in text for words in REFUSALS)


def mac(value: str) -> str:
    """A hardware address with colons, else ""."""
    address = value.strip()
    return address.replace("-", ":").lower() if MAC.fullmatch(address) else ""


def name_bytes(name: str) -> bytes:
    """The octets of a network's name, from how `netsh` shows it.

    It shows ASCII as it is. Other names come, depending on the build, as text, as the
    octets in capital hexadecimal digits (friedrith/node-wifi issue 194), or as UTF-8
    read in the system's own code page (sebhildebrandt/systeminformation issue 634).
    The last two are undone where that gives sound UTF-8 that is not ASCII; else the
    text is taken for UTF-8.
    """
    for guess in _guesses(name):
        try:
            if not guess.decode("utf-8").isascii():
                return guess
        except UnicodeDecodeError:
            continue
    return name.encode("utf-8", "replace")


def _guesses(name: str) -> Iterator[bytes]:
    if re.fullmatch(r"([0-9A-F]{2}){2,32}", name):
        yield bytes.fromhex(name)
    elif not name.isascii():
        for page in ("gbk", "cp1252"):
            try:
                yield name.encode(page)
            except UnicodeEncodeError:
                continue


def clean_names(names: Sequence[str]) -> list[str]:
    """Without the blank that a build appends to every name. A name's own blanks stay,
    because a terminal compares them."""
    present = [name for name in names if name]
    if len(present) > 1 and all(name.endswith(" ") for name in present):
        return [name[:-1] for name in names]
    return list(names)


def security(
    authentication: str, encryption: str
) -> tuple[tuple[Protocol, ...], tuple[Akm, ...], tuple[Cipher, ...]]:
    """Protocols, key managements and ciphers, as far as they are certain.

    Windows names one authentication, the best that this adapter supports. So
    "WPA3-Personal" leaves open whether WPA2 is offered, too: AKMs stay unknown.
    """
    secret = ciphers(encryption)
    if "WPA3" in authentication.upper() or "OWE" in authentication.upper():
        return ("rsn",), (), secret
    if "WPA" in authentication.upper():
        protocol: Protocol = "rsn" if "WPA2" in authentication.upper() else "wpa"
        akms: tuple[Akm, ...] = ()
        if ENTERPRISE.search(authentication):
            akms = ("802.1x",)
        elif PERSONAL.search(authentication):
            akms = ("psk",)
        return (protocol,), akms, secret
    if "WEP" in encryption.upper() or SHARED.match(authentication):
        return ("wep",), (), secret
    if OPEN.match(authentication):
        return ("open",), (), ()
    return (), (), ()


def signal_of(block: Sequence[Line]) -> tuple[float | None, Literal["dbm", "windows"]]:
    """dBm where a build prints them ("Rssi"), else the percentage, on which scale."""
    for line in block:
        match = NEGATIVE.fullmatch(line.plain)
        if match and "rssi" in line.word:
            return float(match[1]), "dbm"
    for line in block:
        match = PERCENT.fullmatch(line.plain)
        if match:
            return percent_to_dbm("windows", float(match[1])), "windows"
    return None, "dbm"


def channel_of(block: Sequence[Line]) -> tuple[int | None, int | None]:
    """Frequency and width. The channel: by its label, else the first whole number."""
    numbers = [line for line in block if WHOLE.fullmatch(line.plain)]
    named = [line for line in numbers if line.word in CHANNEL]
    bands = (band_in_text(line.plain) for line in block)
    band = next((band for band in bands if band), None)
    widths = (WIDTH.fullmatch(line.plain) for line in block)
    width = next((int(match[1]) for match in widths if match), None)
    first = next(iter((*named, *numbers)), None)
    return frequency(int(first.plain), band) if first else None, width


def ciphers(text: str) -> tuple[Cipher, ...]:
    """The cipher that a value names; () if unknown."""
    upper = text.upper()
    if "WEP" in upper:
        return ("wep104",) if "104" in upper else ("wep40",) if "40" in upper else ()
    if "TKIP" in upper:
        return ("tkip",)
    if "GCMP" in upper:
        return ("gcmp-256",) if "256" in upper else ("gcmp",)
    if "CCMP" in upper or "AES" in upper:
        return ("ccmp",)
    return ()
