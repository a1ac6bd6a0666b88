"""`posdiag lab` from outside, with faults made for real on loopback."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from posdiag.commands.lab.perform import _places
from posdiag.lab.inventory import Bench, Fault
from posdiag.lab.plan import Trial
from posdiag.system.process.lock import Holder, holder, take
from tests.benches.till import Till, lab


def ran(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    code, out = lab(folder, "run", *arguments, "--json", "out.json")
    file = folder / "out.json"
    return code, json.loads(file.read_text("utf-8")) if file.exists() else {}, out


def verdicts(report: dict[str, Any]) -> list[str]:
    return [trial["verdict"] for trial in report["trials"]]


def until(condition: Any, seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_fault_is_made_named_and_restored(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(whole=True))
    code, report, out = ran(tmp_path, "--artifacts", "kept", "--html", "out.html")

    assert (code, verdicts(report)) == (0, ["right"]), out
    trial = report["trials"][0]
    assert trial["got"] == "target.unreachable"
    assert trial["healthy_before"] is trial["healthy_after"] is True
    assert till.is_up
    assert "first cause right: 1 of 1" in out
    assert (tmp_path / "kept/till/server-off/run.json").exists()
    assert "<table" in (tmp_path / "out.html").read_text("utf-8")


def test_a_fault_that_comes_out_otherwise_ends_with_1(
    tmp_path: Path, till: Till
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(expect="router.unreachable"))
    code, report, _ = ran(tmp_path)

    assert (code, verdicts(report)) == (1, ["wrong"])
    assert till.is_up


def test_nothing_injected_means_healthy(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench())
    code, report, _ = ran(tmp_path, "--fault", "none", "--repeat", "2")

    assert (code, verdicts(report)) == (0, ["right", "right"])

    till.close()
    code, report, _ = ran(tmp_path, "--fault", "none")

    assert (code, verdicts(report)) == (1, ["alarm"])


@pytest.mark.parametrize(
    ("hooks", "why"),
    [
        ({"inject": "echo broken arm >&2; exit 4"}, "inject failed: broken arm"),
        ({"inject": "sleep 60", "more": "hook_timeout = 1"}, "took longer than 1 s"),
        (
            {"inject": "echo begun; sleep 60", "more": "hook_silence = 1"},
            "said nothing for 1 s",
        ),
        ({"inject": "true"}, ""),  # nothing happened: the fault is called healthy
    ],
)
def test_a_hook_that_fails_makes_the_trial_invalid(
    tmp_path: Path, till: Till, hooks: dict[str, Any], why: str
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(**hooks))
    code, report, _ = ran(tmp_path)

    assert verdicts(report) == (["invalid"] if why else ["missed"])
    assert code == (3 if why else 1)
    assert why in (report["trials"][0]["why"] or "")
    assert till.is_up


def test_a_slow_hook_that_goes_on_speaking_is_waited_for(
    tmp_path: Path, till: Till
) -> None:
    slow = f"for _ in 1 2 3 4; do echo .; sleep 0.5; done; {till.off}"
    (tmp_path / "lab.toml").write_text(
        till.bench(inject=slow, more="hook_silence = 1.5")
    )

    assert verdicts(ran(tmp_path)[1]) == ["right"]


@pytest.mark.parametrize(
    "instead",
    [
        "echo nonsense; exit 1",
        "kill -SEGV $$",
        "echo [1]; exit 1",
        'echo {\\"verdict\\": \\"broken\\", \\"causes\\": [7]}; exit 1',
    ],
)
def test_a_posdiag_that_crashes_on_a_fault_is_counted(
    tmp_path: Path, till: Till, instead: str
) -> None:
    bench = till.bench(inject="touch made", restore="rm -f made")
    shell = f"if [ -e {tmp_path}/made ]; then {instead}; fi; exec " + '"$0" "$@"'
    before = f"prefix = {json.dumps(['sh', '-c', shell])[:-1]}, "
    (tmp_path / "lab.toml").write_text(bench.replace("prefix = [", before))
    code, report, _ = ran(tmp_path)

    assert (code, verdicts(report)) == (1, ["no-report"])
    assert report["trials"][0]["healthy_before"]
    assert report["trials"][0]["healthy_after"]
    assert report["trials"][0]["why"].startswith("posdiag gave no report: ")


def test_a_bench_that_is_not_healthy_before_or_after_counts_for_nothing(
    tmp_path: Path, till: Till
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(restore="true"))
    code, report, _ = ran(tmp_path, "--repeat", "2")
    reasons = [trial["why"] for trial in report["trials"]]

    assert (code, verdicts(report)) == (3, ["invalid", "invalid"])
    assert reasons[0].startswith("not healthy after restore: target.unreachable")
    assert reasons[1].startswith("not healthy before the fault")


def test_after_a_restore_that_failed_the_bench_is_left_alone(
    tmp_path: Path, till: Till
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(restore="exit 9"))
    code, report, out = ran(tmp_path, "--repeat", "3", "--junit", "out.xml")

    assert (code, verdicts(report)) == (3, ["invalid", "untried", "untried"])
    assert report["trials"][1]["why"] == "an earlier restore failed: exit code 9"
    hand = "bench 'till' could not be restored and needs a hand"
    assert f"posdiag: {hand}: restore failed: exit code 9\n" in out
    cases = list(ElementTree.parse(tmp_path / "out.xml").iter("testcase"))
    assert [case[0].tag for case in cases] == ["error", "skipped", "skipped"]


def test_of_two_hooks_that_fail_the_first_is_told_first(
    tmp_path: Path, till: Till
) -> None:
    inject, restore = "echo arm >&2; exit 4", "echo leg >&2; exit 5"
    (tmp_path / "lab.toml").write_text(till.bench(inject, restore))
    code, report, out = ran(tmp_path)

    assert (code, verdicts(report)) == (3, ["invalid"])
    told = "inject failed: arm; restore failed: leg"
    assert report["trials"][0]["why"] == told
    assert f"needs a hand: {told}\n" in out


def test_power_goes_on_before_and_off_after(tmp_path: Path, till: Till) -> None:
    till.close()
    more = f"power = {{ on = '{till.on}', off = '{till.off}' }}"
    (tmp_path / "lab.toml").write_text(till.bench(more=more))
    code, report, _ = ran(tmp_path)

    assert (code, verdicts(report)) == (0, ["right"])
    assert not till.is_up


def test_a_power_off_that_failed_is_said(tmp_path: Path, till: Till) -> None:
    more = 'power = { off = "echo stuck >&2; exit 3" }'
    (tmp_path / "lab.toml").write_text(till.bench(more=more))
    code, report, out = ran(tmp_path, "--fault", "none")

    assert (code, verdicts(report)) == (0, ["right"])
    assert "posdiag: bench 'till': power off failed: stuck\n" in out


def test_a_hook_that_floods_is_ended(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(inject="yes"))
    begin = time.monotonic()
    code, report, _ = ran(tmp_path)

    assert (code, verdicts(report)) == (3, ["invalid"])
    assert report["trials"][0]["why"] == "inject failed: said more than 64 MB"
    assert time.monotonic() - begin < 60


def test_trials_whose_names_look_alike_keep_their_reports(tmp_path: Path) -> None:
    names = (".", "..", "a/b", "a b", "A-b", "x" * 90, "x" * 91)
    trials = [Trial(Bench("../up"), Fault(name, "", "", "")) for name in names]
    places = [tmp_path / place for place in _places(trials).values()]

    for place in places:
        place.mkdir(parents=True)
    assert len({str(place).casefold() for place in places}) == len(names)
    assert all(tmp_path in place.resolve().parents for place in places)


def test_a_held_bench_is_not_touched_and_its_holder_is_named(
    tmp_path: Path, till: Till
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench())
    lock = take("till")
    assert not isinstance(lock, Holder)
    code, report, _ = ran(tmp_path)
    _, listed = lab(tmp_path, "list")
    lock.release()

    assert (code, verdicts(report)) == (3, ["untried"])
    assert f"pid {os.getpid()} " in report["trials"][0]["why"]
    assert f"pid {os.getpid()} " in listed
    assert "free" in lab(tmp_path, "list")[1]


def test_a_bench_that_becomes_free_is_waited_for(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench())
    lock = take("till")
    assert not isinstance(lock, Holder)
    threading.Timer(4, lock.release).start()
    code, report, out = ran(tmp_path, "--wait", "30")

    assert (code, verdicts(report)) == (0, ["right"])
    assert "waiting" in out


def test_a_killed_runner_leaves_a_whole_bench_and_no_lock(
    tmp_path: Path, till: Till
) -> None:
    """Also where it is killed while the fault is being injected, or restored."""
    begun = tmp_path / "begun"
    mark, slow = f"touch {begun}", "sleep 1"
    hooks: tuple[dict[str, Any], ...] = (
        {"inject": f"{mark}; {slow}; {till.off}"},
        {"inject": f"{till.off}; {mark}"},
        {"inject": till.off, "restore": f"{mark}; {slow}; {till.on}"},
        {"more": f"power = {{ on = '{mark}; {slow}' }}"},
    )
    for each in hooks:
        begun.unlink(missing_ok=True)
        (tmp_path / "lab.toml").write_text(till.bench(settle=2, **each))
        code, _ = lab(tmp_path, "run", kill=0.3, once=begun)

        assert code == -signal.SIGKILL
        assert until(lambda: holder("till") is None)
        time.sleep(1.1)  # an injection that went on would be over by now
        assert until(lambda: till.is_up, 3)


def test_ctrl_c_restores_and_ends_with_130(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(settle=30))
    command = [sys.executable, "-m", "posdiag", "lab", "run", "--json", "out.json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as run:
        assert until(lambda: not till.is_up, 30)
        run.send_signal(signal.SIGINT)
        code = run.wait(30)

    assert code == 130
    assert till.is_up
    assert verdicts(json.loads((tmp_path / "out.json").read_text())) == ["invalid"]


def test_two_runners_never_share_a_bench(tmp_path: Path, till: Till) -> None:
    """Each hook writes who it is; between one's begin and end no other may write."""
    mark = f"echo $PPID >> {tmp_path}/log"
    inject, restore = f"{mark}; {till.off}", f"{till.on}; {mark}"
    (tmp_path / "lab.toml").write_text(till.bench(inject=inject, restore=restore))
    codes: list[int] = []

    def race() -> None:
        codes.append(lab(tmp_path, "run", "--repeat", "2", "--wait", "60")[0])

    runners = [threading.Thread(target=race) for _ in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    pids = (tmp_path / "log").read_text().split()

    assert codes == [0, 0, 0]
    assert len(pids) == 12
    changes = sum(one != two for one, two in pairwise(pids))
    assert changes == 2  # three blocks, one after another


def test_two_benches_at_once_take_half_the_time(tmp_path: Path) -> None:
    tills = [Till(tmp_path / name, name) for name in ("one", "two")]
    (tmp_path / "lab.toml").write_text("".join(t.bench(settle=1.5) for t in tills))
    spent = []
    for jobs in ("1", "2"):
        begin = time.monotonic()
        code, report, out = ran(tmp_path, "--jobs", jobs)
        spent.append(time.monotonic() - begin)

        assert (code, verdicts(report)) == (0, ["right", "right"]), out
    for each in tills:
        each.close()

    assert spent[1] < spent[0] - 1.5


def test_when_time_is_over_what_was_begun_is_restored(
    tmp_path: Path, till: Till
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(settle=1))
    code, report, _ = ran(tmp_path, "--repeat", "60", "--timeout", "5")

    assert code in (1, 3)  # 3 on a machine that is too slow for a single trial
    assert verdicts(report)[-1] == "untried"
    assert "wrong" not in verdicts(report)
    assert till.is_up


@pytest.mark.parametrize("way", ["timeout", "signal"])
def test_an_inject_that_hangs_ends_with_the_run(
    tmp_path: Path, till: Till, way: str
) -> None:
    made = tmp_path / "made"
    bench = till.bench(inject=f"touch {made}; sleep 90", restore=f"rm {made}")
    (tmp_path / "lab.toml").write_text(bench)
    command = [sys.executable, "-m", "posdiag", "lab", "run", "--lang", "en"]
    options = ["--timeout", "8"] if way == "timeout" else []
    begin = time.monotonic()
    with subprocess.Popen(
        [*command, *options], cwd=tmp_path, stdout=subprocess.PIPE
    ) as run:
        if way == "signal":
            assert until(made.exists)
            run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=60)

    assert run.returncode == (3 if way == "timeout" else 130)
    assert b"invalid (out of time, or interrupted)" in out
    assert not made.exists()
    assert time.monotonic() - begin < 40


def test_a_bench_without_its_profile_is_wrong_use(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(inject="touch touched"))
    (till.folder / "shop.toml").unlink()
    code, out = lab(tmp_path, "run")

    assert code == 2
    assert "shop.toml: no such file" in out
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ('["--selct", "dns"]', "--selct"),
        ('["--select", "dsn"]', "dns"),
        ('["--select"]', "unknown: "),  # takes the next option for a name
        ('["--timeout", "soon"]', "soon"),
        ('["--timeout", "0"]', "seconds above 0"),
        ('["--quick", "--thorough"]', "--quick"),
        ('["--format", "html"]', "--output"),
        ('["--record", "/nowhere/x"]', "--record"),
        ('["-h"]', "-h only prints a page and measures nothing"),
        ('["--quick", "--help"]', "--help only prints a page"),
        (
            '["--format", "json", "--output", "-"]',
            "posdiag lab reads the report from stdout itself",
        ),
        ('["--format", "html"]', "give each --format an --output FILE"),
        ('["--lang", "fr"]', "--lang: expected zh or en"),
        ('["--acquirer", "host:99999"]', "--acquirer: expected HOST"),
        ('["--replay", "/nowhere"]', "--replay /nowhere: no such file"),
        ('["--profile", "other.toml"]', "the profile is named twice"),
    ],
)
def test_options_that_run_does_not_take_are_refused_with_line_and_key(
    tmp_path: Path, till: Till, options: str, words: str
) -> None:
    text = till.bench(inject="touch touched")
    inventory = text.replace("run = [", f"run = {options} # [", 1)
    (tmp_path / "lab.toml").write_text(inventory)
    code, out = lab(tmp_path, "run")

    assert code == 2, out
    assert "lab.toml:5: bench[1].run: " in out
    assert words in out
    assert not (tmp_path / "touched").exists()


def test_files_of_a_bench_are_named_from_its_folder(tmp_path: Path, till: Till) -> None:
    (tmp_path / "benches" / "out").mkdir(parents=True)
    run = 'run = ["--format", "html", "--output", "out/x.html"] #'
    inventory = till.bench().replace("run =", run, 1)
    (tmp_path / "benches" / "lab.toml").write_text(inventory)

    assert lab(tmp_path, "list", "--inventory", "benches/lab.toml")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--timeout", "0"], "expected seconds above 0"),
        (["--bench", "tlil"], "posdiag: --bench: 'tlil': expected one of 'till'\n"),
        (
            ["--fault", "server of"],
            "--fault: 'server of': expected one of 'all', 'none', 'server off'\n",
        ),
        (["--tag", "nowhere"], "no bench or fault is left"),
        (["--shard", "3/2"], "expected K/N"),
        (["--jobs", "0"], "a number from 1 to 10000"),
        (["--baseline", "/nowhere"], "no such file"),
        (["--baseline", __file__], "not a JSON report of posdiag lab"),
        (["--junit", "/nowhere/x"], "its folder does not exist"),
        (["--inventory", "/nowhere"], "/nowhere: no such file"),
        (["--junit", "lab.toml"], "--junit and --inventory name the same file"),
        (["--junit", "a", "--json", "a"], "--json and --junit name the same file"),
        (
            ["--junit", "-", "--json", "-"],
            "--junit, --json: only one format can go to stdout; name a file for",
        ),
        (["--html", "/proc/x"], "--html /proc/x: no permission"),
        (["--junit", "x" * 300], "the name is too long"),
        (["--artifacts", "lab.toml"], "--artifacts lab.toml: is not a directory"),
        (["--artifacts", "/proc/x"], "--artifacts /proc/x: no permission"),
        (["--wait", "nan"], "expected seconds, 0 or more"),
        (["--wait", "-1"], "expected seconds, 0 or more"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_touched(
    tmp_path: Path, till: Till, arguments: list[str], words: str
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(inject="touch touched"))
    code, out = lab(tmp_path, "run", *arguments)

    assert code == 2
    assert words in out
    assert not (tmp_path / "touched").exists()
