"""The page that ends a commissioning, as lines: for the screen and for the receipt."""

from collections.abc import Iterator

from posdiag.report.summary import hang_all
from posdiag.texts.commissioning import FINE, TEXTS, Handover
from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair


def verdict(page: Handover) -> Pair:
    """Can the shop be handed over?"""
    if page.ready:
        return TEXTS("page.ready")
    missing = sum(gate.state not in FINE for gate in page.gates)
    return TEXTS("page.not-ready", count=missing)


def texts(page: Handover, lang: Lang) -> Iterator[tuple[str, str]]:
    """(Prefix, text), without what does not apply."""
    yield "", TEXTS("page.title").of(lang)
    yield "", verdict(page).of(lang)
    for number, gate in enumerate((g for g in page.gates if g.state != "none"), 1):
        head = f"{number}. "
        state = TEXTS(f"state.{gate.state}")
        yield head, TEXTS("page.line", title=gate.title, state=state).of(lang)
        for why in gate.why:
            yield " " * len(head) + "- ", why.of(lang)
        sign = TEXTS("page.sign-line", who=gate.signer).of(lang)
        yield " " * len(head), f"{sign} ____________"
    if page.contacts:
        yield "", TEXTS("page.contacts").of(lang)
        for who, telephone in page.contacts:
            line = TEXTS("page.contact", who=who, number=telephone)
            yield "  ", line.of(lang)


def as_text(page: Handover, lang: Lang, width: int) -> str:
    """For the screen, after the report."""
    return hang_all(texts(page, lang), lang, width)
