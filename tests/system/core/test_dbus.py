"""The bus is real; the services on it are small ones of ours (`network_manager`)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from posdiag.system.core.dbus import Bus, BusError, Service
from posdiag.system.wifi.join.joiner import BUS
from posdiag.system.wifi.managers.detect import managed_by, request_scan
from tests.network_manager import DEVICE, NM, ROOT, WPA, NetworkManager, network_manager

Act = Callable[[Bus, NetworkManager], Awaitable[Any]]


def on_the_bus(folder: Path, monkeypatch: pytest.MonkeyPatch, act: Act) -> Any:
    async def run() -> Any:
        async with network_manager(folder) as (address, manager):
            monkeypatch.setenv(BUS, address)
            bus = await Bus.connect(1.0)
            assert bus is not None
            try:
                return await act(bus, manager)
            finally:
                bus.close()

    return asyncio.run(run())


def test_properties_come_without_their_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(bus: Bus, manager: NetworkManager) -> Any:
        service = Service(bus, NM)
        every = await service.get_all(DEVICE, f"{NM}.Device")
        return await service.get(DEVICE, f"{NM}.Device", "State"), every["Managed"]

    assert on_the_bus(tmp_path, monkeypatch, act) == (100, True)


def test_an_error_is_named_by_its_last_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(bus: Bus, manager: NetworkManager) -> Any:
        with pytest.raises(BusError) as caught:
            await Service(bus, NM).call(ROOT, NM, "Nothing")
        return caught.value.name, caught.value.denied

    assert on_the_bus(tmp_path, monkeypatch, act) == ("UnknownThing", False)
    assert BusError("org.freedesktop.DBus.Error.AccessDenied").denied


def test_a_service_that_does_not_run_has_no_owner_and_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(bus: Bus, manager: NetworkManager) -> Any:
        absent = Service(bus, "org.example.Absent")
        with pytest.raises(BusError):
            await absent.call("/", "org.example.Absent", "Hello")
        return await absent.owner(), bool(await Service(bus, NM).owner())

    assert on_the_bus(tmp_path, monkeypatch, act) == ("", True)


def test_a_service_that_does_not_answer_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(bus: Bus, manager: NetworkManager) -> Any:
        manager.bus.remove_message_handler(manager._receive)
        manager.bus.add_message_handler(lambda message: True)
        with pytest.raises(BusError, match="Disconnected"):
            await Service(bus, NM).call(ROOT, NM, "GetPermissions")

    on_the_bus(tmp_path, monkeypatch, act)


def test_signals_are_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(bus: Bus, manager: NetworkManager) -> Any:
        received: list[Any] = []
        supplicant = Service(bus, WPA)
        await supplicant.listen(received.append)
        await supplicant.call(DEVICE, f"{WPA}.Interface", "Scan")
        await bus.call(NM, ROOT, NM, "GetPermissions")
        return [message.member for message in received]

    assert "ScanDone" in on_the_bus(tmp_path, monkeypatch, act)


def test_no_bus_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BUS, f"unix:path={tmp_path}/no-bus")

    assert asyncio.run(Bus.connect()) is None
    assert asyncio.run(managed_by("posdiag0")) == ""
    assert asyncio.run(request_scan("posdiag0", b"SHOP")) is False


def test_networkmanager_scans_for_the_interface_that_it_manages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(bus: Bus, manager: NetworkManager) -> Any:
        program = await managed_by("posdiag0"), await managed_by("posdiag1")
        scanned = [await request_scan(f"posdiag{i}", b"SHOP") for i in (0, 1)]
        return program, scanned, manager.calls.count("RequestScan")

    expected = (("NetworkManager", ""), [True, False], 1)
    assert on_the_bus(tmp_path, monkeypatch, act) == expected
