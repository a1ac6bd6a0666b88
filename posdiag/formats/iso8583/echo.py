"""The echo request to a payment host, and its reply.

`ascii`: 0800 with field 70 = 301, answered by 0810. `unionpay`: 0820 with field 60 =
`00` + batch + `301`, answered by 0830. Never a sign-in: no template
can turn the message into one.

A reply is read for what a diagnosis needs: message type, trace number (STAN, field
11), response code (39), TPDU. All else in it stays here and is never handed on: it may
be a card number, a track, a PIN block or a key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import gmtime, strftime

from posdiag.formats.iso8583.framing import Length, cut, wrap
from posdiag.formats.iso8583.specs import Bitmap, Dialect, Spec, shapes, spec
from posdiag.model.questions.payment import PaymentReply, ReplyKind

ASKS: Mapping[Dialect, str] = {"ascii": "0800", "unionpay": "0820"}
ANSWERS: Mapping[Dialect, str] = {"ascii": "0810", "unionpay": "0830"}
ECHO = "301"
AFTER_CODE, LEFT_OVER, COMPLETE = 39, 1000, 1001
BATCH = "000001"
TPDU, HEADER = "6000030000", "603100311312"
"""What a UnionPay terminal sends where the profile sets nothing."""

FORBIDDEN = frozenset(
    str(n) for n in (1, 2, 14, 34, 35, 36, 45, 52, 53, 55, 57, 62, 64, 65, 128)
)
"""Fields that hold a card, a PIN, a key or a MAC, or that are the bitmaps: never in a
template."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the messages of a host are wrapped. `header` is its length in bytes.

    `inclusive`: the length before a message counts itself, too."""

    dialect: Dialect = "unionpay"
    length: Length = "binary2"
    tpdu: str = ""  # 10 hexadecimal digits, "" for none
    header: int = 0
    bitmap: Bitmap = "binary"
    inclusive: bool = False

    @property
    def before(self) -> int:
        """Bytes between the length and the message."""
        return len(self.tpdu) // 2 + self.header


@dataclass(frozen=True, slots=True)
class Wanted:
    """The profile's values for the message itself. Numbers are never shown."""

    header: str = ""
    terminal_id: str = field(default="", repr=False)
    merchant_id: str = field(default="", repr=False)
    batch: str = BATCH
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


def stan(now: float) -> str:
    """A trace number of the second `now` (epoch): 6 digits, never 000000."""
    return f"{int(now) % 999_999 + 1:06d}"


def request(form: Form, wanted: Wanted, now: float) -> bytes:
    """The frame of an echo request. ValueError if the profile's values do not fit.

    `now` (epoch seconds) gives field 7 (UTC, MMDDhhmmss) and field 11.
    """
    import iso8583

    message = {"t": ASKS[form.dialect], **_fields(form, wanted, now)}
    try:
        encoded, _ = iso8583.encode(message, spec(form.dialect, form.bitmap))
    except iso8583.EncodeError as error:
        # Not the library's own message, which quotes the value.
        raise ValueError(f"field {error.field} does not fit") from None
    before = bytes.fromhex(form.tpdu) + bytes.fromhex(wanted.header)
    return wrap(before + bytes(encoded), form.length, inclusive=form.inclusive)


def _fields(form: Form, wanted: Wanted, now: float) -> dict[str, str]:
    found = {"11": stan(now)}
    if form.dialect == "ascii":
        found |= {"7": strftime("%m%d%H%M%S", gmtime(now)), "70": ECHO}
    else:
        found["60"] = f"00{wanted.batch}{ECHO}"
    if wanted.terminal_id:
        found["41"] = wanted.terminal_id.ljust(8)
    if wanted.merchant_id:
        found["42"] = wanted.merchant_id.ljust(15)
    found |= wanted.fields
    kept = {name: value for name, value in found.items() if value}
    signs_in = re.fullmatch(r"\d{8}(?!301)\d{3,}", kept.get("60", ""))
    known = kept.keys() <= shapes().keys() and FORBIDDEN.isdisjoint(kept)
    if signs_in or kept.get("70", ECHO) != ECHO or not known:
        raise ValueError("the template is not that of an echo")
    return kept


def read(data: bytes, form: Form) -> PaymentReply:
    """What came back, however strange. Total: raises for no bytes at all.

    A reply whose length counts itself where ours does not, or the other way round, is
    read as well, if that makes it a complete message.
    """
    frame = cut(data, form.length, inclusive=form.inclusive)
    found = (
        _message(frame.body[form.before :], form) if frame.state == "whole" else None
    )
    if found is None or frame.after:
        other = cut(data, form.length, inclusive=not form.inclusive)
        if other.state == "whole" and not other.after:
            again = _message(other.body[form.before :], form)
            if again is not None and again.understood:
                frame, found = other, again
    size, announced, whole = len(data), frame.announced, frame.state == "whole"
    if found is None:
        kind = _kind(data)
        return PaymentReply(
            kind=kind,
            size=size,
            whole=whole,
            after=frame.after,
            announced=announced,
            start=_start(data, kind),
        )
    return PaymentReply(
        kind="iso8583",
        size=size,
        whole=True,
        after=frame.after,
        announced=announced,
        mti=found.mti,
        stan=_digits(found.fields.get("11", ""), 6),
        code=_code(found.fields.get("39", "")) if found.understood else "",
        tpdu=frame.body[: len(form.tpdu) // 2].hex(),
        understood=found.understood,
    )


@dataclass(frozen=True, slots=True)
class _Message:
    """A decoded message. Not `understood`: the response code cannot be trusted."""

    mti: str
    fields: Mapping[str, str]
    understood: bool


def _message(body: bytes, form: Form) -> _Message | None:
    """The message in `body`; None if it is none.

    Fields behind 39 are the host's own affair: what of them does not fit our table is
    no reason to call an answer bad. But where bytes are left over, or a response code
    of three digits (005) makes more of the message readable, the form is another one.
    """
    fields, reached = _decode(body, spec(form.dialect, form.bitmap))
    mti = _digits(fields.get("t", ""), 4)
    if not mti or reached < AFTER_CODE or (reached != COMPLETE and "39" not in fields):
        return None
    understood = reached == COMPLETE
    if AFTER_CODE <= reached < LEFT_OVER:
        _, longer = _decode(body, spec(form.dialect, form.bitmap, code=3))
        understood = longer <= reached
    return _Message(mti, fields, understood)


def _decode(body: bytes, table: Spec) -> tuple[Mapping[str, str], int]:
    """The fields, and the number of the one that could not be read: 0 for type and
    bitmap, LEFT_OVER if bytes follow the last field, COMPLETE if all were read."""
    import iso8583

    try:
        fields, _ = iso8583.decode(body, table)
    except iso8583.DecodeError as error:
        if error.msg.startswith("Extra data"):
            return error.doc_dec, LEFT_OVER
        number = int(error.field) if error.field.isdigit() else 0
        return error.doc_dec, number
    return fields, COMPLETE


def _digits(text: str, count: int) -> str:
    right = len(text) == count and text.isascii() and text.isdigit()
    return text if right else ""


def _code(text: str) -> str:
    """A response code as it is printed; nothing else fits into two places."""
    return text if re.fullmatch(r"[0-9A-Z]{2}", text) else ""


def _kind(data: bytes) -> ReplyKind:
    if data.startswith(b"HTTP/"):
        return "http"
    if re.match(rb"[\x15\x16]\x03[\x00-\x04]", data):
        return "tls"
    head = data[:64]
    text = all(byte in b"\r\n\t" or 32 <= byte < 127 for byte in head)
    return "text" if head and text else "binary"


def _start(data: bytes, kind: ReplyKind) -> str:
    """The first bytes, for a technician: of a text, no word that has digits in it, of
    anything else three bytes (six digits, as PCI DSS 3.4.1 allows of a card)."""
    if kind == "http":
        match = re.match(rb"HTTP/\d(\.\d)? \d{3}(?!\d)", data)
        return match[0].decode("ascii") if match else "HTTP/"
    if kind != "text":
        return data[:3].hex(" ")
    # Only the first 64 bytes are known to be ASCII.
    line = data[:160].decode("ascii", "replace").splitlines() or [""]
    shown = re.sub(r"\S*\d\S*|\S{13,}|\b[A-Fa-f]{6,}\b", "***", line[0])
    printable = (c if c.isascii() and c.isprintable() else " " for c in shown[:32])
    return "".join(printable).strip()
