"""Joining by wpa_supplicant itself, where no NetworkManager stands above it.

A network of our own is added to those that it knows, selected, and removed again. What
its user had enabled, and where it was joined, is remembered first. Its configuration
file is never written.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Literal

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import JoinWifi
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.wifi.join.lease import Lease, Leasing
from posdiag.system.wifi.join.request import supplicant_network
from posdiag.system.wifi.managers.events import Heard, Tape
from posdiag.system.wifi.managers.supplicant_socket import (
    Control,
    control_path,
    parse_event,
    parse_networks,
)

RETURN_TIME = 20.0  # seconds that the former network gets to be joined again
AGAIN = 3.0  # seconds after which it is helped on
TICK = 0.2

Plan = dict[str, Any]


def connect(interface: str, tape: Tape) -> "Supplicant | Unknown | None":
    """None: wpa_supplicant does not serve this interface by a control socket."""
    path = control_path(interface)
    if not path:
        return None
    try:
        control = Control(path, lambda line: tape.add(parse_event(line, tape.now())))
    except PermissionError:
        return Unknown("no-rights", RUN_AS_ROOT)
    except OSError:  # what is left of one that has ended
        return None
    return Supplicant(control, Leasing(interface), tape)


class Supplicant:
    name: Literal["networkmanager", "wpa_supplicant"] = "wpa_supplicant"

    def __init__(self, control: Control, leasing: Leasing, tape: Tape) -> None:
        self._control = control
        self._tape = tape
        self._network: int | None = None
        self._left = False
        self._leasing = leasing

    async def alive(self) -> bool:
        return await self._control.request("PING") == "PONG"

    async def heard(self, ssid: bytes) -> Heard:
        return parse_heard(await self._control.request("SCAN_RESULTS"), ssid)

    async def remember(self, request: JoinWifi) -> Plan | Unknown:
        await self._control.request("ATTACH")
        status = await self._control.status()
        listed = parse_networks(await self._control.request("LIST_NETWORKS"))
        current = [n for n, flags in listed if "CURRENT" in flags]
        joined = bool(current) and status.get("wpa_state") == "COMPLETED"
        stopped = status.get("wpa_state") == "DISCONNECTED" and await self._stopped()
        plan = {
            "manager": self.name,
            "enabled": [n for n, flags in listed if "DISABLED" not in flags],
            "disabled": [n for n, flags in listed if "DISABLED" in flags],
            "current": current[0] if current else None,
            "joined": joined,
            "stopped": stopped,
            "ssid": unescape(status.get("ssid", "")).hex() if joined else "",
            "frequencies": [int(f) for f in (status.get("freq", ""),) if f.isdecimal()],
            "ip": await self._leasing.remember(),
        }
        number = await self._control.request("ADD_NETWORK")
        if not (number.isascii() and number.isdigit()):
            return Unknown("trouble")
        plan["ours"] = self._network = int(number)
        return plan

    async def prepare(self, request: JoinWifi) -> bool:
        for key, value in supplicant_network(request).items():
            command = f"SET_NETWORK {self._network} {key} {value}"
            if not await self._control.does(command):
                return False
        return True

    async def _stopped(self) -> bool:
        """Did its user tell it to stay away? The state is also passed through."""
        await asyncio.sleep(1)
        return (await self._control.status()).get("wpa_state") == "DISCONNECTED"

    async def refresh(self, frequencies: Sequence[int], ssid: bytes) -> None:
        if frequencies:
            await self._control.scan(frequencies, ssid, self._left)

    async def begin(self, request: JoinWifi) -> None:
        # Selecting also ends a pause that the supplicant has put upon the network.
        self._left = True
        await self._control.forgive()
        await self._control.request(f"SELECT_NETWORK {self._network}")

    async def lease(self, request: JoinWifi) -> Lease:
        return await self._leasing.obtain(request.lease_timeout, request.hold)

    async def restore(self, plan: Plan) -> str:
        """Bring back what `remember` saw. "returned", "nothing" or "lost"."""
        self._left = True
        await self._control.forgive()
        if plan["joined"]:
            await self.refresh(plan["frequencies"], bytes.fromhex(plan["ssid"]))
        await self._take_away(plan)
        await self._leasing.restore(plan["ip"])
        if not plan["joined"]:
            return "nothing"
        loop = asyncio.get_running_loop()
        end, again = loop.time() + RETURN_TIME, loop.time() + AGAIN
        while loop.time() < end:
            status = await self._control.status()
            back = status.get("id") == str(plan["current"])
            if back and status.get("wpa_state") == "COMPLETED":
                return "returned" if await self._leasing.back(plan["ip"]) else "lost"
            if loop.time() >= again:
                await self.refresh(plan["frequencies"], bytes.fromhex(plan["ssid"]))
                await self._enable(plan)
                again = loop.time() + AGAIN
            await asyncio.sleep(TICK)
        return "lost"

    async def _take_away(self, plan: Plan) -> None:
        await self._control.request(f"REMOVE_NETWORK {plan['ours']}")
        await self._enable(plan)

    async def _enable(self, plan: Plan) -> None:
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
        await self._leasing.close()


def parse_heard(reply: str, ssid: bytes) -> Heard:
    """From SCAN_RESULTS: BSSID, frequency, level, flags and name, by tabs."""
    found = Heard()
    for line in reply.splitlines()[1:500]:
        fields = line.split("\t", 4)
        if len(fields) < 5 or unescape(fields[4]) != ssid:
            continue
        with contextlib.suppress(ValueError):
            frequency, level = int(fields[1][:6]), float(int(fields[2][:6]))
            found = found.and_also(Heard(offer(fields[3]), level, (frequency,)))
    return found


def offer(flags: str) -> str:
    if "WPA" in flags or "RSN" in flags or "OWE" in flags:
        return "wpa"
    return "wep" if "WEP" in flags else "open"


def unescape(text: str) -> bytes:
    r"""The octets of a name as wpa_supplicant prints it (printf_encode): \xHH, \n, \r,
    \t, \e, \" and \\. What is not understood stays as it is."""
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
