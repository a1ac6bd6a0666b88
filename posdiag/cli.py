"""The command line: parse, call, exit code. Imports nothing heavy.

Exit codes: 0 healthy, 1 a fault, 2 wrong use or bad profile, 3 could not tell,
130 interrupted.
"""

import errno
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer

from posdiag import CHILD, __version__
from posdiag.commands import TEXTS
from posdiag.commands.shared.common import (
    BUG,
    HELP_LANG,
    WRONG_USE,
    discard,
    help_text,
    reason,
)
from posdiag.commands.shared.exit_codes import INTERRUPTED
from posdiag.commands.shared.help import App, help_if_bare
from posdiag.texts.clean import clean

app = App(add_completion=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"posdiag {__version__}")
        raise typer.Exit


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
    help_if_bare(context)


profiles = App("profile")
for name in ("init", "show", "check"):
    profiles.add(name, f"profile:{name}", "site")

wireless = App("wifi")
wireless.add("capture", "wifi_capture.command:capture", "evidence")

benches = App("lab")
benches.add("list", "lab.command:listing", "lab")
benches.add("run", "lab.command:run", "lab")

terminals = App("terminal")
for name in ("listen", "inline", "host", "read"):
    terminals.add(name, f"terminal.command:{name}", "test")

app.add("run", "run:run", "diagnose")
app.add("guide", "guide.command:guide", "diagnose")
app.add("advise", "guide.advise:advise", "diagnose")
app.add("bundle", "guide.bundle:bundle", "diagnose")
app.add("explain", "explain.command:describe", "diagnose")
app.add("list", "listing:listing", "diagnose")
app.add("watch", "past.watch:watch", "keep")
app.add("compare", "past.compare:compare", "keep")
app.add("history", "past.history:history", "keep")
app.add("demo", "demo:demo", "try")
app.add_typer(terminals, name="terminal", rich_help_panel="terminal")
app.add_typer(profiles, name="profile", rich_help_panel="site")
app.add_typer(wireless, name="wifi", rich_help_panel="evidence")
app.add_typer(benches, name="lab", rich_help_panel="lab")

# What typer raises for a wrong command line; it exports only this subclass.
_WrongUse: Any = typer.BadParameter.__base__


def main(ready: Callable[[], object] = lambda: None) -> None:
    """Run what was typed. Ends the process. `ready` is called once an interrupt is
    caught and turned into its exit code."""
    if sys.argv[1:2] == [CHILD] and _served():
        return
    _streams()
    code = carry_out(sys.argv[1:], ready)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or WRONG_USE
            discard(stream)  # else the interpreter tries again, and ends with 120
    if threading.active_count() > 1:
        # The interpreter would wait for the thread of a measurement that hangs.
        # Everything is written and flushed by now.
        os._exit(code)
    sys.exit(code)


def _served() -> bool:
    """Be a child process of our own, as a frozen program starts it."""
    from posdiag.system.process.launcher import serve

    return serve(sys.argv[1:])


def carry_out(arguments: list[str], ready: Callable[[], object] = lambda: None) -> int:
    """Run one command line; returns the exit code."""
    command = typer.main.get_command(app)
    try:
        ready()
        code = command.main(arguments, "posdiag", standalone_mode=False)
    except _WrongUse as wrong:
        context = getattr(wrong, "ctx", None)
        from posdiag.commands.shared.wrong_use import wording

        fault = wording(str(wrong.format_message()), context)
        path = context.command_path if context else _path(arguments)
        message = TEXTS("wrong.see-help", problem=fault, command=path)
        typer.echo(f"posdiag: {message.of(HELP_LANG)}", err=True)
        return WRONG_USE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except MemoryError:
        return _starved()
    except OSError as trouble:  # a full or closed output; probes never raise it
        if trouble.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
            return _starved()
        message = TEXTS("wrong.output", problem=reason(trouble))
        with suppress(OSError):
            typer.echo(f"posdiag: {message.of(HELP_LANG)}", err=True)
        return WRONG_USE
    except Exception as bug:  # so that 1 means a fault of the network and nothing else
        what = clean(f"{type(bug).__name__}: {bug}", 300)
        typer.echo(f"posdiag: {TEXTS('wrong.bug', what=what).of(HELP_LANG)}", err=True)
        return BUG
    return code if isinstance(code, int) else 0


def _starved() -> int:
    """This machine cannot carry out a run: that is no fault of the network."""
    with suppress(OSError):
        typer.echo(f"posdiag: {TEXTS('wrong.starved').of(HELP_LANG)}", err=True)
    return BUG


def _path(arguments: list[str]) -> str:
    """The command that was meant, where the parser did not get as far."""
    names = {*app.later, *(group.name for group in app.registered_groups)}
    return " ".join(["posdiag", *(name for name in arguments[:1] if name in names)])


def _streams() -> None:
    """Neither an old console nor a closed stream may stop a report."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by the caller (`>&-`). What should stand on stdout and cannot is an
            # error, so writes there fail; there is no place to say so of stderr.
            mode = os.O_RDONLY if name == "stdout" else os.O_WRONLY
            null = os.open(os.devnull, mode)
            setattr(sys, name, open(null, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
