"""The parts of the Wi-Fi lab that need no machine; and that nothing outlives it."""

import random
import signal
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab.wifi import cache, leaks, medium, runner, vm
from tests.lab.wifi.air import Ap, draw_air, frequency, misread
from tests.lab.wifi.case import HEALTHY, WAYS, Case, Way, load
from tests.lab.wifi.control import block
from tests.lab.wifi.runner import Outcome, grade, grade_world
from tests.lab.wifi.table import summary
from tests.lab.wifi.world import make

CASES = load()
REPO = Path(__file__).parents[1]
ASKED = (
    "wifi.not-found",
    "wifi.name-mismatch",
    "wifi.wrong-passphrase",
    "wifi.terminal-wrong-passphrase",
    "wifi.security-mismatch",
    "wifi.refused",
    "wifi.full",
    "wifi.no-lease",
    "wifi.weak-signal",
    "wifi.interference",
    "wifi.insecure",
    "wifi.evil-twin",
)


def test_every_wifi_cause_is_made_and_there_are_enough_cases() -> None:
    made = {cause for case in CASES.values() for cause in case.expected}

    assert [cause for cause in ASKED if cause not in made] == []
    assert len(CASES) >= 30
    assert sum(case.expected == {HEALTHY} for case in CASES.values()) >= 10


def test_every_case_says_what_it_is_and_why_it_has_one_way_only() -> None:
    assert [c.id for c in CASES.values() if not c.says.endswith(".")] == []
    assert [c.id for c in CASES.values() if c.ways != WAYS and not c.but] == []


def test_every_case_shows_by_itself_that_its_world_is_right() -> None:
    assert [c.id for c in CASES.values() if not c.sign["supplicant"]] == []


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_a_world_has_no_two_radios_or_addresses_alike(case: Case) -> None:
    world = make(case.id, 11, "supplicant")
    radios = [p.radio for p in world.placed] + [s.radio for s in world.stations]
    addresses = [p.ap.bssid for p in world.placed]

    assert len(set(radios)) == len(radios)
    assert len(set(addresses)) == len(addresses)
    assert 0 not in radios
    assert all(radio < world.radios for radio in radios)
    assert all(len(p.ap.ssid) <= 32 for p in world.placed)


def test_a_world_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    one, same, other = (make("wrong", seed, "nm") for seed in (5, 5, 6))

    assert one.ap == same.ap
    assert one.ap != other.ap


@settings(deadline=None)
@given(st.integers())
def test_what_is_drawn_can_be_a_network(seed: int) -> None:
    air = draw_air(str(seed))

    assert 8 <= len(air.ap.passphrase) <= 63
    assert air.ap.passphrase == air.ap.passphrase.strip()
    assert len(air.wrong) == len(air.ap.passphrase)
    assert air.wrong != air.ap.passphrase


@given(st.text(alphabet="abcXYZ019", min_size=3, max_size=30), st.integers())
def test_a_misread_passphrase_differs_in_one_letter(text: str, seed: int) -> None:
    other = misread(text, random.Random(seed))

    assert sum(a != b for a, b in zip(text, other, strict=True)) == 1


def test_a_channel_has_the_frequency_of_the_standard() -> None:
    found = [frequency(c) for c in (1, 6, 13, 14, 36, 149)]

    assert found == [2412, 2437, 2472, 2484, 5180, 5745]


def test_an_access_point_is_described_as_hostapd_reads_it() -> None:
    ap = Ap(
        ssid="小明".encode(),
        bssid="50:d2:f5:00:00:01",
        channel=6,
        security="wpa3",
        passphrase="right one 8",
        hidden=True,
    )

    lines = ap.config("wlan1").splitlines()

    for line in (
        "ssid2=e5b08fe6988e",
        "channel=6",
        "hw_mode=g",
        "ignore_broadcast_ssid=1",
        "wpa_key_mgmt=SAE",
        "ieee80211w=2",
        "wpa_passphrase=right one 8",
    ):
        assert line in lines
    assert "ieee80211n=1" not in replace(ap, security="tkip").config("wlan1")
    assert "wpa=2" not in replace(ap, security="open").config("wlan1")


def test_a_wep_key_in_hexadecimal_is_not_quoted() -> None:
    ap = Ap(
        ssid=b"x",
        bssid="50:d2:f5:00:00:01",
        channel=6,
        security="wep",
        passphrase="8a3f0c91d2",
    )

    assert "wep_key0=8a3f0c91d2" in ap.config("wlan1")
    assert 'wep_key0="abcde"' in replace(ap, passphrase="abcde").config("wlan1")


def test_a_client_that_does_wpa2_does_no_more() -> None:
    text = block(b"Shop", "wpa2", "right-horse-1")

    assert "ssid=53686f70" in text
    assert "proto=RSN" in text
    assert "ieee80211w=0" in text


# The cache


def test_the_name_of_the_cache_changes_with_every_part_of_the_recipe() -> None:
    parts = [b"build", b"config", b"packages"]
    names = {cache.recipe_hash(*parts)}
    for at in range(3):
        names.add(cache.recipe_hash(*parts[:at], parts[at] + b"x", *parts[at + 1 :]))
    names.add(cache.recipe_hash(b"buildc", b"onfig", b"packages"))

    assert len(names) == 5
    assert cache.folder().parent == cache.base()


def test_a_half_built_cache_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "root.done").touch()

    assert not cache.built(tmp_path)
    (tmp_path / "linux").touch()
    assert cache.built(tmp_path)


def test_the_packages_for_another_python_are_those_of_the_project() -> None:
    wanted = cache.dependencies(REPO)

    assert any(name.startswith("pydantic") for name in wanted)
    assert any(name.startswith("pyroute2") for name in wanted)
    assert [name for name in wanted if ";" in name] == []


# The medium


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def test_attributes_are_read_as_they_were_written() -> None:
    data = medium.attribute(3, b"abcde") + medium.attribute(19, b"\x01\x02\x03\x04")

    assert data == _attribute(3, b"abcde") + _attribute(19, b"\x01\x02\x03\x04")
    assert medium.attributes(data) == {3: b"abcde", 19: b"\x01\x02\x03\x04"}


@given(st.binary(max_size=200))
def test_any_bytes_may_come_as_attributes_or_as_a_frame(data: bytes) -> None:
    found = medium.attributes(data)

    assert all(len(value) <= len(data) for value in found.values())
    assert medium.eapol_message(data) in (None, 1, 2, 3, 4)


def _key_frame(information: int, qos: bool) -> bytes:
    head = bytes([0x88 if qos else 0x08, 0x01]) + bytes(22) + bytes(2 if qos else 0)
    body = bytes([2, 3, 0, 95, 2]) + information.to_bytes(2, "big") + bytes(93)
    return head + medium.EAPOL + body


@pytest.mark.parametrize("qos", [True, False])
def test_the_messages_of_a_handshake_are_told_apart(qos: bool) -> None:
    information = {1: 0x008A, 2: 0x010A, 3: 0x13CA, 4: 0x030A}

    found = {
        n: medium.eapol_message(_key_frame(i, qos)) for n, i in information.items()
    }

    assert found == {1: 1, 2: 2, 3: 3, 4: 4}


def test_a_weaker_or_faster_frame_is_lost_more_often() -> None:
    assert medium.loss(-50, 7) < 0.001
    assert medium.loss(-92, 0) == pytest.approx(0.5)
    assert medium.loss(-80, 0) < medium.loss(-80, 7)
    assert medium.loss(-100, 0) > 0.99


def test_a_sender_learns_how_many_tries_it_took() -> None:
    rule = medium.Rule(0, 1)
    lost = medium.Rule(0, 1, lost=1.0)
    rates = [(7, 2), (0, 3), (-1, 0)]

    assert medium.tries(rates, rule, -40, random.Random(1)) == ([(7, 1)], True)
    assert medium.tries(rates, lost, -40, random.Random(1)) == ([(7, 2), (0, 3)], False)


def test_rules_are_read_as_they_were_written() -> None:
    rules = [
        medium.Rule(
            source=0, target=1, signal=-60, spread=2, lost=0.1, drop=(2, 4), acked=True
        ),
        medium.Rule(1, 0),
    ]

    assert medium.load(medium.dump(rules, 3, "seed")) == (rules, 3, "seed")


# Grading


def _report(*causes: tuple[str, float]) -> dict[str, Any]:
    listed = [{"id": id, "confidence": confidence} for id, confidence in causes]
    return {"verdict": "broken" if causes else "healthy", "causes": listed}


def _graded(case: Case, *causes: tuple[str, float], **more: Any) -> str:
    raw = {"report": _report(*causes), "exit": 1 if causes else 0, **more}
    return grade(case, "nm", raw)[0]


def test_only_an_allowed_first_cause_is_right() -> None:
    case = CASES["keys-lost"]

    assert _graded(case, ("wifi.weak-signal", 0.9)) == "right"
    assert _graded(case, ("wifi.wrong-passphrase", 0.6)) == "right"
    assert _graded(case, ("wifi.wrong-passphrase", 0.95)) == "wrong"
    assert _graded(case, ("wifi.refused", 0.9)) == "wrong"
    assert _graded(case) == "wrong"


def test_a_right_cause_with_another_exit_code_or_a_leak_is_wrong() -> None:
    case = CASES["wrong"]
    cause = ("wifi.wrong-passphrase", 0.9)

    assert _graded(case, cause) == "right"
    assert _graded(case, cause, exit=0) == "wrong"
    assert _graded(case, cause, leaks=["command line of nmcli"]) == "wrong"
    assert _graded(case, cause, trouble="stdout is not JSON") == "wrong"


def test_a_world_is_right_when_all_its_signs_are_there() -> None:
    case = CASES["nothing"]
    raw = {"evidence": ["CTRL-EVENT-NETWORK-NOT-FOUND", "link Not connected."]}

    assert grade_world(case, "supplicant", raw)[0] == "right"
    raw["evidence"].append("heard 50:d2:f5:00:00:01 2412 -50 [ESS] Shop")
    assert grade_world(case, "supplicant", raw)[0] == "wrong"
    assert grade_world(case, "nm", {"trouble": "x"})[0] == "broken"


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ("right", ("right", True)),
        ("wrong", ("invalid", False)),
        ("broken", ("broken", False)),
    ],
)
def test_a_world_without_its_sign_is_no_trial(
    signs: str, expected: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    booted = []

    def boot(case: Case, way: Way, seed: int, options: runner.Options) -> Outcome:
        booted.append(bool(options["guest"].get("world_only")))
        return Outcome(case, way, seed, signs if booted[-1] else "right")

    monkeypatch.setattr(runner, "_run", boot)
    found = runner.run_case(CASES["wrong"], "nm", 1, {"guest": {}, "confirm": True})

    assert (found.verdict, found.confirmed) == expected
    assert booted == ([True, False] if signs == "right" else [True])
    assert f"injections confirmed: {int(expected[1])} of 1" in summary([found])


def test_a_passphrase_on_a_command_line_or_in_a_log_is_seen(tmp_path: Path) -> None:
    secret = "seen-on-the-line-77"
    (tmp_path / "1-here-x.log").write_text(f"psk={secret}", "utf-8")
    watch = leaks.Watch([secret])
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()", secret],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()  # by then its command line is its own
        watch.look()
    finally:
        child.kill()
        child.communicate()

    assert watch.found == [f"command line of {sys.executable}"]
    assert f"file {tmp_path}/1-here-x.log" in leaks.stored(
        [secret], tmp_path, places=()
    )


def test_the_summary_tells_confusion_times_and_totals() -> None:
    joined = {"id": "wifi.credentials", "status": "ok", "facts": {"test_seconds": 4.0}}
    report = {"checks": [{**joined, "duration_s": 9.5}]}
    outcomes = [
        Outcome(CASES["healthy-wpa2"], "nm", 1, "right", "", raw={"report": report}),
        Outcome(CASES["wrong"], "nm", 1, "wrong", "wifi.refused", 3.0, 8.0, 200.0),
    ]

    text = summary(outcomes)

    assert "wifi.wrong-passphrase -> wifi.refused (wrong, nm) 1" in text
    assert "join test, joined: median 9.5 s, most 9.5 s" in text
    assert "faults: 0 of 1 right" in text
    assert "healthy: 1 of 1 right" in text
    assert "false alarms: 0, below" in text
    assert text.endswith("1 passed, 1 failed")


def test_the_list_of_cases_prints_without_root() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.wifi", "--list"], cwd=REPO,
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert len(CASES) == len(done.stdout.splitlines())


# For real


@pytest.mark.lab
def test_nothing_is_left_when_the_wifi_lab_is_killed() -> None:
    cache.ensure()
    lab = subprocess.Popen(
        [sys.executable, "-m", "tests.lab.wifi", "--case", "healthy-wpa2", "--way",
         "supplicant", "--seed", "7"], cwd=REPO, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    inside = _machines(lab.pid)
    lab.send_signal(signal.SIGKILL)
    lab.wait()
    _, alive = psutil.wait_procs(inside, timeout=15)
    vm.sweep()

    assert inside
    assert alive == []
    assert list(Path("/tmp").glob(f"{vm.PREFIX}{lab.pid}-*")) == []


GUESTS = ("uml-userspace", "linux")
"""How a guest's processes are called here, from kernel 6.16 on and before."""


def _machines(lab: int) -> list[psutil.Process]:
    """The lab's children, once the guest's kernel has its own."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        below = psutil.Process(lab).children(recursive=True)
        if sum(_name(p) in GUESTS for p in below) > 3:
            return below
        time.sleep(0.2)
    return []


def _name(process: psutil.Process) -> str:
    """What it is called; nothing for one that has just ended."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""
