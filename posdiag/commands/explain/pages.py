"""The page of one check, of one cause, or of both where they share an id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from posdiag.commands.explain import TEXTS
from posdiag.commands.explain.lines import wrap_all
from posdiag.report import TEXTS as REPORT
from posdiag.texts.lookup import WORDS

if TYPE_CHECKING:
    from posdiag.model import Check
    from posdiag.texts.catalogue import Catalogue, CauseText, Step
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

UNFILLED = "…"  # in place of a fact, which only a run can know


def page(name: str, checks: Sequence[Check], catalogue: Catalogue, lang: Lang) -> str:
    """`name` is the id of a check, a cause, or both."""
    registered = {check.id: check for check in checks}
    parts: list[str] = []
    if name in registered:
        parts += _check(registered[name], catalogue, lang)
    if name in catalogue.cause_ids():
        owner = registered[catalogue.owner(name) or ""]
        parts += [""] * bool(parts)
        parts += _cause(name, owner, catalogue, lang)
    return wrap_all(parts, lang)


def _check(check: Check, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    yield f"{check.id}  {catalogue.check_title(check).of(lang)}"
    if check.needs:
        yield TEXTS("check.needs", checks=", ".join(check.needs)).of(lang)
    if check.rights:
        yield TEXTS("check.rights").of(lang)
    causes = catalogue.causes_of(check)
    if causes:
        yield TEXTS("check.causes").of(lang)
    for cause in causes:
        title = catalogue.cause(cause, None, (check.id,)).title
        yield f"  {cause:<32} {title.of(lang)}"


def _cause(id: str, owner: Check, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    from posdiag.texts.explain import gated

    facts = _placeholders(owner)
    text = catalogue.cause(id, facts, (owner.id,))
    yield f"{id}  {text.title.of(lang)}"
    yield text.say.of(lang)
    for detail in _details(text, owner):
        yield detail.of(lang)
    yield from _variants(id, owner, catalogue, facts, lang)
    yield from _emergency(text, lang)
    yield TEXTS("steps").of(lang)
    yield from _steps(gated(text.steps), lang)


def _details(text: CauseText, owner: Check) -> Iterator[Pair]:
    if text.proof:
        yield TEXTS("cause.proof", text=text.proof)
    if text.decide:
        yield TEXTS("cause.decide", text=text.decide)
    yield TEXTS("cause.who", who=WORDS(f"who.{text.who}"))
    yield TEXTS("cause.found-by", check=owner.id)
    if text.explains:
        yield TEXTS("cause.explains", causes=", ".join(text.explains))


def _variants(
    id: str, owner: Check, catalogue: Catalogue, facts: dict[str, str], lang: Lang
) -> Iterator[str]:
    """In which other forms is the cause found? Those that are worded apart."""
    own = catalogue.cause(id, facts, (owner.id,)).title
    names = catalogue.variants_of(id, (owner.id,))
    texts = (catalogue.cause(id, facts, (owner.id,), name) for name in names)
    found = dict.fromkeys((text.title, text.say) for text in texts)
    if found:
        yield TEXTS("cause.variants").of(lang)
    for title, say in found:
        shown = say if title == own else TEXTS("cause.variant", title=title, say=say)
        yield f"  {shown.of(lang)}"


def _emergency(text: CauseText, lang: Lang) -> Iterator[str]:
    from posdiag.texts.catalogue import advice

    found = [measure for id in text.emergency if (measure := advice(id))]
    if found:
        yield TEXTS("cause.emergency").of(lang)
    for measure in found:
        yield f"  {measure.text.of(lang)}"


def _steps(steps: Sequence[Step], lang: Lang) -> Iterator[str]:
    number = 0
    for step in steps:
        if step.before:
            yield f"! {step.before.of(lang)}"
        if step.gate:
            yield f"! {step.text.of(lang)}"
            continue
        number += 1
        by = f" [{WORDS(f'by.{step.by}').of(lang)}]"
        look = REPORT("phrase.recheck", look=step.recheck) if step.recheck else None
        yield f"  {number}. {step.text.of(lang)}{look.of(lang) if look else ''}{by}"


def _placeholders(owner: Check) -> dict[str, str]:
    """A mark for every fact that the texts of a check name."""
    from posdiag.engine.registry import texts_of
    from posdiag.texts.fill import fields

    return dict.fromkeys(fields(texts_of(owner) or ""), UNFILLED)
