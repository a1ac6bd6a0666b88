"""A small share of `python -m tests.fuzz`, the same in every run."""

import pytest

from tests.fuzz.run import fuzz
from tests.fuzz.targets import Target, targets


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_no_input_makes_a_parser_raise_or_take_long(target: Target) -> None:
    assert fuzz([target], 30, seed=1) == []


def test_what_raises_is_found() -> None:
    broken = Target("broken", (b"{}",), lambda data: data.decode("ascii")[99])
    assert [t.target for t in fuzz([broken], 5, seed=1)] == ["broken"]
