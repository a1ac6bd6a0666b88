"""What does the simulated payment host answer to an ISO 8583 echo? Pure.

UnionPay's dialect as the demonstration's profile has it: TPDU, a header of six bytes,
BCD. The reply has the TPDU's addresses swapped and the trace number of the request.
"""

from posdiag.payment.echo import ANSWERS, ASKS
from posdiag.payment.framing import cut, swapped, wrap
from posdiag.payment.specs import spec

TPDU, HEADER = 5, 6  # bytes
KEPT = ("11", "41", "42", "60")  # what the reply repeats of the request


def complete(data: bytes) -> bool:
    """Is a whole frame, or what will never be one, in `data`?"""
    return cut(data, "binary2").state != "partial"


def reply(data: bytes, code: str) -> bytes | None:
    """The host's answer with response code `code`; None to what is no echo."""
    import iso8583

    frame = cut(data, "binary2")
    if frame.state != "whole":
        return None
    before, message = frame.body[: TPDU + HEADER], frame.body[TPDU + HEADER :]
    try:
        asked, _ = iso8583.decode(message, spec("unionpay"))
    except iso8583.DecodeError:
        return None
    if asked["t"] != ASKS["unionpay"]:
        return None
    said = {name: asked[name] for name in KEPT if name in asked}
    said |= {"t": ANSWERS["unionpay"], "39": code}
    encoded, _ = iso8583.encode(said, spec("unionpay"))
    tpdu = bytes.fromhex(swapped(before[:TPDU].hex()))
    return wrap(tpdu + before[TPDU:] + bytes(encoded), "binary2")
