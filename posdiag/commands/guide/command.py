"""`posdiag guide`: guided troubleshooting for a merchant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands.guide import TEXTS
from posdiag.commands.guide.session import GuideOptions, carry_out
from posdiag.commands.shared import options
from posdiag.commands.shared.common import help_text, language, refuse, refuse_unknown
from posdiag.commands.shared.outputs import Destination, destinations, writable

if TYPE_CHECKING:
    from posdiag.texts.lang import Lang

SHEETS = (".txt", ".html")


def guide(
    symptom: Annotated[
        str | None, typer.Argument(metavar="SYMPTOM", help=help_text("option.symptom"))
    ] = None,
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    plain: Annotated[bool, options.flag("plain")] = False,
    web: Annotated[bool, options.flag("web")] = False,
    resume: Annotated[bool, options.flag("resume")] = False,
    answers: Annotated[
        str | None, options.option("answers", "advanced", metavar="FILE")
    ] = None,
    on_action: Annotated[
        str | None, options.option("on-action", "advanced", metavar="COMMAND")
    ] = None,
    max_steps: Annotated[int, options.option("max-steps", metavar="N")] = 12,
    sheet: Annotated[
        str | None, options.option("sheet", "output", metavar="FILE")
    ] = None,
    format: options.Format = None,
    output: options.Output = None,
    lang: options.Language = None,
    quick: options.Quick = False,
    timeout: options.TimeoutGuide = None,
    allow_join: options.AllowJoin = False,
    allow_echo: options.AllowEcho = False,
    no_color: options.NoColor = False,
    system: options.System = None,
) -> None:
    chosen = language(lang)
    given = GuideOptions(
        symptom=_symptom(symptom, chosen),
        lang=chosen,
        outputs=_outputs(format, output, chosen),
        profile=profile,
        acquirer=acquirer,
        plain=plain,
        resume=resume,
        answers=answers,
        words=_words(on_action, answers, chosen),
        sheet=sheet,
        limit=max_steps,
        plan="quick" if quick else "default",
        consent=frozenset(["join"] * allow_join + ["echo"] * allow_echo),
        seconds=timeout or options.LONGEST + options.JOINING * allow_join,
        no_color=no_color,
        system=system,
        web=web,
    )
    if max_steps < 1:
        refuse(TEXTS("wrong.steps").of(chosen))
    _check_sheet(given)
    raise typer.Exit(carry_out(given))


# --- what the command line may say ----------------------------------------------------


def _symptom(given: str | None, lang: Lang) -> str | None:
    from posdiag.guide.load import knowledge

    if given is not None and given not in knowledge().symptoms:
        refuse_unknown(given, knowledge().symptoms, lang, "posdiag guide -h")
    return given


def _outputs(
    formats: list[str] | None, outputs: list[str] | None, lang: Lang
) -> tuple[Destination, ...]:
    for format in formats or ():
        if format not in ("terminal", "json"):
            refuse(TEXTS("wrong.format").of(lang))
    return destinations(formats or (), outputs or (), lang)


def _words(command: str | None, answers: str | None, lang: Lang) -> list[str] | None:
    if command is None:
        return None
    from posdiag.system.process.hook import NoSuchCommand, parse_command

    if answers is None:
        refuse(TEXTS("wrong.needs-answers").of(lang))
    try:
        return parse_command(command)
    except NoSuchCommand as wrong:
        refuse(TEXTS("wrong.command", given=str(wrong)).of(lang))


def _check_sheet(given: GuideOptions) -> None:
    if given.sheet is None:
        return
    on_stdout = any(o.path is None and o.format == "json" for o in given.outputs)
    if given.sheet == "-":
        if on_stdout:
            refuse(TEXTS("wrong.stdout-twice").of(given.lang))
    elif not given.sheet.lower().endswith(SHEETS):
        refuse(TEXTS("wrong.sheet").of(given.lang))
    else:
        writable(given.sheet, "--sheet", given.lang)
