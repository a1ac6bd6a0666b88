"""What a question is worth, against its definition written out."""

from collections import defaultdict
from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.guide.choose import Partition, information
from posdiag.guide.load import knowledge

KNOWN = knowledge()


def entropy(chances: list[float]) -> float:
    return -sum(p * log2(p) for p in chances if p > 0)


def expected(fact: str, chances: dict[str, float], keys: dict[str, str]) -> float:
    """Entropy of the keys now, less that after the answer, weighed by its chance."""
    now: dict[str, float] = defaultdict(float)
    for id, chance in chances.items():
        now[keys[id]] += chance
    after = 0.0
    for answer in KNOWN.facts[fact].answers:
        joint: dict[str, float] = defaultdict(float)
        for id, chance in chances.items():
            told = KNOWN.likelihood(KNOWN.states[id], fact, answer)
            joint[keys[id]] += chance * told
        total = sum(joint.values())
        after += total * entropy([g / total for g in joint.values()])
    return entropy(list(now.values())) - after


@settings(deadline=None, max_examples=60)
@given(
    fact=st.sampled_from(sorted(KNOWN.facts)),
    weights=st.dictionaries(
        st.sampled_from(sorted(KNOWN.states)),
        st.floats(0.001, 1.0),
        min_size=1,
        max_size=30,
    ),
)
def test_what_a_question_tells_is_the_entropy_that_it_takes(
    fact: str, weights: dict[str, float]
) -> None:
    whole = sum(weights.values())
    chances = {id: weight / whole for id, weight in weights.items()}
    keys = {id: KNOWN.states[id].cause for id in chances}
    told = information(KNOWN, KNOWN.facts[fact], Partition.of(chances, keys))

    assert told == pytest.approx(expected(fact, chances, keys), abs=1e-9)
