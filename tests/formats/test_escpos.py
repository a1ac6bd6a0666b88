"""Status bytes of receipt printers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.escpos import (
    PrinterStatus,
    is_foreign,
    read_escpos,
    read_star,
    star_size,
    status_byte,
)

HEALTHY = ((1, b"\x12"), (2, b"\x12"), (3, b"\x12"), (4, b"\x12"))
NO_PAPER = ((1, b"\x1a"), (2, b"\x32"), (3, b"\x12"), (4, b"\x7e"))  # a real one's
STAR = bytes.fromhex("238600000000000000")


def test_a_healthy_printer() -> None:
    assert read_escpos(HEALTHY) == PrinterStatus("esc/pos")


def test_out_of_paper() -> None:
    status = read_escpos(NO_PAPER)

    assert status == PrinterStatus(
        "esc/pos", offline=True, no_paper=True, near_end=True
    )


@pytest.mark.parametrize(
    ("number", "byte", "field"),
    [
        (1, 0x1A, "offline"),
        (2, 0x16, "cover_open"),
        (2, 0x32, "no_paper"),
        (2, 0x52, "error"),
        (3, 0x16, "error"),
        (3, 0x1A, "cutter"),
        (3, 0x32, "broken"),
        (3, 0x52, "hot"),
        (4, 0x1E, "near_end"),
        (4, 0x72, "no_paper"),
    ],
)
def test_each_bit(number: int, byte: int, field: str) -> None:
    replies = [(n, bytes((byte,)) if n == number else b"\x12") for n in (1, 2, 3, 4)]
    status = read_escpos(replies)

    assert status is not None
    assert getattr(status, field) is True
    others = {"offline", "cover_open", "no_paper", "near_end", "cutter", "broken"}
    assert not [f for f in others - {field} if getattr(status, f)]


def test_the_drawer_and_the_feed_button_are_no_fault() -> None:
    replies = ((1, b"\x56"), (2, b"\x1a"), (3, b"\x12"), (4, b"\x12"))

    assert read_escpos(replies) == PrinterStatus("esc/pos")


def test_one_byte_is_no_proof_and_the_same_twice_is() -> None:
    assert read_escpos(((4, b"\x12"), (1, b""))) is None
    assert read_escpos(((4, b"2"),)) is None  # a digit passes the fixed bits
    assert read_escpos(((4, b"\x72"), (4, b"\x72"))) is not None


@pytest.mark.parametrize("byte", [b"2", b"6", b"r", b"\x1a"])
def test_one_byte_for_every_question_is_no_printer(byte: bytes) -> None:
    assert read_escpos([(number, byte) for number in (1, 2, 3, 4)]) is None
    assert read_escpos([(number, b"\x12") for number in (1, 2, 3, 4)]) is not None


@pytest.mark.parametrize(
    ("reply", "byte"),
    [
        (b"\x12", 0x12),
        (b"\x13\x12\x11", 0x12),  # flow control around it
        (b"\x10\x00\x00\x0f\x1a", 0x1A),  # Automatic Status Back before it
        (b"\x12\x12", None),
        (b"HTTP/1.1 400 Bad Request\r\n", None),
        (b"\x10\x04\x01", None),  # an echo
        (b"", None),
    ],
)
def test_the_byte_in_a_reply(reply: bytes, byte: int | None) -> None:
    assert status_byte(reply) == byte


def test_star_frames() -> None:
    assert star_size(0x23) == 9
    assert read_star(STAR) == PrinterStatus("starprnt")
    assert read_star(b"\x11" + STAR) == PrinterStatus("starprnt")
    cover = bytes.fromhex("238628000000000000")
    assert read_star(cover) == PrinterStatus("starprnt", offline=True, cover_open=True)
    paper = bytes.fromhex("238608000008000000")
    assert read_star(paper) == PrinterStatus("starprnt", offline=True, no_paper=True)


def test_what_is_no_star_frame() -> None:
    assert read_star(STAR[:5]) is None
    assert read_star(b"HTTP/1.1 400 Bad Request") is None
    assert read_star(b"\x12\x12\x12\x12") is None


def test_a_text_or_an_echo_is_foreign() -> None:
    assert is_foreign([b"HTTP/1.1 400 Bad Request\r\n\r\n"])
    assert is_foreign([b"\x10\x04\x01", b"\x10\x04\x02"])
    assert not is_foreign([b"\x12", b"\x12"])
    assert not is_foreign([b"2"])
    assert not is_foreign([])


@given(st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=20)), max_size=6))
def test_any_bytes_are_read(replies: list[tuple[int, bytes]]) -> None:
    read_escpos(replies)
    is_foreign(reply for _, reply in replies)
    for _, reply in replies:
        read_star(reply)


@given(st.text(alphabet=st.characters(max_codepoint=126), min_size=8, max_size=60))
def test_a_text_is_no_printer(text: str) -> None:
    """Whole lines, as any other service sends them, are never a status."""
    replies = [(number, text.encode()) for number in (1, 2, 3, 4)]
    status = read_escpos(replies)

    readable = sum(c.isprintable() for c in text) == len(text)
    assert status is None or not readable
