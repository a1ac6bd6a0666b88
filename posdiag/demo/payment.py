"""What does the simulated payment host answer to an ISO 8583 echo? Pure.

It answers in the dialect of the request: UnionPay's as the demonstration's profile has
it (TPDU, a header of six bytes, BCD), and ASCII without either. The reply
has the TPDU's addresses swapped and the trace number of the request.
"""

from posdiag.formats.iso8583.echo import ANSWERS, ASKS
from posdiag.formats.iso8583.framing import cut, swapped, wrap
from posdiag.formats.iso8583.specs import Dialect, spec

TPDU, HEADER = 5, 6  # bytes, before a message of UnionPay's
KEPT = {"ascii": ("7", "11", "70"), "unionpay": ("11", "41", "42", "60")}
"""What the reply repeats of the request."""


def complete(data: bytes) -> bool:
    """Is a whole frame, or what will never be one, in `data`?"""
    return cut(data, "binary2").state != "partial"


def reply(data: bytes, code: str) -> bytes | None:
    """The host's answer with response code `code`; None to what is no echo."""
    import iso8583

    frame = cut(data, "binary2")
    if frame.state != "whole":
        return None
    plain = frame.body.startswith(ASKS["ascii"].encode())
    dialect: Dialect = "ascii" if plain else "unionpay"
    start = 0 if plain else TPDU + HEADER
    before, message = frame.body[:start], frame.body[start:]
    try:
        asked, _ = iso8583.decode(message, spec(dialect))
    except iso8583.DecodeError:
        return None
    if asked["t"] != ASKS[dialect]:
        return None
    fields = {name: asked[name] for name in KEPT[dialect] if name in asked}
    fields |= {"t": ANSWERS[dialect], "39": code}
    encoded, _ = iso8583.encode(fields, spec(dialect))
    tpdu = bytes.fromhex(swapped(before[:TPDU].hex()))
    return wrap(tpdu + before[TPDU:] + bytes(encoded), "binary2")
