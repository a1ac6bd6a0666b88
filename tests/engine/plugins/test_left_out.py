"""A plugin that could not be used is not known: reports, lists and refusals say so."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from posdiag.cli import carry_out
from posdiag.commands import run as running
from posdiag.engine.plugins.host import describe
from posdiag.model import LeftOut
from posdiag.system.core.record import Recorder
from posdiag.system.core.replay import Replay
from posdiag.texts.lookup import WORDS, left_out
from tests.engine.plugins.test_plugins import install
from tests.golden.reports import healthy

CHECK = """
from posdiag.model import Context, Finding, check, ok

@check("till.{name}")
async def of_the_till(context: Context) -> Finding:
    return ok()
"""
SLOW = "import time\ntime.sleep(2.3)\n"
HANGING = "import time\ntime.sleep(600)\n"
RAISING = "raise RuntimeError('no licence')\n"
WHY = "RuntimeError: no licence"

Plugin = Callable[[str, str], None]


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """Makes a package of one check whose `__init__.py` is this."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("POSDIAG_LANG", "en")

    def make(name: str, code: str) -> None:
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text(code)
        (package / "check.py").write_text(CHECK.format(name=name.replace("_", "-")))
        install(tmp_path, name, name)

    return make


@pytest.fixture
def nothing(tmp_path: Path) -> str:
    """A recording without an answer."""
    Recorder(Replay()).save(tmp_path / "nothing.json")
    return str(tmp_path / "nothing.json")


def test_a_package_that_is_slow_to_import_is_waited_for(plugin: Plugin) -> None:
    plugin("posdiag_slow", SLOW)

    (check,), unusable = describe(("posdiag_slow",))

    assert (check.id, unusable) == ("till.posdiag-slow", ())


def test_packages_that_hang_do_not_add_up(plugin: Plugin) -> None:
    names = tuple(f"posdiag_hangs{n}" for n in range(5))
    for name in names:
        plugin(name, HANGING)

    start = monotonic()
    _, unusable = describe(names, 6.0)
    took = monotonic() - start

    assert [left.package for left in unusable] == list(names)
    assert left_out(unusable[0]).en == "no answer in 6 s"
    assert took < 12
    assert describe(names, 6.0)[1] == unusable
    assert monotonic() - start < took + 3  # asked once


def test_a_package_that_hangs_takes_no_more_than_half_of_the_time(
    plugin: Plugin, nothing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin("posdiag_hanging", HANGING)
    start = monotonic()
    options = ["--timeout", "2", "--format", "json", "--no-keep"]
    carry_out(["run", "--replay", nothing, *options])
    took = monotonic() - start

    assert "no answer in 1 s" in capsys.readouterr().out
    assert took < 6


@pytest.mark.parametrize("command", ["list", "run"])
def test_an_inventory_that_may_be_about_a_plugin_is_not_wrong(
    command: str, plugin: Plugin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin("posdiag_raising", RAISING)
    fault = (
        '[[bench.fault]]\nname = "x"\ninject = ""\nrestore = ""\nexpect = "till.jam"\n'
    )
    text = '[[bench]]\nname = "a"\nrun = ["--select", "till"]\n' + fault
    (tmp_path / "lab.toml").write_text(text.replace('""', '"true"'))

    assert carry_out(["lab", command, "--inventory", f"{tmp_path}/lab.toml"]) == 3
    told = capsys.readouterr().err
    assert "lab.toml:3: bench[1].run: cannot tell what 'till' is" in told
    assert "expect: cannot tell whether there is a cause 'till.jam': plugin" in told


@pytest.mark.parametrize(
    "name", ["posdiag_raising", "till", "till.posdiag-raising", "raising"]
)
def test_a_name_that_may_be_a_plugins_is_not_known(
    name: str, plugin: Plugin, nothing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin("posdiag_raising", RAISING)
    told = f"cannot tell what '{name}' is: plugin package posdiag_raising was left out"

    for command in (["run", "--replay", nothing, name], ["explain", name]):
        assert carry_out(command) == 3
        assert capsys.readouterr().err == f"posdiag: {told}: {WHY}\n"


def test_a_wrong_name_of_the_core_stays_wrong_use(
    plugin: Plugin, nothing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin("posdiag_raising", RAISING)

    assert carry_out(["run", "--replay", nothing, "dns.resolv"]) == 2
    assert "the nearest known is dns.resolve" in capsys.readouterr().err


def test_a_run_notes_it_and_a_plugin_left_out_need_not_be_skipped(
    plugin: Plugin, nothing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin("posdiag_raising", RAISING)
    arguments = ["run", "--replay", nothing, "--skip", "till", "--format", "json"]

    assert carry_out(arguments) == 3
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert [note for note in notes if note["id"] == "plugin.left-out"] == [
        {
            "id": "plugin.left-out",
            "zh": f"外加的检查包 posdiag_raising 没有用上：它出错了（{WHY}）。",
            "en": f"Plugin package posdiag_raising was left out: {WHY}.",
        }
    ]


def test_every_reason_has_words() -> None:
    folder = Path(running.__file__).parents[1] / "engine"
    used = "".join(
        (folder / file).read_text("utf-8")
        for file in ("registry.py", "plugins/host.py")
    )
    reasons = [key for key in WORDS.all() if key.startswith("left-out.")]

    assert len(reasons) == 20
    for key in reasons:
        assert f'"{key.removeprefix("left-out.")}"' in used, key


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 0),
        (["--strict"], 3),
        (["--strict", "--skip", "posdiag_hangs"], 0),
        (["--strict", "--select", "link.state"], 0),
    ],
)
def test_strict_wants_the_plugins_too(
    options: list[str],
    code: int,
    nothing: str,
    plugin: Plugin,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plugin("posdiag_hangs", RAISING)
    left = LeftOut("posdiag_hangs", "no-answer", {"seconds": 10.0}, unseen=True)
    report = replace(healthy(), left_out=(left,), results=())
    monkeypatch.setattr(running, "_measure", lambda *given: report)

    assert carry_out(["run", "--replay", nothing, *options]) == code
    said = capsys.readouterr()
    assert "Plugin package posdiag_hangs was left out: no answer in 10 s." in said.out
    assert ("not carried out: posdiag_hangs" in said.err) == (code == 3)


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "plugin package posdiag_raising was left out: RuntimeError: no licence"),
        ("zh", "外加的检查包 posdiag_raising 没有用上：它出错了（RuntimeError:"),
    ],
)
def test_the_list_says_what_is_missing_from_it(
    lang: str, line: str, plugin: Plugin, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin("posdiag_raising", RAISING)

    assert carry_out(["list", "--lang", lang]) == 0
    assert line in capsys.readouterr().out
    assert carry_out(["list", "--format", "json"]) == 0
    (left,) = json.loads(capsys.readouterr().out)["left_out"]
    assert (left["package"], left["check"], left["en"]) == ("posdiag_raising", "", WHY)


def test_the_table_of_a_package_without_an_answer_is_not_a_wrong_one(
    plugin: Plugin, nothing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin("posdiag_raising", RAISING)
    profile = tmp_path / "shop.toml"
    profile.write_text("[plugin.posdiag_raising]\nport = 1\n")
    told = f"{profile}:1: plugin.posdiag_raising: could not be checked: {WHY}\n"

    assert carry_out(["profile", "check", str(profile)]) == 3
    assert capsys.readouterr() == ("", told)
    options = ["--replay", nothing, "--format", "json", "--profile", str(profile)]
    assert carry_out(["run", *options]) == 3
    said = capsys.readouterr()
    assert told in said.err
    assert json.loads(said.out)["verdict"] == "unknown"

    profile.write_text("[plugin.posdiag_raising]\nport = 1\n[wifi]\nsid = 'x'\n")
    assert carry_out(["profile", "check", str(profile)]) == 2
