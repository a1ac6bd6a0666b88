"""What are the lines of an AT dialogue, and which of them ends an answer?

Modems differ in everything but the idea (ITU-T V.250 sections 5.7 and 6.3): they echo
or not, send one carriage return or three, put NULs in between, quote or not, and mix
what nobody asked for (URCs) into an answer. All functions here are total.
"""

import re
from collections.abc import Iterable

LINE = 1024  # characters of one line; what is longer is cut
TEXT = {ord(c): None for c in map(chr, (*range(0x20), 0x7F)) if c not in "\t"}

_FINAL = re.compile(
    r"OK|ERROR|\+CM[ES] ERROR:?.*|MODEM ERROR:.*|COMMAND NOT SUPPORT(?:ED)?"
    r"|TOO MANY PARAMETERS|NA|NO CARRIER|NO DIAL ?TONE|NO ANSWER|BUSY|CONNECT(?: .*)?",
    re.IGNORECASE,
)
NUMERIC = {
    "0": "OK",
    "1": "CONNECT",
    "2": "RING",
    "3": "NO CARRIER",
    "4": "ERROR",
    "6": "NO DIALTONE",
    "7": "BUSY",
    "8": "NO ANSWER",
}
"""Result codes of a modem that was set to `ATV0`."""

_NAME = re.compile(r"AT([+^$*#%&][A-Z0-9]+)", re.IGNORECASE)
_UNASKED = re.compile(
    r"[+^$*#%&][A-Z0-9_ ]+(?::|$)|RING\b|SMS READY|CALL READY|PB DONE|RDY$|APP RDY"
    r"|NORMAL POWER|POWERED DOWN",
    re.IGNORECASE,
)


class Splitter:
    """Bytes to lines, as they come. Empty lines are left out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes, control characters removed."""
        *whole, rest = re.split(rb"[\r\n]+", self._rest + data.replace(b"\0", b""))
        self._rest = rest[: 4 * LINE]
        lines = (_text(line) for line in whole)
        return [line for line in lines if line]

    def rest(self) -> str:
        """What came since the last line ended."""
        return _text(self._rest)


def _text(line: bytes) -> str:
    text = line[: 4 * LINE].decode("utf-8", "replace")
    return text.translate(TEXT).strip()[:LINE]


def final(line: str, *, numeric: bool = False) -> str:
    """The result code that a line is, in upper case without double blanks; "" for
    none. `numeric`: the modem answers by numbers."""
    if numeric and line in NUMERIC:
        return NUMERIC[line]
    if not _FINAL.fullmatch(line):
        return ""
    words = " ".join(line.split())
    head, colon, rest = words.partition(":")
    upper = head.upper().replace("DIAL TONE", "DIALTONE")
    return f"{upper}{colon}{rest}" if colon else upper


def without_echo(line: str, command: str) -> str:
    """A line without the echo of the command before it, "" where it is but that."""
    sent = command.strip()
    if sent and line.upper().startswith(sent.upper()):
        return line[len(sent) :].strip()
    return line


def name_of(command: str) -> str:
    """`+CPIN` of `AT+CPIN?`; "" for a command without a name of that kind."""
    found = _NAME.match(command.strip())
    return found[1].upper() if found else ""


def answers(line: str, name: str) -> bool:
    """Does the line carry information of the command of that name?"""
    if not name:
        return not unasked(line)
    head = line[: len(name) + 1].upper()
    return head.rstrip(": ") == name or head.startswith((f"{name}:", f"{name} "))


def unasked(line: str) -> bool:
    """Has it the form of an unsolicited result code?"""
    return bool(_UNASKED.match(line))


def error_code(result: str) -> int | None:
    """The number of `+CME ERROR: 10`; None for none, and for a text."""
    found = re.fullmatch(r"\+CM[ES] ERROR: ?(\d{1,5})", result)
    return int(found[1]) if found else None


def error_text(result: str) -> str:
    """`sim not inserted` of `+CME ERROR: SIM not inserted`, else ""."""
    found = re.fullmatch(r"\+CME ERROR: ?(.*)", result)
    return "" if found is None or found[1].isdigit() else found[1].strip().lower()


def fields(line: str, name: str = "") -> tuple[str, ...]:
    """The values of `+NAME: a,"b,c",d`, quotes removed; bare values without the name.

    A quote that is never closed ends with the line.
    """
    text = line
    if name and line.upper().startswith(name):
        text = line[len(name) :].lstrip(": ")
    found: list[str] = []
    held, quoted = "", False
    for char in text[:LINE]:
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            found.append(held.strip())
            held = ""
        else:
            held += char
    return (*found, held.strip())


def values(lines: Iterable[str], name: str) -> list[tuple[str, ...]]:
    """The values of each line of that name."""
    return [fields(line, name) for line in lines if answers(line, name)]


def number(text: str, base: int = 10) -> int | None:
    """A number of at most ten digits, None for anything else."""
    digits = "0-9" if base == 10 else "0-9A-Fa-f"
    if not re.fullmatch(f"-?[{digits}]{{1,10}}", text):
        return None
    return int(text, base)
