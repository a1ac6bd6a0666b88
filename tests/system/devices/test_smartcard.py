"""A real pcscd with vsmartcard's virtual reader, in a network namespace of its own, and
a card of twenty lines."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskReaders, CardReaders
from posdiag.model.questions.meter import Meter
from posdiag.system.devices.smartcard import ATR, not_running, read_state, readers
from tests import ROOT

ATR_OF_CARD = "3b8f8001804f0ca000000306030001000000006a"

# In a namespace of its own, because vpcd listens on every address: pcscd, what is asked
# of it before and after a card is put in, and after the service has ended.
SCRIPT = """
import asyncio, json, os, socket, struct, subprocess, sys, threading, time
from posdiag.model.questions.devices import AskReaders
from posdiag.model.questions.meter import Meter
from posdiag.system.core.codec import encode
from posdiag.system.devices.smartcard import readers

atr, folder = bytes.fromhex(sys.argv[1]), sys.argv[2]
ask = lambda: encode(asyncio.run(readers(AskReaders(), Meter())))
told = {"before": ask()}
daemon = subprocess.Popen(["pcscd", "-f"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)

def until(holds):
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        found = ask()
        if holds(found):
            return found
        time.sleep(0.1)
    return found

told["empty"] = until(lambda f: f.get("readers"))

def card():
    link = socket.create_connection(("127.0.0.1", 35963))
    while True:
        head = link.recv(2, socket.MSG_WAITALL)
        if len(head) < 2:
            return
        size = struct.unpack(">H", head)[0]
        body = link.recv(size, socket.MSG_WAITALL)
        if size == 1 and body[0] == 4:
            link.sendall(struct.pack(">H", len(atr)) + atr)
        elif size != 1:
            told["commands"] = told.get("commands", 0) + 1
            link.sendall(b"\\0\\2\\x6a\\x82")

threading.Thread(target=card, daemon=True).start()
told["card"] = until(
    lambda f: any(r["card"] == "answers" for r in f.get("readers", ()))
)
daemon.terminate()
daemon.wait()
told["after"] = ask()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="pd", dir="/tmp") as folder:
        inside = (
            "ip link set lo up && mount -t tmpfs pcscd /run && mkdir -p /run/pcscd && "
            'exec "$@"'
        )
        rights = [] if os.geteuid() == 0 else ["-r"]
        done = subprocess.run(
            [
                *("unshare", *rights, "-nmp", "--fork", "--kill-child"),
                *("sh", "-c", inside, "sh"),
                *(sys.executable, "-c", SCRIPT, ATR_OF_CARD, folder),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


def cards(found: dict[str, object]) -> list[tuple[str, str]]:
    listed = found["readers"]
    assert isinstance(listed, list)
    return [(str(r["card"]), str(r["atr"])) for r in listed]


def test_the_service_is_off(told: dict[str, dict[str, object]]) -> None:
    assert told["before"] == {"is": "CardReaders", "readers": [], "running": False}
    assert told["after"]["running"] is False


def test_a_service_that_is_not_installed_is_not_one_that_is_off(tmp_path: Path) -> None:
    """wpa_supplicant needs the library, so that most machines have that alone."""
    absent = tmp_path / "pcscd"
    assert not_running((str(absent),)) == Unknown("no-tool", "sudo apt install pcscd")

    absent.touch()
    assert not_running((str(absent),)) == CardReaders(running=False)


def test_a_reader_without_a_card(told: dict[str, dict[str, object]]) -> None:
    assert {card for card, _ in cards(told["empty"])} <= {"none", "untold"}
    listed = told["empty"]["readers"]
    assert isinstance(listed, list)
    assert all("Virtual PCD" in reader["name"] for reader in listed)


def test_a_card_answers_and_nothing_is_asked_of_it(
    told: dict[str, dict[str, object]],
) -> None:
    assert ("answers", ATR_OF_CARD) in cards(told["card"])
    assert "commands" not in told


def test_without_the_library() -> None:
    found = asyncio.run(readers(AskReaders(), Meter(), "libabsent.so.1"))

    assert found == Unknown("no-tool", "sudo apt install pcscd")
    assert shutil.which("pcscd") is not None


@pytest.mark.parametrize(
    ("event", "atr", "card"),
    [
        (0x10, b"", "none"),
        (0x20, b"\x3b\x00", "answers"),
        (0x20 | 0x200, b"", "mute"),
        (0x20, b"", "mute"),
        (0x08, b"", "untold"),
        (0, b"", "untold"),
    ],
)
def test_states(event: int, atr: bytes, card: str) -> None:
    found = read_state(b"A\xff", event, atr[:ATR])

    assert found.name == "A\ufffd"
    assert (found.card, found.atr) == (card, atr.hex())


def test_the_library_stands_where_it_is_looked_for() -> None:
    assert list(Path("/usr/lib").rglob("libpcsclite.so.1"))
