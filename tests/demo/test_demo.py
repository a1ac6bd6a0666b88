"""Every fault of the demonstration is found by the real checks, and nothing leaves
loopback.

All runs are carried out side by side by one child process (`tests.demo.test_demo`)
in a namespace without any network, where that can be made; it also watches where the
process sends to.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from posdiag.demo.faults import FAULTS, world_with
from posdiag.demo.system import staged
from posdiag.engine.registry import core
from posdiag.engine.session import Order, session
from posdiag.model import Report
from posdiag.model.questions.base import Question
from posdiag.model.questions.payment import Exchange
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import AskNetworkTime, Connect, Fetch, Lookup, Ping
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import explain
from tests import ROOT
from tests.demo.airs import AIRS, CASES
from tests.report.terminal.fits import everywhere

GROUPS = ("link", "ip", "router", "isp", "dns", "clock", "path", "acquirer", "target")
AT_ONCE = 8
NOBODY = "8.8.8.8"  # no host of the shop's world has this address
LONGEST = 31.5  # seconds: the end of any run. How fast it is, the benchmark tells


def carry_out(fault: str | None) -> Report:
    checks = core()
    with staged(world_with(fault)) as (system, site):
        order = Order(
            checks=checks,
            chosen=frozenset(check.id for check in checks),
            site=site,
            relations=Catalogue(checks),
            consent=frozenset(["echo", "join"]),
        )
        return asyncio.run(session(order, system))


def outcome(report: Report) -> dict[str, Any]:
    troubles = [r for r in report.results if r.finding.status == "error"]
    return {
        "causes": [cause.id for cause in report.causes],
        "verdict": report.verdict.value,
        "seconds": report.seconds,
        "troubles": [str(trouble) for trouble in troubles],
        "ok": [r.check for r in report.results if r.finding.status == "ok"],
        "skipped": [r.check for r in report.results if r.finding.status == "skip"],
        "screen": misfit(report),
    }


def misfit(report: Report) -> str:
    """What does not fit a screen; "" if it fits every one."""
    try:
        everywhere(explain(report, Catalogue(core()), own_screen=True))
    except AssertionError as wrong:
        return str(wrong) or "does not fit"
    return ""


QUESTIONS: tuple[Question[Any], ...] = (
    Connect(NOBODY, 443, timeout=0.3),
    Shake(NOBODY, 443, NOBODY, connect_timeout=0.3),
    Exchange(Connect(NOBODY, 443, timeout=0.3), "ascii"),
    Lookup(NOBODY, "example.com", timeout=0.3),
    Lookup(NOBODY, "example.com", timeout=0.3, tcp=True),
    Fetch("http://example.com/", NOBODY, timeout=0.3),
    Ping(NOBODY, timeout=0.3),
)


def strangers() -> dict[str, str]:
    """What questions about an address that nobody has are answered."""

    async def answers() -> dict[str, str]:
        with staged(world_with(None)) as (system, _):
            said = {repr(q): await system.ask(q) for q in QUESTIONS}
            said["time"] = await system.ask(AskNetworkTime(NOBODY, 0.3))
        return {question: str(answer) for question, answer in said.items()}

    return asyncio.run(answers())


def main() -> None:
    """The child: everything at once, and where it sent to, as JSON."""
    sent: set[str] = set()

    def watch(event: str, details: tuple[Any, ...]) -> None:
        if event.startswith("socket.") and len(details) > 1:
            where = details[1]
            if isinstance(where, tuple) and not str(where[0]).startswith("127."):
                sent.add(f"{event} {where}")

    sys.addaudithook(watch)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        reports = dict(zip(FAULTS, pool.map(carry_out, FAULTS), strict=True))
    healthy, nobody = carry_out(None), strangers()
    runs = {fault: outcome(report) for fault, report in reports.items()}
    whole = {"runs": runs, "healthy": outcome(healthy), "nobody": nobody}
    print(json.dumps({**whole, "sent": sorted(sent)}))


def alone(command: list[str]) -> list[str]:
    """The command in a namespace that has only loopback, if this machine can."""
    script = 'ip link set lo up && exec "$@"'
    before = ["unshare", "-rn", "sh", "-c", script, "sh"]
    if shutil.which("unshare") is None:
        return command
    made = subprocess.run([*before, "true"], capture_output=True, check=False)
    return [*before, *command] if made.returncode == 0 else command


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "checks")])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}


@pytest.fixture(scope="module")
def everything() -> dict[str, Any]:
    done = subprocess.run(
        alone([sys.executable, "-X", "dev", "-m", "tests.demo.test_demo"]),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Warning" not in done.stderr, done.stderr[-3000:]
    whole: dict[str, Any] = json.loads(done.stdout)
    return whole


def posdiag(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "posdiag", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_comes_first(fault: str, everything: dict[str, Any]) -> None:
    run = everything["runs"][fault]

    assert run["causes"][:1] == [fault]
    assert run["verdict"] in ("broken", "degraded")
    assert run["troubles"] == []
    assert run["seconds"] < LONGEST


@pytest.mark.parametrize("fault", [*FAULTS, None])
def test_its_report_fits_every_screen(
    fault: str | None, everything: dict[str, Any]
) -> None:
    """24 lines of 80 columns with verdict, first steps and call on it."""
    run = everything["runs"][fault] if fault else everything["healthy"]

    assert run["screen"] == ""


def test_without_a_fault_all_is_well(everything: dict[str, Any]) -> None:
    run = everything["healthy"]

    assert run["causes"] == []
    assert run["verdict"] == "healthy"
    assert run["troubles"] == []
    assert "acquirer.echo" in run["ok"]
    # The idle cut-off is measured by --thorough, which the demonstration has not, and
    # its machine has one line alone.
    skipped = set(run["skipped"]) - {"acquirer.idle", "path.redundancy"}
    assert not [c for c in skipped if c.partition(".")[0] in GROUPS]
    assert run["seconds"] < 6


def test_nothing_is_sent_but_to_loopback(everything: dict[str, Any]) -> None:
    assert everything["sent"] == []


def test_an_unknown_address_is_silent(everything: dict[str, Any]) -> None:
    answers = everything["nobody"]

    assert len(answers) == len(QUESTIONS) + 1
    for question, answer in answers.items():
        silent = "'silent'" in answer or "(None,)" in answer or "offset=None" in answer
        assert silent, (question, answer)


def test_every_fault_that_can_be_shown_is_a_cause() -> None:
    assert set(FAULTS) <= set(Catalogue(core()).cause_ids())


def test_nothing_is_left_behind() -> None:
    with staged(world_with(None)) as (system, site):
        folder = Path(site.acquirer.ca_file or "").parent
        answer = asyncio.run(system.ask(Lookup("192.168.1.1", "localhost")))

        assert folder.is_dir()
        assert "127.0.0.1" in str(answer)

    assert not folder.exists()


@pytest.mark.parametrize(
    ("lang", "title"), [("zh", "收单机构的安全证书过期"), ("en", "certificate expired")]
)
def test_the_list_has_ids_and_titles(lang: str, title: str) -> None:
    done = posdiag("demo", "--list", "--lang", lang)

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert [line.split()[0] for line in lines] == list(FAULTS)
    assert any(
        line.startswith("acquirer.tls-expired") and title in line for line in lines
    )


def test_the_list_as_json_has_both_languages() -> None:
    done = posdiag("demo", "--list", "--format", "json")

    listed = json.loads(done.stdout)["faults"]
    assert [row["id"] for row in listed] == list(FAULTS)
    assert all(row["title"]["zh"] and row["title"]["en"] for row in listed)


def test_an_unknown_fault_is_refused_with_the_nearest() -> None:
    done = posdiag("demo", "acquirer.tls-expird", "--lang", "en")

    assert done.returncode == 2
    assert "acquirer.tls-expired" in done.stderr
    assert done.stdout == ""


def test_the_report_says_that_it_is_a_demonstration() -> None:
    done = posdiag("demo", "acquirer.tls-name", "--quick", "--format", "json")

    report = json.loads(done.stdout)
    note = next(note for note in report["notes"] if note["id"] == "demo")
    assert done.returncode == 1
    assert "演示" in note["zh"]
    assert "demonstration" in note["en"]
    assert report["site"]["name"] == "演示店 / Demo shop"
    assert report["causes"][0]["id"] == "acquirer.tls-name"


@pytest.mark.parametrize("fault", ["wifi.evil-twin", "wifi.wrong-passphrase"])
def test_a_quick_run_sees_the_same_air(fault: str) -> None:
    done = posdiag("demo", fault, "--quick", "--format", "json")

    assert json.loads(done.stdout)["causes"][0]["id"] == fault


def test_every_air_is_shown_and_can_be_made_anew() -> None:
    airs = {path.stem for path in AIRS.glob("*.json")}

    assert airs == set(CASES) == {fault for fault in FAULTS if fault[:5] == "wifi."}


def test_what_a_quick_run_leaves_out_is_shown_in_full() -> None:
    done = posdiag("demo", "ip.rogue-dhcp", "--quick", "--format", "json")

    assert json.loads(done.stdout)["causes"][0]["id"] == "ip.rogue-dhcp"
    assert "--quick" in done.stderr or "快速" in done.stderr


def test_the_terminal_says_so_from_its_first_line_on() -> None:
    done = posdiag("demo", "--quick", "--lang", "zh", "--no-color")

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert "演示" in lines[0]
    assert "演示店" in lines[1]
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_without_loopback_nothing_is_claimed() -> None:
    command = [sys.executable, "-m", "posdiag", "demo", "--lang", "en"]
    bare = alone(command)
    assert bare != command, "needs a network namespace, which cannot be made here"
    script = bare.index("-c") + 1
    bare[script] = 'exec "$@"'  # loopback stays down

    done = subprocess.run(
        bare,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert done.returncode == 3
    assert "loopback" in done.stderr


if __name__ == "__main__":
    main()
