"""Joining by NetworkManager.

The test adds a profile of its own that is "volatile" (it vanishes with its activation)
and bound to this process: should that die, NetworkManager itself drops the network and
reconnects. The passphrase is in no profile; NetworkManager asks our agent for it. Where
it is permitted, a checkpoint is the second safety net.
"""

import asyncio
import contextlib
import os
import pwd
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import WifiEvent
from posdiag.system.core.dbus import Bus, BusError, Service
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.wifi.join.join_test import RestorePlan
from posdiag.system.wifi.join.lease import Lease
from posdiag.system.wifi.join.networkmanager_return import (
    ACTIVATED,
    DISCONNECTED,
    FormerConnection,
)
from posdiag.system.wifi.join.request import OfferWifi, manager_secret, manager_security
from posdiag.system.wifi.managers.events import EventLog, SeenNetwork
from posdiag.system.wifi.managers.networkmanager import (
    DEVICE,
    NM,
    REASONS,
    ROOT,
    STATES,
    WIRELESS,
    access_point,
    managed_device,
)
from posdiag.system.wifi.managers.secret_agent import SecretAgent
from posdiag.system.wifi.managers.supplicant_dbus import PropertyMonitor
from posdiag.system.wifi.managers.supplicant_socket import (
    Control,
    control_path,
    parse_event,
)

UNAVAILABLE, FAILED = 20, 120
REQUEST_NEW = 2  # NMSecretAgentGetSecretsFlags: the last one was rejected
TICK = 0.2


async def connect(interface: str, log: EventLog) -> "NetworkManager | Unknown | None":
    """None: NetworkManager does not run, or does not manage this interface."""
    bus = await Bus.connect()
    if bus is None:
        return None
    try:
        device = await managed_device(Service(bus, NM), interface)
        if device:
            return NetworkManager(bus, device, interface, log)
    except BusError as error:
        if error.denied:
            bus.close()
            return Unknown("no-rights", RUN_AS_ROOT)
    bus.close()
    return None


class NetworkManager:
    name: Literal["networkmanager", "wpa_supplicant"] = "networkmanager"

    def __init__(self, bus: Bus, device: str, interface: str, log: EventLog) -> None:
        self._bus = bus
        self._nm = Service(bus, NM)
        self._device = device
        self._interface = interface
        self._log = log
        self._ours: list[str] = []
        self._attempts = 0
        self._secret: dict[str, str] = {}
        self._state = 0
        self._started = False
        self._former = FormerConnection(self._nm, device, self.scan)
        self._control: Control | None = None
        self._monitor: PropertyMonitor | None = None

    async def last_scan(self, ssid: bytes) -> SeenNetwork:
        found = SeenNetwork()
        with contextlib.suppress(BusError):
            points = await self._nm.call(self._device, WIRELESS, "GetAllAccessPoints")
            for path in points[:100]:
                with contextlib.suppress(BusError):  # it has left the list
                    values = await self._nm.get_all(path, f"{NM}.AccessPoint")
                    if bytes(values["Ssid"]) == ssid:
                        found = found.merged_with(access_point(values))
        return found

    async def prepare_restore(self, request: JoinWifi) -> RestorePlan | Unknown:
        try:
            if await self._nm.get(self._device, DEVICE, "State") <= UNAVAILABLE:
                return Unknown("trouble")
            if not await self._has_permissions():
                return Unknown("no-rights", RUN_AS_ROOT)
            self._ours = [str(uuid.uuid4()) for _ in range(max(1, request.attempts))]
            self._secret = manager_secret(request)
            plan = {
                "manager": self.name,
                "ours": self._ours,
                **await self._former.state(),
            }
            await self._subscribe()
            plan["checkpoint"] = await self._former.create_checkpoint()
            await SecretAgent(self._bus, self._secrets_for).register()
        except BusError as error:
            if error.denied:
                return Unknown("no-rights", RUN_AS_ROOT)
            return Unknown("trouble")
        return plan

    async def configure(self, request: JoinWifi) -> bool:
        return True

    async def _has_permissions(self) -> bool:
        permissions = await self._nm.call(ROOT, NM, "GetPermissions")
        self._shared = permissions.get(f"{NM}.settings.modify.system") == "yes"
        own = permissions.get(f"{NM}.settings.modify.own") == "yes"
        control = permissions.get(f"{NM}.network-control") == "yes"
        return bool(control and (self._shared or own))

    def _secrets_for(self, profile: str, flags: int) -> dict[str, str] | None:
        """The passphrase, once for each activation: NetworkManager asks for another
        one when it infers that the first was wrong."""
        if profile not in self._ours:
            return None
        return {} if flags & REQUEST_NEW else self._secret

    async def _subscribe(self) -> None:
        await self._nm.listen(self._on_signal)
        path = control_path(self._interface)
        with contextlib.suppress(OSError):
            if path:
                self._control = Control(
                    path, lambda e: self._log.add(parse_event(e, self._log.now()))
                )
                if await self._control.succeeds("ATTACH"):
                    return
            self._control = None
        self._monitor = PropertyMonitor(self._bus, self._log)
        with contextlib.suppress(BusError):
            await self._monitor.start(self._interface)

    def _on_signal(self, message: Any) -> None:
        if message.path != self._device or message.member != "StateChanged":
            return
        if message.interface != DEVICE or not self._started:
            return
        self._state, _, reason = message.body
        kind = STATES.get(self._state)
        if kind is not None:
            now, given_up = self._log.now(), kind == "given-up"
            detail = REASONS.get(reason, str(reason)) if given_up else ""
            self._log.add(WifiEvent(now, kind, "manager", detail=detail))
        self._log.notify()

    async def scan(self, frequencies: Sequence[int], ssid: bytes) -> None:
        if frequencies and self._control is not None:
            await self._control.scan(frequencies, ssid, self._attempts > 0)
        elif frequencies and self._monitor is not None:
            await self._monitor.scan(frequencies, ssid, self._attempts > 0)

    async def start_attempt(self, request: JoinWifi) -> None:
        self._started, self._state = False, 0
        self._attempts += 1
        if self._control is not None:
            await self._control.clear_ignored()
        options = {
            "persist": ("s", "volatile"),
            "bind-activation": ("s", "dbus-client"),
        }
        try:
            await self._nm.call(
                ROOT,
                NM,
                "AddAndActivateConnection2",
                "a{sa{sv}}ooa{sv}",
                self._profile(request),
                self._device,
                "/",
                variants(options),
            )
        except BusError as error:
            now, detail = self._log.now(), error.name
            self._log.add(WifiEvent(now, "given-up", "manager", detail=detail))
        self._started = True

    def _profile(self, request: JoinWifi) -> dict[str, Any]:
        connection = {
            "id": ("s", "posdiag join test"),
            "uuid": ("s", self._ours[self._attempts - 1]),
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
                "ssid": ("ay", bytes.fromhex(request.ssid)),
                "hidden": ("b", request.hidden),
                "assigned-mac-address": ("s", "preserve"),
            },
            "ipv4": {
                "method": ("s", "auto"),
                "may-fail": ("b", False),
                "dhcp-timeout": ("i", max(1, round(request.lease_timeout))),
            },
            # Were IPv6 on, NetworkManager would call a network without DHCP complete.
            "ipv6": {"method": ("s", "ignore")},
        }
        if isinstance(request, OfferWifi):
            # Addresses are lent by ourselves, on a packet socket.
            profile["802-11-wireless"] |= {"mode": ("s", "ap"), "band": ("s", "bg")}
            profile |= {ip: {"method": ("s", "disabled")} for ip in ("ipv4", "ipv6")}
        security = manager_security(request)
        if security is not None:
            profile["802-11-wireless-security"] = security
        return {name: variants(values) for name, values in profile.items()}

    async def obtain_lease(self, request: JoinWifi) -> Lease:
        loop = asyncio.get_running_loop()
        end = loop.time() + request.lease_timeout + 2
        while loop.time() < end:
            if self._state == ACTIVATED:
                return Lease("ok", await self._address())
            if self._state in (FAILED, DISCONNECTED):
                break
            await self._log.wait(TICK)
        return Lease("none")

    async def _address(self) -> str:
        with contextlib.suppress(BusError, KeyError, IndexError):
            config = await self._nm.get(self._device, DEVICE, "Ip4Config")
            data = await self._nm.get(config, f"{NM}.IP4Config", "AddressData")
            return f"{data[0]['address']}/{data[0]['prefix']}"
        return ""

    async def restore(self, plan: RestorePlan) -> str:
        self._started, self._attempts = False, self._attempts + 1
        if self._control is None and self._monitor is None:
            await self._subscribe()
        await self.scan(plan["frequencies"], bytes.fromhex(plan["ssid"]))
        return await self._former.restore(plan)

    async def close(self) -> None:
        self._former.close()
        if self._control is not None:
            self._control.close()
        self._bus.close()


def variants(values: dict[str, Any]) -> dict[str, Any]:
    from dbus_fast import Variant

    return {name: Variant(kind, value) for name, (kind, value) in values.items()}
