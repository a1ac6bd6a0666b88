"""A join test by NetworkManager: parent, child and the bus are real, NetworkManager is
a small one of ours (`network_manager`). What became of the former connection?"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import Joined
from posdiag.model.site import Secret
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.wifi.join.joiner import BUS, Joiner
from tests.network_manager import RIGHT, NetworkManager, network_manager

Act = Callable[[Joiner, NetworkManager], Awaitable[Any]]


def question(passphrase: str = RIGHT, hold: bool = True) -> JoinWifi:
    return JoinWifi(
        "posdiag0",
        b"SHOP".hex(),
        "wpa2",
        attempt_timeout=5.0,
        lease_timeout=3.0,
        hold=hold,
        passphrase=Secret(passphrase),
    )


def played(folder: Path, monkeypatch: pytest.MonkeyPatch, act: Act) -> Any:
    async def play() -> Any:
        async with network_manager(folder) as (address, manager):
            monkeypatch.setenv(BUS, address)
            joiner = Joiner()
            try:
                return await act(joiner, manager)
            finally:
                await joiner.close()

    return asyncio.run(play())


async def until_home(manager: NetworkManager) -> bool:
    for _ in range(300):
        if manager.state == 100 and manager.history[-1:] == ["home"]:
            return True
        await asyncio.sleep(0.1)
    return False


def child_of(joiner: Joiner) -> int:
    assert joiner._child is not None
    return joiner._child.pid


def test_a_network_is_held_until_the_system_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        joined = await joiner.join(question(), Meter())
        held = len(manager.profiles)
        await joiner.close()
        return joined, held, manager

    joined, held, manager = played(tmp_path, monkeypatch, act)
    assert isinstance(joined, Joined)
    assert [attempt.outcome for attempt in joined.attempts] == ["joined"]
    assert (joined.manager, joined.lease, joined.address, joined.after) == (
        "networkmanager",
        "ok",
        "10.0.2.62/24",
        "held",
    )
    assert b"HOME".hex() == joined.former
    assert held == 2
    assert [profile.uuid for profile in manager.profiles.values()] == ["home"]
    assert manager.history[-1] == "home"
    assert "CheckpointDestroy" in manager.calls


def test_the_passphrase_is_in_no_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        await joiner.join(question(hold=False), Meter())
        return manager

    manager = played(tmp_path, monkeypatch, act)
    assert RIGHT not in str(manager.given)
    security = manager.given[0]["802-11-wireless-security"]
    assert (security["key-mgmt"], security["psk-flags"], security["pmf"]) == (
        "wpa-psk",
        1,
        2,
    )


def test_a_wrong_passphrase_is_tried_in_two_activations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        return await joiner.join(question("wrong pass"), Meter()), manager

    joined, manager = played(tmp_path, monkeypatch, act)
    assert isinstance(joined, Joined)
    assert [attempt.outcome for attempt in joined.attempts] == ["failed", "failed"]
    for attempt in joined.attempts:
        kinds = [event.kind for event in attempt.events]
        assert kinds[:3] == ["associated", "disconnected", "key-suspected"]
    assert (joined.lease, joined.after) == ("untried", "returned")
    profiles = [given for given in manager.given if isinstance(given, dict)]
    uuids = {profile["connection"]["uuid"] for profile in profiles}
    assert len(uuids) == 2
    # Asked for another passphrase, we end it: no window for one opens on the desk.
    refusals = {given for given in manager.given if isinstance(given, str)}
    assert {"org.freedesktop.NetworkManager.SecretAgent.UserCanceled"} >= refusals


def test_a_network_without_dhcp_is_left_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        manager.serves_dhcp = False
        return await joiner.join(question(), Meter())

    joined = played(tmp_path, monkeypatch, act)
    assert isinstance(joined, Joined)
    assert (joined.joined, joined.lease, joined.after) == (True, "none", "returned")
    last = joined.attempts[0].events[-1]
    assert (last.kind, last.detail) == ("given-up", "ip-config-unavailable")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_child_brings_the_former_connection_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        await joiner.join(question(), Meter())
        os.kill(child_of(joiner), number)
        return await until_home(manager)

    assert played(tmp_path, monkeypatch, act) is True


def test_a_killed_child_is_replaced_by_one_that_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        await joiner.join(question(), Meter())
        os.kill(child_of(joiner), signal.SIGKILL)
        back = await until_home(manager)
        await joiner.close()
        return back, [profile.uuid for profile in manager.profiles.values()]

    assert played(tmp_path, monkeypatch, act) == (True, ["home"])


def test_a_question_that_is_cut_short_leads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        asking = asyncio.create_task(joiner.join(question(), Meter()))
        await manager.added.wait()
        asking.cancel()
        return await until_home(manager)

    assert played(tmp_path, monkeypatch, act) is True


def test_the_child_of_a_killed_parent_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        await joiner.join(question(), Meter())
        assert joiner._child is not None
        joiner._child.request_return()
        return await until_home(manager)

    assert played(tmp_path, monkeypatch, act) is True


def test_without_the_right_to_join_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        manager.permissions = "auth"
        return await joiner.join(question(), Meter()), manager.calls

    answer, calls = played(tmp_path, monkeypatch, act)
    assert Unknown("no-rights", RUN_AS_ROOT) == answer
    assert "AddAndActivateConnection2" not in calls


def test_a_passphrase_that_cannot_be_one_is_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(joiner: Joiner, manager: NetworkManager) -> Any:
        return await joiner.join(question("short"), Meter()), manager.calls

    answer, calls = played(tmp_path, monkeypatch, act)
    assert Unknown("unsupported") == answer
    assert "AddAndActivateConnection2" not in calls


def test_a_closed_joiner_that_never_joined_has_nothing_to_do() -> None:
    joiner = Joiner()
    asyncio.run(joiner.close())
    assert joiner._child is None
