"""`posdiag terminal listen`, `inline`, `host` and `read`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands.shared import options
from posdiag.commands.shared.common import help_text, language, refuse
from posdiag.commands.shared.outputs import destinations
from posdiag.commands.terminal import TEXTS

if TYPE_CHECKING:
    from posdiag.commands.terminal.session import TerminalWatch
    from posdiag.model.questions.terminal import Mode

LISTENING, SITTING = 40.0, 60.0  # seconds

Mac = Annotated[str | None, options.option("mac", "profile", metavar="MAC")]
Interface = Annotated[str | None, options.option("wire", "test", metavar="IFACE")]
Uplink = Annotated[str | None, options.option("uplink", "test", metavar="IFACE")]
Seconds = Annotated[
    float, options.option("watch-seconds", "test", min=1, max=3600, metavar="N")
]


def listen(
    interface: Interface = None,
    seconds: Seconds = LISTENING,
    sweep: Annotated[bool, options.flag("sweep", "test")] = False,
    mac: Mac = None,
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    format: options.Format = None,
    output: options.Output = None,
    columns: options.Columns = None,
    lang: options.Language = None,
    timeout: options.TimeoutTerminal = None,
    no_color: options.NoColor = False,
) -> None:
    given = _given("listen", lang, format, output, columns, no_color)
    given.site(profile, acquirer, mac)
    given.ask(interface=interface or "", seconds=seconds, sweep=sweep)
    given.limit(timeout)
    raise typer.Exit(given.carry_out())


def inline(
    interface: Interface = None,
    uplink: Uplink = None,
    seconds: Seconds = SITTING,
    mac: Mac = None,
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    format: options.Format = None,
    output: options.Output = None,
    columns: options.Columns = None,
    lang: options.Language = None,
    timeout: options.TimeoutTerminal = None,
    no_color: options.NoColor = False,
) -> None:
    given = _given("inline", lang, format, output, columns, no_color)
    if not interface or not uplink or interface == uplink:
        refuse(TEXTS("wrong.two-sockets").of(given.lang))
    given.site(profile, acquirer, mac)
    given.ask(interface=interface, uplink=uplink, seconds=seconds)
    given.limit(timeout)
    raise typer.Exit(given.carry_out())


def host(
    interface: Interface = None,
    wifi: Annotated[
        str | None, options.option("host-wifi", "test", metavar="IFACE")
    ] = None,
    uplink: Uplink = None,
    seconds: Seconds = SITTING,
    yes: Annotated[bool, options.flag("host-yes", "consent", "--yes")] = False,
    mac: Mac = None,
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    format: options.Format = None,
    output: options.Output = None,
    columns: options.Columns = None,
    lang: options.Language = None,
    timeout: options.TimeoutTerminal = None,
    no_color: options.NoColor = False,
) -> None:
    given = _given("host", lang, format, output, columns, no_color)
    if interface and wifi:
        from posdiag.commands import TEXTS as COMMANDS

        both = COMMANDS("wrong.both", one="--interface", other="--wifi")
        refuse(both.of(given.lang))
    given.site(profile, acquirer, mac)
    given.ask(interface=interface or wifi or "", uplink=uplink or "", seconds=seconds)
    if wifi:
        given.open_wifi()
    given.limit(timeout)
    if not yes and sys.stdin.isatty() and not _agreed(given):
        raise typer.Exit(130)
    raise typer.Exit(given.carry_out())


def read(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=help_text("option.capture-file"))
    ],
    mac: Mac = None,
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    format: options.Format = None,
    output: options.Output = None,
    columns: options.Columns = None,
    lang: options.Language = None,
    timeout: options.TimeoutTerminal = None,
    no_color: options.NoColor = False,
) -> None:
    given = _given("read", lang, format, output, columns, no_color)
    given.site(profile, acquirer, mac)
    given.capture(file)
    given.limit(timeout)
    raise typer.Exit(given.carry_out())


def _given(
    mode: Mode,
    lang: str | None,
    format: list[str] | None,
    output: list[str] | None,
    columns: int | None,
    no_color: bool,
) -> TerminalWatch:
    from posdiag.commands.terminal.session import TerminalWatch

    chosen = language(lang)
    outputs = destinations(format or (), output or (), chosen, columns)
    return TerminalWatch(mode, chosen, outputs, no_color)


#: "Yes" and "good", as they are typed in Chinese.
YES_ZH = ("\u662f", "\u597d")


def _agreed(given: TerminalWatch) -> bool:
    """Moving the cable ends what the terminal is doing. The end of input is no yes."""
    typer.echo(TEXTS(f"agree.{given.way}").of(given.lang), err=True)
    answer = sys.stdin.readline()
    return answer.strip().lower() in ("", "y", "yes", "j", *YES_ZH) and answer != ""
