"""Joining by NetworkManager.

A profile of our own is added for the time of the test alone ("volatile": it vanishes
with its activation) and bound to this process: should it die, NetworkManager itself
drops the network and goes back. The passphrase is in no profile; NetworkManager asks us
for it. A checkpoint, where it is permitted, is the net under that net.
"""

import asyncio
import contextlib
import os
import pwd
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from posdiag.system import Unknown
from posdiag.system._attempts import Heard, Tape
from posdiag.system._join_order import Order, manager_secret, manager_security
from posdiag.system._lease import Lease
from posdiag.system._nm_bus import NM, ROOT, SETTINGS, Bus, Refused
from posdiag.system._nm_words import REASONS, STATES, point
from posdiag.system._supplicant import Control, control_path, parse_event
from posdiag.system._supplicant_bus import Watch
from posdiag.system.rights import RUN_AS_ROOT
from posdiag.system.wifi_answers import WifiEvent

DEVICE, WIRELESS = f"{NM}.Device", f"{NM}.Device.Wireless"
ACTIVE, CONNECTION = f"{NM}.Connection.Active", f"{NM}.Settings.Connection"
DISCONNECTED, IP_CONFIG, ACTIVATED, FAILED = 30, 70, 100, 120
UNAVAILABLE = 20
ROLLBACK = 90  # seconds without a sign of us, after which NetworkManager rolls back
REQUEST_NEW = 2  # NMSecretAgentGetSecretsFlags: the last one did not do
RETURN_TIME = 25.0  # seconds that the former connection gets to be complete again
AGAIN = 4.0  # seconds to its next activation, where it was pushed aside
TICK = 0.2

Plan = dict[str, Any]


async def connect(interface: str, tape: Tape) -> "Manager | Unknown | None":
    """None: NetworkManager does not run, or leaves this interface alone."""
    bus = await Bus.connect()
    if bus is None:
        return None
    try:
        if await bus.owner(NM):
            device = await bus.call(ROOT, NM, "GetDeviceByIpIface", "s", interface)
            if await bus.get(device, DEVICE, "Managed"):
                return Manager(bus, str(device), interface, tape)
    except Refused as error:
        if error.denied:
            bus.close()
            return Unknown("no-rights", RUN_AS_ROOT)
    bus.close()
    return None


class Manager:
    name: Literal["networkmanager", "wpa_supplicant"] = "networkmanager"

    def __init__(self, bus: Bus, device: str, interface: str, tape: Tape) -> None:
        self._bus = bus
        self._device = device
        self._interface = interface
        self._tape = tape
        self._ours: list[str] = []
        self._tries = 0
        self._secret: dict[str, str] = {}
        self._state = 0
        self._begun = False
        self._checkpoint = ""
        self._renewing: asyncio.Task[None] | None = None
        self._control: Control | None = None
        self._watch: Watch | None = None

    async def heard(self, ssid: bytes) -> Heard:
        found = Heard()
        with contextlib.suppress(Refused):
            points = await self._bus.call(self._device, WIRELESS, "GetAllAccessPoints")
            for path in points[:100]:
                with contextlib.suppress(Refused):  # no longer heard
                    values = await self._bus.get_all(path, f"{NM}.AccessPoint")
                    if bytes(values["Ssid"]) == ssid:
                        found = found.and_also(point(values))
        return found

    async def remember(self, order: Order) -> Plan | Unknown:
        try:
            if await self._bus.get(self._device, DEVICE, "State") <= UNAVAILABLE:
                return Unknown("trouble")
            if not await self._permitted():
                return Unknown("no-rights", RUN_AS_ROOT)
            self._ours = [str(uuid.uuid4()) for _ in range(max(1, order.attempts))]
            self._secret = manager_secret(order)
            plan = {"manager": self.name, "ours": self._ours, **await self._former()}
            await self._listen()
            plan["checkpoint"] = self._checkpoint = await self._make_checkpoint()
            await self._bus.answer_secrets(self._give)
        except Refused as error:
            if error.denied:
                return Unknown("no-rights", RUN_AS_ROOT)
            return Unknown("trouble")
        if self._checkpoint:
            self._renewing = asyncio.create_task(self._renew())
        return plan

    async def _permitted(self) -> bool:
        permissions = await self._bus.call(ROOT, NM, "GetPermissions")
        self._shared = permissions.get(f"{NM}.settings.modify.system") == "yes"
        own = permissions.get(f"{NM}.settings.modify.own") == "yes"
        control = permissions.get(f"{NM}.network-control") == "yes"
        return bool(control and (self._shared or own))

    async def _former(self) -> Plan:
        """The connection that is active now, and the tunnels that stand on it."""
        path = await self._bus.get(self._device, DEVICE, "ActiveConnection")
        plan: Plan = {"former": "", "ssid": "", "frequencies": [], "tunnels": []}
        if path == "/":
            return plan
        plan["former"] = await self._bus.get(path, ACTIVE, "Uuid")
        with contextlib.suppress(Refused):
            point = await self._bus.get(self._device, WIRELESS, "ActiveAccessPoint")
            if point != "/":
                values = await self._bus.get_all(point, f"{NM}.AccessPoint")
                plan["ssid"] = bytes(values["Ssid"]).hex()
                plan["frequencies"] = [values["Frequency"]]
        for other in await self._bus.get(ROOT, NM, "ActiveConnections"):
            with contextlib.suppress(Refused):
                vpn = await self._bus.get(other, ACTIVE, "Vpn")
                if vpn and await self._bus.get(other, ACTIVE, "SpecificObject") == path:
                    tunnel = await self._bus.get(other, ACTIVE, "Uuid")
                    plan["tunnels"].append(tunnel)
        return plan

    async def _make_checkpoint(self) -> str:
        with contextlib.suppress(Refused):
            devices = [self._device]
            return str(
                await self._bus.call(
                    ROOT, NM, "CheckpointCreate", "aouu", devices, ROLLBACK, 0
                )
            )
        return ""

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(ROLLBACK / 3)
            with contextlib.suppress(Refused):
                member = "CheckpointAdjustRollbackTimeout"
                await self._bus.call(ROOT, NM, member, "ou", self._checkpoint, ROLLBACK)

    def _give(self, profile: str, flags: int) -> dict[str, str] | None:
        """The passphrase, once for each activation: that NetworkManager asks for
        another is its inference that it was wrong."""
        if profile not in self._ours:
            return None
        return {} if flags & REQUEST_NEW else self._secret

    async def _listen(self) -> None:
        await self._bus.listen(NM, self._signal)
        path = control_path(self._interface)
        with contextlib.suppress(OSError):
            if path:
                self._control = Control(
                    path, lambda e: self._tape.add(parse_event(e, self._tape.now()))
                )
                if await self._control.does("ATTACH"):
                    return
            self._control = None
        self._watch = Watch(self._bus, self._tape)
        with contextlib.suppress(Refused):
            await self._watch.start(self._interface)

    def _signal(self, message: Any) -> None:
        if message.path != self._device or message.member != "StateChanged":
            return
        if message.interface != DEVICE or not self._begun:
            return
        self._state, _, reason = message.body
        word = REASONS.get(reason, str(reason))
        state = STATES.get(self._state)
        if state is not None:
            now = self._tape.now()
            detail = word if state == "given-up" else ""
            self._tape.add(WifiEvent(now, state, "manager", detail=detail))
        self._tape.stir()

    async def refresh(self, frequencies: Sequence[int], ssid: bytes) -> None:
        if frequencies and self._control is not None:
            await self._control.scan(frequencies, ssid, self._tries > 0)
        elif frequencies and self._watch is not None:
            await self._watch.scan(frequencies, ssid, self._tries > 0)

    async def begin(self, order: Order) -> None:
        self._begun, self._state = False, 0
        self._tries += 1
        if self._control is not None:
            await self._control.forgive()
        options = {
            "persist": ("s", "volatile"),
            "bind-activation": ("s", "dbus-client"),
        }
        try:
            await self._bus.call(
                ROOT,
                NM,
                "AddAndActivateConnection2",
                "a{sa{sv}}ooa{sv}",
                self._profile(order),
                self._device,
                "/",
                variants(options),
            )
        except Refused as error:
            now, detail = self._tape.now(), error.name
            self._tape.add(WifiEvent(now, "given-up", "manager", detail=detail))
        self._begun = True

    def _profile(self, order: Order) -> dict[str, Any]:
        connection = {
            "id": ("s", "posdiag join test"),
            "uuid": ("s", self._ours[self._tries - 1]),
            "type": ("s", "802-11-wireless"),
            "interface-name": ("s", self._interface),
            "autoconnect": ("b", False),
        }
        if not self._shared:
            user = pwd.getpwuid(os.geteuid()).pw_name
            connection["permissions"] = ("as", [f"user:{user}:"])
        profile: dict[str, dict[str, Any]] = {
            "connection": connection,
            "802-11-wireless": {
                "ssid": ("ay", order.ssid),
                "hidden": ("b", order.hidden),
                "assigned-mac-address": ("s", "preserve"),
            },
            "ipv4": {
                "method": ("s", "auto"),
                "may-fail": ("b", False),
                "dhcp-timeout": ("i", max(1, round(order.lease_timeout))),
            },
            # Were IPv6 on, NetworkManager would call a network without DHCP complete.
            "ipv6": {"method": ("s", "ignore")},
        }
        security = manager_security(order)
        if security is not None:
            profile["802-11-wireless-security"] = security
        return {name: variants(values) for name, values in profile.items()}

    async def lease(self, order: Order) -> Lease:
        loop = asyncio.get_running_loop()
        end = loop.time() + order.lease_timeout + 2
        while loop.time() < end:
            if self._state == ACTIVATED:
                return Lease("ok", await self._address())
            if self._state in (FAILED, DISCONNECTED):
                break
            await self._tape.wait(TICK)
        return Lease("none")

    async def _address(self) -> str:
        with contextlib.suppress(Refused, KeyError, IndexError):
            config = await self._bus.get(self._device, DEVICE, "Ip4Config")
            data = await self._bus.get(config, f"{NM}.IP4Config", "AddressData")
            return f"{data[0]['address']}/{data[0]['prefix']}"
        return ""

    async def restore(self, plan: Plan) -> str:
        """Bring back what `remember` saw. "returned", "nothing" or "lost"."""
        self._begun, self._tries = False, self._tries + 1
        if self._control is None and self._watch is None:
            await self._listen()
        await self.refresh(plan["frequencies"], bytes.fromhex(plan["ssid"]))
        after = await self._go_back(plan)
        if after == "lost" and plan["checkpoint"]:
            await self._checkpoint_call("CheckpointRollback", plan)
            after = await self._go_back(plan)
        await self._checkpoint_call("CheckpointDestroy", plan)
        if after == "returned":
            await self._raise_tunnels(plan["tunnels"])
        return after

    async def _checkpoint_call(self, member: str, plan: Plan) -> None:
        with contextlib.suppress(Refused):
            if plan["checkpoint"]:
                await self._bus.call(ROOT, NM, member, "o", plan["checkpoint"])

    async def _go_back(self, plan: Plan) -> str:
        loop = asyncio.get_running_loop()
        await self._leave(plan)
        if not plan["former"]:
            return "nothing"
        end, again = loop.time() + RETURN_TIME, loop.time() + AGAIN
        while loop.time() < end:
            with contextlib.suppress(Refused):
                active, state = await self._active()
                if active == plan["former"] and state == ACTIVATED:
                    return "returned"
                if active != plan["former"] and loop.time() >= again:
                    again = loop.time() + AGAIN
                    await self._activate(plan["former"])
            await asyncio.sleep(TICK)
        return "lost"

    async def _active(self) -> tuple[str, int]:
        """The UUID of the profile that the device has now, and the device's state."""
        path = await self._bus.get(self._device, DEVICE, "ActiveConnection")
        state = await self._bus.get(self._device, DEVICE, "State")
        uuid = await self._bus.get(path, ACTIVE, "Uuid") if path != "/" else ""
        return str(uuid), int(state)

    async def _leave(self, plan: Plan) -> None:
        """Give the device to the former profile, and let go of our own."""
        former = plan["former"]
        with contextlib.suppress(Refused):
            active, _ = await self._active()
            if former and active != former:
                await self._activate(former)
            elif active in plan["ours"]:
                path = await self._bus.get(self._device, DEVICE, "ActiveConnection")
                await self._bus.call(ROOT, NM, "DeactivateConnection", "o", path)
        for ours in plan["ours"]:
            with contextlib.suppress(Refused):
                profile = await self._profile_path(ours)
                await self._bus.call(profile, CONNECTION, "Delete")

    async def _profile_path(self, profile: str) -> str:
        kind = f"{NM}.Settings"
        return str(
            await self._bus.call(SETTINGS, kind, "GetConnectionByUuid", "s", profile)
        )

    async def _activate(self, profile: str, on: str = "/") -> None:
        path = await self._profile_path(profile)
        device = self._device if on == "/" else "/"
        await self._bus.call(ROOT, NM, "ActivateConnection", "ooo", path, device, on)

    async def _raise_tunnels(self, tunnels: list[str]) -> None:
        with contextlib.suppress(Refused):
            base = await self._bus.get(self._device, DEVICE, "ActiveConnection")
            for tunnel in tunnels:
                with contextlib.suppress(Refused):
                    await self._activate(tunnel, base)

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
        if self._control is not None:
            self._control.close()
        self._bus.close()


def variants(values: dict[str, Any]) -> dict[str, Any]:
    from dbus_fast import Variant

    return {name: Variant(kind, value) for name, (kind, value) in values.items()}
