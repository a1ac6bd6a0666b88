"""This machine as an access point: what is asked of the program that manages the
adapter, who comes, and what becomes of the former connection."""

import asyncio
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import EventKind, WifiEvent
from posdiag.model.site import Secret
from posdiag.system.wifi.join import join_test
from posdiag.system.wifi.join.access_point import CLIENTS, AccessPoint
from posdiag.system.wifi.join.joiner import Joiner
from posdiag.system.wifi.join.request import OfferWifi, from_json, to_json
from posdiag.system.wifi.managers.events import EventLog
from posdiag.system.wifi.managers.supplicant_socket import parse_event
from tests.network_manager import RIGHT, NetworkManager
from tests.system.wifi.join.test_by_networkmanager import child_of, played, until_home
from tests.system.wifi.join.test_by_supplicant import AS_BEFORE, meeting, remembered

COMER = "54:81:2d:00:00:07"
OFFER = OfferWifi("posdiag0", b"SHOP".hex(), "wpa2", passphrase=Secret(RIGHT))


def test_the_child_is_told_to_offer_the_network_not_to_join_it() -> None:
    assert from_json(to_json(OFFER)) == OFFER
    assert type(from_json(to_json(OFFER))) is OfferWifi


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"<3>AP-STA-CONNECTED {COMER}", "client-joined"),
        (f"<3>AP-STA-POSSIBLE-PSK-MISMATCH {COMER}", "client-refused"),
        (f"<3>AP-STA-CONNECTED {COMER} auth_alg=open", "client-joined"),
    ],
)
def test_who_comes_is_read_from_the_supplicants_events(line: str, kind: str) -> None:
    event = parse_event(line, 2.0)

    assert event is not None
    assert (event.kind, event.bssid) == (kind, COMER)


def test_of_the_kernels_events_those_of_clients_alone_are_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A `connected` of the kernel is no sign that the access point is open."""
    here, there = socket.socketpair()

    class Kernel:
        def __init__(self, interface: str) -> None:
            there.send(b"!")

        def fileno(self) -> int:
            return here.fileno()

        def take(self) -> list[WifiEvent]:
            here.recv(1)
            kinds: tuple[EventKind, ...] = ("connected", "client-refused")
            return [WifiEvent(0.0, kind, "kernel", COMER) for kind in kinds]

        def close(self) -> None:
            here.close()

    monkeypatch.setattr(join_test, "KernelEvents", Kernel)

    async def act() -> list[WifiEvent]:
        log = EventLog()
        with join_test.kernel_events("posdiag0", log, CLIENTS):
            await log.wait(2.0)
        return log.events

    assert [e.kind for e in asyncio.run(act())] == ["client-refused"]
    there.close()


def offered(joiner: Joiner) -> Any:
    return joiner.offer(OFFER, lambda mac, kind: None)


def test_networkmanager_opens_it_and_the_former_connection_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        trouble = await offered(joiner)
        await joiner.close()
        return trouble, manager

    trouble, manager = played(tmp_path, monkeypatch, act)

    profile = manager.given[0]
    assert trouble is None
    assert (
        profile["802-11-wireless"]["mode"],
        profile["ipv4"]["method"],
        profile["ipv6"]["method"],
        profile["802-11-wireless-security"]["pmf"],
    ) == ("ap", "disabled", "disabled", 1)
    assert RIGHT not in str(manager.given)
    assert manager.history[-1] == "home"
    assert "CheckpointDestroy" in manager.calls
    assert [p.uuid for p in manager.profiles.values()] == ["home"]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_former_connection_comes_back_when_its_child_is_killed(
    how: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        await offered(joiner)
        os.kill(child_of(joiner), how)
        return await until_home(manager)

    assert played(tmp_path, monkeypatch, act)


def test_without_the_right_to_it_there_is_no_access_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        manager.permissions = "auth"
        return await offered(joiner)

    trouble = played(tmp_path, monkeypatch, act)

    assert isinstance(trouble, Unknown)
    assert trouble.why == "no-rights"


def test_wpa_supplicant_opens_it_and_tells_who_comes(tmp_path: Path) -> None:
    told: list[dict[str, str]] = []

    async def act() -> Any:
        async with meeting(tmp_path / "wlan0") as (daemon, supplicant, log):
            plan = await remembered(supplicant, OFFER)
            point = AccessPoint(OFFER, supplicant, log)
            opened = await point.open()
            asked = dict(daemon.networks[2])
            telling = asyncio.create_task(
                point.report_clients(lambda **said: told.append(said))
            )
            daemon.tell(f"AP-STA-POSSIBLE-PSK-MISMATCH {COMER}")
            daemon.tell(f"AP-STA-CONNECTED {COMER}")
            await asyncio.sleep(0.6)
            telling.cancel()
            return opened, asked, await supplicant.restore(plan), daemon.networks

    opened, asked, after, networks = asyncio.run(act())
    assert opened
    assert (asked["mode"], asked["key_mgmt"], asked["ssid"]) == (
        "2",
        "WPA-PSK",
        b"SHOP".hex(),
    )
    assert told == [
        {"client": COMER, "kind": "client-refused"},
        {"client": COMER, "kind": "client-joined"},
    ]
    assert (after, networks) == ("returned", AS_BEFORE)


def test_a_driver_that_cannot_is_no_access_point(tmp_path: Path) -> None:
    async def act() -> bool:
        async with meeting(tmp_path / "wlan0") as (daemon, supplicant, log):
            daemon.refuses = "mode 2"
            await remembered(supplicant, OFFER)
            return await AccessPoint(OFFER, supplicant, log).open()

    assert asyncio.run(act()) is False
