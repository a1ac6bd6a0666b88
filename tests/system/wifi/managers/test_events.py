"""What wpa_supplicant and NetworkManager say, and when a try to join is over."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dot11.psk import pairwise_master_key
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import EventKind, WifiEvent
from posdiag.model.site import Secret
from posdiag.system.core.codec import encode
from posdiag.system.wifi.join.by_supplicant import parse_scan_results, unescape
from posdiag.system.wifi.join.request import (
    from_json,
    manager_secret,
    manager_security,
    supplicant_network,
    to_json,
    usable,
    with_security,
)
from posdiag.system.wifi.managers.events import (
    EventLog,
    SeenNetwork,
    disconnected_by_ap,
    outcome_of,
    relevant,
)
from posdiag.system.wifi.managers.networkmanager import access_point
from posdiag.system.wifi.managers.supplicant_dbus import PropertyMonitor
from posdiag.system.wifi.managers.supplicant_socket import (
    control_path,
    parse_event,
    parse_networks,
    parse_pairs,
)
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.link import RETRIES, SENT
from posdiag.system.wifi.nl80211.station import Sample, Station, summary
from posdiag.system.wifi.nl80211.transport import Message, attribute

AP = "02:00:00:00:01:00"
NOBODY: Any = None  # a bus that is not used
# As wpa_supplicant 2.10 said it in the Wi-Fi lab.
SAID = [
    ("<3>SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='SHOP-POS')", None),
    (f"<3>Associated with {AP}", WifiEvent(1.0, "associated", "supplicant", AP)),
    (
        f"<3>CTRL-EVENT-DISCONNECTED bssid={AP} reason=15",
        WifiEvent(
            seconds=1.0, kind="disconnected", source="supplicant", bssid=AP, code=15
        ),
    ),
    (
        f"<3>CTRL-EVENT-DISCONNECTED bssid={AP} reason=4 locally_generated=1",
        WifiEvent(
            seconds=1.0,
            kind="disconnected",
            source="supplicant",
            bssid=AP,
            code=4,
            local=True,
        ),
    ),
    ("<3>WPA: 4-Way Handshake failed - pre-shared key may be incorrect", None),
    (
        '<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="SHOP-POS" auth_failures=1 '
        "duration=10 reason=WRONG_KEY",
        WifiEvent(1.0, "key-suspected", "supplicant", detail="WRONG_KEY"),
    ),
    (
        '<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="x reason=WRONG_KEY" '
        "auth_failures=1 duration=10 reason=CONN_FAILED",
        WifiEvent(1.0, "given-up", "supplicant", detail="CONN_FAILED"),
    ),
    (
        f"IFNAME=wlan0 <3>CTRL-EVENT-AUTH-REJECT {AP} auth_type=0 "
        "auth_transaction=2 status_code=17",
        WifiEvent(
            seconds=1.0,
            kind="auth-rejected",
            source="supplicant",
            bssid=AP,
            code=17,
            algorithm=0,
        ),
    ),
    (
        f"<3>CTRL-EVENT-AUTH-REJECT {AP} auth_type=3 auth_transaction=2 status_code=1",
        WifiEvent(
            seconds=1.0,
            kind="auth-rejected",
            source="supplicant",
            bssid=AP,
            code=1,
            algorithm=3,
        ),
    ),
    (
        f"<3>CTRL-EVENT-ASSOC-REJECT bssid={AP} status_code=34",
        WifiEvent(
            seconds=1.0, kind="assoc-rejected", source="supplicant", bssid=AP, code=34
        ),
    ),
    (
        f"<3>CTRL-EVENT-ASSOC-REJECT bssid={AP} status_code=16 timeout",
        WifiEvent(
            seconds=1.0, kind="assoc-timeout", source="supplicant", bssid=AP, code=16
        ),
    ),
    (
        f"<3>CTRL-EVENT-CONNECTED - Connection to {AP} completed [id=0 id_str=]",
        WifiEvent(1.0, "connected", "supplicant", AP),
    ),
    ("<3>CTRL-EVENT-NETWORK-NOT-FOUND ", WifiEvent(1.0, "not-found", "supplicant")),
    ("<3>CTRL-EVENT-BEACON-LOSS ", WifiEvent(1.0, "beacon-loss", "supplicant")),
    (
        "<3>CTRL-EVENT-SIGNAL-CHANGE above=0 signal=-81 noise=9999 txrate=1000",
        WifiEvent(1.0, "weaker", "supplicant"),
    ),
    ("<3>CTRL-EVENT-SIGNAL-CHANGE above=1 signal=-61 noise=9999 txrate=1000", None),
    ("<3>CTRL-EVENT-SCAN-RESULTS ", None),
    ("", None),
]


@pytest.mark.parametrize(("line", "expected"), SAID)
def test_a_line_of_wpa_supplicant_is_read(line: str, expected: WifiEvent) -> None:
    assert expected == parse_event(line, 1.0)


@given(st.text(max_size=300))
def test_any_line_is_read_or_left_alone(text: str) -> None:
    for line in (text, f"<3>CTRL-EVENT-DISCONNECTED {text}", f"<3>{text}"):
        event = parse_event(line, 1.0)
        assert event is None or len(event.detail) <= 40
    parse_networks(f"head\n{text}")
    parse_pairs(text)
    parse_scan_results(f"head\n{AP}\t{text}\t{text}\t{text}\t{text}", b"x")


@given(st.binary(max_size=32))
def test_a_name_that_wpa_supplicant_escapes_comes_back(name: bytes) -> None:
    plain = {0x22: '\\"', 0x5C: "\\\\", 0x1B: "\\e", 10: "\\n", 13: "\\r", 9: "\\t"}
    escaped = "".join(
        plain.get(b, chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in name
    )
    assert name == unescape(escaped)


def test_known_networks_are_read_with_their_flags() -> None:
    reply = (
        "network id / ssid / bssid / flags\n0\tHOME\tany\t[CURRENT]\n"
        "1\tOTHER\tany\t[DISABLED]\n2\ta [x]\tany\t[TEMP-DISABLED][P2P-PERSISTENT]\n"
    )
    expected = [
        (0, frozenset({"CURRENT"})),
        (1, frozenset({"DISABLED"})),
        (2, frozenset({"TEMP-DISABLED", "P2P-PERSISTENT"})),
    ]
    assert expected == parse_networks(reply)


def test_the_loudest_access_point_of_a_name_tells_what_is_offered() -> None:
    reply = (
        "bssid / frequency / signal level / flags / ssid\n"
        f"{AP}\t2437\t-60\t[WPA2-PSK-CCMP][ESS]\tSHOP\n"
        f"{AP}\t5180\t-50\t[WEP][ESS]\tSHOP\n"
        f"{AP}\t2412\t-20\t[ESS]\tHOME\n{AP}\tx\t-20\t[ESS]\tSHOP\n"
    )
    assert SeenNetwork("wep", -50.0, (2437, 5180)) == parse_scan_results(reply, b"SHOP")
    assert SeenNetwork() == parse_scan_results(reply, b"shop")


def test_an_access_point_of_networkmanager_is_read() -> None:
    values = {"Flags": 1, "WpaFlags": 0, "RsnFlags": 0x188, "Strength": 50}
    assert SeenNetwork("wpa", -70.0, (2437,)) == access_point(
        {**values, "Frequency": 2437}
    )
    wep = {**values, "RsnFlags": 0, "Frequency": 2412}
    assert SeenNetwork("wep", -70.0, (2412,)) == access_point(wep)
    assert access_point({**wep, "Flags": 0}).offers == "open"


def test_an_interface_without_a_control_socket_has_no_path(tmp_path: object) -> None:
    assert control_path("wlan0", (str(tmp_path), "/nowhere")) == ""


def told(
    seconds: float, kind: EventKind, code: int | None = None, local: bool = False
) -> WifiEvent:
    return WifiEvent(
        seconds=seconds,
        kind=kind,
        source="supplicant",
        bssid=AP,
        code=code,
        local=local,
    )


def test_a_try_that_got_its_keys_has_joined() -> None:
    events = [told(0.1, "associated"), told(0.2, "connected")]
    assert outcome_of(events, 0.2, 14) == "joined"


def test_the_kernel_alone_cannot_say_that_it_has_joined() -> None:
    assert None is outcome_of([WifiEvent(0.1, "connected", "kernel", AP)], 3, 14)


def test_a_suspected_key_ends_the_try() -> None:
    events = [told(0.1, "associated"), told(4, "disconnected", 15)]
    assert None is outcome_of(events, 4, 14)
    assert outcome_of([*events, told(4, "key-suspected")], 4, 14) == "failed"


def test_a_refusal_is_given_a_second_thought() -> None:
    events = [told(1, "auth-rejected", 1)]
    assert None is outcome_of(events, 2.5, 14)
    assert outcome_of(events, 3, 14) == "failed"


def test_an_access_point_that_asks_for_patience_is_given_it() -> None:
    events = [told(1, "assoc-rejected", 30)]
    assert None is outcome_of(events, 13, 14)
    assert outcome_of(events, 14, 14) == "failed"


def test_a_network_that_two_scans_do_not_find_is_silent() -> None:
    assert None is outcome_of([told(0.1, "not-found"), told(0.2, "not-found")], 1, 14)
    assert outcome_of([told(0.1, "not-found"), told(5, "not-found")], 5, 14) == "silent"


def test_the_farewell_to_the_former_network_is_no_failure() -> None:
    farewell = told(0.1, "disconnected", 3, local=True)
    assert outcome_of([farewell], 14, 14) == "silent"
    assert relevant([farewell]) == []


def test_a_handshake_that_this_machine_broke_off_says_nothing_of_the_key() -> None:
    events = [
        told(1, "associated"),
        told(2, "disconnected", 3, local=True),
        told(2, "key-suspected"),
    ]
    assert events[:2] == relevant(events)
    assert outcome_of(events, 2.5, 14) is None


def test_who_is_disconnected_after_all_was_complete_was_thrown_out() -> None:
    joined, lost = told(1, "connected"), told(5, "disconnected", 15)
    assert disconnected_by_ap([joined, lost])
    assert not disconnected_by_ap([told(0, "disconnected", 15), joined])
    assert not disconnected_by_ap([joined, told(5, "disconnected", 3, local=True)])


def request(passphrase: str = "right pass", security: Any = "wpa2") -> JoinWifi:
    secret = Secret(passphrase) if passphrase else None
    return JoinWifi("wlan0", b"SHOP".hex(), security, passphrase=secret)


@pytest.mark.parametrize("passphrase", ["right pass", ""])
def test_a_request_travels_as_json_and_shows_no_passphrase(passphrase: str) -> None:
    sent = request(passphrase)
    received = from_json(json.loads(json.dumps(to_json(sent))))
    assert sent == received
    assert "right pass" not in repr(received) + repr(encode(sent))


@pytest.mark.parametrize(
    ("passphrase", "security", "expected"),
    [
        ("1234567", "wpa2", False),
        ("12345678", "wpa2", True),
        ("x" * 64, "wpa2", False),
        ("ab" * 32, "wpa2", True),
        ("1", "wpa3", True),
        ("", "open", True),
        ("12345", "wep", True),
        ("123456", "wep", False),
        ("0123456789", "wep", True),
        ("a\0cdefgh", "wpa2", False),
    ],
)
def test_what_cannot_be_a_passphrase_is_not_tried(
    passphrase: str, security: str, expected: bool
) -> None:
    assert expected == usable(request(passphrase, security))


@pytest.mark.parametrize(
    ("passphrase", "offered", "expected"),
    [("", "wpa", "open"), ("x", "open", "open"), ("x", "wep", "wep"), ("x", "", "")],
)
def test_without_an_order_what_is_offered_decides(
    passphrase: str, offered: str, expected: str
) -> None:
    assert expected == with_security(request(passphrase, ""), offered).security


def test_a_wpa2_terminal_offers_nothing_but_wpa2() -> None:
    expected = {
        "ssid": "53484f50",
        "scan_ssid": "0",
        "proto": "RSN",
        "pairwise": "CCMP",
        "key_mgmt": "WPA-PSK",
        "ieee80211w": "0",
        "mem_only_psk": "1",
        "psk": '"right pass"',
    }
    assert expected == supplicant_network(request())


def test_what_may_not_stand_in_quotes_is_turned_into_the_key() -> None:
    network = supplicant_network(request('This"sApassword'))
    assert pairwise_master_key('This"sApassword', b"SHOP").hex() == network["psk"]
    assert network["mem_only_psk"] == "1"


def test_a_chinese_passphrase_for_sae_goes_as_octets() -> None:
    network = supplicant_network(request("密码密码", "wpa3"))
    assert "密码密码".encode().hex() == network["sae_password"]
    assert "psk" not in network


def test_the_profile_of_networkmanager_holds_no_secret() -> None:
    for security in ("wpa2", "wpa3", "wpa2-wpa3", "wep", ""):
        found = manager_security(request("12345678901234567890123456", security))
        assert found is not None
        flags = "wep-key-flags" if security == "wep" else "psk-flags"
        assert found[flags] == ("u", 1)
        assert "1234567890" not in str(found)
    assert None is manager_security(request("", "open"))


def test_the_secret_is_given_under_its_name() -> None:
    assert manager_secret(request()) == {"psk": "right pass"}
    assert manager_secret(request("abcde", "wep")) == {"wep-key0": "6162636465"}


FORMER, ANEW = Sample(0.0, -30, 900, 9, 0, b"A"), Sample(1.0, None, 1, 0, 0, b"A")
LATER = Sample(1.2, -80, 7, 5, 2, b"A"), Sample(1.4, -84, 7, 6, 2, b"A")
SEEN = {"signal": -82.0, "sent": 7, "retries": 6, "failed": 2}


@pytest.mark.parametrize(
    "before",
    [
        (FORMER,),
        (FORMER, FORMER._replace(seconds=0.8)),
        (FORMER._replace(address=b"B", sent=0),),
    ],
)
def test_only_what_was_seen_during_the_try_counts(before: tuple[Sample, ...]) -> None:
    samples = (*before, ANEW, *LATER)
    assert summary(samples, 0.5, 2.0) == SEEN
    assert summary(samples, 0.5, 1.1) == {"sent": 1, "retries": 0, "failed": 0}
    assert summary(samples, 5.0, 6.0) == {}


def test_a_station_that_was_gone_in_between_is_another() -> None:
    former = FORMER._replace(sent=0, retries=0)
    assert summary((former, *LATER), 0.5, 2.0) == {}
    again = LATER[0]._replace(continued=False)
    assert summary((former, again, LATER[1]), 0.5, 2.0) == SEEN
    assert summary((again, LATER[1]), 0.5, 2.0) == SEEN
    assert summary(LATER, 0.5, 2.0) == {}  # nobody knows since when it is there


def test_what_was_sent_to_all_stations_of_a_try_is_added_up() -> None:
    again = LATER[0]._replace(seconds=1.6, continued=False)
    found = summary((FORMER, ANEW, *LATER, again), 0.5, 2.0)
    assert found == {"signal": -80.0, "sent": 14, "retries": 11, "failed": 4}


class Told:
    """What the kernel has told of stations that are gone, to whom it may concern."""

    def __init__(self, *gone: tuple[int, int, int]) -> None:
        self.socket, self._gone = self, gone

    def recv(self, size: int) -> bytes:
        return bytes(size)

    def notifications(self, data: bytes) -> Iterator[Message]:
        for command, index, retries in self._gone:
            counts = attribute(SENT, 3) + attribute(RETRIES, retries)
            said = attribute(nl.IFINDEX, index) + attribute(nl.STA_INFO, counts)
            yield Message(0, 0, 0, bytes((command, 0, 0, 0)) + said)


def test_a_station_that_was_there_for_milliseconds_is_told_of() -> None:
    station = Station("wlan0", lambda: 1.0)
    former, other, at_work = (nl.DEL_STATION, 7, 1), (nl.DEL_STATION, 8, 9), (17, 7, 9)
    told: Any = Told(former, other, at_work, (nl.DEL_STATION, 7, 30))
    station.receive(told, 7)
    assert summary(station.samples, 0.5, 2.0) == {"sent": 3, "retries": 30}


def read_changes(*changes: Mapping[str, object]) -> list[tuple[object, ...]]:
    async def read() -> list[WifiEvent]:
        watch = PropertyMonitor(NOBODY, EventLog())
        return [event for change in changes for event in watch.read(dict(change), 1.0)]

    return [(e.kind, e.code, e.algorithm, e.local) for e in asyncio.run(read())]


def test_a_handshake_that_ends_in_a_disconnection_makes_the_key_suspected() -> None:
    expected = [
        ("associated", None, None, False),
        ("disconnected", 15, None, False),
        ("key-suspected", None, None, False),
    ]
    states = ({"State": "associated"}, {"State": "4way_handshake"})
    end = {"DisconnectReason": 15, "State": "disconnected"}
    assert expected == read_changes(*states, end)


def test_what_the_supplicant_ended_itself_leaves_the_key_in_honour() -> None:
    end = {"DisconnectReason": -4, "State": "disconnected"}
    found = read_changes({"State": "4way_handshake"}, end)
    assert found == [("disconnected", 4, None, True)]


def test_a_refusal_on_the_bus_names_its_algorithm_where_it_is_sae() -> None:
    refused = {"CurrentAuthMode": "SAE", "AuthStatusCode": 1}
    assert read_changes(refused) == [("auth-rejected", 1, 3, False)]
    assert read_changes({"AssocStatusCode": 17}) == [
        ("assoc-rejected", 17, None, False)
    ]


@given(
    st.dictionaries(
        st.sampled_from(
            ["State", "DisconnectReason", "AuthStatusCode", "CurrentAuthMode"]
        ),
        st.one_of(st.text(max_size=20), st.integers(-70000, 70000), st.binary()),
    )
)
def test_any_change_on_the_bus_is_read_or_left_alone(change: dict[str, object]) -> None:
    for _, code, _, _ in read_changes({"State": "4way_handshake"}, change):
        assert code is None or isinstance(code, int)
