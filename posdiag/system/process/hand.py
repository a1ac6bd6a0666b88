"""Run a command that the user gave us: the hand of a laboratory (`--on-action`).

Unlike the system's own programs it gets the user's environment, and what it starts in
the background lives on. Its output goes to our standard error.
"""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

LONGEST = 120.0  # seconds; a router that restarts takes two minutes


class NoSuchCommand(ValueError):
    """The command line is empty, damaged, or names no program."""


def parts(command: str) -> list[str]:
    """The words of a command line; raises `NoSuchCommand`."""
    try:
        words = shlex.split(command, posix=sys.platform != "win32")
    except ValueError as trouble:
        raise NoSuchCommand(str(trouble)) from trouble
    if Path(command).is_file():  # a path with blanks in it
        words = [command]
    if not words or shutil.which(words[0]) is None:
        raise NoSuchCommand(words[0] if words else "")
    return words


def run(words: list[str], last: str, seconds: float = LONGEST) -> bool:
    """Run it with `last` as its last argument. True: it ended with 0 in time."""
    try:
        child = subprocess.Popen(
            [*words, last],
            stdin=subprocess.DEVNULL,
            stdout=_stderr(),
            stderr=_stderr(),
        )
    except OSError:
        return False
    try:
        return child.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False


def _stderr() -> int | None:
    """Our standard error, or nothing where it is no file."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return subprocess.DEVNULL
