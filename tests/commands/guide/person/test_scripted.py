"""Answers from a file, and the hand."""

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from posdiag.commands.guide.person.scripted import Answers, Script, load, read
from posdiag.guide.load import knowledge
from posdiag.guide.walk.drive import drive
from posdiag.guide.walk.walk import Walk
from posdiag.profile.load import BadProfile
from posdiag.profile.reader import Reader
from posdiag.system.process import hook
from tests.guide.merchant import KNOWN, seen

FACTS = knowledge()


def refused(content: dict[str, Any]) -> list[str]:
    reader = Reader(Path(), None)
    read(reader, content, FACTS)
    return [problem.en for _, problem in reader.problems]


def test_quoted_and_dotted_keys_mean_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        'symptom = "no-network"\n[facts]\n"router.power-lamp" = "off"\n'
        'hotspot.band = 5\n[helped]\nrouter.restart = true\n"cable.swap" = "no"\n'
    )

    assert load(str(path), FACTS) == Answers(
        "no-network",
        {"router.power-lamp": "off", "hotspot.band": "5"},
        {"router.restart": "yes", "cable.swap": "no"},
    )


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({"facts": {"router.power-lam": "off"}}, "router.power-lamp"),
        ({"facts": {"router.power-lamp": "blue"}}, "on, off, unknown"),
        ({"facts": {"router.power-lamp": True}}, "cannot be"),
        ({"facts": {"terminal.address": "hello"}}, "'terminal.address' cannot be 'hel"),
        ({"facts": {"terminal.address": "hello"}}, "expected an address such as"),
        ({"facts": {"terminal.address": "999.1.1.1"}}, "expected an address such as"),
        ({"facts": {"terminal.address": True}}, "expected an address such as"),
        ({"facts": {"terminal.mask": "1.2"}}, "expected a mask such as"),
        ({"facts": {"terminal.code": ""}}, "expected the code on the screen"),
        ({"facts": "x"}, "facts cannot be 'x': expected a table, [facts]"),
        ({"helped": ["x"]}, "expected a table, [helped]"),
        ({"helped": {"router.kick": "yes"}}, "router."),
        ({"helped": {"router.restart": "perhaps"}}, "yes, no, unknown"),
        ({"symptom": "no-netwrk"}, "no-network"),
        ({"fact": {}}, "symptom, facts, helped"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(
    content: dict[str, Any], word: str
) -> None:
    (problem,) = refused(content)

    assert word in problem


def test_all_mistakes_are_told_at_once() -> None:
    assert len(refused({"symptom": "x", "facts": {"a": "b"}, "helped": {"c": 1}})) == 3


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    for content in (b"symptom = ", b"\xff\xfe", b"a" * 1_000_001):
        path.write_bytes(content)
        with pytest.raises(BadProfile):
            load(str(path), FACTS)
    with pytest.raises(BadProfile):
        load(str(tmp_path / "missing"), FACTS)


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        ("symptom = 'slow'\n[facts\n", 2, ""),
        ("\n[facts]\n\"router.power-lamp\" = 'green'\n", 3, "router.power-lamp"),
        ("[facts]\nrouter.power-lamp = 'green'\n", 2, "router.power-lamp"),
        ("\n\nsymptom = 'x'\n", 3, "x"),
    ],
)
def test_what_is_wrong_stands_with_its_line_in_both_languages(
    tmp_path: Path, content: str, line: int, word: str
) -> None:
    path = tmp_path / "a.toml"
    path.write_text(content)
    with pytest.raises(BadProfile) as bad:
        load(str(path), FACTS)

    (zh,), (en,) = bad.value.show("zh"), bad.value.show("en")
    for shown in (zh, en):
        assert shown.startswith(f"{path}:{line}: ")
        assert word in shown
    assert "Expected" not in zh


# --- the hand ----------------------------------------------------------------------


def program(path: Path, body: str) -> str:
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_action_is_the_last_argument_and_the_code_decides(tmp_path: Path) -> None:
    out = tmp_path / "seen"
    body = f"import sys\nopen({str(out)!r}, 'w').write(repr(sys.argv[1:]))\n"
    command = program(tmp_path / "a hand.py", body + "sys.exit(sys.argv[-1] == 'no')\n")

    assert hook.run_action(hook.parse_command(f"'{command}' bench 3"), "router.restart")
    assert out.read_text() == "['bench', '3', 'router.restart']"
    assert hook.run_action(hook.parse_command(command), "yes")
    assert not hook.run_action(hook.parse_command(command), "no")


def test_the_hand_has_the_users_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH", "7")
    body = "import os, sys\nsys.exit(os.environ.get('BENCH') != '7')\n"

    assert hook.run_action(hook.parse_command(program(tmp_path / "h.py", body)), "x")


def test_a_hand_that_hangs_has_not_done_it(tmp_path: Path) -> None:
    command = program(tmp_path / "h.py", "import time\ntime.sleep(60)\n")

    assert not hook.run_action(hook.parse_command(command), "x", seconds=0.5)


@pytest.mark.parametrize("command", ["", "  ", "no-such-program-at-all", "'open"])
def test_a_command_that_is_none_is_refused_beforehand(command: str) -> None:
    with pytest.raises(hook.NoSuchCommand):
        hook.parse_command(command)


# --- a whole walk -------------------------------------------------------------------


def test_without_a_hand_nothing_can_be_done() -> None:
    state = KNOWN.states["router.unreachable/no-power"]
    walk = Walk(KNOWN, "no-network")
    script = Script(Answers("no-network", {"router.power-lamp": "off"}))

    found = drive(walk, script, lambda request: seen(state))

    done = [step.done for step in walk.steps if step.kind == "action"]
    assert done
    assert not any(done)
    assert found.cause == "router.unreachable"
    assert found.outcome == "call"


def test_the_fact_of_an_action_tells_its_result_where_the_file_has_no_other() -> None:
    true = [sys.executable, "-c", "pass"] if os.name == "nt" else ["true"]
    facts = {
        "terminal.responds": "no",
        "sales.pending": "none",
        "power-cycle.helps": "yes",
    }
    walk = Walk(KNOWN, "frozen")

    found = drive(walk, Script(Answers("frozen", facts), true), lambda r: seen(None))

    assert (found.cause, found.outcome) == ("terminal.frozen", "fixed")


def test_a_card_number_that_is_typed_for_a_code_is_masked() -> None:
    facts = {"terminal.code": "4111 1111 1111 1111"}
    walk = Walk(KNOWN, "error-code")

    drive(walk, Script(Answers("error-code", facts)), lambda r: seen(None))

    answers = [step.answer for step in walk.steps]
    assert "4111 1111 1111 1111" not in answers
