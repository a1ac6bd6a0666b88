"""A picture of all that the guide knows: `python -m tests.guide.picture FOLDER` writes
`guide.svg` and, for Graphviz, `guide.dot`.

Symptoms lead to causes, questions to the causes on which they bear, causes to the
actions that mend them and to the party to call: four columns from left to right.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from posdiag.engine.registry import core
from posdiag.guide.knowledge import NOTHING, Knowledge
from posdiag.guide.load import knowledge
from posdiag.guide.seen import with_catalogue
from posdiag.texts.catalogue import Catalogue

LIKELY = 0.1  # a symptom that a fault shows less often has no line
TELLING = 1.5  # times as likely as usual; an answer below that has none either
SHAPES = {
    "symptom": "ellipse",
    "fact": "hexagon",
    "cause": "box",
    "action": "house",
    "party": "octagon",
}
#: From left to right, with the colour of each kind.
COLUMNS = (("symptom", "fact"), ("cause",), ("action",), ("party",))
COLORS = {
    "symptom": "#fde9d9",
    "fact": "#e3edf9",
    "cause": "#f2f2f2",
    "action": "#e2f2e2",
    "party": "#efe3f5",
}
STEP, WIDE, TALL = 420, 230, 18  # pixels between columns, and of a box
ROUNDS = 8  # sweeps in which each end moves to the middle of its neighbours

End = tuple[str, str]
Edge = tuple[End, End, str]


def edges(known: Knowledge) -> list[Edge]:
    """From what is seen to what is done, each with the answer that leads there."""
    return sorted(set(_edges(known)))


def _edges(known: Knowledge) -> Iterator[Edge]:
    for state in known.states.values():
        if state.cause == NOTHING:
            continue
        cause = ("cause", state.cause)
        for symptom, chance in state.symptoms.items():
            if chance >= LIKELY:
                yield ("symptom", symptom), cause, ""
        for fact, chances in state.tells.items():
            for answer, chance in chances.items():
                if chance > TELLING * known.facts[fact].usual[answer]:
                    yield ("fact", fact), cause, answer
        for action in state.fixes:
            yield cause, ("action", action), ""
        yield cause, ("party", state.who or known.causes[state.cause].who), ""


def dot(known: Knowledge) -> Iterator[str]:
    """The whole graph in the language of Graphviz."""
    yield "digraph guide {"
    yield '  rankdir=LR; node [fontname="sans-serif"];'
    found = edges(known)
    for kind, id in sorted({end for edge in found for end in edge[:2]}):
        yield f'  "{kind}:{id}" [label="{id}", shape={SHAPES[kind]}];'
    for (kind, id), (other, name), label in found:
        yield f'  "{kind}:{id}" -> "{other}:{name}" [label="{label}"];'
    yield "}"


def svg(known: Knowledge) -> Iterator[str]:
    """The same, laid out here: needs no Graphviz."""
    found = edges(known)
    columns = ordered(found)
    places = {
        end: (at * STEP, row)
        for at, column in enumerate(columns)
        for end, row in zip(column, _rows(column, columns), strict=True)
    }
    width = STEP * (len(columns) - 1) + WIDE
    height = max(row for _, row in places.values()) + TALL
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 {width + 20} '
        f'{height + 20:.0f}" font-family="sans-serif" font-size="11">'
    )
    yield "<title>posdiag guide</title>"
    yield '<rect x="-10" y="-10" width="100%" height="100%" fill="#fff"/>'
    yield '<g fill="none" stroke="#99a" stroke-opacity=".5">'
    for one, other, label in found:
        yield _line(places[one], places[other], label)
    yield "</g>"
    for (kind, id), (x, y) in places.items():
        yield (
            f'<g data-end="{kind}:{escape(id)}"><rect x="{x}" y="{y:.0f}" '
            f'width="{WIDE}" height="{TALL}" rx="3" fill="{COLORS[kind]}" '
            f'stroke="#888"/><text x="{x + 6}" y="{y + 13:.0f}">{escape(id)}</text></g>'
        )
    yield "</svg>"


def _line(one: tuple[int, float], other: tuple[int, float], label: str) -> str:
    begin, y = one[0] + WIDE, one[1] + TALL / 2
    end, to = other[0], other[1] + TALL / 2
    middle = (begin + end) / 2
    title = f"<title>{escape(label)}</title>" if label else ""
    return (
        f'<path d="M{begin} {y:.0f}C{middle:.0f} {y:.0f} {middle:.0f} {to:.0f} '
        f'{end} {to:.0f}">{title}</path>'
    )


def ordered(found: Iterable[Edge]) -> list[list[End]]:
    """The ends by column, so that few lines cross: each end moves, again and again, to
    the middle of those to which it leads (Sugiyama's barycentre method)."""
    joined: dict[End, list[End]] = defaultdict(list)
    for one, other, _ in found:
        joined[one].append(other)
        joined[other].append(one)
    columns = [sorted(end for end in joined if end[0] in kinds) for kinds in COLUMNS]
    for _ in range(ROUNDS):
        for column in columns:
            place = {
                end: row / len(each) for each in columns for row, end in enumerate(each)
            }
            column.sort(
                key=lambda end: sum(place[n] for n in joined[end]) / len(joined[end])
            )
    return columns


def _rows(column: list[End], columns: list[list[End]]) -> Iterator[float]:
    """Where each end stands: a short column is spread over the height of the whole."""
    whole = max(map(len, columns)) * (TALL + 6)
    for number in range(len(column)):
        yield (number + 0.5) * whole / len(column) - TALL / 2


def main(folder: Path) -> None:
    known = with_catalogue(knowledge(), Catalogue(core()))
    for name, lines in (("guide.svg", svg(known)), ("guide.dot", dot(known))):
        (folder / name).write_text("\n".join([*lines, ""]), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
