"""Where in the terminal's menu does it stand? The way depends on the family of models;
where the model is not known, all known ways are given. Pure."""

import re
from dataclasses import replace

from posdiag.guide import WORDS
from posdiag.guide.knowledge import Family, Knowledge
from posdiag.texts.pair import Pair

GAP = r"[\W_]*"  # people write VX520, VX 520 and VX-520


def family_of(known: Knowledge, model: str) -> Family | None:
    """The family of a model as a person writes it; None where it is not known."""
    for family in known.families.values():
        for name in family.models:
            pattern = GAP.join(map(re.escape, re.sub(GAP, "", name)))
            if re.search(rf"{pattern}(?!\d)", model, re.IGNORECASE):
                return family
    return None


def with_menus(known: Knowledge, model: str) -> Knowledge:
    """The same, where the help of each fact that is read in the terminal's menu tells
    the way there for this model."""
    way = _way(known, model)
    in_menu = {
        fact.id: replace(fact, help=_lines(fact.help, way) if fact.help else way)
        for fact in known.facts.values()
        if fact.menu
    }
    return replace(known, facts={**known.facts, **in_menu})


def _way(known: Knowledge, model: str) -> Pair:
    family = family_of(known, model)
    if family is not None:
        return _lines(_line(family), WORDS("menu.password"))
    lines = map(_line, known.families.values())
    return _lines(WORDS("menu.both"), WORDS("menu.password"), *lines)


def _line(family: Family) -> Pair:
    return WORDS("menu.way", name=family.name, way=family.way)


def _lines(*parts: Pair) -> Pair:
    return Pair("\n".join(p.zh for p in parts), "\n".join(p.en for p in parts))
