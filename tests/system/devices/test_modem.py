"""The dialogue with a modem: what is asked, what is never sent, what is kept of it.

Times are seconds.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from posdiag.demo.devices.modem import ICCID, IMEI, IMSI, Manners, Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import (
    AskModem,
    AskSerialPorts,
    ModemDialogue,
    SerialPorts,
)
from posdiag.model.site import Secret
from posdiag.system.core.dispatch import Dispatch
from posdiag.system.core.record import Recorder
from posdiag.system.core.replay import Replay
from posdiag.system.devices import modem as at_port
from posdiag.system.devices import ports
from posdiag.system.devices.modem.card import REFUSED
from posdiag_checks.cellular import data, dialogue, registration, sim

PIN = "4711"


@pytest.fixture(autouse=True)
def nothing_was_refused() -> None:
    REFUSED.clear()


def talk(modem: Modem, pin: str = "", **more: object) -> ModemDialogue:
    with PseudoTerminal(modem) as terminal:
        question = AskModem(terminal.name, pin=Secret(pin), **more)  # type: ignore[arg-type]
        found = asyncio.run(at_port.ask(question, Meter()))
    assert isinstance(found, ModemDialogue), found
    return found


def pins(modem: Modem) -> list[str]:
    return [command for command in modem.heard if command.startswith("AT+CPIN=")]


def locked(**more: object) -> ModemSettings:
    return ModemSettings(sim="SIM PIN", pin=PIN, **more)  # type: ignore[arg-type]


# -- the PIN --------------------------------------------------------------------------


@dataclass
class Lock:
    """A card that wants its PIN; `told` False: the modem does not tell the tries."""

    pin: str
    tries: int
    use: str
    sent: int
    told: bool = True


@pytest.mark.parametrize(
    "lock",
    [
        Lock(PIN, 3, "accepted", 1),
        Lock(PIN, 2, "accepted", 1),
        Lock("0000", 3, "refused", 1),
        Lock("0000", 2, "refused", 1),
        Lock(PIN, 1, "last-try", 0),
        Lock("", 3, "not-given", 0),
        Lock(PIN, 3, "tries-unknown", 0, told=False),
    ],
    ids=str,
)
def test_the_pin_is_sent_once_and_never_the_last_time(lock: Lock) -> None:
    without = frozenset(() if lock.told else ("AT+CPINR",))
    modem = Modem(locked(tries=lock.tries), Manners(without=without))

    found = talk(modem, lock.pin)

    assert found.pin == lock.use
    assert len(pins(modem)) == lock.sent


def test_a_refused_pin_is_not_sent_again_by_the_same_process() -> None:
    """A watch would use up the tries but one."""
    modem = Modem(locked())
    with PseudoTerminal(modem) as terminal:
        question = AskModem(terminal.name, pin=Secret("0000"))
        found = [asyncio.run(at_port.ask(question, Meter())) for _ in range(2)]

    assert [getattr(f, "pin", None) for f in found] == ["refused", "refused"]
    assert len(pins(modem)) == 1


def test_a_card_that_is_open_is_never_sent_a_pin() -> None:
    modem = Modem(ModemSettings(pin=PIN))

    assert talk(modem, PIN).pin == "not-asked"
    assert pins(modem) == []


def test_a_modem_that_drops_its_answer_to_the_pin_is_sent_no_other() -> None:
    modem = Modem(locked(), Manners(late={"AT+CPIN": 6.0}))

    talk(modem, PIN)

    assert len(pins(modem)) == 1


def test_no_secret_is_kept_of_a_dialogue_even_where_the_modem_repeats_it() -> None:
    leaks = (f"+CPIN: {PIN}", f"IMSI {IMSI}", f"^ICCID: {ICCID}", f"imei={IMEI}")
    modem = Modem(locked(), Manners(unasked=leaks))

    kept = repr(talk(modem, PIN))

    assert pins(modem) == [f'AT+CPIN="{PIN}"']
    for secret in (PIN, IMSI, ICCID, IMEI):
        assert secret not in kept


# -- what is asked --------------------------------------------------------------------

UNCHANGING = ("AT+CMEE=", "AT+CEREG=", "AT+CGREG=", "AT+CREG=", "AT+CGACT=", "AT+CSIM=")
FORBIDDEN = (
    *("ATD", "ATA", "ATZ", "AT&", "AT+COPS=", "AT+CFUN=", "AT+CGDCONT="),
    *("AT+CGSN", "AT+CNUM", "AT+CCID"),  # numbers of persons and devices
)
FAULTS = [
    ModemSettings(),
    ModemSettings(sim=10),
    ModemSettings(stat=2),
    ModemSettings(stat=3, cause=7),
    ModemSettings(technology=0, active=False),
    ModemSettings(technology=2, active=False, refusal=133),
    ModemSettings(functionality=4),
]


@pytest.mark.parametrize("settings", FAULTS, ids=range(len(FAULTS)))
def test_every_setting_is_put_back_and_nothing_dials_or_writes(
    settings: ModemSettings,
) -> None:
    modem = Modem(settings)
    before = (modem.kept, modem.settings.active)

    talk(modem)

    sets = [c for c in modem.heard if "=" in c and not c.endswith("=?")]
    asking = ("AT+CPINR=", "AT+QPINC=", "AT+CGPADDR=")
    assert not [c for c in sets if not c.startswith((*UNCHANGING, *asking))]
    assert (modem.kept, modem.active) == before
    assert not [c for c in modem.heard if c.startswith(FORBIDDEN)]


def test_identifying_asks_nothing_else() -> None:
    modem = Modem()

    found = talk(modem, identify=True)

    assert found.state == "answers"
    assert modem.heard == ["AT", "AT+CGMI", "AT+CGMM"]


@pytest.mark.parametrize(
    ("manners", "state"),
    [
        (Manners(silent=True, echo=False), "silent"),
        (Manners(silent=True, noise=b"\xfa\x55"), "noise"),
        (Manners(unplugged=0), "gone"),
        (Manners(unplugged=7), "gone"),
    ],
    ids=["silent", "noise", "gone at once", "gone midway"],
)
def test_what_is_no_modem_or_goes_away(manners: Manners, state: str) -> None:
    begun = time.monotonic()

    assert talk(Modem(manners=manners)).state == state
    assert time.monotonic() - begun < 15.0


@pytest.mark.parametrize(
    ("port", "baudrate", "wanted"),
    [
        ("/dev/ttyS0", 9600, (9600, 115200)),
        ("COM3", 115200, (115200, 9600)),
        ("/dev/ttyUSB2", 115200, (115200,)),
        ("socket://192.0.2.1:2000", 9600, (9600,)),
    ],
)
def test_a_true_serial_port_is_tried_at_other_speeds(
    port: str, baudrate: int, wanted: tuple[int, ...]
) -> None:
    assert at_port.rates(AskModem(port, baudrate)) == wanted


def test_a_port_that_is_not_there_and_one_that_is_held() -> None:
    async def held() -> object:
        with PseudoTerminal(Modem()) as terminal:
            import serial

            with serial.Serial(terminal.name, exclusive=True):
                return await at_port.ask(AskModem(terminal.name), Meter())

    missing = asyncio.run(at_port.ask(AskModem("/dev/ttyNONE"), Meter()))

    assert missing == ModemDialogue("/dev/ttyNONE", "missing")
    assert asyncio.run(held()) == Unknown("busy")


def test_a_slow_modem_is_asked_what_decides_within_the_time() -> None:
    begun = time.monotonic()
    known = dialogue.read(talk(Modem(manners=Manners(latency=1.2))))

    assert time.monotonic() - begun < 15.0
    assert known.whole
    assert (known.sim, known.registered, known.address) == (
        "ready",
        True,
        "10.23.45.67",
    )
    assert known.level.known


# -- recordings -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        locked(),
        ModemSettings(stat=3, cause=15),
        ModemSettings(active=False, refusal=133),
    ],
    ids=["PIN", "refused", "no data"],
)
def test_a_recording_holds_no_secret_and_is_judged_alike(
    settings: ModemSettings, tmp_path: Path
) -> None:
    place = tmp_path / "recording"
    modem = Modem(settings)
    question = AskModem("", pin=Secret(PIN), apn="cmiot")

    async def record() -> ModemDialogue | Unknown:
        with PseudoTerminal(modem) as terminal:

            async def ask(asked: AskModem, meter: Meter) -> ModemDialogue | Unknown:
                here = AskModem(terminal.name, pin=asked.pin, apn=asked.apn)
                return await at_port.ask(here, meter)

            recorder = Recorder(Dispatch("linux", {AskModem: ask}))
            found = await recorder.ask(question)
            recorder.save(place)
        return found

    live = asyncio.run(record())
    replayed = asyncio.run(Replay.load(place).ask(question))

    assert isinstance(live, ModemDialogue)
    assert replayed == live
    text = place.read_text("utf-8")
    assert not [s for s in (PIN, IMSI, ICCID, IMEI) if s in text]
    known = dialogue.read(live)
    assert sim.judge(known).status is not None
    assert registration.judge(known) == registration.judge(dialogue.read(replayed))
    assert data.judge(known, "cmiot") == data.judge(dialogue.read(replayed), "cmiot")


def test_the_ports_of_this_machine_are_listed() -> None:
    found = asyncio.run(ports.list_ports(AskSerialPorts(), Meter()))

    assert isinstance(found, SerialPorts)
    names = [port.name for port in found.all]
    assert names == sorted(names)
