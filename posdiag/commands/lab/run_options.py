"""Would `posdiag run` take the options of a bench? Asked of its own parser, before any
bench is touched."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands.run import options_from, run
from posdiag.commands.shared.exit_codes import UNKNOWN
from posdiag.commands.shared.machine import machine
from posdiag.commands.shared.selection import select
from posdiag.commands.shared.sites import refuse_file, site_of
from posdiag.commands.shared.wrong_use import wording
from posdiag.lab import TEXTS

if TYPE_CHECKING:
    from posdiag.lab.inventory import Bench
    from posdiag.texts.lang import Lang

# What typer raises for a wrong command line; it exports only this subclass.
_WrongUse: Any = typer.BadParameter.__base__


def problem_with(bench: Bench, folder: Path, lang: Lang) -> tuple[str, bool]:
    """What is wrong with the bench's command line, or "", and whether that is certain:
    a plugin that was left out may have the check that is selected."""
    if bench.profile and any(word.startswith("--profile") for word in bench.run):
        return TEXTS("wrong.two-profiles").of(lang), True
    only = typer.Typer(add_completion=False)
    only.command(context_settings={"help_option_names": ["-h", "--help"]})(run)
    printed = io.StringIO()
    try:
        # In the folder where it will run: its files are named from there.
        with chdir(folder), redirect_stderr(printed), redirect_stdout(printed):
            command = typer.main.get_command(only)
            arguments = ["--lang", lang, *bench.options]
            params = command.make_context("posdiag run", arguments).params
            if _to_stdout(params):
                return TEXTS("wrong.stdout").of(lang), True
            _check(params, by_option=not bench.profile)
    except _WrongUse as wrong:
        context = getattr(wrong, "ctx", None)
        return wording(str(wrong.format_message()), context).of(lang), True
    except typer.Exit as ended:
        if ended.exit_code == 0:  # an option that only prints, such as -h
            return TEXTS("wrong.prints", given=" ".join(bench.run)).of(lang), True
        first = (printed.getvalue().strip().splitlines() or [""])[0]
        return first.removeprefix("posdiag: "), ended.exit_code != UNKNOWN
    return "", True


def _to_stdout(params: Mapping[str, Any]) -> bool:
    """Would one of the bench's own reports go where the lab's has to go?"""
    *formats, _ = params["format"]
    *outputs, _ = params["output"]
    return "-" in outputs or len(formats) > len(outputs)


def _check(params: dict[str, Any], *, by_option: bool) -> None:
    from posdiag.engine.registry import checks
    from posdiag.model.site import Site
    from posdiag.profile.load import BadProfile, load

    given = options_from(params)
    try:
        site = load(given.profile) if given.profile else Site()
    except BadProfile as bad:
        if by_option:
            refuse_file(bad, given.lang, "--profile ")
        site = Site()  # refused by itself
    site_of(None, given.acquirer, given.lang)
    machine(given.system, None, given.replay, given.lang)
    select(checks(), given.selected, given.skipped, site, given.lang)
