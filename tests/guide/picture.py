"""A picture of all that the guide knows: `python -m tests.guide.picture > guide.dot`.

Symptoms lead to causes, questions to the causes on which they bear, causes to the
actions that mend them and to the party to call. `dot -Tsvg guide.dot` draws it.
"""

from collections.abc import Iterator

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


def lines(known: Knowledge) -> Iterator[str]:
    """The whole graph in the language of Graphviz."""
    yield "digraph guide {"
    yield '  rankdir=LR; node [fontname="sans-serif"];'
    edges = sorted(set(_edges(known)))
    for kind, id in sorted({end for edge in edges for end in edge[:2]}):
        yield f'  "{kind}:{id}" [label="{id}", shape={SHAPES[kind]}];'
    for (kind, id), (other, name), label in edges:
        yield f'  "{kind}:{id}" -> "{other}:{name}" [label="{label}"];'
    yield "}"


End = tuple[str, str]


def _edges(known: Knowledge) -> Iterator[tuple[End, End, str]]:
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


def main() -> None:
    known = with_catalogue(knowledge(), Catalogue(core()))
    print("\n".join(lines(known)))


if __name__ == "__main__":
    main()
