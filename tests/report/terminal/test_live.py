"""What is seen while the checks run; trouble with the screen stops nothing."""

import io
import subprocess
import sys

import pytest

from posdiag.model import Check, Finding, Result, Status
from posdiag.report.terminal.live import Live, first_line
from posdiag.texts.lang import Lang
from tests.golden.reports import catalogue, checklist, never


class Screen(io.TextIOWrapper):
    """A terminal that keeps what was written to it."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding)

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


class Broken(Screen):
    def write(self, text: str) -> int:
        raise OSError(5, "gone")


def play(live: Live) -> None:
    live.start(checklist())
    for check, status in zip(checklist(), Status, strict=False):
        live.update(Result(check.id, Finding(status, "x")))
    live.stop()
    live.stop()


def test_the_first_line_comes_in_the_right_language() -> None:
    chinese, english, old = io.StringIO(), io.StringIO(), Screen("ascii")
    first_line("zh", chinese)
    first_line("en", english)
    first_line("zh", old)

    assert chinese.getvalue() == "posdiag 0.1.0 正在检查网络…\n"
    assert english.getvalue() == "posdiag 0.1.0: checking the network...\n"
    assert old.text == english.getvalue()


def test_nothing_heavy_is_imported_for_the_first_line() -> None:
    code = (
        "import sys; from posdiag.report.terminal.live import first_line;"
        "first_line('en');"
        "print(*({'rich', 'pydantic', 'typer', 'dns', 'scapy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[1] == ""


def test_a_terminal_shows_titles_and_states() -> None:
    screen = Screen()
    play(Live(catalogue(), "zh", stream=screen))

    assert "路由器" in screen.text
    assert "正常  网卡" in screen.text


def test_without_colour_only_the_cursor_is_moved() -> None:
    screen = Screen()
    play(Live(catalogue(), "zh", stream=screen, color=False))

    assert "\x1b[32m" not in screen.text
    assert "\x1b[1;31m" not in screen.text


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1"])
def test_any_console_can_show_it(encoding: str) -> None:
    screen = Screen(encoding)
    play(Live(catalogue(), "zh", stream=screen))

    assert screen.text


def test_elsewhere_it_is_silent() -> None:
    stream = io.StringIO()
    play(Live(catalogue(), "zh", stream=stream))

    assert stream.getvalue() == ""


def test_a_broken_screen_stops_nothing() -> None:
    play(Live(catalogue(), "zh", stream=Broken()))
    first_line("zh", Broken())


def test_a_closed_screen_stops_nothing() -> None:
    screen = Screen()
    live = Live(catalogue(), "zh", stream=screen)
    live.start(checklist())
    screen.close()
    live.update(Result("link.state", Finding(Status.OK)))
    live.stop()


def test_results_of_checks_that_were_not_announced_are_taken() -> None:
    live = Live(catalogue(), "en", stream=Screen())
    live.update(Result("no.such", Finding(Status.OK)))
    live.start([Check("a.b\x1b[2J", never)])
    live.update(Result("no.such", Finding(Status.OK)))
    live.stop()


def test_a_hostile_title_moves_no_cursor() -> None:
    screen = Screen()
    live = Live(catalogue(), "en", stream=screen, color=False)
    live.start([Check("a.b\x1b[7m", never)])
    live.update(Result("x", Finding(Status.OK)))
    live.stop()

    assert "\x1b[7m" not in screen.text
    assert "a.b\\x1b[7m" in screen.text


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "项，最多 30 秒"), ("en", "to go, 30 s at most")]
)
def test_what_is_to_come_is_said(lang: Lang, words: str) -> None:
    screen = Screen()
    live = Live(catalogue(), lang, stream=screen)
    live.start(checklist(), 30.0)
    live.update(Result(checklist()[0].id, Finding(Status.OK)))
    live.stop()

    assert words in screen.text
