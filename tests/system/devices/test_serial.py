"""Why can a port not be opened? A name that is no serial port is told from trouble."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from posdiag.system.devices.ports import unavailable
from posdiag.system.devices.serial import NoPort, Port, open_port


def opened(name: str) -> NoPort:
    async def open_() -> NoPort | Port:
        found = await open_port(name, 9600)
        if isinstance(found, Port):
            found.close()
        return found

    found = asyncio.run(open_())
    assert isinstance(found, NoPort), "it is a port"
    return found


@pytest.fixture
def names(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "file").write_text("hello", "ascii")
    os.mkfifo(tmp_path / "fifo")
    return {
        "folder": str(tmp_path),
        "file": str(tmp_path / "file"),
        "fifo": str(tmp_path / "fifo"),
    }


@pytest.mark.parametrize("kind", ["folder", "file", "fifo"])
def test_a_file_is_no_serial_port(kind: str, names: dict[str, str]) -> None:
    assert opened(names[kind]).why == "unfit"


@pytest.mark.parametrize(
    "name",
    [
        "/dev/null",
        "/dev/zero",
        "socket://",
        "socket://127.0.0.1",
        "socket://127.0.0.1:many",
        "socket://127.0.0.1:99999",
        "what://127.0.0.1:9",
    ],
)
def test_neither_is_a_device_of_another_kind_nor_a_wrong_address(name: str) -> None:
    assert opened(name).why == "unfit"


@pytest.mark.parametrize(
    "name", ["/dev/ttyNONE", "socket://no.such.host.invalid:9", "COM77"]
)
def test_what_is_not_there_is_missing(name: str) -> None:
    assert opened(name).why == "missing"


@pytest.fixture
def silent_server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []
        threading.Thread(
            target=lambda: kept.append(server.accept()[0]), daemon=True
        ).start()
        yield server.getsockname()[1]
        for peer in kept:
            peer.close()


# pyserial 3.5 sets its thread up in the old way.
@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
def test_a_server_that_does_not_speak_rfc_2217_is_no_serial_port(
    silent_server: int,
) -> None:
    assert opened(f"rfc2217://127.0.0.1:{silent_server}").why == "unfit"


def test_the_answer_says_what_would_open_the_port(tmp_path: Path) -> None:
    port = tmp_path / "ttyX"
    port.write_text("", "ascii")
    port.chmod(0o600)

    assert unavailable(str(port), NoPort("no-rights")).hint == f"sudo chmod a+rw {port}"
    port.chmod(0o660)
    assert unavailable(str(port), NoPort("no-rights")).hint.startswith(
        "sudo usermod -aG"
    )
    assert unavailable(str(port), NoPort("busy", "minicom")).hint == "minicom"
    assert unavailable(str(port), NoPort("unfit")).why == "unfit"
