"""The return to the former network, where NetworkManager manages the interface: its
active connection is noted, secured by a checkpoint where that is permitted, and
activated again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from posdiag.system.core.dbus import BusError, Service
from posdiag.system.wifi.join.join_test import RestorePlan
from posdiag.system.wifi.managers.networkmanager import (
    DEVICE,
    NM,
    ROOT,
    SETTINGS,
    WIRELESS,
)

ACTIVE, CONNECTION = f"{NM}.Connection.Active", f"{NM}.Settings.Connection"
DISCONNECTED, IP_CONFIG, ACTIVATED = 30, 70, 100
ROLLBACK = 90  # seconds after which NetworkManager rolls back unless we renew
RETURN_TIME = 25.0  # seconds that the former connection gets to be complete again
RETRY = 2.0  # seconds between scans and activations on our part
TICK = 0.2

Scan = Callable[[Sequence[int], bytes], Awaitable[None]]
"""Scan these frequencies (MHz) for a network by its name."""


class FormerConnection:
    """The connection that a device had before the test."""

    def __init__(self, manager: Service, device: str, scan: Scan) -> None:
        self._nm = manager
        self._device = device
        self._scan = scan
        self._renewing: asyncio.Task[None] | None = None

    async def state(self) -> RestorePlan:
        """The connection that is active now, and the VPN connections that use it."""
        path = await self._nm.get(self._device, DEVICE, "ActiveConnection")
        plan: RestorePlan = {"former": "", "ssid": "", "frequencies": [], "tunnels": []}
        if path == "/":
            return plan
        plan["former"] = await self._nm.get(path, ACTIVE, "Uuid")
        with contextlib.suppress(BusError):
            point = await self._nm.get(self._device, WIRELESS, "ActiveAccessPoint")
            if point != "/":
                values = await self._nm.get_all(point, f"{NM}.AccessPoint")
                plan["ssid"] = bytes(values["Ssid"]).hex()
                plan["frequencies"] = [values["Frequency"]]
        for other in await self._nm.get(ROOT, NM, "ActiveConnections"):
            with contextlib.suppress(BusError):
                vpn = await self._nm.get(other, ACTIVE, "Vpn")
                if vpn and await self._nm.get(other, ACTIVE, "SpecificObject") == path:
                    tunnel = await self._nm.get(other, ACTIVE, "Uuid")
                    plan["tunnels"].append(tunnel)
        return plan

    async def create_checkpoint(self) -> str:
        """Its path, renewed until `close`; "" where that is not permitted."""
        with contextlib.suppress(BusError):
            arguments = [self._device], ROLLBACK, 0
            path = str(
                await self._nm.call(ROOT, NM, "CheckpointCreate", "aouu", *arguments)
            )
            self._renewing = asyncio.create_task(self._renew(path))
            return path
        return ""

    async def _renew(self, checkpoint: str) -> None:
        member = "CheckpointAdjustRollbackTimeout"
        while True:
            await asyncio.sleep(ROLLBACK / 3)
            with contextlib.suppress(BusError):
                await self._nm.call(ROOT, NM, member, "ou", checkpoint, ROLLBACK)

    def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()

    async def restore(self, plan: RestorePlan) -> str:
        """Like `Manager.restore`."""
        after = await self._reactivate(plan)
        if after == "lost" and plan["checkpoint"]:
            await self._checkpoint_call("CheckpointRollback", plan)
            after = await self._reactivate(plan)
        await self._checkpoint_call("CheckpointDestroy", plan)
        if after == "returned":
            await self._activate_tunnels(plan["tunnels"])
        return after

    async def _checkpoint_call(self, member: str, plan: RestorePlan) -> None:
        with contextlib.suppress(BusError):
            if plan["checkpoint"]:
                await self._nm.call(ROOT, NM, member, "o", plan["checkpoint"])

    async def _reactivate(self, plan: RestorePlan) -> str:
        loop = asyncio.get_running_loop()
        await self._switch(plan)
        if not plan["former"]:
            return "nothing"
        ssid, frequencies = bytes.fromhex(plan["ssid"]), plan["frequencies"]
        end, retry = loop.time() + RETURN_TIME, loop.time() + RETRY
        while loop.time() < end:
            with contextlib.suppress(BusError):
                active, state = await self._active()
                if active == plan["former"] and state == ACTIVATED:
                    return "returned"
                if loop.time() >= retry and state < IP_CONFIG:
                    # By itself it would scan every channel, some of them twice.
                    await self._scan(frequencies, ssid)
                    retry = loop.time() + RETRY
                    if active != plan["former"]:
                        await self._activate(plan["former"])
            await asyncio.sleep(TICK)
        return "lost"

    async def _active(self) -> tuple[str, int]:
        """The UUID of the device's active profile, and the device's state."""
        path = await self._nm.get(self._device, DEVICE, "ActiveConnection")
        state = await self._nm.get(self._device, DEVICE, "State")
        uuid = await self._nm.get(path, ACTIVE, "Uuid") if path != "/" else ""
        return str(uuid), int(state)

    async def _switch(self, plan: RestorePlan) -> None:
        """Activate the former profile, and delete our own."""
        former = plan["former"]
        with contextlib.suppress(BusError):
            active, _ = await self._active()
            if former and active != former:
                await self._activate(former)
            elif active in plan["ours"]:
                path = await self._nm.get(self._device, DEVICE, "ActiveConnection")
                await self._nm.call(ROOT, NM, "DeactivateConnection", "o", path)
        for ours in plan["ours"]:
            with contextlib.suppress(BusError):
                profile = await self._profile_path(ours)
                await self._nm.call(profile, CONNECTION, "Delete")

    async def _profile_path(self, profile: str) -> str:
        kind = f"{NM}.Settings"
        return str(
            await self._nm.call(SETTINGS, kind, "GetConnectionByUuid", "s", profile)
        )

    async def _activate(self, profile: str, on: str = "/") -> None:
        path = await self._profile_path(profile)
        device = self._device if on == "/" else "/"
        await self._nm.call(ROOT, NM, "ActivateConnection", "ooo", path, device, on)

    async def _activate_tunnels(self, tunnels: list[str]) -> None:
        with contextlib.suppress(BusError):
            base = await self._nm.get(self._device, DEVICE, "ActiveConnection")
            for tunnel in tunnels:
                with contextlib.suppress(BusError):
                    await self._activate(tunnel, base)
