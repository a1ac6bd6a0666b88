"""The picture shows all of the guide, and the one in the docs is today's."""

import re
from itertools import pairwise
from xml.etree import ElementTree

from posdiag.engine.registry import core
from posdiag.guide.load import knowledge
from posdiag.guide.seen import with_catalogue
from posdiag.texts.catalogue import Catalogue
from tests import ROOT
from tests.guide.picture import dot, edges, svg

KNOWN = with_catalogue(knowledge(), Catalogue(core()))
DOCS = ROOT / "docs" / "images" / "guide.svg"


def test_every_fact_action_and_cause_is_in_the_picture() -> None:
    without = {"symptom.since", "sales.pending", "entry.affected"}
    for drawn in ("\n".join(dot(KNOWN)), "\n".join(svg(KNOWN))):
        for fact in set(KNOWN.facts) - without:
            assert f'"fact:{fact}"' in drawn, fact
        for action in set(KNOWN.actions) - {"call"}:
            assert f'"action:{action}"' in drawn
        for state in KNOWN.states.values():
            assert state.cause == "nothing" or f'"cause:{state.cause}"' in drawn


def test_every_cause_leads_to_a_party() -> None:
    drawn = "\n".join(dot(KNOWN))
    led = set(re.findall(r'"cause:([\w.-]+)" -> "party:', drawn))

    assert led == {s.cause for s in KNOWN.states.values()} - {"nothing"}


def test_no_two_boxes_of_the_drawing_overlap_and_each_line_is_drawn() -> None:
    tree = ElementTree.fromstring("\n".join(svg(KNOWN)))
    space = "{http://www.w3.org/2000/svg}"
    boxes = sorted(
        (float(rect.attrib["x"]), float(rect.attrib["y"]))
        for rect in tree.iterfind(f"{space}g/{space}rect")
    )
    for (x, y), (other, below) in pairwise(boxes):
        assert x != other or below - y >= 18
    assert len(tree.findall(f"{space}g/{space}path")) == len(edges(KNOWN))


def test_the_picture_in_the_docs_shows_what_is_known_today() -> None:
    """`python -m tests.guide.picture docs/images` draws it anew."""
    drawn = set(re.findall(r'data-end="([^"]+)"', DOCS.read_text("utf-8")))

    assert drawn == {f"{kind}:{id}" for e in edges(KNOWN) for kind, id in e[:2]}
