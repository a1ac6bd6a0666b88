"""Whatever a third-party check does, the run goes on and the core is believed."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.engine.checklist import reserved
from posdiag.engine.plugins.host import PluginTrouble, RemoteProbe, describe, exchange
from posdiag.engine.plugins.texts import wrong_with_texts
from posdiag.engine.plugins.wire import (
    LONGEST,
    MOST_FACTS,
    SUREST,
    checked_finding,
    decode_context,
    encode_context,
    sane_facts,
)
from posdiag.engine.registry import third_parties
from posdiag.model import Context, Finding, Status, fail, ok
from posdiag.model.limits import Limits, Plan
from posdiag.model.site import Acquirer, Cellular, Iso8583, Secret, Site, Target, Wifi
from posdiag.system.core.dispatch import Dispatch
from tests import TESTS

HERE = TESTS
SAMPLE = HERE / "sample_plugin"
HOSTILE = HERE / "hostile_plugin"
USURPS = "posdiag_hostile: posdiag_hostile.usurps"


def install(where: Path, name: str, package: str) -> None:
    """What pip would write of a distribution, without pip and without a network."""
    info = where / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[posdiag.checks]\nx = {package}\n")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `drive.py` tells of one run with all hostile plugins installed."""
    where = tmp_path_factory.mktemp("hostile")
    install(where, "hostile", "posdiag_hostile")
    install(where, "hanging", "posdiag_hanging")
    install(where, "missing", "posdiag_no_such_package")
    install(where, "imposter", "posdiag_checks.router.reach")
    install(where, "crooked", "no package; at all")
    path = [str(where), str(HOSTILE), *filter(None, sys.path)]
    ended = subprocess.run(
        [sys.executable, str(HOSTILE / "drive.py"), str(where / "result.json")],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path),
            "POSDIAG_TEST_SECRET": "correct horse",
            "TMPDIR": str(where),  # by which its processes are known
        },
        capture_output=True,
        timeout=120,
        check=False,
        start_new_session=True,
    )
    shown = (ended.returncode, ended.stdout, ended.stderr)
    assert shown == (0, b"", b"")
    told: dict[str, Any] = json.loads((where / "result.json").read_text("utf-8"))
    return {**told, "folder": str(where)}


BAD = {
    "bad.hang": "tool.timeout",
    "bad.busy": "tool.timeout",
    "bad.sleep": "tool.timeout",
    "bad.flood": "tool.plugin",
    "bad.exit": "tool.plugin",
    "bad.os-exit": "tool.plugin",
    "bad.kill-parent-group": "tool.plugin",
    "bad.wild": "tool.plugin",
    "bad.interrupt": "tool.plugin",
    "bad.close": "tool.plugin",
    "bad.none": "tool.plugin",
    "bad.core-cause": "tool.plugin",
    "bad.core-reason": "tool.plugin",
    "bad.status": "tool.plugin",
    "bad.unprintable": "tool.plugin",
    "bad.recursion": "tool.plugin",
    "bad.huge": "tool.plugin",
    "bad.forged": "tool.plugin",
    "bad.memory": "tool.plugin",
}


@pytest.mark.parametrize("id", BAD)
def test_a_hostile_check_is_an_error_of_its_own(run: dict[str, Any], id: str) -> None:
    result = run["results"][id]

    assert ("error", BAD[id]) == (result["status"], result["code"])
    assert result["facts"]["what"].startswith("posdiag_hostile: ")


def test_each_hostile_check_that_is_registered_is_looked_at(
    run: dict[str, Any],
) -> None:
    bad = {id for id in run["results"] if id.startswith("bad.")}

    assert set(BAD) == bad


def test_core_checks_give_their_results_beside_hostile_ones(
    run: dict[str, Any],
) -> None:
    assert run["results"]["link.state"]["status"] == "ok"
    assert run["results"]["dns.resolve"]["facts"] == {"answer": 42}
    assert not run["posdiag_hostile_imported"]


def test_the_run_ends_in_time(run: dict[str, Any]) -> None:
    assert run["described_in"] < 18
    assert run["seconds"] < 20


def processes_of(folder: str) -> list[int]:
    """Those that were started with this folder for temporary files."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("TMPDIR") == folder:
                found.append(process.pid)
    return found


def left_of(folder: str) -> list[int]:
    """Those that are still there after ten seconds."""
    for _ in range(100):
        if not processes_of(folder):
            break
        sleep(0.1)
    return processes_of(folder)


def test_nobody_is_left_behind(run: dict[str, Any]) -> None:
    """Neither the children nor what a child has started, in whatever session."""
    assert run["results"]["odd.daemon"]["status"] == "ok"
    assert left_of(run["folder"]) == []


def test_a_check_that_prints_is_heard_all_the_same(run: dict[str, Any]) -> None:
    result = run["results"]["odd.garbage"]

    assert (result["status"], result["code"], result["facts"]) == (
        "ok",
        "fine",
        {"count": 1},
    )


def test_boasts_are_cut_down(run: dict[str, Any]) -> None:
    result = run["results"]["odd.boastful"]

    assert result["status"] == "warn"
    assert result["confidence"] == SUREST
    assert result["rivals"] == []
    assert len(result["facts"]) == MOST_FACTS
    assert len(result["facts"]["long"]) == LONGEST
    assert result["facts"]["half"] == "?"
    assert "endless" not in result["facts"]


def test_a_plugin_sees_what_a_core_check_sees_but_no_secrets(
    run: dict[str, Any],
) -> None:
    assert run["results"]["odd.seen"]["facts"] == {
        "link": "ok",
        "ssid": "店铺",
        "passphrase": None,
        "secret": None,
        "target": "127.0.0.1",
        "limit": 7.0,
        "plan": "default",
        "consent": ["echo"],
        "system": "portable",
    }


def test_a_plugin_is_neither_vital_nor_slow_without_bound(run: dict[str, Any]) -> None:
    assert run["checks"]["odd.timeout"] == {"timeout": 14.5, "vital": False}
    assert run["checks"]["bad.hang"]["timeout"] == 4.5


@pytest.mark.parametrize(
    "problem",
    [
        "posdiag_hanging: no answer in 10 s",
        "posdiag_no_such_package: ModuleNotFoundError: ",
        "imposter: claims posdiag_checks.router.reach, which is ours",
        "crooked: 'no package; at all' is not a package",
        "posdiag_hostile: leaves: SystemExit: 3",
        "posdiag_hostile: link.state is in a group of the core",
        "posdiag_hostile: router.magic is in a group of the core",
        "posdiag_hostile: '\\x1b[31mRED' is not an id such as ecr.reach",
        f"{USURPS}: the id bad.hang is taken",
        f"{USURPS}: bad.needy needs no.such, which is not there",
        f"{USURPS}: bad.needier needs bad.needy, which is not there",
        f"{USURPS}: bad.circle-one waits for itself in a circle",
        f"{USURPS}: bad.circle-two waits for itself in a circle",
        "posdiag_hostile: bad.rights wants unknown rights",
        "posdiag_hostile: bad.needs needs what is not an id",
        "posdiag_hostile: bad.texts: its cause bad.texts explains router.unreachable",
    ],
)
def test_what_is_left_out_is_told(run: dict[str, Any], problem: str) -> None:
    assert [line for line in run["problems"] if line.startswith(problem)], run[
        "problems"
    ]


# The sample


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "posdiag-sample", "posdiag_sample")
    monkeypatch.syspath_prepend(str(SAMPLE))
    monkeypatch.syspath_prepend(str(tmp_path))


def context(target: Target | None = None, name: str = "portable") -> Context:
    site = Site(target=(target,) if target else ())
    return Context(Dispatch(name, {}), site, Limits())


async def listen_and_probe(probe: Any, host: str = "127.0.0.1") -> Finding:
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        finding: Finding = await probe(context(Target("till", host, port)))
    return finding


@pytest.mark.usefixtures("sample")
def test_the_sample_is_found_described_and_run() -> None:
    packages, problems = third_parties()
    assert "posdiag_sample" in packages
    assert problems == ()
    (reach,), complaints = describe(("posdiag_sample",), 10)
    assert complaints == ()
    assert (reach.id, reach.needs) == ("ecr.reach", ("link.state",))

    finding = asyncio.run(listen_and_probe(reach.probe))

    assert finding.status is Status.OK, finding
    assert finding.facts["host"] == "127.0.0.1"


@pytest.mark.usefixtures("sample")
def test_the_sample_measures_with_what_the_core_measures_with() -> None:
    """`posdiag.measure.names.resolve`, in the plugin's own process: the hosts file has
    this name, so no server is asked."""
    (reach,), _ = describe(("posdiag_sample",), 10)

    finding = asyncio.run(listen_and_probe(reach.probe, "localhost"))

    assert finding.status is Status.OK, finding
    assert finding.facts["host"] == "localhost"


@pytest.mark.usefixtures("sample")
def test_a_closed_port_is_a_warning_with_texts() -> None:
    (reach,), _ = describe(("posdiag_sample",), 10)
    assert isinstance(reach.probe, RemoteProbe)
    assert "ecr.refused" in (reach.probe.texts or "")

    found = asyncio.run(_probe(reach.probe, context(Target("till", "127.0.0.1", 1))))

    assert (found.status, found.code) == (Status.WARN, "ecr.refused"), found


@pytest.mark.usefixtures("sample")
def test_a_replayed_run_starts_no_plugin() -> None:
    (reach,), _ = describe(("posdiag_sample",), 10)

    found = asyncio.run(_probe(reach.probe, context(name="replay")))

    assert (found.status, found.code) == (Status.SKIP, "skip.not-recorded")


async def _probe(probe: Any, context: Context) -> Finding:
    finding: Finding = await probe(context)
    return finding


def test_a_cancelled_check_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HOSTILE))

    async def cancel() -> None:
        task = asyncio.create_task(exchange({"describe": "posdiag_hanging"}, 30))
        await asyncio.sleep(0.5)
        assert children()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    def children() -> list[psutil.Process]:
        return [
            child
            for child in psutil.Process().children(recursive=True)
            if "posdiag.engine.plugins.child" in child.cmdline()
        ]

    start = monotonic()
    asyncio.run(cancel())

    assert children() == []
    assert monotonic() - start < 10


def test_a_plugin_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    """Also one that has ignored all signals, with what it has started."""
    code = (
        "import asyncio; from posdiag.engine.plugins.host import exchange;"
        "asyncio.run(exchange({'describe': 'posdiag_lingering'}, 600))"
    )
    (tmp_path / "posdiag_lingering.py").write_text(
        "import os, signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen(['sleep', '3597'], start_new_session=True)\n"
        "time.sleep(3600)\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])

    variables = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(tmp_path)}

    with subprocess.Popen([sys.executable, "-c", code], env=variables) as run:
        for _ in range(300):
            left = processes_of(str(tmp_path))
            if len(left) >= 4:
                break
            sleep(0.1)
        run.kill()

    assert len(left) >= 4  # it, the supervisor, the worker and what that started
    assert left_of(str(tmp_path)) == []


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 0.2])
def test_a_child_that_is_still_starting_ends_with_a_killed_run(
    tmp_path: Path, seconds: float
) -> None:
    code = (
        "import asyncio; from posdiag.engine.plugins.host import exchange;"
        "print(flush=True);"
        "asyncio.run(exchange({'describe': 'posdiag_hanging'}, 600))"
    )
    path = os.pathsep.join([str(HOSTILE), *filter(None, sys.path)])
    variables = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=variables, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        sleep(seconds)
        run.kill()

    assert left_of(str(tmp_path)) == []


def test_a_python_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")

    with pytest.raises(PluginTrouble, match=r"cannot start .*/no/such/python"):
        asyncio.run(exchange({"describe": "x"}, 5))


# What travels


def test_a_context_survives_the_journey_but_for_its_secrets() -> None:
    site = Site(
        wifi=Wifi(ssid="店", passphrase=Secret("correct horse"), hidden=True),
        acquirer=Acquirer(
            "h", backup=("b:1",), iso8583=Iso8583(terminal_id="12345678")
        ),
        target=(Target("a", "b"), Target("c", "d", 1, False)),
        connectivity=(),
        cellular=Cellular(pin=Secret("1234")),
        thresholds={"dns.slow": 2.0, "connectivity.urls": ("http://x",)},
    )
    limits = Limits(site.thresholds)
    seen = {"link.state": ok("fine", a=("x", 1, None)), "ip.address": fail("ip.x")}
    system = Dispatch("portable", {})
    sent = Context(
        system=system,
        site=site,
        limits=limits,
        plan=Plan.QUICK,
        seen=seen,
        consent=frozenset({"echo"}),
    )

    words = json.dumps(encode_context(sent))
    got = decode_context(json.loads(words), system)

    assert "correct horse" not in words
    assert "1234" not in words.replace("12345678", "")
    assert got.site == Site(
        wifi=Wifi(ssid="店", hidden=True),
        acquirer=site.acquirer,
        target=site.target,
        connectivity=(),
        thresholds=site.thresholds,
    )
    assert limits.rows() == got.limits.rows()
    assert (sent.plan, sent.seen, sent.consent) == (got.plan, got.seen, got.consent)
    assert got.seen["link.state"].status is Status.OK


SOME_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
CODES = st.sampled_from(["", "skip.x", "tool.x", "ecr.x", "router.x", "printer.x", "x"])


@given(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from([*map(str, Status), "x", None, []]),
            "code": CODES | SOME_JSON,
        },
        optional={
            "facts": st.dictionaries(st.text("abc_", max_size=3), SOME_JSON),
            "confidence": SOME_JSON,
            "tries": SOME_JSON,
            "rivals": SOME_JSON,
        },
    )
    | SOME_JSON
)
def test_no_finding_gets_past_the_judge_out_of_bounds(raw: object) -> None:
    finding = checked_finding(raw, reserved())

    if isinstance(finding, str):
        finding.encode("utf-8")
        return
    assert 0 <= finding.confidence <= SUREST
    assert finding.rivals == ()
    if finding.status in (Status.WARN, Status.FAIL):
        assert (
            finding.code == "ecr.x" or finding.code.partition(".")[0] not in reserved()
        )
    json.dumps(finding.facts, allow_nan=False, ensure_ascii=False).encode("utf-8")


def test_a_good_finding_gets_past_the_judge() -> None:
    raw = {"status": "fail", "code": "ecr.off", "facts": {"a": [1, "x"]}, "tries": 3}

    assert checked_finding({**raw, "confidence": 0.5}, reserved()) == Finding(
        status=Status.FAIL,
        code="ecr.off",
        facts={"a": (1, "x")},
        confidence=0.5,
        rivals=(),
        tries=3,
    )


def test_nested_facts_are_left_out() -> None:
    assert sane_facts({"a": [[1]], "b": {"c": 1}, "d": 1}) == {"d": 1}


GOOD_TEXTS = (SAMPLE / "posdiag_sample" / "ecr_reach.toml").read_text("utf-8")


def test_the_texts_of_the_sample_are_fit() -> None:
    assert wrong_with_texts(GOOD_TEXTS, reserved()) == ""
    assert wrong_with_texts(None, reserved()) == ""


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("[title]", "[title", "its texts are not TOML"),
        ('[title]\nzh = "', '[title]\nzx = "', "its title lacks zh or en"),
        ("ecr.refused", "router.refused", "a cause of the core"),
        ("ecr.refused", "refused", "is not an id"),
        ('who = "technician"', 'who = "bank"', "is for an unknown party"),
        ('who = "technician"', 'x = "y"', "lacks a title, say or who"),
        ('who = "technician"', 'who = "merchant"\nexplains = 1', "bad list 'explains'"),
        ('say.zh = "', 'say.zx = "', "the say of ecr.refused lacks zh or en"),
        ("{host}", "{host.__class__}", "lacks zh or en"),
        ("{host}", "{host", "lacks zh or en"),
        ('by = "merchant"', 'by = "me"', "has a bad step"),
        ("cost = 5", 'cost = "dear"', "has a bad step"),
        ("recheck.zh", "recheck.zx", "has a bad step"),
    ],
)
def test_texts_that_a_report_would_stumble_over_are_named(
    old: str, new: str, wrong: str
) -> None:
    assert old in GOOD_TEXTS
    assert wrong in wrong_with_texts(GOOD_TEXTS.replace(old, new), reserved())
