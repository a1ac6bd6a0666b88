"""The end of the walk on the screen, and for a script the steps that led there."""

from collections.abc import Iterator, Mapping
from typing import Any

from posdiag.commands.guide import TEXTS
from posdiag.report.terminal.wrap import wrap
from posdiag.texts.lang import Lang


def page(whole: Mapping[str, Any], lang: Lang, width: int, *, steps: bool) -> str:
    """The transcript in lines of at most `width` cells."""
    lines = [""]
    if steps:
        lines += [TEXTS("end.steps").of(lang)]
        for number, text in enumerate(_steps(whole, lang), 1):
            first, *rest = wrap(text, max(width - 5, 10))
            lines += [f"{number:>3}. {first}", *(f"     {line}" for line in rest)]
        lines += [""]
    lines += [TEXTS("end.heading").of(lang)]
    lines += wrap(whole["conclusion"]["text"][lang], width)
    code = whole["report"].get("path_code")
    if code:
        lines += ["", *wrap(TEXTS("end.code", code=code).of(lang), width)]
    lines += wrap(TEXTS("end.more").of(lang), width)
    return "\n".join(lines)


def _steps(whole: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    for step in whole["steps"]:
        if step["kind"] == "measure":
            causes = ", ".join(step["found"])
            found = TEXTS("end.measure-found", causes=causes)
            yield (found if causes else TEXTS("end.measure-clear")).of(lang)
        elif step["kind"] in ("question", "gate"):
            yield f"{step['text'][lang]} {step['answer']}"
        elif step["kind"] == "action":
            done = (TEXTS("end.done") if step["done"] else TEXTS("end.not-done")).of(
                lang
            )
            yield f"{step['text'][lang]} [{step['id']}: {done}]"
        else:
            yield step["text"][lang]
