"""Would `posdiag run` take the options of a bench? Asked of its own parser, before any
bench is touched."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands.run import options_from, run
from posdiag.commands.shared.selection import select
from posdiag.commands.shared.wrong_use import wording
from posdiag.lab import TEXTS

if TYPE_CHECKING:
    from posdiag.lab.inventory import Bench
    from posdiag.texts.lang import Lang

# What typer raises for a wrong command line; it exports only this subclass.
_WrongUse: Any = typer.BadParameter.__base__


def problem_with(bench: Bench, folder: Path, lang: Lang) -> str:
    """What is wrong with the bench's command line; "" where nothing is."""
    only = typer.Typer(add_completion=False)
    only.command(context_settings={"help_option_names": ["-h", "--help"]})(run)
    printed = io.StringIO()
    try:
        with redirect_stderr(printed), redirect_stdout(printed):
            command = typer.main.get_command(only)
            arguments = [*bench.options, "--lang", lang]
            params = command.make_context("posdiag run", arguments).params
            if _to_stdout(params):
                return TEXTS("wrong.stdout").of(lang)
            _check(params, bench, folder)
    except _WrongUse as wrong:
        context = getattr(wrong, "ctx", None)
        return wording(str(wrong.format_message()), context).of(lang)
    except typer.Exit as ended:
        if ended.exit_code == 0:  # an option that only prints, such as -h
            return TEXTS("wrong.prints", given=" ".join(bench.run)).of(lang)
        first = (printed.getvalue().strip().splitlines() or [""])[0]
        return first.removeprefix("posdiag: ")
    return ""


def _to_stdout(params: Mapping[str, Any]) -> bool:
    """Would one of the bench's own reports go where the lab's has to go?"""
    *formats, _ = params["format"]
    *outputs, _ = params["output"]
    return "-" in outputs or len(formats) > len(outputs)


def _check(params: dict[str, Any], bench: Bench, folder: Path) -> None:
    from posdiag.engine.registry import checks
    from posdiag.model.site import Site
    from posdiag.profile.load import BadProfile, load

    given = options_from(params)
    try:
        site = load(str(folder / bench.profile)) if bench.profile else Site()
    except BadProfile:
        site = Site()  # refused by itself
    select(checks(), given.selected, given.skipped, site, given.lang)
