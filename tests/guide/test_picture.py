"""The picture shows all of the guide."""

import re

from tests.guide.merchant import KNOWN
from tests.guide.picture import lines


def test_every_fact_action_and_cause_is_in_the_picture() -> None:
    drawn = "\n".join(lines(KNOWN))
    without = {"symptom.since", "sales.pending", "entry.affected"}

    for fact in set(KNOWN.facts) - without:
        assert f'"fact:{fact}"' in drawn, fact
    for action in set(KNOWN.actions) - {"call"}:
        assert f'"action:{action}"' in drawn
    for state in KNOWN.states.values():
        assert state.cause == "nothing" or f'"cause:{state.cause}"' in drawn


def test_every_cause_leads_to_a_party() -> None:
    drawn = "\n".join(lines(KNOWN))
    led = set(re.findall(r'"cause:([\w.-]+)" -> "party:', drawn))

    assert led == {s.cause for s in KNOWN.states.values()} - {"nothing"}
