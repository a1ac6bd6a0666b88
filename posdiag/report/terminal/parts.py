"""What both the screen and the full page say, in the same words."""

from posdiag.report import FORMATS, TEXTS
from posdiag.report.summary import step_text
from posdiag.report.terminal.canvas import Canvas
from posdiag.report.terminal.wrap import cells, pad
from posdiag.texts.catalogue import Step
from posdiag.texts.explain import Explained, ExplainedCause
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair
from posdiag.texts.path_code import shown_code

STYLES = {
    "ok": "bold green",
    "warn": "bold yellow",
    "fail": "bold red",
    "waiting": "dim",
    "unmeasured": "yellow",
    "not-here": "dim",
}
VERDICTS = {"healthy": "ok", "degraded": "warn", "broken": "fail", "unknown": "warn"}


def verdict(page: Canvas, explained: Explained) -> None:
    """The verdict with its first cause, in a line if it fits, and what it means."""
    line = explained.headline
    style = STYLES[VERDICTS[explained.verdict.value]]
    if explained.causes and explained.causes[0].danger:
        style = STYLES["fail"]
    word, text = line.word.of(page.lang), line.text.of(page.lang)
    if explained.causes:
        sure = TEXTS("phrase.sure", percent=explained.causes[0].percent)
        text += sure.of(page.lang)
    page.hanging(f"{word}  ", text, style, len(word) + 2 + len(text))
    indent = " " * (2 if page.narrow else cells(word, wide=page.wide) + 2)
    page.hanging(indent, explained.meaning.of(page.lang))
    if line.warning:
        page.hanging(indent, line.warning.of(page.lang), STYLES["fail"])


def step(page: Canvas, number: int, one: Step, *, recheck: bool = True) -> None:
    """One step, what has to be minded before it, and how to see that it helped."""
    if one.before:
        page.hanging("  !  ", one.before.of(page.lang), "bold")
    if one.gate:
        page.hanging("  !  ", one.text.of(page.lang), "bold")
        return
    text = step_text(one).of(page.lang)
    if recheck and one.recheck:
        text += TEXTS("phrase.recheck", look=one.recheck).of(page.lang)
    page.hanging(f"  {number}. ", text)


def heading(page: Canvas, explained: Explained) -> None:
    """The title of the steps, with the command that checks again, which is whole in one
    line so that it can be copied."""
    label, text = TEXTS("label.fix"), TEXTS("phrase.again")
    beside = "" if page.narrow else page.beside(label.of(page.lang))
    indent = cells(beside, wide=page.wide) or 2
    whole = Pair(text.zh + explained.again, text.en + explained.again)
    if page.fits(whole.of(page.lang), indent):
        page.labelled(label, whole)
        return
    page.labelled(label, text)
    page.hanging(" " * indent, explained.again)


def call(page: Canvas, cause: ExplainedCause) -> None:
    page.labelled(FORMATS("label.call"), cause.call)


def state(page: Canvas, name: str, room: int = 0) -> str:
    """The word for a state, padded to `room` columns."""
    return pad(WORDS(f"state.{name}").of(page.lang), room, wide=page.wide)


def code(explained: Explained) -> Pair | None:
    """The diagnosis code, None where it does not say what is wrong."""
    found = shown_code(explained.results)
    return TEXTS("phrase.code", code=found) if found else None
