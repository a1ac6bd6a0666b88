"""How is a table of texts read, whatever it holds?

Total: a plugin's file may hold anything. What is missing or of a wrong kind is left
out, what is too long is cut, and what does not simply print is escaped.
"""

from collections.abc import Iterator, Mapping, Sequence

from posdiag.model import Facts
from posdiag.model.check import PARTIES
from posdiag.texts.catalogue.entries import TOUCHES, Step
from posdiag.texts.clean import clean
from posdiag.texts.fill import LONGEST, filled
from posdiag.texts.pair import Pair

Table = Mapping[str, object]

STEPS = 12  # of one cause; a longer list is no help


def table_of(found: object) -> Table:
    """The table that it is, else an empty one."""
    return found if isinstance(found, dict) else {}


def variant_of(table: Table, name: object) -> Table:
    """The table of the variant `name`, empty where there is none."""
    variants = table_of(table.get("variant"))
    return table_of(variants.get(name)) if isinstance(name, str) else {}


def id_shown(id: str) -> Pair:
    """An id in place of a text that is missing."""
    return Pair.same(clean(id, 60))


def raw_pair(found: object) -> Pair | None:
    """Both languages of a text; one stands in for the other."""
    table = table_of(found)
    zh, en = (_line(table.get(lang)) for lang in ("zh", "en"))
    return Pair(zh or en, en or zh) if zh or en else None


def _line(found: object) -> str:
    return clean(" ".join(found.split()), LONGEST) if isinstance(found, str) else ""


def pair_of(found: object, facts: Facts) -> Pair | None:
    """The text with `facts` in it; None where there is none."""
    raw = raw_pair(found)
    return raw and filled(raw, facts)


def ids_of(found: object) -> tuple[str, ...]:
    """The ids of a list."""
    listed = found if isinstance(found, list) else []
    return tuple(clean(i, 60) for i in listed if isinstance(i, str))


def steps_of(found: object, facts: Facts) -> Iterator[Step]:
    """The steps of a cause, with `facts` in them."""
    items = found if isinstance(found, list) else []
    for step in map(table_of, items[:STEPS]):
        if (text := pair_of(step, facts)) is None:
            continue
        yield Step(
            text,
            party_of(step.get("by"), "merchant"),
            touches_of(step),
            pair_of(step.get("recheck"), facts),
        )


def party_of(
    found: object, otherwise: str, known: Sequence[str] = tuple(PARTIES)
) -> str:
    """The party of that name, one of `known`."""
    return found if isinstance(found, str) and found in known else otherwise


def touches_of(table: Table) -> str:
    """What a step or a measure touches, one of `TOUCHES`, or ""."""
    found = table.get("touches")
    if isinstance(found, str) and found in TOUCHES:
        return found
    # A plugin that says no more than that it interrupts gets the stricter question.
    return "terminal" if table.get("interrupts") is True else ""
