"""Messages of the echo, built and read: right bytes, and any bytes at all."""

import json
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posdiag.formats.iso8583.echo import (
    FORBIDDEN,
    HEADER,
    TPDU,
    Form,
    Wanted,
    read,
    request,
    stan,
)
from posdiag.formats.iso8583.framing import (
    LIMIT,
    Length,
    cut,
    keep_alives,
    swapped,
    wrap,
)
from posdiag.formats.iso8583.specs import Dialect, shapes, spec
from tests import PEERS
from tests.payment_host import ascii_reply, unionpay_reply

NOW = 1_796_083_200.0  # 2026-12-01 00:00 UTC
ASCII = Form("ascii")
UNIONPAY = Form("unionpay", tpdu=TPDU, header=6)
SHOP = Wanted(HEADER, "10000001", "898000000000001", "000123")
EXCHANGES = json.loads(PEERS.joinpath("exchanges.json").read_text("utf-8"))

# --- what is sent ---


def test_the_bytes_of_an_ascii_echo() -> None:
    sent = request(ASCII, Wanted("", "10000001", "898000000000001"), NOW)

    body = b"0800" + bytes.fromhex("8220000000c000000400000000000000")
    body += b"1201000000" + stan(NOW).encode() + b"10000001" + b"898000000000001301"
    assert len(body).to_bytes(2, "big") + body == sent


def test_the_bytes_of_a_unionpay_echo() -> None:
    sent = request(UNIONPAY, SHOP, NOW)

    body = bytes.fromhex("6000030000 603100311312 0820 0020000000c00010" + stan(NOW))
    body += b"10000001" + b"898000000000001" + bytes.fromhex("0011 000001233010")
    assert len(body).to_bytes(2, "big") + body == sent


def test_a_length_in_ascii() -> None:
    assert request(Form("ascii", "ascii4"), Wanted(), NOW)[:8] == b"00390800"


def test_a_short_terminal_number_is_filled_with_blanks() -> None:
    assert b"42      " in request(ASCII, Wanted(terminal_id="42"), NOW)


@pytest.mark.parametrize("now", [0.0, NOW, NOW + 0.5, 999_998.0, 999_999.0, 2.0**33])
def test_a_trace_number_has_six_digits_and_is_never_zero(now: float) -> None:
    assert len(stan(now)) == 6
    assert stan(now).isdigit()
    assert stan(now) != "000000"


@pytest.mark.parametrize(
    "fields",
    [
        {"70": "001"},
        {"70": "101"},
        {"60": "00000001001"},
        {"60": "00000001003"},
        {"60": "00000001004"},
        *({number: "4111111111111111"} for number in sorted(FORBIDDEN)),
        {"129": "1"},
        {"t": "0200"},
        {"11": "1"},
        {"48": "x" * 1000},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", [ASCII, UNIONPAY], ids=lambda f: f.dialect)
def test_a_template_that_is_no_echo_is_refused(form: Form, fields: Any) -> None:
    with pytest.raises(ValueError, match=r"template|fit") as caught:
        request(form, Wanted(fields=fields), NOW)

    assert "4111" not in str(caught.value)


def test_an_echo_may_look_otherwise() -> None:
    """An 0800 with 3 and 24 and without 70, as many acquirers want it."""
    sent = request(ASCII, Wanted(fields={"70": "", "3": "990000", "24": "301"}), NOW)

    assert sent[6:14].hex() == "2220010000000000"


# --- framing ---


@given(
    st.binary(min_size=10, max_size=300),
    st.sampled_from(get_args(Length)),
    st.booleans(),
)
def test_what_is_wrapped_is_cut_out_again(
    body: bytes, length: Length, inclusive: bool
) -> None:
    whole = wrap(body, length, inclusive=inclusive)
    found = cut(whole, length, inclusive=inclusive)
    assert (found.state, found.body) == ("whole", body)
    assert cut(whole + b"xyz", length, inclusive=inclusive).after == 3
    for short in range(len(whole)):
        assert cut(whole[:short], length, inclusive=inclusive).state == "partial"


@pytest.mark.parametrize(
    ("length", "inclusive", "start"),
    [
        ("binary2", False, "0027"),
        ("binary2", True, "0029"),
        ("binary4", False, "00000027"),
        ("binary4", True, "0000002b"),
        ("ascii4", False, "30303339"),
        ("ascii4", True, "30303433"),
        ("bcd2", False, "0039"),
        ("bcd2", True, "0041"),
    ],
)
def test_the_bytes_of_a_length(length: Length, inclusive: bool, start: str) -> None:
    assert wrap(bytes(39), length, inclusive=inclusive).hex().startswith(start + "00")


def test_frames_without_a_message_are_keep_alives() -> None:
    assert keep_alives(b"\0\0\0\0\0\x27", "binary2") == 4
    assert keep_alives(b"\0\0\0\x02\0\x29", "binary2", inclusive=True) == 4
    assert keep_alives(b"0000" * 2 + b"0039", "ascii4") == 8
    assert keep_alives(b"\0", "binary2") == 0
    assert keep_alives(b"", "bcd2") == 0


def test_lengths_that_no_echo_has_end_the_reading() -> None:
    assert cut(b"HTTP/1.1", "binary2").state == "impossible"
    assert cut(b"\0\0", "binary2").state == "impossible"
    assert cut(b"00a", "ascii4").state == "impossible"
    assert cut(b"\x0a", "bcd2").state == "impossible"
    assert cut(b"HTTP/1.1", "binary4").state == "impossible"
    assert cut(b"\xb2\xb3\xb9\xb9", "ascii4").state == "impossible"
    with pytest.raises(ValueError, match="too long"):
        wrap(bytes(LIMIT), "binary2")


def test_a_tpdu_comes_back_with_its_ends_exchanged() -> None:
    assert swapped("6000030000") == "6000000003"
    assert swapped("") == ""


# --- what comes back ---


@pytest.mark.parametrize("entry", EXCHANGES, ids=lambda e: e["name"])
def test_recorded_exchanges(entry: dict[str, Any]) -> None:
    form = Form(**entry["form"])
    found = read(bytes.fromhex(entry["reply"]), form)

    assert entry["read"] == {name: getattr(found, name) for name in entry["read"]}


def test_fields_behind_the_response_code_are_the_hosts_own_affair() -> None:
    sent = request(ASCII, Wanted(), NOW)
    reply = ascii_reply(sent)
    body = bytearray(reply[2:])
    body[11] |= 0x02  # announces field 63, whose length is none of ours
    strange = wrap(bytes(body[:-3]) + b"\xff\xfe" + b"301", "binary2")

    assert read(strange, ASCII).code == "00"


def test_bytes_behind_the_last_field_are_another_form() -> None:
    reply = ascii_reply(request(ASCII, Wanted(), NOW))
    longer = wrap(reply[2:] + b"\xff\xfe", "binary2")

    assert not read(longer, ASCII).understood
    assert read(longer, ASCII).code == ""


HEX = Form("ascii", bitmap="hex")


def test_a_bitmap_of_sixteen_letters() -> None:
    """As jPOS ISO87A and BASE24 have it, in either letter case."""
    sent = request(HEX, Wanted(), NOW)
    assert sent[2:38] == b"0800" + b"82200000000000000400000000000000"
    for bits in (b"8220000002000000", b"8220000002000000".lower()):
        reply = b"0810" + bits + b"0400000000000000" + sent[38:54] + b"00" + b"301"
        found = read(wrap(reply, "binary2"), HEX)
        assert (found.kind, found.mti, found.code) == ("iso8583", "0810", "00")
        assert found.stan == stan(NOW)


@pytest.mark.parametrize("length", get_args(Length))
@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("replies", [False, True])
def test_a_length_that_counts_itself_is_read_either_way(
    length: Length, inclusive: bool, replies: bool
) -> None:
    body = ascii_reply(request(ASCII, Wanted(), NOW))[2:]
    form = Form("ascii", length, inclusive=inclusive)
    found = read(wrap(body, length, inclusive=replies), form)

    assert (found.kind, found.code, found.after) == ("iso8583", "00", 0)


@pytest.mark.parametrize("behind", ["", "10000001", "10000001898000000000001"])
def test_a_response_code_of_three_digits_is_not_read_as_two(behind: str) -> None:
    bits = {"": 0x02000000, "10000001": 0x02800000}.get(behind, 0x02C00000)
    bitmap = bytes.fromhex("02200000") + bits.to_bytes(4, "big")
    start = b"0810" + bitmap + b"1201000000" + stan(NOW).encode()
    for code, understood in ((b"00", True), (b"005", False), (b"000", False)):
        found = read(wrap(start + code + behind.encode(), "binary2"), ASCII)
        assert (found.stan, found.understood) == (stan(NOW), understood)
        assert found.code == ("00" if understood else "")


def test_three_digits_before_a_text_whose_length_then_makes_no_sense() -> None:
    """39, then 44 (a..25): read as two digits, the text would have 52 characters."""
    start = b"0810" + bytes.fromhex("0220000002100000") + b"1201000000"
    start += stan(NOW).encode()
    assert not read(wrap(start + b"005" + b"25" + b"x" * 25, "binary2"), ASCII).code
    assert read(wrap(start + b"00" + b"25" + b"x" * 25, "binary2"), ASCII).code == "00"


def test_every_field_of_the_standard_has_its_shape() -> None:
    assert {str(n) for n in range(2, 129)} == set(shapes())
    for dialect in get_args(Dialect):
        assert {"h", "t", "p", "1", *shapes()} <= set(spec(dialect))


FORMS = [
    ASCII,
    UNIONPAY,
    Form("ascii", "ascii4"),
    Form("ascii", tpdu=TPDU),
    Form("unionpay"),
    Form("unionpay", "ascii4", TPDU, 6),
    HEX,
    Form("unionpay", "bcd2", TPDU, 6, "hex", inclusive=True),
    Form("ascii", "binary4"),
]
SENT = {
    "ascii": request(ASCII, Wanted(), NOW),
    "unionpay": request(UNIONPAY, Wanted(HEADER), NOW),
}
GOOD = {
    "ascii": ascii_reply(SENT["ascii"]),
    "unionpay": unionpay_reply(SENT["unionpay"]),
}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good reply with bytes changed, taken out, put in, and a length that fits."""
    data = bytearray(GOOD[draw(st.sampled_from(sorted(GOOD)))])
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(2, len(data) - 1))
        size = draw(st.integers(0, 3))
        data[at : at + size] = draw(st.binary(max_size=4))
        if len(data) < 14:
            data += bytes(14)
    if draw(st.booleans()):
        data[:2] = (len(data) - 2).to_bytes(2, "big")
    return bytes(data)


@st.composite
def message(draw: st.DrawFn) -> bytes:
    """A frame whose length fits, with a type and any bitmap."""
    start = draw(st.sampled_from([b"0810", b"\x08\x30", b"", bytes(11) + b"\x08\x30"]))
    body = start + draw(st.binary(min_size=10, max_size=200))
    size = draw(st.sampled_from([len(body).to_bytes(2, "big"), b"%04d" % len(body)]))
    return size + body


@settings(max_examples=10_000, deadline=None)
@given(st.one_of(st.binary(max_size=300), damaged(), message()), st.sampled_from(FORMS))
@example(b"", ASCII)
@example(b"HELO " * 13 + "\u7f51\u5173".encode("gbk") * 20, ASCII)
@example(b"\t!", ASCII)
@example(b"\0", UNIONPAY)
@example(bytes(LIMIT), UNIONPAY)
def test_any_bytes_are_read_without_an_exception(data: bytes, form: Form) -> None:
    found = read(data, form)

    assert found.size == len(data)
    assert len(found.start) <= 32
    assert found.start.isascii()
    assert found.start.isprintable()
    assert len(found.mti) in (0, 4)
    assert len(found.stan) in (0, 6)
    assert len(found.code) in (0, 2)
    assert len(found.tpdu) in (0, 2 * len(bytes.fromhex(form.tpdu)))
    assert found.whole or found.kind != "iso8583"


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_third_bitmap_is_no_trouble(form: Form) -> None:
    """pyiso8583 follows field 65 to fields that its own tables do not have."""
    bitmaps = bytes.fromhex("8000000000000000 8000000000000000 8000000000000001")
    kind = b"0810" if form.dialect == "ascii" else b"\x08\x30"
    body = bytes(form.before) + kind + bitmaps + b"001x"

    assert read(wrap(body, form.length), form).kind in ("binary", "iso8583")


SECRETS = (
    "4111111111111111",
    "6222021234567890128",
    ";4111111111111111=30121011234567890?",
    "%B4111111111111111^DOE/JOHN^3012?",
    "7434F67813BAE545",
    "0123456789ABCDEFFEDCBA9876543210",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_what_a_reply_hides_does_not_come_out(secret: str, form: Form) -> None:
    digits = "".join(c for c in secret if c in "0123456789ABCDEF")
    packed = bytes.fromhex(digits + "0" * (len(digits) % 2))
    for raw in (secret.encode(), packed):
        for data in (raw, b"Card: " + raw, wrap(b"0810" + raw * 3, "binary2")):
            found = repr(read(data, form))
            for size in range(len(digits) - 6):
                assert digits[size : size + 7] not in found.replace(" ", "").upper()
