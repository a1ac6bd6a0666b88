"""The way back, where NetworkManager manages the interface: what is active is
remembered, secured by a checkpoint where that is permitted, and activated again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from posdiag.system.bus.bus import BusError, Service
from posdiag.system.wifi.managers.networkmanager import (
    DEVICE,
    NM,
    ROOT,
    SETTINGS,
    WIRELESS,
)

ACTIVE, CONNECTION = f"{NM}.Connection.Active", f"{NM}.Settings.Connection"
DISCONNECTED, IP_CONFIG, ACTIVATED = 30, 70, 100
ROLLBACK = 90  # seconds without a sign of us, after which NetworkManager rolls back
RETURN_TIME = 25.0  # seconds that the former connection gets to be complete again
AGAIN = 2.0  # seconds after which it is helped on
TICK = 0.2

Plan = dict[str, Any]
Refresh = Callable[[Sequence[int], bytes], Awaitable[None]]
"""Hear a network, by its name, on these frequencies once more."""


class Way:
    """Of one device."""

    def __init__(self, manager: Service, device: str, refresh: Refresh) -> None:
        self._nm = manager
        self._device = device
        self._refresh = refresh
        self._renewing: asyncio.Task[None] | None = None

    async def former(self) -> Plan:
        """The connection that is active now, and the tunnels that stand on it."""
        path = await self._nm.get(self._device, DEVICE, "ActiveConnection")
        plan: Plan = {"former": "", "ssid": "", "frequencies": [], "tunnels": []}
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

    async def secure(self) -> str:
        """Make a checkpoint and keep it; "" where that is not permitted."""
        with contextlib.suppress(BusError):
            words = [self._device], ROLLBACK, 0
            made = await self._nm.call(ROOT, NM, "CheckpointCreate", "aouu", *words)
            self._renewing = asyncio.create_task(self._renew(str(made)))
            return str(made)
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

    async def back(self, plan: Plan) -> str:
        """ "returned", "nothing" or "lost"."""
        after = await self._go_back(plan)
        if after == "lost" and plan["checkpoint"]:
            await self._checkpoint_call("CheckpointRollback", plan)
            after = await self._go_back(plan)
        await self._checkpoint_call("CheckpointDestroy", plan)
        if after == "returned":
            await self._raise_tunnels(plan["tunnels"])
        return after

    async def _checkpoint_call(self, member: str, plan: Plan) -> None:
        with contextlib.suppress(BusError):
            if plan["checkpoint"]:
                await self._nm.call(ROOT, NM, member, "o", plan["checkpoint"])

    async def _go_back(self, plan: Plan) -> str:
        loop = asyncio.get_running_loop()
        await self._leave(plan)
        if not plan["former"]:
            return "nothing"
        ssid, frequencies = bytes.fromhex(plan["ssid"]), plan["frequencies"]
        begun = loop.time()
        again = begun + AGAIN
        while loop.time() < begun + RETURN_TIME:
            with contextlib.suppress(BusError):
                active, state = await self._active()
                if active == plan["former"] and state == ACTIVATED:
                    return "returned"
                if loop.time() >= again and state < IP_CONFIG:
                    # It would listen on all channels first, twice if it comes late.
                    await self._refresh(frequencies, ssid)
                    again = loop.time() + AGAIN
                    if active != plan["former"]:
                        await self._activate(plan["former"])
            await asyncio.sleep(TICK)
        return "lost"

    async def _active(self) -> tuple[str, int]:
        """The UUID of the profile that the device has now, and the device's state."""
        path = await self._nm.get(self._device, DEVICE, "ActiveConnection")
        state = await self._nm.get(self._device, DEVICE, "State")
        uuid = await self._nm.get(path, ACTIVE, "Uuid") if path != "/" else ""
        return str(uuid), int(state)

    async def _leave(self, plan: Plan) -> None:
        """Give the device to the former profile, and let go of our own."""
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

    async def _raise_tunnels(self, tunnels: list[str]) -> None:
        with contextlib.suppress(BusError):
            base = await self._nm.get(self._device, DEVICE, "ActiveConnection")
            for tunnel in tunnels:
                with contextlib.suppress(BusError):
                    await self._activate(tunnel, base)
