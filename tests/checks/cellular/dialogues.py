"""Dialogues with modems, as the AT client hands them over: a healthy LTE module, and
what each case answers in place of it."""

from collections.abc import Mapping
from typing import Any

from posdiag.model.questions.modem import AskModem, AtExchange, ModemDialogue
from posdiag.model.site import Cellular, Connection, Secret, Site

PORT = "/dev/ttyUSB2"
SITE = Site(
    connection=Connection(kind="cellular"), cellular=Cellular(port=PORT, apn="cmiot")
)
WITH_PIN = Site(
    connection=Connection(kind="cellular"),
    cellular=Cellular(port=PORT, pin=Secret("1234")),
)
BACKUP = Site(connection=Connection(kind="wifi"), cellular=Cellular(port=PORT))

HEALTHY: Mapping[str, str] = {
    "AT+CMEE=1": "OK",
    "AT+CPIN?": "+CPIN: READY|OK",
    "AT+CEREG?": "+CEREG: 0,1|OK",
    "AT+CGREG?": "+CGREG: 0,0|OK",
    "AT+CREG?": "+CREG: 0,1|OK",
    "AT+COPS?": '+COPS: 0,0,"CHINA MOBILE",7|OK',
    "AT+CSQ": "+CSQ: 21,99|OK",
    "AT+CESQ": "+CESQ: 99,99,255,255,24,52|OK",
    "AT+CGPADDR": '+CGPADDR: 1,"10.23.45.67"|OK',
    "AT+CGATT?": "+CGATT: 1|OK",
    "AT+CGDCONT?": '+CGDCONT: 1,"IP","cmiot","0.0.0.0",0,0|OK',
    "AT+CGACT?": "+CGACT: 1,1|OK",
    "AT+CGMI": "Quectel|OK",
    "AT+CGMM": "EC20F|OK",
}


def exchange(command: str, answer: str) -> AtExchange:
    """`answer` is lines and result with bars between; "" for no answer at all."""
    *lines, result = answer.split("|")
    return AtExchange(command, tuple(lines), result, 0.02)


def dialogue(
    answers: Mapping[str, str] | None = None, *more: tuple[str, str], **fields: Any
) -> ModemDialogue:
    """The healthy dialogue with other answers, and exchanges added at its end."""
    known = {**HEALTHY, **(answers or {})}
    exchanges = [exchange(c, a) for c, a in (*known.items(), *more) if a]
    told = {"port": PORT, "state": "answers", "baudrate": 115200, **fields}
    return ModemDialogue(exchanges=tuple(exchanges), **told)


def says(
    answers: Mapping[str, str] | None = None, *more: tuple[str, str], **fields: Any
) -> dict[Any, Any]:
    """The same, as a change of the shop."""
    return {AskModem: dialogue(answers, *more, **fields)}


def unregistered(cereg: str = "2", creg: str = "2", **more: str) -> dict[str, str]:
    """A modem that is not registered; keywords are further answers, `_` for `AT+`."""
    return {
        "AT+CEREG?": f"+CEREG: 0,{cereg}|OK",
        "AT+CREG?": f"+CREG: 0,{creg}|OK",
        "AT+COPS?": "+COPS: 0|OK",
        "AT+CGATT?": "+CGATT: 0|OK",
        "AT+CGPADDR": "+CGPADDR: 1|OK",
        **more,
    }


NO_ADDRESS = {"AT+CGACT?": "+CGACT: 1,0|OK", "AT+CGPADDR": "+CGPADDR: 1|OK"}
