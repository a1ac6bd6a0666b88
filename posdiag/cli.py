"""The command line: parse, call, exit code. Imports nothing heavy.

Exit codes: 0 healthy, 1 a fault, 2 wrong use or bad profile, 3 could not tell,
130 interrupted.
"""

import os
import sys
import threading
from typing import Annotated, Any

import typer

from posdiag import __version__
from posdiag.commands import demo, listing, profile, run
from posdiag.commands.explain import command as explain
from posdiag.commands.shared.common import WRONG_USE, pick
from posdiag.commands.wifi_capture import command as wifi
from posdiag.system.process.launcher import serve

NAMES = {"help_option_names": ["-h", "--help"]}
BARE: dict[str, Any] = {
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "add_completion": False,
    "context_settings": NAMES,
}

app = typer.Typer(
    help=pick(
        "查出收款机连不上网的真正原因。",
        "Name the one true cause that keeps a payment terminal offline.",
    ),
    **BARE,
)
profiles = typer.Typer(
    help=pick("配置文件：新建、显示、检查", "Site profiles: make, print, validate."),
    **BARE,
)

wireless = typer.Typer(
    help=pick("Wi-Fi：记录 POS机怎样连接", "Wi-Fi: record how the terminal joins."),
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
            callback=_print_version,
            is_eager=True,
            help=pick("显示版本", "Show the version."),
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
    help=pick("检查网络，说出原因和办法", "Check all, name the cause, say what helps."),
)(run.run)
app.command(
    "list", help=pick("列出所有检查", "The checklist in order, and what it needs.")
)(listing.listing)
app.command(
    "explain",
    help=pick(
        "解释一项检查、一个原因或一个应答码",
        "A check, a cause or a response code in full.",
    ),
)(explain.explain)
app.command(
    "demo",
    help=pick(
        "演示：真的检查，假的店铺，不碰网络",
        "The real checks against a shop inside the program; no network.",
    ),
)(demo.demo)
profiles.command(
    "init",
    help=pick("写一份空的配置文件", "Write a commented profile to fill in."),
)(profile.init)
profiles.command(
    "show",
    help=pick("显示生效的配置文件，密码不显示", "Print a profile, secrets masked."),
)(profile.show)
profiles.command("check", help=pick("检查配置文件有没有错", "Validate a profile."))(
    profile.check
)
app.add_typer(profiles, name="profile")
wireless.command(
    "capture",
    help=pick(
        "抓取 POS机连接 Wi-Fi 的过程（只听，不发）",
        "Record the terminal joining its Wi-Fi; listens only, sends nothing.",
    ),
)(wifi.capture)
app.add_typer(wireless, name="wifi")

# What typer raises for a wrong command line; it exports only this subclass.
_WrongUse: Any = typer.BadParameter.__base__


def main() -> None:
    """The entry point. Ends the process."""
    if serve(sys.argv[1:]):
        return
    _streams()
    code = carry_out(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or WRONG_USE
    if threading.active_count() > 1:
        # A measurement that would not end keeps a thread; the interpreter would wait
        # for it. Everything is written and flushed by now.
        os._exit(code)
    sys.exit(code)


def carry_out(arguments: list[str]) -> int:
    """One command line; the code that the process is to end with."""
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, "posdiag", standalone_mode=False)
    except _WrongUse as wrong:
        hint = pick("，用法见 -h", "; see -h")
        line = " ".join(str(wrong.format_message()).split()).rstrip(".")
        typer.echo(f"posdiag: {line}{hint}", err=True)
        return WRONG_USE
    except (KeyboardInterrupt, typer.Abort):
        return run.INTERRUPTED
    return code if isinstance(code, int) else 0


def _streams() -> None:
    """No console, however old, and no closed stream may stop a report."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by the caller (`>&-`): what is printed has nowhere to go.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
