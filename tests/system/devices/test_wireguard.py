"""What do the peers of a WireGuard interface say, by `wg`?"""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskWireguard, Peer, Wireguard
from posdiag.model.questions.meter import Meter
from posdiag.system.devices.wireguard import read_networks, read_peers, wireguard
from posdiag.system.process.tools import Tools


def told(folder: Path, script: str) -> Wireguard | Unknown:
    """What is made of a `wg` that is this shell script."""
    program = folder / "wg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    tools = Tools("linux", path=f"{folder}{os.pathsep}{os.defpath}")
    return asyncio.run(wireguard(AskWireguard("wg0"), Meter(), tools))


def test_ages_and_bytes() -> None:
    found = read_peers("a=\t1000\nb=\t0\n", "a=\t10\t20\nb=\t0\t148\n", now=1040.0)

    assert found == (Peer(40.0, 20, 10), Peer(None, 148, 0))


def test_networks() -> None:
    text = "a=\t10.0.0.0/8 fd00::1/128\nb=\t(none)\n"

    assert read_networks(text) == ("10.0.0.0/8", "fd00::1/128")


def test_a_clock_that_was_set_back_gives_no_negative_age() -> None:
    assert read_peers("a=\t1000\n", "a=\t1\t2\n", 900.0) == (Peer(0.0, 2, 1),)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_read(one: str, other: str) -> None:
    assert len(read_peers(one, other, 1.0)) <= len(other.splitlines())
    assert isinstance(read_networks(one), tuple)


@pytest.mark.parametrize(
    ("says", "wanted"),
    [
        ("Operation not permitted", Unknown("no-rights", "sudo posdiag run")),
        ("Operation not supported", Wireguard(spoken=False)),
        ("No such device", Wireguard(spoken=False)),
    ],
)
def test_a_refusal(tmp_path: Path, says: str, wanted: Wireguard | Unknown) -> None:
    script = f"echo 'Unable to access interface: {says}' >&2; exit 1"

    assert told(tmp_path, script) == wanted


def test_without_the_program(tmp_path: Path) -> None:
    tools = Tools("linux", path=str(tmp_path))
    found = asyncio.run(wireguard(AskWireguard("wg0"), Meter(), tools))

    assert found == Unknown("no-tool", "sudo apt install wireguard-tools")


def test_no_key_is_asked_for(tmp_path: Path) -> None:
    told(tmp_path, f'echo "$@" >>{tmp_path}/asked')

    asked = (tmp_path / "asked").read_text("utf-8").split()
    assert set(asked) - {"show", "wg0"} == {
        "allowed-ips",
        "latest-handshakes",
        "transfer",
    }
