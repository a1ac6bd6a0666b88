"""Is the modem registered, with what technology, and if refused, for what cause?

27.007 sections 7.2, 10.1.20 and 10.1.22; causes of 24.008 section 10.5.5.14 (mobility)
and 10.5.6.6 (sessions), which 24.301 shares for those that matter here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.at.framing import answers, error_code, fields, number

Layer = Literal["mobility", "session"]
Generation = Literal["", "2G", "3G", "4G", "5G"]

TECHNOLOGY: Mapping[int, Generation] = {
    0: "2G",
    1: "2G",
    2: "3G",
    3: "2G",
    4: "3G",
    5: "3G",
    6: "3G",
    7: "4G",
    8: "2G",
    9: "4G",
    10: "4G",
    11: "5G",
    12: "5G",
    13: "5G",
}
STATES = 12  # values of <stat>
STANDARD = 0  # <cause_type>: the cause is one of 24.008 or 24.301


@dataclass(frozen=True, slots=True)
class Registration:
    """`stat` as in 27.007: 1 home, 5 roaming, 2 searching, 3 denied..."""

    stat: int
    technology: Generation = ""
    cause: int | None = None


def registration(lines: tuple[str, ...], name: str) -> Registration | None:
    """The answer to `AT+CREG?`, `AT+CGREG?` or `AT+CEREG?`; None where there is none.

    A line that came unasked lacks the first number; of several lines the one that has
    it is the answer, else the last.
    """
    found: Registration | None = None
    for line in lines:
        if not answers(line, name):
            continue
        read, solicited = _read(line, name)
        if solicited and read is not None:
            return read
        found = read or found
    return found


def _read(line: str, name: str) -> tuple[Registration | None, bool]:
    parts = fields(line, name)
    bare = line[len(name) :].lstrip(": ").split(",")
    mode = number(parts[0])
    second = number(parts[1]) if len(parts) > 1 else None
    # A location is quoted or has four digits; a state has neither.
    solicited = (
        second is not None
        and '"' not in bare[1]
        and len(parts[1]) <= 3
        and second < STATES
        and mode is not None
        and mode <= 5
    )
    stat, rest = (second, parts[2:]) if solicited else (mode, parts[1:])
    if stat is None or not 0 <= stat < STATES:
        return None, False
    act = number(rest[2]) if len(rest) > 2 and len(rest[2]) <= 2 else None
    technology = TECHNOLOGY.get(act, "") if act is not None else ""
    return Registration(stat, technology, _cause(rest, name)), solicited


def _cause(rest: tuple[str, ...], name: str) -> int | None:
    """The last two of `lac,ci,act,cause_type,reject_cause`; `+CGREG` has the routing
    area before them."""
    place = 4 if name == "+CGREG" and len(rest) >= 6 else 3
    if len(rest) < place + 2 or number(rest[place]) != STANDARD:
        return None
    return number(rest[place + 1]) or None


def serving_technology(lines: tuple[str, ...]) -> Generation:
    """The technology of a `+COPS` answer."""
    for line in lines:
        parts = fields(line, "+COPS") if answers(line, "+COPS") else ()
        act = number(parts[3]) if len(parts) > 3 else None
        if act is not None:
            return TECHNOLOGY.get(act, "")
    return ""


_PHRASES: tuple[tuple[str, Layer, int], ...] = (
    ("imsi unknown", "mobility", 2),
    ("illegal ms", "mobility", 3),
    ("illegal ue", "mobility", 3),
    ("imei not accepted", "mobility", 5),
    ("illegal me", "mobility", 6),
    ("services not allowed in this plmn", "mobility", 14),
    ("and non", "mobility", 8),
    ("gprs services not allowed", "mobility", 7),
    ("gprs service not allowed", "mobility", 7),
    ("eps services not allowed", "mobility", 7),
    ("plmn not allowed", "mobility", 11),
    ("location area not allowed", "mobility", 12),
    ("tracking area not allowed", "mobility", 12),
    ("roaming not allowed", "mobility", 13),
    ("no suitable cells", "mobility", 15),
    ("missing or unknown apn", "session", 27),
    ("unknown apn", "session", 27),
    ("unknown pdp", "session", 28),
    ("user authentication failed", "session", 29),
    ("option not subscribed", "session", 33),
    ("operator determined barring", "session", 8),
    ("insufficient resources", "session", 26),
)
_NUMBERED = re.compile(r"\b(emm|gmm|mm|esm|sm)[ _]?cause[ :#=]*(\d{1,3})\b")


def last_error(lines: tuple[str, ...]) -> tuple[Layer, int] | None:
    """The cause that a `+CEER` answer names, by number or in the standard's words.
    Makers write what they like there, and it may be of long ago."""
    text = " ".join(lines).lower()
    numbered = _NUMBERED.search(text)
    if numbered:
        layer: Layer = "session" if numbered[1] in ("esm", "sm") else "mobility"
        return layer, int(numbered[2])
    for words, layer, cause in _PHRASES:
        if words in text:
            return layer, cause
    return None


_ERRORS: Mapping[int, tuple[Layer, int]] = {
    103: ("mobility", 3),
    106: ("mobility", 6),
    107: ("mobility", 7),
    108: ("mobility", 8),
    111: ("mobility", 11),
    112: ("mobility", 12),
    113: ("mobility", 13),
    122: ("mobility", 22),
    149: ("session", 29),
    177: ("session", 8),
    179: ("session", 27),
    **{100 + cause: ("session", cause) for cause in range(126 - 100, 135 - 100)},
}


def error_cause(result: str) -> tuple[Layer, int] | None:
    """The cause behind a `+CME ERROR` (27.007 section 9.2.2), None for any other."""
    code = error_code(result)
    if code is not None:
        return _ERRORS.get(code)
    return last_error((result,)) if result.startswith("+CME ERROR") else None
