"""Can a terminal with these credentials join the network, and if not, why?"""

from dataclasses import replace
from typing import Any, Literal

import pytest

from posdiag.model import Finding
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag.model.questions.wifi import (
    AskRadio,
    AskWifiLink,
    JoinWifi,
    ReadHandshakes,
    ScanWifi,
)
from posdiag.model.questions.wifi_answers import (
    AccessPoint,
    EventKind,
    FourWay,
    Handshakes,
    JoinAttempt,
    Joined,
    Radio,
    RadioChannel,
    WifiEvent,
    WifiScan,
)
from posdiag.model.site import Connection, Secret, Site, Wifi
from posdiag_checks.wifi.credentials import wifi_credentials
from tests.checks.machine import (
    BSSID,
    OFF_AIR,
    PASSPHRASE,
    SSID,
    Answers,
    ap,
    on_air,
    port,
    ports,
    scanned,
    site,
    ways,
    wireless,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, diagnose, of, probe

row = of(wifi_credentials)
JOIN = frozenset({"join"})
POS = "02:00:00:00:09:01"
OTHER = "02:00:00:00:01:01"  # a second access point
UNJOINED = wireless(joined=False)


def wifi(**more: Any) -> Site:
    """A shop whose terminal comes in by Wi-Fi."""
    kind = more.pop("kind", "wifi")
    kept = {"ssid": SSID, "passphrase": Secret(PASSPHRASE), **more}
    return site(connection=Connection(kind=kind), wifi=Wifi(**kept))


SHOP = wifi()
WPA2 = wifi(security="wpa2")
CAPTURED = wifi(handshake="/tmp/join.pcap")
HOTSPOT = wifi(kind="hotspot")


def not_joined(*others: AccessPoint, **more: Any) -> Answers:
    """A machine that is not joined, and what its scan finds."""
    return {**UNJOINED, **scanned(*others, **more)}


def offering(**more: Any) -> Answers:
    return {**UNJOINED, **scanned(ap(**more))}


# -- join tests -----------------------------------------------------------------------

Source = Literal["kernel", "supplicant", "manager"]


def event(kind: EventKind, code: int | None = None, **more: Any) -> WifiEvent:
    source: Source = more.pop("source", "supplicant")
    return WifiEvent(
        seconds=1.0, kind=kind, source=source, bssid=BSSID, code=code, **more
    )


def attempt(*events: WifiEvent, **more: Any) -> JoinAttempt:
    kept: dict[str, Any] = {"outcome": "failed", "seconds": 8.0, "signal": -50.0}
    kept |= {"sent": 30, "retries": 2, "failed": 0, **more}
    return JoinAttempt(events=events, **kept)


def trial(*attempts: JoinAttempt, **more: Any) -> Answers:
    kept: dict[str, Any] = {"manager": "wpa_supplicant", "seconds": 18.0, **more}
    return {**UNJOINED, JoinWifi: Joined(attempts=attempts, **kept)}


def twice(*events: WifiEvent, **more: Any) -> Answers:
    return trial(*(attempt(*events, **more),) * 2)


ASSOCIATED = event("associated")
KEY_FAILED = (ASSOCIATED, event("disconnected", 15), event("key-suspected"))
KERNEL_ONLY = (
    event("associated", source="kernel"),
    event("disconnected", 15, source="kernel"),
)
IN = attempt(ASSOCIATED, event("connected"), outcome="joined")
JOINED = Joined("networkmanager", (IN,), "ok", "192.168.1.9/24")


def rejected(code: int, algorithm: int | None = 0, **more: Any) -> WifiEvent:
    return event("auth-rejected", code, algorithm=algorithm, **more)


# -- captures -------------------------------------------------------------------------


def four(
    match: bool | None, *messages: int, station: str = POS, **more: Any
) -> FourWay:
    kept = {"akm": "psk", "ssid": SSID.encode().hex(), **more}
    return FourWay(BSSID, station, messages, match, **kept)


def captured(*all: FourWay, **more: Any) -> Answers:
    return {**UNJOINED, ReadHandshakes: Handshakes(all, 40, **more)}


RIGHT = four(True, 1, 1, 1, 1, completed=True)
WRONG = four(False, 11, 10, 0, 0, codes=(15,))
LOST_2 = four(True, 11, 11, 0, 0, codes=(15,), lost=True)
LOST_4 = four(True, 1, 1, 4, 1, accepted=True, lost=True)


APPLIES = [
    row(name="a shop on a cable", status=SKIP, code="skip.not-applicable"),
    row(
        name="joined, nothing in the profile",
        status=OK,
        code="",
        variant="joined",
        change=wireless(),
    ),
    row(
        name="a cable by the profile",
        status=SKIP,
        code="skip.not-applicable",
        site=site(connection=Connection(kind="ethernet")),
        change=wireless(),
    ),
    row(
        name="Wi-Fi by the profile, no name and not joined",
        status=SKIP,
        code="skip.not-configured",
        site=site(connection=Connection(kind="wifi")),
        change=UNJOINED,
    ),
    row(name="no adapter here", status=SKIP, code="skip.no-wifi", site=SHOP),
    row(
        name="flight mode",
        status=SKIP,
        code="skip.radio-off",
        site=SHOP,
        change={**UNJOINED, AskRadio: Radio("wlan0", blocked="soft")},
    ),
    row(
        name="adapter switched off",
        status=SKIP,
        code="skip.radio-off",
        site=SHOP,
        change={
            **UNJOINED,
            AskInterfaces: ports(port(), port("wlan0", "", kind="wifi", enabled=False)),
        },
    ),
    row(
        name="interfaces unknown",
        status=SKIP,
        code="skip.unsupported",
        site=SHOP,
        change={AskInterfaces: Unknown("unsupported")},
    ),
    row(
        name="no scan to be had",
        status=SKIP,
        code="skip.no-rights",
        site=SHOP,
        change={**UNJOINED, ScanWifi: Unknown("no-rights", "sudo posdiag run")},
        facts={"hint": "sudo posdiag run"},
    ),
    row(
        name="names withheld for want of consent",
        status=SKIP,
        code="skip.no-rights",
        site=SHOP,
        change=not_joined(ap(""), redacted=True, hint="ms-settings:privacy-location"),
        facts={"hint": "ms-settings:privacy-location"},
    ),
]

FOUND = [
    row(
        name="heard, security fits",
        status=SKIP,
        code="skip.join-untried",
        site=WPA2,
        change=UNJOINED,
        facts={
            "ssid": SSID,
            "signal": -50.0,
            "channel": 6,
            "band": "2.4",
            "security": "WPA2",
            "phone": "",
        },
    ),
    row(
        name="heard beside a cable",
        status=SKIP,
        code="skip.join-untried",
        site=SHOP,
        change={AskInterfaces: ports(port(), port("wlan0", "", kind="wifi"))},
    ),
    row(
        name="5 GHz alone",
        status=SKIP,
        code="skip.join-untried-high-band",
        site=SHOP,
        change=offering(frequency=5180),
        facts={"channel": 36, "band": "5"},
    ),
    row(
        name="joined to it",
        status=OK,
        code="",
        variant="joined",
        site=SHOP,
        change=wireless(),
    ),
    row(
        name="joined to it, and the scan misses it",
        status=OK,
        code="",
        variant="joined",
        site=SHOP,
        change={**wireless(), **scanned()},
        facts={"signal": -50.0, "channel": 6},
    ),
    row(
        name="no passphrase in the profile",
        status=SKIP,
        code="skip.no-passphrase",
        site=wifi(passphrase=None),
        change=UNJOINED,
    ),
    row(
        name="open by the profile",
        status=SKIP,
        code="skip.join-untried",
        site=wifi(passphrase=None, security="open"),
        change=offering(protocols=("open",), akms=(), ciphers=()),
    ),
    row(
        name="a hidden network that the profile calls hidden",
        status=SKIP,
        code="skip.join-untried",
        site=wifi(hidden=True),
        change=not_joined(ap(), ap("")),
    ),
    row(
        name="access points without an address",
        status=SKIP,
        code="skip.join-untried",
        site=SHOP,
        change=not_joined(ap(bssid=""), ap(bssid="", signal=-60.0), ap("", bssid="")),
        facts={"points": 2},
    ),
    row(
        name="an old scan has it",
        status=SKIP,
        code="skip.join-untried",
        site=SHOP,
        change=not_joined(ap(age=20.0), fresh=False, why="no-rights"),
    ),
    row(
        name="a transition network for a WPA2 terminal",
        status=SKIP,
        code="skip.join-untried",
        site=WPA2,
        change=offering(akms=("psk", "sae"), pmf="capable"),
        facts={"security": "WPA2 / WPA3"},
    ),
    row(
        name="WPA3 for a WPA3 terminal",
        status=SKIP,
        code="skip.join-untried",
        site=wifi(security="wpa3"),
        change=offering(akms=("sae",), pmf="required"),
    ),
    row(
        name="mixed WPA and WPA2",
        status=SKIP,
        code="skip.join-untried",
        site=WPA2,
        change=offering(protocols=("wpa", "rsn"), ciphers=("tkip", "ccmp")),
    ),
    row(
        name="one of two access points fits",
        status=SKIP,
        code="skip.join-untried",
        site=WPA2,
        change=not_joined(
            ap(akms=("sae",), pmf="required"), ap(bssid=OTHER, signal=-70.0)
        ),
        facts={"points": 2},
    ),
    row(
        name="security unknown",
        status=SKIP,
        code="skip.join-untried",
        site=WPA2,
        change=offering(protocols=(), akms=(), ciphers=()),
    ),
    row(
        name="WEP is left to another check",
        status=SKIP,
        code="skip.join-untried",
        site=wifi(passphrase=Secret("abcde")),
        change=offering(protocols=("wep",), akms=(), ciphers=()),
    ),
]

ABSENT = [
    row(
        name="nothing of that name",
        status=FAIL,
        code="wifi.not-found",
        site=SHOP,
        change=not_joined(ap("NEIGHBOUR")),
        facts={"others": ("NEIGHBOUR",), "access_points": 1},
    ),
    row(
        name="a phone hotspot is not found",
        status=FAIL,
        code="wifi.not-found",
        variant="hotspot",
        site=HOTSPOT,
        change=not_joined(ap("NEIGHBOUR")),
        facts={"phone": "phone"},
    ),
    row(
        name="an iPhone by its name",
        status=FAIL,
        code="wifi.not-found",
        variant="hotspot",
        site=wifi(ssid="Li’s iPhone"),
        change=not_joined(),
        facts={"phone": "iphone"},
    ),
    row(
        name="another network hides its name",
        status=FAIL,
        code="wifi.not-found",
        variant="nameless",
        site=SHOP,
        change=not_joined(ap("", bssid="02:00:00:00:07:00")),
    ),
    row(
        name="this machine scans 2.4 GHz alone",
        status=FAIL,
        code="wifi.not-found",
        variant="band",
        site=SHOP,
        change={
            **not_joined(ap("NEIGHBOUR")),
            AskRadio: Radio("wlan0", channels=(RadioChannel(2412),)),
        },
    ),
    row(
        name="it hides its name from the terminal",
        status=WARN,
        code="wifi.not-found",
        variant="hidden",
        site=SHOP,
        change=not_joined(ap(), ap("")),
    ),
    row(
        name="it hides its name, by the scan itself",
        status=WARN,
        code="wifi.not-found",
        variant="hidden",
        site=SHOP,
        change=offering(hidden=True),
    ),
    row(
        name="a channel that China excludes",
        status=WARN,
        code="wifi.not-found",
        variant="channel",
        site=wifi(country="CN"),
        change=offering(frequency=5500),
        facts={"channel": 100},
    ),
    row(
        name="channels that China excludes, one of them in 6 GHz",
        status=WARN,
        code="wifi.not-found",
        variant="channel",
        site=wifi(country="CN"),
        change=not_joined(ap(frequency=5500), ap(bssid=OTHER, frequency=5975)),
    ),
    row(
        name="channel 100 elsewhere",
        status=SKIP,
        code="skip.join-untried-high-band",
        site=wifi(country="DE"),
        change=offering(frequency=5500),
    ),
    row(
        name="an old scan proves no absence",
        status=SKIP,
        code="skip.no-rights",
        site=SHOP,
        change=not_joined(fresh=False, why="no-rights", hint="sudo posdiag run"),
        facts={"hint": "sudo posdiag run"},
    ),
    row(
        name="a busy adapter proves no absence",
        status=SKIP,
        code="skip.stale-scan",
        site=SHOP,
        change=not_joined(ap("SH0P-P0S"), fresh=False, why="busy"),
    ),
]

NAMES = [
    row(
        name=f"name differs in {kind}",
        status=FAIL,
        code="wifi.name-mismatch",
        variant=kind,
        site=wifi(ssid=wanted),
        change=not_joined(ap(name)),
        facts={"wanted": wanted},
        rivals=("wifi.not-found",),
    )
    for kind, wanted, name in (
        ("case", SSID, "Shop-Pos"),
        ("blank", SSID, "SHOP-POS "),
        ("width", SSID, "ＳＨＯＰ－ＰＯＳ"),
        ("apostrophe", "Li's iPhone", "Li’s iPhone"),
        ("encoding", "店铺", "店铺".encode("gbk")),
        ("form", "café", b"cafe\xcc\x81"),
        ("several", SSID, "shop-pos "),
        ("look-alike", SSID, "SH0P-P0S"),
    )
] + [
    row(
        name="a similar name in an old scan",
        status=FAIL,
        code="wifi.name-mismatch",
        variant="case",
        site=SHOP,
        change=not_joined(ap("shop-pos"), fresh=False, why="no-rights"),
        facts={"actual": "shop-pos", "actual_hex": b"shop-pos".hex()},
    ),
    row(
        name="a neighbour with a similar name beside the right one",
        status=SKIP,
        code="skip.join-untried",
        site=SHOP,
        change=not_joined(ap(), ap("shop-pos")),
    ),
]


def mismatch(
    name: str, variant: str, at: Site, status: Any = FAIL, **offer: Any
) -> Case:
    return row(
        name=name,
        status=status,
        code="wifi.security-mismatch",
        variant=variant,
        site=at,
        change=offering(**offer),
    )


NO_KEY: dict[str, Any] = {"protocols": ("open",), "akms": (), "ciphers": ()}
SAE: dict[str, Any] = {"akms": ("sae",), "pmf": "required"}
DOT1X: dict[str, Any] = {"akms": ("802.1x",)}
SECURITY = [
    mismatch("WPA3 alone", "wpa3-only", WPA2, **SAE),
    mismatch("WPA3 alone, terminal unknown", "wpa3-only", SHOP, WARN, **SAE),
    mismatch("PMF required", "pmf", WPA2, pmf="required"),
    mismatch(
        "PMF required in transition", "pmf", WPA2, **{**SAE, "akms": ("psk", "sae")}
    ),
    mismatch("SHA-256 keys alone", "pmf", WPA2, akms=("psk-sha256",)),
    mismatch("TKIP alone", "tkip", WPA2, ciphers=("tkip",)),
    mismatch("WPA of 2003", "tkip", WPA2, protocols=("wpa",), ciphers=("tkip",)),
    mismatch(
        "WEP for a WPA2 terminal", "wep", WPA2, **{**NO_KEY, "protocols": ("wep",)}
    ),
    mismatch("open, with a passphrase", "open", SHOP, **NO_KEY),
    mismatch("open for a WPA2 terminal", "open", WPA2, **NO_KEY),
    mismatch(
        "a passphrase for an open profile",
        "protected",
        wifi(passphrase=None, security="open"),
    ),
    mismatch("802.1X", "enterprise", SHOP, **DOT1X),
    mismatch(
        "802.1X, no passphrase", "enterprise", wifi(passphrase=None), WARN, **DOT1X
    ),
    mismatch("WPA2 for a WPA3 terminal", "wpa2-only", wifi(security="wpa3")),
    row(
        name="the laptop is joined to WPA3",
        status=FAIL,
        code="wifi.security-mismatch",
        variant="wpa3-only",
        site=WPA2,
        change={**wireless(), **scanned(ap(**SAE))},
    ),
    row(
        name="the laptop joins WPA3 in the test",
        status=WARN,
        code="wifi.security-mismatch",
        variant="wpa3-only",
        site=SHOP,
        consent=JOIN,
        change={
            **trial(IN, lease="ok", address="192.168.1.9/24"),
            **scanned(ap(**SAE)),
        },
    ),
]


def form(name: str, text: str, variant: str, flaw: str) -> Case:
    return row(
        name=name,
        status=FAIL,
        code="wifi.wrong-passphrase",
        variant=variant,
        site=wifi(passphrase=Secret(text)),
        change=UNJOINED,
        facts={"flaws": (flaw,)},
    )


FORM = [
    form("too short", "1234567", "length", "short"),
    form("too long", "g" * 64, "length", "long"),
    form("full-width", "ｐassword", "signs", "full-width"),
    form("curly quote", "it’s-secret", "signs", "quote"),
    row(
        name="form without an adapter",
        status=FAIL,
        code="wifi.wrong-passphrase",
        variant="length",
        site=wifi(passphrase=Secret("1234567")),
    ),
    row(
        name="WPA3 takes any text",
        status=SKIP,
        code="skip.join-untried",
        site=wifi(passphrase=Secret("短密码"), security="wpa3"),
        change=offering(**SAE),
    ),
    row(
        name="a short key of a WPA3 network",
        status=WARN,
        code="wifi.security-mismatch",
        variant="wpa3-only",
        site=wifi(passphrase=Secret("secret")),
        change=offering(**SAE),
    ),
]

CAPTURES = [
    row(
        name="terminal has another passphrase",
        status=FAIL,
        code="wifi.terminal-wrong-passphrase",
        site=CAPTURED,
        change=captured(WRONG),
        facts={"station": POS, "messages": "11/10/0/0", "elsewhere": None},
    ),
    row(
        name="the same, and this machine gets in",
        status=FAIL,
        code="wifi.terminal-wrong-passphrase",
        site=CAPTURED,
        consent=JOIN,
        change={
            **captured(WRONG),
            JoinWifi: replace(JOINED, former=b"HOME".hex(), after="lost"),
        },
        facts={"station": POS, "elsewhere": True, "note": "wifi-lost"},
    ),
    row(
        name="the same, and this machine is in",
        status=FAIL,
        code="wifi.terminal-wrong-passphrase",
        site=CAPTURED,
        change={**wireless(), ReadHandshakes: Handshakes((WRONG,))},
        facts={"station": POS, "elsewhere": True},
    ),
    row(
        name="WPA3 refuses the terminal",
        status=FAIL,
        code="wifi.terminal-wrong-passphrase",
        variant="sae",
        site=CAPTURED,
        change=captured(four(None, akm="sae", why="sae", refused=(15,))),
    ),
    row(
        name="got in with another",
        status=WARN,
        code="wifi.terminal-wrong-passphrase",
        variant="profile",
        site=CAPTURED,
        change=captured(four(False, 1, 1, 1, 1, completed=True)),
        facts={"station": POS},
    ),
    row(
        name="one that never matches beside one that does",
        status=FAIL,
        code="wifi.terminal-wrong-passphrase",
        site=CAPTURED,
        change=captured(four(True, 1, 1, 1, 1, station="02:09", completed=True), WRONG),
        facts={"station": POS},
    ),
    row(
        name="mistyped once, right then",
        status=OK,
        code="",
        variant="capture",
        site=CAPTURED,
        change=captured(WRONG, RIGHT),
        facts={"capture": "right"},
    ),
    row(
        name="no adapter, capture right",
        status=OK,
        code="",
        variant="capture",
        site=CAPTURED,
        change={ReadHandshakes: Handshakes((RIGHT,))},
    ),
    row(
        name="no adapter, capture wrong",
        status=FAIL,
        code="wifi.terminal-wrong-passphrase",
        site=CAPTURED,
        change={ReadHandshakes: Handshakes((WRONG,))},
    ),
    row(
        name="no adapter, capture broken",
        status=FAIL,
        code="wifi.weak-signal",
        variant="message4",
        site=CAPTURED,
        change={ReadHandshakes: Handshakes((LOST_4,))},
    ),
    row(
        name="no scan, capture right",
        status=OK,
        code="",
        variant="capture",
        site=CAPTURED,
        change={**captured(RIGHT), ScanWifi: Unknown("no-rights")},
    ),
    row(
        name="message 2 lost",
        status=FAIL,
        code="wifi.weak-signal",
        variant="message2",
        site=CAPTURED,
        change=captured(LOST_2),
        facts={"messages": "11/11/0/0"},
        rivals=("wifi.wrong-passphrase",),
    ),
    row(
        name="message 2 lost, this machine joins",
        status=FAIL,
        code="wifi.weak-signal",
        variant="message2",
        site=CAPTURED,
        consent=JOIN,
        change=captured(LOST_2),
        rivals=("wifi.interference",),
    ),
    row(
        name="message 4 lost",
        status=FAIL,
        code="wifi.weak-signal",
        variant="message4",
        site=CAPTURED,
        change=captured(LOST_4),
    ),
    row(
        name="right by the capture, keys fail here",
        status=FAIL,
        code="wifi.weak-signal",
        variant="keys",
        site=CAPTURED,
        consent=JOIN,
        change={**twice(*KEY_FAILED), ReadHandshakes: Handshakes((RIGHT,))},
    ),
    row(
        name="the terminal is refused",
        status=FAIL,
        code="wifi.refused",
        variant="terminal",
        site=CAPTURED,
        change=captured(four(None, refused=(1,), why="no-pair")),
        facts={"station": POS},
    ),
    row(
        name="the terminal meets a full network",
        status=FAIL,
        code="wifi.full",
        variant="terminal",
        site=CAPTURED,
        change=captured(four(None, refused=(17,), why="no-pair")),
    ),
    row(
        name="message 2 never seen",
        status=SKIP,
        code="skip.capture-no-pair",
        site=CAPTURED,
        change=captured(four(None, 3, 0, 0, 0, why="no-pair")),
        facts={"capture": "unknown", "capture_why": "no-pair"},
    ),
    row(
        name="handshake of another network",
        status=SKIP,
        code="skip.capture-other-network",
        site=CAPTURED,
        change=captured(four(False, 1, 1, ssid=b"OTHER".hex())),
        facts={"capture_why": "other-network", "ssid": "SHOP-POS"},
    ),
    row(
        name="other networks alone in the capture",
        status=SKIP,
        code="skip.capture-other-network",
        site=CAPTURED,
        change=captured(others=3),
    ),
    row(
        name="nothing in the capture",
        status=SKIP,
        code="skip.capture-no-handshake",
        site=CAPTURED,
        change=captured(),
        facts={"capture_why": "no-handshake"},
    ),
    row(
        name="a capture that cannot be read",
        status=SKIP,
        code="skip.capture-unreadable",
        site=CAPTURED,
        change={**UNJOINED, ReadHandshakes: Unknown("trouble", "no pcap")},
        facts={"capture_why": "unreadable"},
    ),
    row(
        name="completed, but not to be checked",
        status=SKIP,
        code="skip.capture-no-passphrase",
        site=CAPTURED,
        change=captured(four(None, 1, 1, 1, 1, completed=True, why="no-passphrase")),
        facts={"capture_why": "no-passphrase"},
    ),
    row(
        name="WPA3 cannot be checked, also where this machine joins",
        status=SKIP,
        code="skip.capture-sae",
        site=CAPTURED,
        consent=JOIN,
        change=captured(four(None, 1, 1, 1, 1, akm="sae", completed=True, why="sae")),
    ),
    row(
        name="a capture without use, also where this machine is in",
        status=SKIP,
        code="skip.capture-no-handshake",
        site=CAPTURED,
        change={**wireless(), ReadHandshakes: Handshakes(())},
    ),
    row(
        name="message 3 for another passphrase",
        status=WARN,
        code="wifi.terminal-wrong-passphrase",
        variant="profile",
        site=CAPTURED,
        change=captured(four(False, 1, 1, 1, 0, accepted=True)),
    ),
    row(
        name="message 3, then the file ends",
        status=OK,
        code="",
        variant="capture",
        site=CAPTURED,
        change=captured(four(True, 1, 1, 1, 0, accepted=True)),
    ),
    row(
        name="message 2, then the file ends",
        status=SKIP,
        code="skip.capture-unfinished",
        site=CAPTURED,
        change=captured(four(True, 1, 1, 0, 0)),
    ),
    row(
        name="message 2 with the access point's own PMKID, then the file ends",
        status=OK,
        code="",
        variant="capture",
        site=CAPTURED,
        change=captured(four(True, 1, 1, 0, 0, pmkid=True)),
    ),
    row(
        name="another station got in with it, this one is unclear",
        status=OK,
        code="",
        variant="capture-several",
        site=CAPTURED,
        change=captured(RIGHT, four(None, 1, 0, 1, station="02:09", why="no-pair")),
    ),
    row(
        name="another station got in with another passphrase",
        status=WARN,
        code="wifi.terminal-wrong-passphrase",
        variant="profile",
        site=CAPTURED,
        change=captured(
            WRONG, four(False, 1, 1, 1, 1, station="02:09", completed=True)
        ),
    ),
    row(
        name="a PMKID of this passphrase",
        status=OK,
        code="",
        variant="capture-pmkid",
        site=CAPTURED,
        change=captured(four(None, 8, 0, 0, 0, why="no-pair", pmkid=True)),
    ),
    row(
        name="a PMKID of another passphrase",
        status=WARN,
        code="wifi.wrong-passphrase",
        variant="pmkid",
        site=CAPTURED,
        change=captured(four(None, 8, 0, 0, 0, why="no-pair", pmkid=False)),
        facts={"station": POS, "bssid": BSSID},
    ),
    row(
        name="a PMKID of this passphrase, and the terminal has another",
        status=FAIL,
        code="wifi.terminal-wrong-passphrase",
        site=CAPTURED,
        change=captured(replace(WRONG, pmkid=True)),
    ),
    row(
        name="the terminal is turned away for want of PMF",
        status=FAIL,
        code="wifi.security-mismatch",
        variant="terminal",
        site=CAPTURED,
        change=captured(four(None, refused=(31, 31), why="no-pair")),
        facts={"station": POS, "refused": (31, 31)},
    ),
    row(
        name="the terminal is disconnected for its cipher",
        status=FAIL,
        code="wifi.security-mismatch",
        variant="terminal",
        site=CAPTURED,
        change=captured(four(None, 1, codes=(18,), why="no-pair")),
    ),
]


def joins(
    name: str, code: str, variant: str = "", at: Site = SHOP, **more: Any
) -> Case:
    """A join test that fails."""
    return row(
        name=name,
        status=FAIL,
        code=code,
        variant=variant,
        site=at,
        consent=JOIN,
        **more,
    )


WEP = scanned(ap(protocols=("wep",), akms=(), ciphers=()))
WEP_SHOP = wifi(passphrase=Secret("abcde"))
LIKELY = ("wifi.weak-signal", "wifi.interference")
JOINS = [
    row(
        name="right passphrase",
        status=OK,
        code="",
        variant="tried",
        site=SHOP,
        consent=JOIN,
        change=UNJOINED,
        facts={"address": "192.168.1.50/24", "after": "held"},
    ),
    row(
        name="right passphrase, no client for DHCP",
        status=OK,
        code="",
        variant="tried-keys",
        site=SHOP,
        consent=JOIN,
        change=trial(IN, lease="untried"),
    ),
    row(
        name="the former network did not come back",
        status=OK,
        code="",
        variant="tried",
        site=SHOP,
        consent=JOIN,
        change=trial(
            IN, lease="ok", address="192.168.1.9/24", after="lost", former=b"HOME".hex()
        ),
        facts={"note": "wifi-lost", "former": "HOME"},
    ),
    row(
        name="an old scan does not stop the test",
        status=OK,
        code="",
        variant="tried",
        site=SHOP,
        consent=JOIN,
        change=not_joined(fresh=False, why="no-rights"),
    ),
    row(
        name="an open network is joined without a passphrase",
        status=OK,
        code="",
        variant="tried",
        site=wifi(passphrase=None, security="open"),
        consent=JOIN,
        change=offering(**NO_KEY),
    ),
    row(
        name="nothing to join with",
        status=SKIP,
        code="skip.no-passphrase",
        site=wifi(passphrase=None),
        consent=JOIN,
        change=UNJOINED,
    ),
    row(
        name="no rights to join",
        status=SKIP,
        code="skip.no-rights",
        site=SHOP,
        consent=JOIN,
        change={**UNJOINED, JoinWifi: Unknown("no-rights", "sudo posdiag run")},
        facts={"hint": "sudo posdiag run"},
    ),
    row(
        name="no rights to join, but joined",
        status=OK,
        code="",
        variant="joined",
        site=SHOP,
        consent=JOIN,
        change={**wireless(), JoinWifi: Unknown("no-rights")},
    ),
    joins(
        name="wrong passphrase",
        code="wifi.wrong-passphrase",
        change=twice(*KEY_FAILED),
        facts={"said": "reason 15", "answer": 15, "attempts": 2, "elsewhere": None},
        rivals=LIKELY,
    ),
    joins(
        name="wrong passphrase, reported by the kernel alone",
        code="wifi.wrong-passphrase",
        change=twice(*KERNEL_ONLY),
        rivals=LIKELY,
    ),
    joins(
        name="wrong passphrase, one try",
        code="wifi.wrong-passphrase",
        variant="likely",
        change=trial(attempt(*KEY_FAILED)),
        rivals=LIKELY,
    ),
    joins(
        name="wrong passphrase, frames not counted",
        code="wifi.wrong-passphrase",
        variant="likely",
        change=twice(*KEY_FAILED, sent=None, retries=None, failed=None),
        rivals=LIKELY,
    ),
    joins(
        name="wrong passphrase of a phone",
        code="wifi.wrong-passphrase",
        variant="hotspot",
        at=HOTSPOT,
        change=twice(*KEY_FAILED),
    ),
    joins(
        name="a space at the end",
        code="wifi.wrong-passphrase",
        variant="blank",
        at=wifi(passphrase=Secret("correct-horse ")),
        change=twice(*KEY_FAILED),
    ),
    joins(
        name="key frames lost on a weak link",
        code="wifi.weak-signal",
        variant="keys",
        change=twice(*KEY_FAILED, signal=-78.0),
        rivals=("wifi.wrong-passphrase", "wifi.interference"),
    ),
    joins(
        name="key frames lost on a strong link",
        code="wifi.weak-signal",
        variant="keys",
        change=twice(*KEY_FAILED, retries=25, failed=8),
        facts={"failed_frames": 16},
    ),
    joins(
        name="many frames sent again",
        code="wifi.weak-signal",
        variant="keys",
        change=twice(*KEY_FAILED, retries=12),
        facts={"retry_ratio": 0.4},
    ),
    joins(
        name="a few frames sent again are chance",
        code="wifi.wrong-passphrase",
        change=twice(*KEY_FAILED, sent=8, retries=3),
        facts={"retry_ratio": 0.375},
    ),
    joins(
        name="associated, no key handshake",
        code="wifi.weak-signal",
        variant="unheard",
        change=twice(ASSOCIATED, sent=None, retries=None, failed=None),
        rivals=("wifi.wrong-passphrase", "wifi.interference"),
    ),
    joins(
        name="deauthenticated with another reason",
        code="wifi.wrong-passphrase",
        variant="likely",
        change=trial(attempt(ASSOCIATED, event("disconnected", 2))),
        facts={"said": "4-way handshake"},
    ),
    joins(
        name="WPA3 wrong password",
        code="wifi.wrong-passphrase",
        variant="sae",
        change={**twice(rejected(1, 3)), **scanned(ap(**SAE))},
        facts={"said": "status 1"},
        rivals=(),
    ),
    joins(
        name="WPA3 wrong password, algorithm unknown",
        code="wifi.wrong-passphrase",
        variant="sae",
        change={**twice(rejected(15, None, source="kernel")), **scanned(ap(**SAE))},
    ),
    joins(
        name="WPA3 turns the address away",
        code="wifi.refused",
        change={
            **twice(rejected(1, 3, detail="auth_transaction=1")),
            **scanned(ap(**SAE)),
        },
    ),
    joins(
        name="WEP challenge not met",
        code="wifi.wrong-passphrase",
        variant="wep",
        at=WEP_SHOP,
        change={**twice(rejected(15, 1)), **WEP},
    ),
    joins(
        name="WEP joined, nothing passes",
        code="wifi.wrong-passphrase",
        variant="wep",
        at=WEP_SHOP,
        change={**trial(IN, lease="none"), **WEP},
        rivals=("wifi.no-lease",),
    ),
    joins(
        name="WEP challenge, algorithm unknown",
        code="wifi.wrong-passphrase",
        variant="wep",
        at=WEP_SHOP,
        change={**twice(rejected(15, None)), **WEP},
    ),
    joins(
        name="address refused",
        code="wifi.refused",
        change=twice(rejected(1)),
        rivals=("wifi.full",),
    ),
    joins(
        name="association refused",
        code="wifi.refused",
        change=twice(event("assoc-rejected", 12)),
    ),
    joins(
        name="no answer at a good signal",
        code="wifi.refused",
        variant="silent",
        change=twice(event("auth-timeout")),
    ),
    joins(
        name="no answer at a weak signal",
        code="wifi.weak-signal",
        variant="silent",
        change=twice(event("auth-timeout"), signal=-80.0),
    ),
    joins(
        name="no answer, and frames are acknowledged",
        code="wifi.refused",
        variant="silent",
        change=twice(event("auth-timeout"), sent=3, retries=1),
        rivals=("wifi.full", "wifi.weak-signal"),
    ),
    joins(
        name="no answer, and frames are not acknowledged",
        code="wifi.weak-signal",
        variant="unheard",
        change=twice(event("auth-timeout"), sent=3, retries=4),
        rivals=("wifi.refused", "wifi.full"),
    ),
    joins(
        name="authenticated, then no answer",
        code="wifi.weak-signal",
        variant="unheard",
        change=twice(
            event("authenticated"), event("assoc-timeout"), sent=None, retries=None
        ),
    ),
    joins(name="full", code="wifi.full", change=twice(rejected(17)), rivals=()),
    joins(
        name="full phone",
        code="wifi.full",
        variant="hotspot",
        at=HOTSPOT,
        change=twice(rejected(17)),
    ),
    joins(
        name="the access point reports that it is busy",
        code="wifi.full",
        change=twice(ASSOCIATED, event("disconnected", 5)),
        rivals=("wifi.refused",),
    ),
    joins(
        name="refused for a weak signal",
        code="wifi.weak-signal",
        variant="refused",
        change=twice(event("assoc-rejected", 34)),
    ),
    joins(
        name="dropped for frames not acknowledged",
        code="wifi.weak-signal",
        variant="refused",
        change=twice(ASSOCIATED, event("disconnected", 34)),
    ),
    joins(
        name="beacons lost", code="wifi.weak-signal", change=twice(event("beacon-loss"))
    ),
    joins(
        name="cipher refused",
        code="wifi.security-mismatch",
        variant="refused",
        change=twice(event("assoc-rejected", 43)),
    ),
    joins(
        name="elements differ, found here",
        code="wifi.security-mismatch",
        variant="refused",
        change=twice(ASSOCIATED, event("disconnected", 17, local=True)),
    ),
    joins(
        name="PMF is missing",
        code="wifi.security-mismatch",
        variant="refused",
        change=twice(event("assoc-rejected", 31), rejected(1)),
    ),
    joins(
        name="SAE by hash-to-element is refused",
        code="wifi.security-mismatch",
        variant="refused",
        change={**twice(rejected(126, 3)), **scanned(ap(**SAE))},
    ),
    joins(
        name="reason 2 where PMF is required",
        code="wifi.security-mismatch",
        variant="refused",
        change={
            **twice(ASSOCIATED, event("disconnected", 2), event("key-suspected")),
            **scanned(ap(akms=("psk-sha256",), pmf="required")),
        },
        at=wifi(security="wpa2-wpa3"),
        facts={"said": "reason 2"},
        rivals=("wifi.wrong-passphrase",),
    ),
    joins(
        name="reason 2 in WPA2 and WPA3 mode",
        code="wifi.security-mismatch",
        variant="refused",
        change={
            **twice(event("disconnected", 2)),
            **scanned(ap(akms=("psk", "sae"), pmf="capable")),
        },
    ),
    row(
        name="status 16 by the driver alone says nothing",
        status=SKIP,
        code="skip.join-driver",
        site=SHOP,
        consent=JOIN,
        change=twice(
            event("assoc-rejected", 16, source="kernel", framed=False),
            event("assoc-rejected", 16),
            signal=-45.0,
        ),
        facts={"answer": 16},
    ),
    row(
        name="status 16 by the supplicant alone says nothing",
        status=SKIP,
        code="skip.join-driver",
        site=SHOP,
        consent=JOIN,
        change=twice(event("assoc-rejected", 16), signal=-45.0),
    ),
    joins(
        name="status 16 by the driver alone on a weak link",
        code="wifi.weak-signal",
        variant="silent",
        change=twice(event("assoc-rejected", 16, framed=False), signal=-84.0),
        rivals=("wifi.refused", "wifi.wrong-passphrase"),
    ),
    joins(
        name="status 16 in the access point's own frame",
        code="wifi.weak-signal",
        variant="refused",
        change=twice(
            event("assoc-rejected", 16, source="kernel", framed=True),
            event("assoc-rejected", 16),
        ),
    ),
    joins(
        name="refused by the driver's word",
        code="wifi.security-mismatch",
        variant="refused",
        change=twice(event("assoc-rejected", 43, source="kernel", framed=False)),
        rivals=("wifi.wrong-passphrase",),
    ),
    row(
        name="iwd manages the adapter",
        status=SKIP,
        code="skip.iwd",
        site=SHOP,
        consent=JOIN,
        change={**UNJOINED, JoinWifi: Unknown("iwd")},
    ),
    joins(
        name="only newer standards",
        code="wifi.security-mismatch",
        variant="old",
        change=twice(event("assoc-rejected", 104)),
    ),
    joins(
        name="gone when it was to be joined",
        code="wifi.not-found",
        variant="gone",
        change=twice(event("not-found")),
    ),
    joins(
        name="gone, and weak before",
        code="wifi.weak-signal",
        variant="silent",
        change=twice(event("not-found"), signal=-84.0),
    ),
    joins(
        name="not found, and no scan to go by",
        code="wifi.not-found",
        change={**twice(event("not-found"), signal=None), **scanned(fresh=False)},
    ),
    joins(
        name="a phone not found, and no scan to go by",
        code="wifi.not-found",
        variant="hotspot",
        at=HOTSPOT,
        change={**twice(event("not-found"), signal=None), **scanned(fresh=False)},
    ),
    joins(
        name="no address",
        code="wifi.no-lease",
        change=trial(IN, lease="none", lease_seconds=12.0),
        facts={"lease_seconds": 12.0},
    ),
    joins(
        name="no address from a phone",
        code="wifi.no-lease",
        variant="hotspot",
        at=HOTSPOT,
        change=trial(IN, lease="none", lease_seconds=12.0),
    ),
    joins(
        name="no address on a weak uplink",
        code="wifi.weak-signal",
        variant="lease",
        change=trial(
            attempt(ASSOCIATED, event("connected"), outcome="joined", failed=9),
            lease="none",
        ),
        rivals=("wifi.no-lease",),
    ),
    joins(
        name="no address and dropped again",
        code="wifi.weak-signal",
        variant="lease",
        change=trial(
            attempt(event("connected"), event("disconnected", 7), outcome="joined"),
            lease="none",
        ),
    ),
    row(
        name="only the manager reports a failure",
        status=SKIP,
        code="skip.join-untold",
        site=SHOP,
        consent=JOIN,
        change=twice(event("given-up", source="manager", detail="no-secrets")),
    ),
    row(
        name="only the manager reports a failure, weak signal",
        status=FAIL,
        code="wifi.weak-signal",
        variant="silent",
        site=SHOP,
        consent=JOIN,
        change=twice(event("given-up", source="manager"), signal=-80.0),
    ),
    row(
        name="the capture decides where no reason is reported",
        status=FAIL,
        code="wifi.weak-signal",
        variant="message2",
        site=CAPTURED,
        consent=JOIN,
        change={**trial(attempt()), ReadHandshakes: Handshakes((LOST_2,))},
    ),
]

CASES = [*APPLIES, *FOUND, *ABSENT, *NAMES, *SECURITY, *FORM, *CAPTURES, *JOINS]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_wifi_credentials(case: Case) -> None:
    case.verify()


# -- confidence -----------------------------------------------------------------------


def joined_with(change: Answers, at: Site = SHOP) -> Finding:
    return probe(
        Case("", FAIL, check=wifi_credentials, site=at, change=change, consent=JOIN)
    )


@pytest.mark.parametrize(
    ("events", "measured", "confidence"),
    [
        (KEY_FAILED, {}, 0.8),
        (KEY_FAILED, {"signal": -70.0}, 0.8),
        (KEY_FAILED, {"signal": None}, 0.8),
        (KEY_FAILED, {"sent": None, "retries": None, "failed": None}, 0.6),
        ((ASSOCIATED,), {}, 0.6),
        ((rejected(1, 3),), {}, 0.95),
    ],
)
def test_a_wrong_passphrase_is_as_certain_as_the_link_is_good(
    events: tuple[WifiEvent, ...], measured: dict[str, Any], confidence: float
) -> None:
    found = joined_with(twice(*events, **measured))

    assert (found.code, found.confidence) == ("wifi.wrong-passphrase", confidence)


@pytest.mark.parametrize("signal", [-71.0, -80.0, -90.0])
@pytest.mark.parametrize("failed", [0, 3, 40])
def test_lost_key_frames_never_prove_a_wrong_passphrase(
    signal: float, failed: int
) -> None:
    found = joined_with(twice(*KEY_FAILED, signal=signal, failed=failed))

    assert found.code == "wifi.weak-signal"
    assert found.rivals[0] == "wifi.wrong-passphrase"


def test_only_a_capture_is_certain() -> None:
    alone = probe(
        Case("", FAIL, check=wifi_credentials, site=CAPTURED, change=captured(WRONG))
    )

    assert alone.confidence == 0.99
    assert all(
        c.found.confidence <= 0.95
        for c in JOINS
        if c.found.code == "wifi.wrong-passphrase"
    )


# -- questions ------------------------------------------------------------------------


def asked(kind: Any, at: Site, change: Answers, answer: Any) -> list[Any]:
    """The questions of one kind that the check asks."""
    questions: list[Any] = []

    def answered(question: Any) -> Any:
        questions.append(question)
        return answer

    joined_with({**change, kind: answered}, at)
    return questions


def test_the_test_joins_as_the_terminal_would() -> None:
    at = wifi(security="wpa2", hidden=True)

    (join,) = asked(JoinWifi, at, UNJOINED, JOINED)

    wanted = ("wlan0", SSID.encode().hex(), "wpa2", True, Secret(PASSPHRASE))
    got = (join.interface, join.ssid, join.security, join.hidden, join.passphrase)
    assert got == wanted


def test_a_network_that_the_scan_shows_as_hidden_is_joined_as_hidden() -> None:
    (join,) = asked(JoinWifi, SHOP, not_joined(ap(), ap("")), JOINED)

    assert (join.hidden, join.security) == (True, "")


def test_wep_is_joined_as_wep() -> None:
    (join,) = asked(JoinWifi, WEP_SHOP, {**UNJOINED, **WEP}, JOINED)

    assert join.security == "wep"


@pytest.mark.parametrize(
    ("at", "change"),
    [
        (SHOP, not_joined()),
        (SHOP, not_joined(ap("shop-pos"))),
        (WPA2, offering(**SAE)),
        (SHOP, {**UNJOINED, AskRadio: Radio("wlan0", blocked="hard")}),
        (wifi(passphrase=Secret("short")), UNJOINED),
        (site(), wireless()),
    ],
)
def test_no_join_is_tried_where_the_result_is_known(at: Site, change: Answers) -> None:
    assert asked(JoinWifi, at, change, JOINED) == []


def test_nothing_is_joined_without_consent() -> None:
    joins: list[Any] = []
    change = {**UNJOINED, JoinWifi: joins.append}

    probe(Case("", OK, check=wifi_credentials, site=SHOP, change=change))

    assert joins == []


def test_the_scan_probes_for_the_ssid_of_the_profile() -> None:
    scans = asked(ScanWifi, SHOP, UNJOINED, WifiScan((ap(),)))

    assert [(s.ssid, s.series) for s in scans] == [(SSID.encode().hex(), "")]


def test_the_adapter_of_the_profile_is_used() -> None:
    two = ports(port("wlan0", kind="wifi"), port("wlan1", "", kind="wifi"))
    named = site(connection=Connection(kind="wifi", interface="wlan1"), wifi=SHOP.wifi)
    change = {**wireless(), AskInterfaces: two}

    scans = asked(ScanWifi, named, change, WifiScan((ap(),)))

    assert [s.interface for s in scans] == ["wlan1"]


# -- what it means for the run --------------------------------------------------------


def test_the_passphrase_is_in_no_finding() -> None:
    for case in CASES:
        secret = case.site.wifi.passphrase
        if secret is not None:
            assert secret.reveal() not in repr(case.found), case.name


def test_a_wifi_that_is_not_there_explains_the_rest() -> None:
    _, ranked, verdict = diagnose(not_joined(ap("NEIGHBOUR")), SHOP)

    assert [c.id for c in ranked] == ["wifi.not-found"]
    assert "link.down" in ranked[0].explains
    assert verdict == "broken"


def test_a_wifi_that_this_machine_does_not_use_explains_nothing_here() -> None:
    both = ports(port(carrier=False), port("wlan0", "", kind="wifi", carrier=False))
    named = site(connection=Connection(interface="eth0"), wifi=SHOP.wifi)
    change = {AskInterfaces: both, AskRoutes: ways(), AskWifiLink: OFF_AIR, **scanned()}

    _, ranked, _ = diagnose(change, named)

    assert [c.id for c in ranked] == ["link.down", "wifi.not-found"]


def test_a_payment_from_here_does_not_clear_the_terminal() -> None:
    wrong = {**wireless(), ReadHandshakes: Handshakes((WRONG,))}

    _, ranked, verdict = diagnose(wrong, CAPTURED)

    assert [(c.id, str(c.severity)) for c in ranked] == [
        ("wifi.terminal-wrong-passphrase", "broken")
    ]
    assert (verdict, ranked[0].against) == ("broken", ())


def test_a_machine_that_is_not_joined_is_no_fault_beside_the_terminals() -> None:
    _, ranked, _ = diagnose(captured(WRONG), CAPTURED)

    assert [c.id for c in ranked] == ["wifi.terminal-wrong-passphrase"]
    assert "link.down" in ranked[0].explains


def test_joined_to_another_network_the_fault_is_elsewhere() -> None:
    change = {**wireless(), AskWifiLink: on_air("HOME"), **scanned(ap("HOME"))}
    found = probe(Case("", FAIL, check=wifi_credentials, site=SHOP, change=change))

    assert (found.code, found.elsewhere) == ("wifi.not-found", True)
