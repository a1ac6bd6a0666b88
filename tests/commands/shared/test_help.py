"""What `-h` prints, on every screen and in both languages."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer

from posdiag.cli import app
from posdiag.commands import HELP
from posdiag.report.terminal.wrap import cells
from posdiag.texts.lang import Lang

ENGLISH_ONLY = re.compile(r"Usage|Options|Commands|Arguments|Show this|required")


def paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group: (), ("run",), ("profile",), ("profile", "init") ..."""
    yield path
    for name in (
        sorted(command.list_commands(None)) if hasattr(command, "later") else ()
    ):
        yield from paths(command.get_command(None, name), (*path, name))


ALL = tuple(paths(typer.main.get_command(app)))


@cache
def page(path: tuple[str, ...], lang: str, columns: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "posdiag", *path, "-h"],
        env=os.environ | {"POSDIAG_LANG": lang, "COLUMNS": str(columns)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def example_lines(path: tuple[str, ...], lang: Lang) -> set[str]:
    key = f"examples.{'-'.join(path) or 'app'}"
    pair = HELP(key) if key in HELP else None
    return {f"  {x}" for x in pair.of(lang).split("\n")} if pair else set()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_a_page_fits_its_screen_and_is_in_one_language(
    path: tuple[str, ...], lang: Lang
) -> None:
    for columns in (40, 80):
        text = page(path, lang, columns)
        lines = set(text.splitlines()) - example_lines(path, lang)
        long = [x for x in lines if cells(x) >= columns and len(x.split()) > 1]

        assert long == []
        assert text.startswith(HELP(f"command.{'-'.join(path) or 'app'}").of(lang)[:9])
        assert lang == "en" or not ENGLISH_ONLY.search(text)


def test_every_option_of_a_command_is_on_its_page() -> None:
    command: Any = typer.main.get_command(app)
    for path in ALL:
        inner = command
        for name in path:
            inner = inner.get_command(None, name)
        text = page(path, "en", 80)
        for parameter in inner.params:
            for name in parameter.opts if parameter.param_type_name == "option" else ():
                assert f"{name}" in text, path


@pytest.mark.parametrize("path", [("guide",), ("advise",), ("terminal", "listen")])
def test_no_page_speaks_of_a_consent_that_the_command_refuses(
    path: tuple[str, ...],
) -> None:
    for lang in ("zh", "en"):
        text = page(path, lang, 200)
        taken = re.findall(r"^  (--allow-[a-z]+)", text, re.MULTILINE)

        assert set(re.findall(r"--allow-[a-z]+", text)) <= set(taken)


def test_the_first_page_shows_groups_examples_and_exit_codes() -> None:
    text = page((), "en", 80)

    assert text.index("Diagnose") < text.index("Site profile") < text.index("Try it")
    assert "  posdiag explain 51" in text
    assert "130 interrupted" in text
    assert len(text.splitlines()) <= 50


def test_help_follows_the_language_option() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "posdiag", "run", "--lang", "zh", "-h"],
        env=os.environ | {"POSDIAG_LANG": "en"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )

    assert "用法：posdiag run" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_had_for_the_usual_shells(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "posdiag", "--show-completion", shell],
        # typer looks for the shell among the parent processes; here it is named.
        env=os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert "_POSDIAG_COMPLETE" in done.stdout
