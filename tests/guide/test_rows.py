"""Every asked and advised row of the seed map is served, by something that exists."""

import tomllib
from dataclasses import fields

import pytest

from posdiag.engine.registry import core
from posdiag.guide import WORDS
from posdiag.guide.load import knowledge
from posdiag.model.site import Site
from posdiag.texts.catalogue import advice
from tests import ROOT

ROWS = tomllib.loads((ROOT / "tests" / "guide" / "rows.toml").read_text("utf-8"))
EVERY = {**ROWS["asked"], **ROWS["advised"]}
KNOWN = knowledge()
CHECKS = {check.id for check in core()}
TABLES = {field.name for field in fields(Site)}
#: Counts of the seed map: Q, A+Q and A/Q; V and A+V.
ASKED, ADVISED = 141, 132


def serves(what: str) -> bool:
    kind, _, id = what.partition(":")
    if kind == "advice":
        return id in KNOWN.advice or advice(id) is not None
    if kind == "suit":
        return f"suit.{id}" in WORDS
    if kind == "never":
        return bool(id)
    return id in {
        "fact": KNOWN.facts,
        "action": KNOWN.actions,
        "symptom": KNOWN.symptoms,
        "cause": KNOWN.causes,
        "check": CHECKS,
        "key": TABLES,
        "code": {""},
        "sheet": {""},
        "walk": {""},
    }.get(kind, ())


@pytest.mark.parametrize("row", EVERY)
def test_a_row_is_served(row: str) -> None:
    assert serves(EVERY[row]), EVERY[row]


def test_no_row_is_missing() -> None:
    assert (len(ROWS["asked"]), len(ROWS["advised"])) == (ASKED, ADVISED)


def test_what_must_not_be_advised_is_not() -> None:
    for row in ("EMG-11", "CEL-06", "DAT-09"):
        assert EVERY[row].startswith("never:")
        assert advice(row) is None
