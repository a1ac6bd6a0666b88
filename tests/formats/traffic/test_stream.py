"""Is the payload of a direction put in order, and what is told of gaps?"""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.traffic.connections.stream import (
    PIECES,
    ROOM,
    SPACE,
    Stream,
    covers,
)

TEXT = bytes(range(200))


def taken(stream: Stream, *pieces: tuple[int, bytes]) -> bytes:
    return b"".join(
        payload
        for sequence, part in pieces
        for payload, _ in stream.take(sequence % SPACE, part, 0)
    )


@given(
    cuts=st.lists(st.integers(1, 199), max_size=8, unique=True),
    order=st.randoms(use_true_random=False),
    start=st.integers(0, SPACE - 1),
)
def test_any_order_and_repetition_gives_the_text(
    cuts: list[int], order: object, start: int
) -> None:
    edges = [0, *sorted(cuts), len(TEXT)]
    pieces = [(start + a, TEXT[a:b]) for a, b in pairwise(edges)]
    mixed = [*pieces, *pieces]
    order.shuffle(mixed)  # type: ignore[attr-defined]
    stream = Stream()
    stream.begin(start)

    assert taken(stream, *mixed) == TEXT
    assert stream.count == len(TEXT)


def test_bytes_sent_again_in_part_count_once() -> None:
    stream = Stream()

    assert taken(stream, (5, b"abc"), (6, b"bcde")) == b"abcde"


def test_a_gap_is_given_up_when_too_much_waits() -> None:
    stream = Stream()
    stream.begin(0)
    part = bytes(ROOM // 2)
    found = [
        piece
        for number in range(4)
        for piece in stream.take(10 + number * len(part), part, 0)
    ]

    assert found[0] == (b"", 10)
    assert sum(len(p) for p, _ in found) >= ROOM


def test_what_waits_is_bounded() -> None:
    stream = Stream()
    stream.begin(0)
    for number in range(1000):
        list(stream.take(100 + number * 2, b"x", 0))

    assert len(stream._waiting) <= PIECES


def test_a_snap_length_is_told() -> None:
    assert list(Stream().take(0, b"abc", 7)) == [(b"abc", 7)]


@given(st.integers(0, SPACE - 1), st.integers(0, 10_000))
def test_an_acknowledgement_covers_what_is_before_it(end: int, more: int) -> None:
    assert covers((end + more) % SPACE, end)
    assert not covers((end - more - 1) % SPACE, end)
