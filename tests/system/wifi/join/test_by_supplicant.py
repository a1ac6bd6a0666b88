"""Joining by wpa_supplicant and the way back, against a small wpa_supplicant that keeps
networks, selects and refuses as the real one was seen to do in the Wi-Fi lab."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import Joined
from posdiag.model.site import Secret
from posdiag.system.wifi.join.by_supplicant import Supplicant
from posdiag.system.wifi.join.child import run_test
from posdiag.system.wifi.join.join_test import JoinTest
from posdiag.system.wifi.join.lease import Ipv4Settings, Lease
from posdiag.system.wifi.managers.events import EventLog
from posdiag.system.wifi.managers.supplicant_socket import Control, parse_event

AP = "02:00:00:00:02:00"
SHOP = b"SHOP"


class Daemon:
    """A control socket. Networks are dicts; number 0 is joined, 1 disabled."""

    def __init__(self, path: Path, wrong: bool = False) -> None:
        self.wrong = wrong
        self.state, self.current = "COMPLETED", 0
        self.networks: dict[int, dict[str, str]] = {
            0: {"ssid": b"HOME".hex(), "disabled": "0"},
            1: {"ssid": b"OTHER".hex(), "disabled": "1"},
        }
        self.commands: list[str] = []
        self.refuses = ""
        self._attached: Any = None
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(str(path))
        self._sock.setblocking(False)
        asyncio.get_running_loop().add_reader(self._sock, self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()

    def tell(self, text: str) -> None:
        if self._attached is not None:
            self._sock.sendto(f"<3>{text}".encode(), self._attached)

    def _read(self) -> None:
        data, sender = self._sock.recvfrom(65536)
        command = data.decode()
        self.commands.append(command)
        word, _, rest = command.partition(" ")
        if word == "ATTACH":
            self._attached = sender
        refused = bool(self.refuses) and self.refuses in command
        answer = "FAIL" if refused else self._answer(word, rest)
        self._sock.sendto(f"{answer}\n".encode(), sender)
        if word == "SCAN":
            self.tell("CTRL-EVENT-SCAN-RESULTS ")
        if word == "SELECT_NETWORK":
            self._select(int(rest))

    def _answer(self, word: str, rest: str) -> str:
        if word == "PING":
            return "PONG"
        if word == "STATUS":
            return self._status()
        if word == "LIST_NETWORKS":
            return "network id / ssid / bssid / flags\n" + self._list()
        if word == "SCAN_RESULTS":
            return f"head\n{AP}\t2437\t-47\t[WPA2-PSK-CCMP][ESS]\tSHOP"
        if word == "ADD_NETWORK":
            self.networks[2] = {"disabled": "1"}
            return "2"
        if word == "SET_NETWORK":
            number, key, value = rest.split(" ", 2)
            self.networks[int(number)][key] = value
        if word in ("ENABLE_NETWORK", "DISABLE_NETWORK"):
            number = rest.split(" ")[0]
            self.networks[int(number)]["disabled"] = str(int(word[0] == "D"))
        if word == "REMOVE_NETWORK":
            self.networks.pop(int(rest))
            if self.current == int(rest):
                self.state, self.current = "DISCONNECTED", -1
        return "OK"

    def _status(self) -> str:
        if self.state != "COMPLETED":
            return f"wpa_state={self.state}"
        name = bytes.fromhex(self.networks[self.current]["ssid"]).decode()
        lines = f"bssid={AP}\nfreq=2412\nssid={name}\nid={self.current}"
        return f"{lines}\nwpa_state=COMPLETED"

    def _list(self) -> str:
        lines = []
        for number, network in self.networks.items():
            name = bytes.fromhex(network.get("ssid", "")).decode()
            flags = "[CURRENT]" if number == self.current else ""
            flags += "[DISABLED]" if network["disabled"] == "1" else ""
            lines.append(f"{number}\t{name}\tany\t{flags}")
        return "\n".join(lines)

    def _select(self, number: int) -> None:
        for other, network in self.networks.items():
            network["disabled"] = str(int(other != number))
        self.tell(f"CTRL-EVENT-DISCONNECTED bssid={AP} reason=3 locally_generated=1")
        self.state, self.current = "4WAY_HANDSHAKE", number
        self.tell(f"Associated with {AP}")
        if number == 2 and self.wrong:
            self.tell(f"CTRL-EVENT-DISCONNECTED bssid={AP} reason=15")
            self.tell(
                'CTRL-EVENT-SSID-TEMP-DISABLED id=2 ssid="SHOP" auth_failures=1 '
                "duration=10 reason=WRONG_KEY"
            )
            return
        self.state = "COMPLETED"
        self.tell(f"CTRL-EVENT-CONNECTED - Connection to {AP} completed [id=2 id_str=]")


class Still(Ipv4Settings):
    """A lease without a network: neither asks nor changes anything."""

    def __init__(self) -> None:
        super().__init__("lo")
        self.restored = False

    async def save(self) -> dict[str, Any]:
        return {"addresses": []}

    async def obtain(self, seconds: float, hold: bool) -> Lease:
        return Lease("ok", "10.0.2.50/24")

    async def restore(self, kept: dict[str, Any]) -> None:
        self.restored = True


def request(**changes: Any) -> JoinWifi:
    fields: dict[str, Any] = {
        "interface": "posdiag-none",
        "ssid": SHOP.hex(),
        "security": "wpa2",
        "attempt_timeout": 3.0,
        "lease_timeout": 1.0,
        "hold": False,
        "passphrase": Secret("right pass"),
    }
    return JoinWifi(**{**fields, **changes})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wlan0"


@asynccontextmanager
async def meeting(path: Path, wrong: bool = False) -> AsyncIterator[tuple[Any, ...]]:
    daemon, log = Daemon(path, wrong), EventLog()
    control = Control(str(path), lambda e: log.add(parse_event(e, log.now())))
    supplicant = Supplicant(control, Still(), log)
    try:
        yield daemon, supplicant, log
    finally:
        await supplicant.close()
        daemon.close()


async def remembered(supplicant: Supplicant, wanted: JoinWifi) -> dict[str, Any]:
    plan = await supplicant.prepare_restore(wanted)
    assert not isinstance(plan, Unknown)
    return plan


async def outcome_of(path: Path, wrong: bool) -> tuple[Joined | Unknown, Daemon, str]:
    async with meeting(path, wrong) as (daemon, supplicant, log):
        plan = await remembered(supplicant, request())
        heard = await supplicant.last_scan(SHOP)
        test = JoinTest(request(), supplicant, log, plan, heard)
        found = await test.run()
        return found, daemon, await supplicant.restore(plan)


AS_BEFORE = {
    0: {"ssid": b"HOME".hex(), "disabled": "0"},
    1: {"ssid": b"OTHER".hex(), "disabled": "1"},
}


def test_a_network_is_joined_and_the_former_one_comes_back(path: Path) -> None:
    joined, daemon, after = asyncio.run(outcome_of(path, wrong=False))
    assert isinstance(joined, Joined)
    assert [attempt.outcome for attempt in joined.attempts] == ["joined"]
    kinds = [event.kind for event in joined.attempts[0].events]
    assert kinds == ["associated", "connected"]
    assert ("ok", "10.0.2.50/24", b"HOME".hex()) == (
        joined.lease,
        joined.address,
        joined.former,
    )
    assert joined.attempts[0].signal == -47.0
    assert (after, daemon.networks, daemon.current) == ("returned", AS_BEFORE, 0)


def test_a_wrong_passphrase_is_tried_twice_and_the_former_one_comes_back(
    path: Path,
) -> None:
    joined, daemon, after = asyncio.run(outcome_of(path, wrong=True))
    assert isinstance(joined, Joined)
    assert [attempt.outcome for attempt in joined.attempts] == ["failed", "failed"]
    assert [event.kind for event in joined.attempts[1].events] == [
        "associated",
        "disconnected",
        "key-suspected",
    ]
    assert joined.lease == "untried"
    assert (after, daemon.networks) == ("returned", AS_BEFORE)


def test_the_configuration_is_never_saved(path: Path) -> None:
    _, daemon, _ = asyncio.run(outcome_of(path, wrong=False))
    assert [c for c in daemon.commands if c.startswith(("SAVE", "RECONFIGURE"))] == []
    assert "SET_NETWORK 2 mem_only_psk 1" in daemon.commands


def test_what_the_supplicant_cannot_do_is_not_supported(path: Path) -> None:
    async def run() -> tuple[Any, ...]:
        async with meeting(path) as (daemon, supplicant, log):
            daemon.refuses = "wep_key0"
            wep = request(security="wep", passphrase=Secret("abcde"))
            plan = await remembered(supplicant, wep)
            heard = await supplicant.last_scan(SHOP)
            found = await JoinTest(wep, supplicant, log, plan, heard).run()
            return found, await supplicant.restore(plan), daemon.networks

    assert (Unknown("unsupported"), "returned", AS_BEFORE) == asyncio.run(run())


def test_who_had_no_network_gets_none(path: Path) -> None:
    async def run() -> tuple[Any, ...]:
        async with meeting(path) as (daemon, supplicant, _):
            daemon.state, daemon.current = "INACTIVE", -1
            daemon.networks[0]["disabled"] = "1"
            before = {number: dict(n) for number, n in daemon.networks.items()}
            plan = await remembered(supplicant, request())
            await supplicant.start_attempt(request())
            after = await supplicant.restore(plan)
            return plan["ssid"], after, before == daemon.networks, daemon.state

    assert asyncio.run(run()) == ("", "nothing", True, "DISCONNECTED")


def test_who_was_told_to_stay_away_stays_away(path: Path) -> None:
    async def run() -> tuple[Any, ...]:
        async with meeting(path) as (daemon, supplicant, _):
            daemon.state, daemon.current = "DISCONNECTED", -1
            plan = await remembered(supplicant, request())
            await supplicant.start_attempt(request())
            daemon.commands.clear()
            after = await supplicant.restore(plan)
            return after, daemon.commands[-1], daemon.networks == AS_BEFORE

    assert asyncio.run(run()) == ("nothing", "DISCONNECT", True)


def test_a_held_network_stays_joined_until_the_end_is_called(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run() -> tuple[Any, ...]:
        async with meeting(path) as (daemon, supplicant, log):
            plan = await remembered(supplicant, request())
            heard = await supplicant.last_scan(SHOP)
            test = JoinTest(request(hold=True), supplicant, log, plan, heard)
            ending = asyncio.Event()
            task = asyncio.create_task(run_test(test, ending))
            await asyncio.sleep(1)
            held = daemon.current
            ending.set()
            await task
            return held, daemon.current

    assert asyncio.run(run()) == (2, 0)
    lines = capsys.readouterr().out.splitlines()
    assert '"after": "held"' in lines[0]
    assert lines[1] == '{"after": "returned"}'


def test_an_end_amid_the_test_leads_back_at_once(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run() -> tuple[Any, ...]:
        async with meeting(path) as (daemon, supplicant, log):
            plan = await remembered(supplicant, request())
            test = JoinTest(
                request(), supplicant, log, plan, await supplicant.last_scan(SHOP)
            )
            ending = asyncio.Event()
            ending.set()
            await run_test(test, ending)
            return daemon.networks, daemon.current

    assert asyncio.run(run()) == (AS_BEFORE, 0)
    assert capsys.readouterr().out == '{"after": "returned"}\n'


def test_a_supplicant_that_has_ended_answers_nothing(path: Path) -> None:
    async def run() -> str:
        daemon = Daemon(path)
        control = Control(str(path))
        daemon.close()
        try:
            return await control.request("PING")
        finally:
            control.close()

    assert asyncio.run(run()) == ""
