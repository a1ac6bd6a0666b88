"""A cause that `posdiag guide` finds by questions, as `posdiag explain` shows it."""

from collections.abc import Iterator

from posdiag.commands.explain import TEXTS
from posdiag.commands.explain.lines import wrap_all
from posdiag.guide.knowledge import Knowledge
from posdiag.guide.load import knowledge
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS

#: An example of each family of response codes.
CODES = {
    "code.card": "14",
    "code.account": "51",
    "code.limit": "61",
    "code.operation": "12",
    "code.terminal": "A0",
    "code.beyond": "91",
}
LIKELY = 0.2  # an action that mends it less often is not listed


def ids() -> tuple[str, ...]:
    """The causes that the guide has words of its own for."""
    return tuple(knowledge().causes)


def beyond_checks(catalogue: Catalogue) -> tuple[str, ...]:
    """Those of them that no check finds."""
    found = set(catalogue.cause_ids())
    return tuple(id for id in ids() if id not in found)


def title(id: str, lang: Lang) -> str:
    """What it is, in a line."""
    return knowledge().causes[id].title.of(lang).replace("{code}", CODES.get(id, ""))


def page(id: str, lang: Lang) -> str:
    """What it is, who sees to it, what to ask and what to do."""
    return wrap_all(list(_parts(id, knowledge(), lang)), lang)


def _parts(id: str, known: Knowledge, lang: Lang) -> Iterator[str]:
    words = known.causes[id]
    yield f"{id}  {title(id, lang)}"
    yield words.say.of(lang)
    yield TEXTS("cause.who", who=WORDS(f"who.{words.who}")).of(lang)
    yield TEXTS("cause.asked").of(lang)
    states = [s for s in known.states.values() if s.cause == id]
    actions = {a for s in states for a, chance in s.fixes.items() if chance >= LIKELY}
    if actions:
        yield TEXTS("steps").of(lang)
    ordered = sorted(actions, key=lambda a: known.actions[a].cost)
    for number, action in enumerate(ordered, 1):
        yield f"  {number}. {known.actions[action].do.of(lang)}"
