"""The command line: parse, call, exit code. Imports nothing heavy.

Exit codes: 0 healthy, 1 a fault, 2 wrong use or bad profile, 3 could not tell,
130 interrupted.
"""

import os
import sys
import threading
from contextlib import suppress
from typing import Annotated, Any

import typer

from posdiag import CHILD, __version__
from posdiag.commands import TEXTS, demo, listing, profile, run
from posdiag.commands.explain import command as explain
from posdiag.commands.shared.common import BUG, HELP_LANG, WRONG_USE, help_text
from posdiag.commands.wifi_capture import command as wifi
from posdiag.texts.clean import clean

NAMES = {"help_option_names": ["-h", "--help"]}
BARE: dict[str, Any] = {
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "add_completion": False,
    "context_settings": NAMES,
}

app = typer.Typer(
    help=help_text("app"),
    **BARE,
)
profiles = typer.Typer(
    help=help_text("command.profile"),
    **BARE,
)

wireless = typer.Typer(
    help=help_text("command.wifi"),
    **BARE,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"posdiag {__version__}")
        raise typer.Exit


def _help_if_bare(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(WRONG_USE)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            callback=_print_version,
            is_eager=True,
            help=help_text("option.version"),
        ),
    ] = False,
) -> None:
    _help_if_bare(context)


@profiles.callback(invoke_without_command=True)
def profile_root(context: typer.Context) -> None:
    _help_if_bare(context)


@wireless.callback(invoke_without_command=True)
def wireless_root(context: typer.Context) -> None:
    _help_if_bare(context)


app.command(
    "run",
    help=help_text("command.run"),
)(run.run)
app.command("list", help=help_text("command.list"))(listing.listing)
app.command(
    "explain",
    help=help_text("command.explain"),
)(explain.describe)
app.command(
    "demo",
    help=help_text("command.demo"),
)(demo.demo)
profiles.command(
    "init",
    help=help_text("command.profile-init"),
)(profile.init)
profiles.command(
    "show",
    help=help_text("command.profile-show"),
)(profile.show)
profiles.command("check", help=help_text("command.profile-check"))(profile.check)
app.add_typer(profiles, name="profile")
wireless.command(
    "capture",
    help=help_text("command.capture"),
)(wifi.capture)
app.add_typer(wireless, name="wifi")

# What typer raises for a wrong command line; it exports only this subclass.
_WrongUse: Any = typer.BadParameter.__base__


def main() -> None:
    """The entry point. Ends the process."""
    if sys.argv[1:2] == [CHILD] and _served():
        return
    _streams()
    code = carry_out(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or WRONG_USE
    if threading.active_count() > 1:
        # The interpreter would wait for the thread of a measurement that hangs.
        # Everything is written and flushed by now.
        os._exit(code)
    sys.exit(code)


def _served() -> bool:
    """Be a child process of our own, as a frozen program starts it."""
    from posdiag.system.process.launcher import serve

    return serve(sys.argv[1:])


def carry_out(arguments: list[str]) -> int:
    """Run one command line; returns the exit code."""
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, "posdiag", standalone_mode=False)
    except _WrongUse as wrong:
        problem = " ".join(str(wrong.format_message()).split()).rstrip(".")
        line = TEXTS("wrong.see-help", problem=problem).of(HELP_LANG)
        typer.echo(f"posdiag: {line}", err=True)
        return WRONG_USE
    except (KeyboardInterrupt, typer.Abort):
        return run.INTERRUPTED
    except OSError as trouble:  # a full or closed output; probes never raise it
        problem = clean(trouble.strerror or type(trouble).__name__, 200)
        line = TEXTS("wrong.output", problem=problem).of(HELP_LANG)
        with suppress(OSError):
            typer.echo(f"posdiag: {line}", err=True)
        return WRONG_USE
    except Exception as bug:  # so that 1 means a fault of the network and nothing else
        what = clean(f"{type(bug).__name__}: {bug}", 300)
        typer.echo(f"posdiag: {TEXTS('wrong.bug', what=what).of(HELP_LANG)}", err=True)
        return BUG
    return code if isinstance(code, int) else 0


def _streams() -> None:
    """Neither an old console nor a closed stream may stop a report."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by the caller (`>&-`): what is printed has nowhere to go.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
