"""Where a line of help may end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.report.terminal.wrap import cells, wrap


def test_a_word_is_not_torn_where_a_phrase_ends_near() -> None:
    first = "现象：no-network 没有网络  hotspot-join 连不上热点  slow 很慢"
    text = f"{first}  unstable 时好时坏"
    width = cells(text) - 2

    assert wrap(text, width) == [f"{first}  unstable 时好时", "坏"]
    assert wrap(text, width, phrases=True) == [first, "unstable 时好时坏"]


@pytest.mark.parametrize("phrases", [False, True])
@given(st.text(alphabet="时好坏，。 ab", max_size=80), st.integers(4, 40))
def test_nothing_is_lost_and_nothing_is_too_wide(
    phrases: bool, text: str, width: int
) -> None:
    lines = wrap(text, width, phrases=phrases)

    assert max(map(cells, lines)) <= max(width, 4)
    assert "".join("".join(lines).split()) == "".join(text.split())
