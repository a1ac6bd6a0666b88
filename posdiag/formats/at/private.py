"""Which parts of an AT dialogue must never be kept?

The PIN, and every number that names a person or a device: IMSI, ICCID, IMEI, telephone
numbers. Those are runs of ten digits or more, in decimal or (swapped, padded with F) in
hexadecimal; cell identities have at most nine. The last four stay, so that a technician
can tell two cards apart.
"""

import re

from posdiag.formats.at.framing import fields

SHOWN = 4  # digits that stay
_LONG = re.compile(r"(?<![0-9A-Za-z])\+?[0-9][0-9A-Fa-f]{9,}(?![0-9A-Za-z])")
_GLUED = re.compile(r"[0-9]{10,}")
_OPERATOR = re.compile(r'(\+COPS: ?[^"]{0,8}")([0-9A-Fa-f]{4,80})(")', re.IGNORECASE)
_PIN = re.compile(r"(\+CPIN\s*=|\+CLCK\s*=|\+CPWD\s*=).*", re.IGNORECASE)


def masked(line: str, secrets: tuple[str, ...] = ()) -> str:
    """A line as it may be kept. `secrets` are texts that stand nowhere in it, also
    where a modem echoes or repeats them."""
    line = _PIN.sub(r"\1***", line)
    for secret in secrets:
        if secret:
            line = re.sub(rf"(?<![0-9]){re.escape(secret)}(?![0-9])", "***", line)
    line = _OPERATOR.sub(lambda m: m[1] + _ucs2(m[2]) + m[3], line)
    return _GLUED.sub(_stars, _LONG.sub(_stars, line))


def _stars(found: re.Match[str]) -> str:
    text = found[0]
    return "*" * (len(text) - SHOWN) + text[-SHOWN:]


def _ucs2(text: str) -> str:
    """The name of an operator that is written in UCS2; the text itself if it is not."""
    if len(text) % 4:
        return text
    try:
        name = bytes.fromhex(text).decode("utf-16-be")
    except ValueError:
        return text
    return name if name.isprintable() and '"' not in name else text


def operator(line: str) -> str:
    """The operator's name or number of a `+COPS` answer, "" for none."""
    row = fields(line, "+COPS")
    return _ucs2(row[2])[:40] if len(row) > 2 else ""
