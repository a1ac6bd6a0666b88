"""The end of the walk on the screen, and for a script the steps that led there."""

from collections.abc import Iterator, Mapping
from typing import Any

from posdiag.commands.guide import TEXTS
from posdiag.commands.guide.sheet import needs_call, receipt, rows_of
from posdiag.guide import phrases
from posdiag.guide.knowledge import UNKNOWN, Knowledge
from posdiag.report.terminal.wrap import wrap
from posdiag.texts.lang import Lang

WIDEST = 60  # columns of the call sheet on a screen


def page(
    known: Knowledge, whole: Mapping[str, Any], lang: Lang, width: int, *, steps: bool
) -> str:
    """The whole in lines of at most `width` cells."""
    lines = [""]
    if steps:
        lines += [TEXTS("end.steps").of(lang)]
        for number, text in enumerate(_steps(known, whole, lang), 1):
            first, *rest = wrap(text, max(width - 5, 10))
            lines += [f"{number:>3}. {first}", *(f"     {line}" for line in rest)]
        lines += [""]
    lines += [TEXTS("end.heading").of(lang)]
    lines += wrap(whole["conclusion"]["text"][lang], width)
    if needs_call(whole):
        rows = rows_of(known, whole, lang)
        lines += ["", *receipt(rows, min(width, WIDEST)).splitlines()]
        lines += wrap(TEXTS("end.more").of(lang), width)
    return "\n".join(lines)


def _steps(known: Knowledge, whole: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    for step in whole["steps"]:
        if step["kind"] == "measure":
            titles = (known.causes[cause].title.of(lang) for cause in step["found"])
            causes = ("、" if lang == "zh" else ", ").join(titles)
            found = TEXTS("end.measure-found", causes=causes)
            yield (found if causes else TEXTS("end.measure-clear")).of(lang)
        elif step["kind"] in ("question", "gate"):
            label = phrases.answers(known, step["fact"]).get(step["answer"])
            if step["answer"] == UNKNOWN:  # of a text as well
                label = phrases.dont_know(known, step["fact"])
            yield f"{step['text'][lang]} {label.of(lang) if label else step['answer']}"
        elif step["kind"] == "action":
            done = TEXTS("end.done") if step["done"] else TEXTS("end.not-done")
            yield f"{step['text'][lang]} [{done.of(lang)}]"
        else:
            yield step["text"][lang]
