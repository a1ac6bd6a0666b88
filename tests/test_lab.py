"""Every case of the fault lab as a test (`pytest -m lab`, as root), and the lab itself.

The parts of the lab that need no root are tested with everything else.
"""

import json
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.lab import relay, services, toml
from tests.lab.case import Case, load
from tests.lab.plan import draw
from tests.lab.runner import certificates, grade, judged, run_case
from tests.lab.symptom import sale, samples, segment
from tests.lab.table import failed, summary

CASES = load()
IP_LAYER = (
    "link.no-adapter",
    "link.down",
    "link.errors",
    "ip.no-address",
    "ip.wrong-address",
    "ip.duplicate-address",
    "ip.wrong-netmask",
    "ip.wrong-gateway",
    "ip.no-gateway",
    "ip.rogue-dhcp",
    "router.unreachable",
    "router.packet-loss",
    "router.slow",
    "isp.no-internet",
    "isp.captive-portal",
    "isp.packet-loss",
    "isp.slow",
    "path.dead-uplink",
    "path.mtu-black-hole",
    "dns.no-server",
    "dns.server-unreachable",
    "dns.server-failure",
    "dns.slow",
    "dns.acquirer-not-found",
    "dns.hijack",
    "clock.skew",
    "acquirer.unreachable",
    "acquirer.port-blocked",
    "acquirer.port-closed",
    "acquirer.closed-connection",
    "acquirer.tls-expired",
    "acquirer.tls-untrusted",
    "acquirer.tls-name",
    "acquirer.tls-client-certificate",
    "acquirer.tls-version",
    "acquirer.tls-timeout",
    "acquirer.packet-loss",
    "acquirer.slow",
    "target.unreachable",
)


@pytest.fixture(scope="module")
def certs() -> Iterator[str]:
    with certificates() as folder:
        yield folder


@pytest.mark.lab
@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_names_the_first_cause(case: Case, certs: str) -> None:
    outcome = run_case(case, int(time.time()) % 1_000_000, {"certs": certs})

    assert outcome.verdict == "right", (outcome.got, outcome.seed, outcome.note)


@pytest.mark.lab
def test_nothing_is_left_when_the_lab_is_killed() -> None:
    command = [sys.executable, "-m", "tests.lab", "--case", "tls-late", "--seed", "7"]
    lab = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    end = time.monotonic() + 10
    while not _container_pids(lab.pid) and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(1)
    inside = _container_pids(lab.pid)
    lab.send_signal(signal.SIGKILL)
    lab.wait()
    end = time.monotonic() + 15  # the kernel takes its time with namespaces
    while any(map(_alive, inside)) and time.monotonic() < end:
        time.sleep(0.1)

    assert inside
    assert [pid for pid in inside if _alive(pid)] == []


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _container_pids(root: int) -> list[int]:
    """All descendants of a process."""
    text = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in text.splitlines()]
    found, queue = [], [root]
    while queue:
        parent = queue.pop()
        children = [pid for pid, ppid in pairs if ppid == parent]
        found += children
        queue += children
    return found


def test_every_cause_of_the_ip_layer_is_made_at_least_twice() -> None:
    made = [c.expected for c in CASES.values()]

    assert [cause for cause in IP_LAYER if made.count(cause) < 2] == []


def test_there_are_enough_faults_and_healthy_shops() -> None:
    healthy = sum(c.expected is None for c in CASES.values())

    assert healthy >= 15
    assert len(CASES) - healthy >= 60


def test_every_case_says_what_it_is() -> None:
    assert [c.id for c in CASES.values() if not c.says] == []


@pytest.mark.parametrize("seed", range(30))
def test_a_world_addresses_nothing_public_and_no_two_hosts_collide(seed: int) -> None:
    plan = draw(seed, private=seed % 3 == 0)
    home = [plan.shop, plan.router, plan.host2, plan.spare, plan.offered]
    away = [plan.resolver, plan.web, plan.office, plan.parking, plan.nobody]

    assert len({*home, *away, plan.acquirer}) == 11
    assert not any(ip_address(a).is_global for a in (*home, *away, plan.acquirer))
    networks = [plan.lan, plan.wan, plan.wan2, plan.transit, plan.net, plan.acq]
    networks.append(plan.second)
    assert [
        (a, b) for a in networks for b in networks if a is not b and a.overlaps(b)
    ] == []


def test_a_profile_is_read_as_it_was_written() -> None:
    import tomllib

    tables: dict[str, dict[str, Any]] = {
        "connectivity": {"url": False},
        "thresholds": {"dns.slow": 2.5},
    }
    targets = [{"name": 'a "b"\\', "host": "10.0.0.1", "port": 443}]

    text = toml.dump(tables, targets)

    assert {**tables, "target": targets} == tomllib.loads(text)


def test_the_relay_flips_exactly_one_bit_behind_the_header() -> None:
    frame = bytes(range(100))

    bad = relay.damage(frame, random.Random(3))

    assert bad[:14] == frame[:14]
    flipped = int.from_bytes(bad, "big") ^ int.from_bytes(frame, "big")
    assert flipped.bit_count() == 1


def test_the_awkward_resolver_speaks_dns() -> None:
    from dns import message, rcode

    known = {"a.lab.test": "192.0.2.7"}.get
    query = message.make_query("A.lab.test", "A", use_edns=False).to_wire()
    other = message.make_query("b.lab.test", "A", use_edns=False).to_wire()

    yes = message.from_wire(services.reply(query, known, services.NXDOMAIN))
    no = message.from_wire(services.reply(other, known, services.SERVFAIL))

    assert yes.answer[0][0].to_text() == "192.0.2.7"
    assert no.rcode() == rcode.SERVFAIL


def _graded(expected: str | None, report: dict[str, Any], code: int) -> str:
    case = Case("x", expected, lambda w: None, next(iter(CASES.values())).shape, "")
    causes = report.get("causes") or []
    got = causes[0]["id"] if isinstance(causes, list) and causes else None
    return grade(case, {"exit": code}, report, got)[0]


def test_a_wrong_cause_is_never_graded_as_not_measured() -> None:
    unknown: dict[str, Any] = {"verdict": "unknown", "causes": [], "checks": []}
    healthy: dict[str, Any] = {"verdict": "healthy", "causes": [], "checks": []}
    wrong: dict[str, Any] = {
        "verdict": "broken",
        "causes": [{"id": "dns.slow"}],
        "checks": [],
    }

    assert _graded("link.down", wrong, 1) == "wrong"
    assert _graded(None, wrong, 1) == "wrong"
    assert _graded("link.down", healthy, 0) == "wrong"
    assert _graded(None, unknown, 3) == "wrong"
    assert _graded("link.down", unknown, 3) == "not-measured"
    assert _graded(None, healthy, 0) == "right"
    assert _graded("dns.slow", wrong, 0) == "wrong"  # an exit code that lies


def test_the_summary_counts_what_it_is_given() -> None:
    from tests.lab.runner import Outcome

    case = CASES["link-cable-out"]
    healthy = next(c for c in CASES.values() if c.expected is None)
    right = {"verdict": "broken", "causes": [{"id": "link.down", "confidence": 0.9}]}
    wrong = {
        "verdict": "broken",
        "causes": [{"id": "dns.slow", "confidence": 0.9, "rivals": ["link.down"]}],
    }
    outcomes = [
        Outcome(
            case, 1, "right", "link.down", 1.0, report=right, raw={"sign": "no sale"}
        ),
        Outcome(case, 2, "wrong", "dns.slow", 2.0, report=wrong),
        Outcome(case, 3, "wrong", None, 3.0, report={"verdict": "healthy"}),
        Outcome(case, 4, "broken"),
        Outcome(case, 6, "invalid", raw={"sign": ""}),
        Outcome(healthy, 5, "wrong", "dns.slow", 4.0, report=wrong),
    ]

    text = summary(outcomes)

    assert "link.down -> dns.slow (link-cable-out) 1" in text
    assert "faults: 1 of 3 right (33.3%; 95 % interval 6.1% to 79.2%)" in text
    assert "seconds: p50 2.0, p95 3.0, most 3.0" in text
    assert "by cause (macro, 1 causes): 33.3%" in text
    assert "called healthy: 1" in text
    assert "undecided: 1; wrong with the truth among the rivals: 1" in text
    assert "Brier score 0.410; said 90%, true 50% of 2" in text
    assert "false alarms: 1, below 100.0% at 95 %" in text
    assert "injections confirmed: 1 of 6" in text
    assert "invalid trials, left out: 2" in text


def test_a_trial_whose_world_shows_no_fault_is_left_out_and_is_no_pass() -> None:
    report = {"verdict": "broken", "causes": [{"id": "link.down"}]}
    raw = {"report": report, "exit": 1, "sign": ""}

    silent = judged(CASES["link-cable-out"], 1, raw, {})
    shown = judged(CASES["link-cable-out"], 1, {**raw, "sign": "no sale"}, {})

    assert (silent.verdict, failed([silent])) == ("invalid", True)
    assert (shown.verdict, failed([shown])) == ("right", False)


def test_a_run_that_leaves_a_route_behind_is_wrong() -> None:
    report = {"verdict": "broken", "causes": [{"id": "link.down"}]}
    raw = {"report": report, "exit": 1, "sign": "no sale", "changed": ["route"]}

    assert judged(CASES["link-cable-out"], 1, raw, {}).verdict == "wrong"


def test_the_labs_own_resolver_follows_an_alias() -> None:
    alias = b"\x03pos\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, 2) + b"\xc0\x0c"
    address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + b"\xc0\x00\x02\x07"
    reply = struct.pack(">HHHHHH", 1, 0x8180, 1, 2, 0, 0) + b"\x01a\x00" + bytes(4)

    found = sale.addresses(reply + alias + address, len(reply), *sale.TYPES["A"])

    assert found == ["192.0.2.7"]


def test_a_probe_is_lost_when_its_time_is_over() -> None:
    count = samples.Count({0: 1.0, 1: 2.0, 2: 2.9}, {0: 1.25})

    assert count.lost(3.0, 0.5) == 1
    assert count.quickest == 0.25


def test_the_server_of_an_offer_is_found_among_its_options() -> None:
    options = b"\x35\x01\x02\x00\x36\x04\x0a\x00\x00\x01\xff"

    assert segment.server_of(bytes(240) + options) == {b"\x0a\x00\x00\x01"}
    assert segment.server_of(bytes(240) + b"\x35\x01\x02") == set()


def test_the_list_of_cases_prints_without_root(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab", "--list"], cwd=Path(__file__).parents[1],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert len(CASES) == len(done.stdout.splitlines())
    assert json.dumps(done.stdout).isascii()
