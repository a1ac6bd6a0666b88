"""Would `posdiag run` take the options of a bench? Asked of its own parser, before any
bench is touched."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands.run import options_from, run
from posdiag.commands.shared.selection import select
from posdiag.commands.shared.wrong_use import wording

if TYPE_CHECKING:
    from posdiag.lab.inventory import Bench
    from posdiag.texts.lang import Lang

# What typer raises for a wrong command line; it exports only this subclass.
_WrongUse: Any = typer.BadParameter.__base__


def problem_with(bench: Bench, folder: Path, lang: Lang) -> str:
    """What is wrong with the bench's command line; "" where nothing is."""
    only = typer.Typer(add_completion=False)
    only.command()(run)
    printed = io.StringIO()
    try:
        with redirect_stderr(printed), redirect_stdout(printed):
            command = typer.main.get_command(only)
            arguments = [*bench.options, "--lang", lang]
            _check(command.make_context("posdiag run", arguments).params, bench, folder)
    except _WrongUse as wrong:
        context = getattr(wrong, "ctx", None)
        return wording(str(wrong.format_message()), context).of(lang)
    except typer.Exit:  # refused, or an option that only prints (-h)
        first = (printed.getvalue().strip().splitlines() or [""])[0]
        return first.removeprefix("posdiag: ") or "-h"
    return ""


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
