"""What does a modem say about its SIM? (27.007 sections 8.3 and 9.2)"""

import re
from collections.abc import Mapping
from typing import Literal

from posdiag.formats.at.framing import answers, error_code, error_text, fields, number

SimState = Literal[
    "ready", "pin", "puk", "locked", "absent", "failure", "wrong", "busy", "unknown"
]
"""`locked`: to a network, operator or device, or wants PIN2. `unknown`: ERROR without a
reason, or nothing."""

_WORDS: Mapping[str, SimState] = {
    "READY": "ready",
    "SIM PIN": "pin",
    "SIM PUK": "puk",
    "SIM PIN2": "ready",  # only asked for when PIN2 itself was used
    "SIM PUK2": "ready",
    "NOT INSERTED": "absent",
    "SIM NOT INSERTED": "absent",
    "NOT READY": "busy",
}
_CODES: Mapping[int, SimState] = {
    5: "locked",
    6: "locked",
    7: "locked",
    10: "absent",
    11: "pin",
    12: "puk",
    13: "failure",
    14: "busy",
    15: "wrong",
    16: "pin",
    17: "ready",
    18: "ready",
    **{code: "locked" for code in range(40, 49)},
}
_TEXTS: Mapping[str, SimState] = {
    "sim not inserted": "absent",
    "no sim": "absent",
    "sim pin required": "pin",
    "sim puk required": "puk",
    "sim failure": "failure",
    "sim busy": "busy",
    "sim wrong": "wrong",
}
TRIES = (
    ('AT+CPINR="SIM PIN"', "+CPINR"),
    ('AT+QPINC="SC"', "+QPINC"),
    ("AT+SPIC", "+SPIC"),
    ("AT^CPIN?", "^CPIN"),
    ('AT+CSIM=10,"0020000100"', "+CSIM"),
)
"""How makers tell the tries that are left: 27.007, Quectel, SIMCom, Huawei, an empty
VERIFY to the card itself, which costs no try (ETSI TS 102 221 section 11.1.9)."""


def sim_state(lines: tuple[str, ...], result: str) -> SimState:
    """The state that `AT+CPIN?` tells, by its lines or by its error."""
    for line in reversed(lines):
        if answers(line, "+CPIN"):
            word = fields(line, "+CPIN")[0].upper()
            if word.startswith("PH-"):
                return "locked"
            return _WORDS.get(word, "unknown")
    code = error_code(result)
    if code is not None:
        return _CODES.get(code, "unknown")
    text = error_text(result)
    return next((state for words, state in _TEXTS.items() if words in text), "unknown")


def pin_tries(name: str, lines: tuple[str, ...]) -> int | None:
    """How many tries of the PIN are left, by the answer of that name; None if it does
    not tell."""
    for line in lines:
        if not answers(line, name):
            continue
        parts = fields(line, name)
        if name == "+CSIM":
            status = re.search(r"63C([0-9A-F])$", parts[-1].upper())
            return int(status[1], 16) if status else None
        place = {"+CPINR": 1, "+QPINC": 1, "+SPIC": 0, "^CPIN": 3}[name]
        found = number(parts[place]) if len(parts) > place else None
        if found is not None and 0 <= found <= 15:
            return found
    return None
