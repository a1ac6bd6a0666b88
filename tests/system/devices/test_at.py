"""A modem on a pseudo-terminal, spoken to as a real one would be: it echoes, is late,
says what nobody asked, goes away. Times are seconds."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from posdiag.demo.devices.modem import Manners, Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal
from posdiag.model.questions.modem import AtExchange
from posdiag.system.devices.at import AtClient
from posdiag.system.devices.serial import NoPort, Port, PortGone, open_port

ASKED = ("AT+CMEE=1", "AT+CPIN?", "AT+CEREG?", "AT+CSQ", "AT+CGMM", "AT+NONE")
WANTED = [
    ("AT+CMEE=1", (), "OK"),
    ("AT+CPIN?", ("+CPIN: READY",), "OK"),
    ("AT+CEREG?", ("+CEREG: 0,1",), "OK"),
    ("AT+CSQ", ("+CSQ: 21,99",), "OK"),
    ("AT+CGMM", ("EC20F",), "OK"),
    ("AT+NONE", (), "+CME ERROR: 4"),
]


async def opened(terminal: PseudoTerminal) -> Port:
    port = await open_port(terminal.name, 115200)
    assert isinstance(port, Port), port
    return port


async def talk(modem: Modem, *commands: str, timeout: float = 3.0) -> AtClient:
    with PseudoTerminal(modem) as terminal:
        port = await opened(terminal)
        client = AtClient(port)
        try:
            assert await client.wake()
            for command in commands:
                await client.ask(command, timeout)
        finally:
            port.close()
    return client


def told(exchanges: list[AtExchange]) -> list[tuple[str, tuple[str, ...], str]]:
    return [(e.command, e.lines, e.result) for e in exchanges]


MANNERS = {
    "plain": Manners(),
    "no echo": Manners(echo=False),
    "bare AT gives ERROR": Manners(bare_at="ERROR"),
    "NULs": Manners(nuls=True),
    "three returns": Manners(returns="\r\r\n"),
    "only returns": Manners(returns="\r"),
    "URCs of other names": Manners(unasked=("RING", "+CREG: 1", "^RSSI: 20")),
    "slow": Manners(latency=0.4),
}


@pytest.mark.parametrize("manners", MANNERS.values(), ids=list(MANNERS))
def test_the_answers_are_the_same_however_the_modem_behaves(manners: Manners) -> None:
    found = asyncio.run(talk(Modem(manners=manners), *ASKED))

    assert told(found.exchanges) == WANTED


def test_an_answer_that_comes_after_we_gave_up_is_given_to_its_own_command() -> None:
    modem = Modem(manners=Manners(late={"AT+CPIN?": 0.6}))

    found = asyncio.run(talk(modem, *ASKED, timeout=0.4))

    assert told(found.exchanges) == WANTED


def test_a_modem_slower_than_our_patience_with_bare_at_is_woken_and_kept_in_step() -> (
    None
):
    found = asyncio.run(talk(Modem(manners=Manners(latency=1.3)), *ASKED[:2]))

    assert told(found.exchanges) == WANTED[:2]


def test_a_silent_port_is_told_within_five_seconds() -> None:
    async def knock() -> bool:
        with PseudoTerminal(Modem(manners=Manners(silent=True))) as terminal:
            port = await opened(terminal)
            try:
                return await AtClient(port).wake()
            finally:
                port.close()

    begun = time.monotonic()
    assert not asyncio.run(knock())
    assert time.monotonic() - begun < 5.0


def test_a_flood_of_noise_ends_and_leaves_the_loop_to_others() -> None:
    async def knock() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0.05)
                turns += 1

        beside = asyncio.create_task(other())
        noise = Manners(silent=True, noise=b"\xff\x00\r\n" * 4000)
        with PseudoTerminal(Modem(manners=noise)) as terminal:
            port = await opened(terminal)
            try:
                assert not await AtClient(port).wake()
            finally:
                port.close()
        beside.cancel()
        return turns

    assert asyncio.run(knock()) > 20


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_modem_that_is_unplugged_midway_raises_port_gone(after: int) -> None:
    modem = Modem(manners=Manners(unplugged=after))
    with pytest.raises(PortGone):
        asyncio.run(talk(modem, *ASKED))


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


def test_a_port_that_is_held_is_busy() -> None:
    async def twice() -> Port | NoPort:
        with PseudoTerminal(Modem()) as terminal:
            port = await opened(terminal)
            try:
                return await open_port(terminal.name, 9600)
            finally:
                port.close()

    assert run(twice()) == NoPort("busy")


def test_a_port_in_exclusive_mode_is_busy_for_root_too() -> None:
    import fcntl
    import os
    import termios

    async def claimed() -> Port | NoPort:
        with PseudoTerminal(Modem()) as terminal:
            other = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
            fcntl.ioctl(other, termios.TIOCEXCL)  # as ModemManager does
            try:
                return await open_port(terminal.name, 9600)
            finally:
                os.close(other)

    assert run(claimed()) == NoPort("busy")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/dev/ttyNOSUCH", "missing"),
        ("socket://127.0.0.1:1", "missing"),
        ("nonsense://x", "unfit"),
        ("/dev/null", "unfit"),
        ("/", "unfit"),
        ("", "missing"),
    ],
)
def test_a_port_that_cannot_be_opened_says_why(name: str, why: str) -> None:
    found = run(open_port(name, 115200))

    assert isinstance(found, NoPort)
    assert found.why == why, found


def test_neither_pin_nor_numbers_of_persons_and_devices_are_kept() -> None:
    settings = ModemSettings(sim="SIM PIN", pin="4711")
    modem = Modem(settings)

    async def unlock() -> AtClient:
        with PseudoTerminal(modem) as terminal:
            port = await opened(terminal)
            client = AtClient(port, secrets=("4711",))
            try:
                await client.ask('AT+CPIN="4711"')
                for command in ("AT+CIMI", "AT+CCID", "AT+CGSN"):
                    await client.ask(command)
            finally:
                port.close()
        return client

    found = run(unlock())

    assert modem.heard[0] == 'AT+CPIN="4711"'
    assert told(found.exchanges) == [
        ("AT+CPIN=***", (), "OK"),
        ("AT+CIMI", ("***********7890",), "OK"),
        ("AT+CCID", ("+CCID: ****************1234",), "OK"),
        ("AT+CGSN", ("***********0123",), "OK"),
    ]
