"""Is there a modem, and a SIM in it that can be read and used?"""

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.modem import (
    AskModem,
    AskSerialPorts,
    ModemDialogue,
    SerialPort,
    SerialPorts,
)
from posdiag.model.site import Cellular, Connection, Site
from posdiag_checks.cellular.sim import cellular_sim
from tests.checks.cellular.dialogues import (
    BACKUP,
    PORT,
    SITE,
    WITH_PIN,
    dialogue,
    says,
    unregistered,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(cellular_sim)
NO_PORT = Site(connection=Connection(kind="cellular"))
USB = SerialPorts(
    (
        SerialPort("/dev/ttyS0"),
        SerialPort("/dev/ttyUSB0", 0x2C7C, 0x0125),
        SerialPort("/dev/ttyUSB2", 0x2C7C, 0x0125),
    )
)


def only(*answering: str) -> object:
    """These ports have a modem that answers."""

    def ask(asked: AskModem) -> ModemDialogue:
        alive = asked.port in answering
        return (
            dialogue(port=asked.port) if alive else ModemDialogue(asked.port, "silent")
        )

    return ask


def pin(state: str, **fields: object) -> dict[object, object]:
    return says({**unregistered("0", "0"), "AT+CPIN?": state}, **fields)


def tries(left: int) -> tuple[str, str]:
    return 'AT+CPINR="SIM PIN"', f"+CPINR: SIM PIN,{left},3|OK"


CASES = [
    row(name="works", status=OK, site=SITE, change=says(), facts={"port": PORT}),
    row(name="not in the profile", status=SKIP, code="skip.not-configured"),
    row(
        name="the port is silent",
        status=FAIL,
        code="cellular.no-modem",
        site=SITE,
        change={AskModem: ModemDialogue(PORT, "silent")},
        facts={"port": PORT, "baudrate": 115200},
    ),
    row(
        name="the serial server does not answer",
        status=FAIL,
        code="cellular.no-modem",
        variant="away",
        site=Site(cellular=Cellular(port="socket://192.0.2.9:2000")),
        change={AskModem: ModemDialogue("socket://192.0.2.9:2000", "missing")},
    ),
    *(
        row(
            name=f"the port is {state}",
            status=FAIL,
            code="cellular.no-modem",
            variant=state,
            site=SITE,
            change={AskModem: ModemDialogue(PORT, state)},
        )
        for state in ("missing", "noise", "gone")
    ),
    row(
        name="another program holds the port",
        status=SKIP,
        code="skip.busy",
        site=SITE,
        change={AskModem: Unknown("busy", "minicom")},
        facts={"port": PORT, "holder": "minicom"},
    ),
    row(
        name="no right to open the port",
        status=SKIP,
        code="skip.port-rights",
        site=SITE,
        change={AskModem: Unknown("no-rights", "sudo usermod -aG dialout pos")},
        facts={"hint": "sudo usermod -aG dialout pos"},
    ),
    row(
        name="the second USB port answers",
        status=OK,
        site=NO_PORT,
        change={AskSerialPorts: USB, AskModem: only("/dev/ttyUSB2")},
        facts={"port": "/dev/ttyUSB2"},
    ),
    row(
        name="a laptop without a modem is no fault of the terminal",
        status=SKIP,
        code="skip.no-modem-port",
        site=NO_PORT,
        change={AskSerialPorts: SerialPorts((SerialPort("/dev/ttyS0"),))},
    ),
    row(
        name="USB ports that are no modem are no fault either",
        status=SKIP,
        code="skip.no-modem-port",
        site=NO_PORT,
        change={AskSerialPorts: USB, AskModem: only()},
    ),
    row(
        name="an adapter may lead to a printer: it is not knocked at",
        status=SKIP,
        code="skip.no-modem-port",
        site=NO_PORT,
        change={
            AskSerialPorts: SerialPorts((SerialPort("/dev/ttyUSB5", 0x1A86),)),
            AskModem: only("/dev/ttyUSB5"),
        },
        facts={"ports": ()},
    ),
    row(
        name="all USB ports are held",
        status=SKIP,
        code="skip.busy",
        site=NO_PORT,
        change={AskSerialPorts: USB, AskModem: Unknown("busy", "pppd")},
    ),
    row(
        name="ports cannot be listed",
        status=SKIP,
        code="skip.unsupported",
        site=NO_PORT,
        change={AskSerialPorts: Unknown("unsupported")},
    ),
    row(
        name="no card",
        status=FAIL,
        code="cellular.no-sim",
        site=SITE,
        change=pin("+CME ERROR: 10"),
    ),
    row(
        name="no card, in words",
        status=FAIL,
        code="cellular.no-sim",
        site=SITE,
        change=pin("+CME ERROR: SIM not inserted"),
    ),
    row(
        name="no card, as a state",
        status=FAIL,
        code="cellular.no-sim",
        site=SITE,
        change=pin("+CPIN: NOT INSERTED|OK"),
    ),
    row(
        name="ERROR without a reason, not registered",
        status=FAIL,
        code="cellular.no-sim",
        variant="untold",
        site=SITE,
        change=pin("ERROR"),
        rivals=("cellular.sim-failure",),
    ),
    row(
        name="ERROR without a reason, but registered",
        status=OK,
        site=SITE,
        change=says({"AT+CPIN?": "ERROR"}),
    ),
    row(
        name="ERROR without a reason, but the card tells its number",
        status=OK,
        site=SITE,
        change=says(
            {**unregistered(), "AT+CPIN?": "ERROR", "AT+CIMI": "***********7890|OK"}
        ),
    ),
    row(
        name="no time to ask for the card",
        status=SKIP,
        code="skip.modem-late",
        site=SITE,
        change=says({**unregistered("0", "0"), "AT+CPIN?": ""}, whole=False),
    ),
    row(
        name="PIN wanted, none given",
        status=FAIL,
        code="cellular.sim-locked",
        site=SITE,
        change=pin("+CPIN: SIM PIN|OK", pin="not-given"),
    ),
    row(
        name="PIN refused",
        status=FAIL,
        code="cellular.sim-locked",
        variant="refused",
        site=WITH_PIN,
        change=says(
            {**unregistered("0", "0"), "AT+CPIN?": "+CPIN: SIM PIN|OK"},
            tries(3),
            pin="refused",
        ),
        facts={"tries": 3},
    ),
    row(
        name="one try left",
        status=FAIL,
        code="cellular.sim-locked",
        variant="last-try",
        site=WITH_PIN,
        change=says(
            {**unregistered("0", "0"), "AT+CPIN?": "+CPIN: SIM PIN|OK"},
            tries(1),
            pin="last-try",
        ),
        facts={"tries": 1},
    ),
    row(
        name="tries not told",
        status=FAIL,
        code="cellular.sim-locked",
        variant="tries-unknown",
        site=WITH_PIN,
        change=pin("+CME ERROR: 11", pin="tries-unknown"),
    ),
    row(
        name="PUK wanted",
        status=FAIL,
        code="cellular.sim-locked",
        variant="puk",
        site=SITE,
        change=pin("+CPIN: SIM PUK|OK"),
    ),
    row(
        name="tied to another device",
        status=FAIL,
        code="cellular.sim-locked",
        variant="network",
        site=SITE,
        change=pin("+CPIN: PH-NET PIN|OK"),
    ),
    row(
        name="PIN accepted",
        status=OK,
        site=WITH_PIN,
        change=says(None, tries(3), pin="accepted"),
    ),
    row(
        name="the card fails",
        status=FAIL,
        code="cellular.sim-failure",
        site=SITE,
        change=pin("+CME ERROR: 13"),
    ),
    row(
        name="the card is wrong",
        status=FAIL,
        code="cellular.sim-failure",
        site=SITE,
        change=pin("+CME ERROR: 15"),
    ),
    row(
        name="the card stays busy",
        status=FAIL,
        code="cellular.sim-failure",
        variant="busy",
        site=SITE,
        change=pin("+CME ERROR: 14"),
    ),
    row(
        name="a contact that comes and goes, now there",
        status=WARN,
        code="cellular.sim-failure",
        variant="contact",
        site=SITE,
        change=says({"AT+CPIN?": "+CME ERROR: 13"}, ("AT+CPIN?", "+CPIN: READY|OK")),
    ),
    row(
        name="a contact that comes and goes, now gone",
        status=FAIL,
        code="cellular.sim-failure",
        variant="contact",
        site=SITE,
        change=says(unregistered(), ("AT+CPIN?", "+CME ERROR: 10")),
    ),
    row(
        name="an unasked line tells that the card was gone",
        status=WARN,
        code="cellular.sim-failure",
        variant="contact",
        site=SITE,
        change=says(unasked=("RING", "+CPIN: NOT INSERTED", "+CPIN: READY")),
    ),
    row(
        name="of a spare modem a missing card is a risk, no more",
        status=WARN,
        code="cellular.no-sim",
        site=BACKUP,
        change=pin("+CME ERROR: 10"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cellular_sim(case: Case) -> None:
    case.verify()
