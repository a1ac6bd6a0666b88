"""The menus on a real terminal: arrow keys, digits, leaving; GBK and 40 columns."""

import sys
from pathlib import Path

import pytest

from posdiag.report.terminal.wrap import cells
from tests.commands.guide.test_command import environment

if sys.platform == "win32":
    pytest.skip("no pty", allow_module_level=True)  # CI, on Linux, runs all of this

from tests.commands.guide.terminal import Terminal

DOWN, ENTER = "\x1b[B", "\r"
WORDS = ["guide", "no-print", "--timeout", "5", "--lang"]


def test_arrow_keys_and_digits_choose(tmp_path: Path) -> None:
    screen = Terminal([*WORDS, "zh"], environment(tmp_path))
    screen.until("回车确定")
    screen.type(DOWN + ENTER)
    screen.until("回车确定")
    screen.type("1" + ENTER)
    screen.until("回车确定")
    screen.type("\x03")

    assert screen.end() == 130
    assert "posdiag guide --resume" in screen.seen


@pytest.mark.parametrize("symptom", [[], ["no-print"]])
def test_q_leaves_at_once(tmp_path: Path, symptom: list[str]) -> None:
    """Also where there are more choices than digits."""
    words = ["guide", *symptom, "--timeout", "5", "--lang", "en"]
    screen = Terminal(words, environment(tmp_path))
    screen.until("q leaves")
    screen.type("q")

    assert screen.end() == 130
    assert "posdiag guide --resume" in screen.seen


def test_b_goes_back_at_once(tmp_path: Path) -> None:
    words = ["guide", "no-print", "--timeout", "5", "--lang", "zh"]
    screen = Terminal(words, environment(tmp_path))
    first = screen.until("回车确定")
    screen.type("0" if "0)" in first else "1")
    screen.type(ENTER)
    screen.until("第 2 步")
    screen.until("回车确定")
    screen.type("b")
    again = screen.until("第 1 步")
    screen.until("回车确定")
    screen.type("q")

    assert "第 1 步" in again
    assert screen.end() == 130


def test_help_is_shown_and_the_question_is_asked_again(tmp_path: Path) -> None:
    words = ["guide", "no-network", "--timeout", "5", "--lang", "en"]
    screen = Terminal(words, environment(tmp_path))
    shown = screen.until("stop here, go on later")
    assert "h) How can I tell?" in shown
    screen.type("?")
    screen.until("stop here, go on later")
    screen.type("q")

    assert screen.end() == 130


def test_every_menu_has_dont_know_and_a_way_out(tmp_path: Path) -> None:
    screen = Terminal([*WORDS, "en"], environment(tmp_path))
    seen = screen.until("stop here, go on later")
    screen.type("\x03")

    assert "don't know" in seen
    assert screen.end() == 130


def test_forty_columns_and_gbk(tmp_path: Path) -> None:
    env = {**environment(tmp_path), "PYTHONIOENCODING": "gbk", "NO_COLOR": "1"}
    screen = Terminal([*WORDS, "zh"], env, columns=40, encoding="gbk")
    screen.until("回车确定")
    screen.type("\x03")
    screen.end()

    head = screen.seen.split("第 1 步")[0]
    assert max(map(cells, head.replace("\r", "\n").splitlines())) <= 40


def test_plain_and_dumb_terminals_get_lines(tmp_path: Path) -> None:
    dumb = {**environment(tmp_path), "TERM": "dumb"}
    for words, env in (
        ([*WORDS, "zh", "--plain"], environment(tmp_path)),
        ([*WORDS, "zh"], dumb),
    ):
        screen = Terminal(words, env)
        screen.until("输入编号")
        screen.type("q\n")
        assert screen.end() == 130
