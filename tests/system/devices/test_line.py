"""A dial-up modem on a pseudo-terminal, and iaxmodem, which others wrote."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from posdiag.demo.devices.line import DialUpModem, LineSettings
from posdiag.demo.devices.terminal import PseudoTerminal
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import NO_NUMBER, Dialled, DialLine
from posdiag.model.questions.meter import Meter
from posdiag.model.site import Secret
from posdiag.system.devices.line import dial

NUMBER = "9,16300"
DIALS = Secret(NUMBER)


def called(
    settings: LineSettings, number: Secret = DIALS, seconds: float = 3.0
) -> tuple[Dialled, DialUpModem]:
    modem = DialUpModem(settings)
    with PseudoTerminal(modem) as terminal:
        asked = DialLine(terminal.name, number=number, seconds=seconds)
        found = asyncio.run(dial(asked, Meter()))
        time.sleep(0.1)
    assert isinstance(found, Dialled)
    return found, modem


@pytest.mark.parametrize(
    ("settings", "result", "tone"),
    [
        (LineSettings(), "connect", "heard"),
        (LineSettings(echo=False), "connect", "heard"),
        (LineSettings(result="BUSY"), "busy", "untold"),
        (LineSettings(result="NO CARRIER"), "no-carrier", "untold"),
        (LineSettings(result="NO ANSWER"), "no-answer", "untold"),
        (LineSettings(tone=False), "no-dial-tone", "none"),
        (LineSettings(result="NO DIALTONE"), "no-dial-tone", "heard"),
        (LineSettings(result="ERROR"), "refused", "untold"),
        (LineSettings(result=""), "nothing", "untold"),
    ],
)
def test_a_call(settings: LineSettings, result: str, tone: str) -> None:
    found, modem = called(settings)

    assert (found.state, found.result, found.tone) == ("answers", result, tone)
    assert modem.dialled == [NUMBER]  # once
    assert not modem.open  # we have hung up


@pytest.mark.parametrize(("tone", "wanted"), [(True, "heard"), (False, "none")])
def test_without_a_number_nothing_is_dialled(tone: bool, wanted: str) -> None:
    found, modem = called(LineSettings(tone=tone), NO_NUMBER)

    assert (found.result, found.tone) == ("not-dialled", wanted)
    assert modem.dialled == []
    assert not modem.open


def test_an_interrupted_call_is_hung_up() -> None:
    modem = DialUpModem(LineSettings(result=""))

    async def interrupt(port: str) -> None:
        asked = DialLine(port, number=DIALS, seconds=30.0)
        task = asyncio.create_task(dial(asked, Meter()))
        await asyncio.sleep(1.5)
        assert modem.open
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.5)

    with PseudoTerminal(modem) as terminal:
        asyncio.run(interrupt(terminal.name))

    assert not modem.open


def test_no_port_and_a_silent_one() -> None:
    missing = asyncio.run(dial(DialLine("/dev/absent"), Meter()))
    silent, _ = called(LineSettings(silent=True))

    assert missing == Dialled("missing")
    assert silent == Dialled("silent")


CONFIG = """device {folder}/tty
mode 660
port {port}
refresh 300
server 127.0.0.1
peername pos
secret x
codec slinear
"""


@pytest.fixture
def iaxmodem() -> Iterator[str]:
    """A real modem program whose exchange is away."""
    with tempfile.TemporaryDirectory(prefix="pd", dir="/tmp") as name:
        folder = Path(name)
        text = CONFIG.format(folder=folder, port=20_000 + os.getpid() % 30_000)
        (folder / "modem").write_text(text, "ascii")
        config = f"../..{folder}/modem"  # it looks in /etc/iaxmodem alone
        program = shutil.which("iaxmodem") or "/usr/bin/iaxmodem"
        with subprocess.Popen(
            [program, config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as running:
            ends = time.monotonic() + 5
            while not (folder / "tty").exists() and time.monotonic() < ends:
                time.sleep(0.05)
            yield str(folder / "tty")
            running.kill()


def test_a_modem_of_others_whose_exchange_is_dead(iaxmodem: str) -> None:
    asked = DialLine(iaxmodem, number=Secret("100"), seconds=2.0)
    found = asyncio.run(dial(asked, Meter()))

    assert not isinstance(found, Unknown)
    assert (found.state, found.result) == ("answers", "nothing")
