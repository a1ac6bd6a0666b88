"""Joining by wpa_supplicant itself, where NetworkManager does not control it.

The test adds a network of its own to the configured ones, selects it, and removes it
again. Which networks were enabled, and which was joined, is noted first. The
configuration file is never written.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Literal

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import JoinWifi
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.wifi.join.join_test import RestorePlan
from posdiag.system.wifi.join.lease import Ipv4Settings, Lease
from posdiag.system.wifi.join.own_supplicant import OwnSupplicant
from posdiag.system.wifi.join.request import supplicant_network
from posdiag.system.wifi.managers.events import EventLog, SeenNetwork
from posdiag.system.wifi.managers.supplicant_socket import (
    Control,
    control_path,
    parse_event,
    parse_networks,
)

RETURN_TIME = 20.0  # seconds that the former network gets to be joined again
RETRY = 3.0  # seconds between scans and selections on our part
TICK = 0.2


def connect(interface: str, log: EventLog) -> "Supplicant | Unknown | None":
    """None: wpa_supplicant does not serve this interface by a control socket."""
    path = control_path(interface)
    return open_control(path, interface, log) if path else None


async def start_own(interface: str, log: EventLog) -> "Supplicant | Unknown | None":
    """The same by a wpa_supplicant that is started for it and ends with it."""
    own = await OwnSupplicant.start(interface)
    if own is None:
        return None
    found = open_control(own.path, interface, log)
    if isinstance(found, Supplicant):
        found.own = own
        return found
    await own.stop()
    return found


def open_control(
    path: str, interface: str, log: EventLog
) -> "Supplicant | Unknown | None":
    try:
        control = Control(path, lambda line: log.add(parse_event(line, log.now())))
    except PermissionError:
        return Unknown("no-rights", RUN_AS_ROOT)
    except OSError:  # the socket of one that has ended
        return None
    return Supplicant(control, Ipv4Settings(interface), log)


class Supplicant:
    name: Literal["networkmanager", "wpa_supplicant"] = "wpa_supplicant"

    def __init__(self, control: Control, settings: Ipv4Settings, log: EventLog) -> None:
        self._control = control
        self._log = log
        self._network: int | None = None
        self._left = False
        self._settings = settings
        self.own: OwnSupplicant | None = None

    async def alive(self) -> bool:
        return await self._control.request("PING") == "PONG"

    async def last_scan(self, ssid: bytes) -> SeenNetwork:
        return parse_scan_results(await self._control.request("SCAN_RESULTS"), ssid)

    async def prepare_restore(self, request: JoinWifi) -> RestorePlan | Unknown:
        await self._control.request("ATTACH")
        status = await self._control.status()
        listed = parse_networks(await self._control.request("LIST_NETWORKS"))
        current = [n for n, flags in listed if "CURRENT" in flags]
        joined = bool(current) and status.get("wpa_state") == "COMPLETED"
        stopped = (
            status.get("wpa_state") == "DISCONNECTED" and await self._is_disconnected()
        )
        plan = {
            "manager": self.name,
            "enabled": [n for n, flags in listed if "DISABLED" not in flags],
            "disabled": [n for n, flags in listed if "DISABLED" in flags],
            "current": current[0] if current else None,
            "joined": joined,
            "stopped": stopped,
            "ssid": unescape(status.get("ssid", "")).hex() if joined else "",
            "frequencies": [int(f) for f in (status.get("freq", ""),) if f.isdecimal()],
            "ip": await self._settings.save(),
        }
        number = await self._control.request("ADD_NETWORK")
        if not (number.isascii() and number.isdigit()):
            return Unknown("trouble")
        plan["ours"] = self._network = int(number)
        if self.own is not None:
            plan["own"] = self.own.plan
        return plan

    async def configure(self, request: JoinWifi) -> bool:
        for key, value in supplicant_network(request).items():
            command = f"SET_NETWORK {self._network} {key} {value}"
            if not await self._control.succeeds(command):
                return False
        return True

    async def _is_disconnected(self) -> bool:
        """Has its user disconnected it? The state is also a transient one."""
        await asyncio.sleep(1)
        return (await self._control.status()).get("wpa_state") == "DISCONNECTED"

    async def scan(self, frequencies: Sequence[int], ssid: bytes) -> None:
        if frequencies:
            await self._control.scan(frequencies, ssid, self._left)

    async def start_attempt(self, request: JoinWifi) -> None:
        # Selecting also ends a temporary block that it has put on the network.
        self._left = True
        await self._control.clear_ignored()
        await self._control.request(f"SELECT_NETWORK {self._network}")

    async def obtain_lease(self, request: JoinWifi) -> Lease:
        return await self._settings.obtain(request.lease_timeout, request.hold)

    async def restore(self, plan: RestorePlan) -> str:
        self._left = True
        await self._control.clear_ignored()
        if plan["joined"]:
            await self.scan(plan["frequencies"], bytes.fromhex(plan["ssid"]))
        await self._remove_ours(plan)
        await self._settings.restore(plan["ip"])
        if not plan["joined"]:
            return "nothing"
        loop = asyncio.get_running_loop()
        end, retry = loop.time() + RETURN_TIME, loop.time() + RETRY
        while loop.time() < end:
            status = await self._control.status()
            former = status.get("id") == str(plan["current"])
            if former and status.get("wpa_state") == "COMPLETED":
                addressed = await self._settings.await_address(plan["ip"])
                return "returned" if addressed else "lost"
            if loop.time() >= retry:
                await self.scan(plan["frequencies"], bytes.fromhex(plan["ssid"]))
                await self._enable(plan)
                retry = loop.time() + RETRY
            await asyncio.sleep(TICK)
        return "lost"

    async def _remove_ours(self, plan: RestorePlan) -> None:
        await self._control.request(f"REMOVE_NETWORK {plan['ours']}")
        await self._enable(plan)

    async def _enable(self, plan: RestorePlan) -> None:
        stopped, current = plan["stopped"], plan["current"]
        if current is not None and not stopped:
            await self._control.request(f"SELECT_NETWORK {current}")
        wait = " no-connect" if stopped or current is not None else ""
        for number in plan["enabled"]:
            if number != current or stopped:
                await self._control.request(f"ENABLE_NETWORK {number}{wait}")
        for number in plan["disabled"]:
            if number != current:
                await self._control.request(f"DISABLE_NETWORK {number}")
        if stopped:
            await self._control.request("DISCONNECT")

    async def close(self) -> None:
        with contextlib.suppress(OSError):
            self._control.close()
        if self.own is not None:
            await self.own.stop()


def parse_scan_results(reply: str, ssid: bytes) -> SeenNetwork:
    """From SCAN_RESULTS: BSSID, frequency, level, flags and name, by tabs."""
    found = SeenNetwork()
    for line in reply.splitlines()[1:500]:
        fields = line.split("\t", 4)
        if len(fields) < 5 or unescape(fields[4]) != ssid:
            continue
        with contextlib.suppress(ValueError):
            frequency, level = int(fields[1][:6]), float(int(fields[2][:6]))
            found = found.merged_with(
                SeenNetwork(security_of(fields[3]), level, (frequency,))
            )
    return found


def security_of(flags: str) -> str:
    """`SeenNetwork.offers` from the flags of SCAN_RESULTS."""
    if "WPA" in flags or "RSN" in flags or "OWE" in flags:
        return "wpa"
    return "wep" if "WEP" in flags else "open"


def unescape(text: str) -> bytes:
    r"""The octets of a name as wpa_supplicant prints it (printf_encode): \xHH, \n, \r,
    \t, \e, \" and \\. Any other escape stays as it is."""
    plain = {"n": b"\n", "r": b"\r", "t": b"\t", "e": b"\x1b", '"': b'"', "\\": b"\\"}
    octets, at = bytearray(), 0
    while at < len(text):
        mark = text[at + 1 : at + 2] if text[at] == "\\" else ""
        if mark in plain and mark:
            octets += plain[mark]
            at += 2
            continue
        if mark == "x":
            with contextlib.suppress(ValueError):
                octets.append(int(text[at + 2 : at + 4], 16))
                at += 4
                continue
        octets += text[at].encode("utf-8", "surrogatepass")
        at += 1
    return bytes(octets)
