"""The options that several commands share."""

from typing import Annotated

import typer

from posdiag.commands.shared.common import help_text

LONGEST = 30.0  # seconds for the whole run, the patience of a shop counter
DIALLING = 40.0  # seconds more where a telephone number is dialled
SPEED_TEST = 30.0  # seconds more with a speed test, which comes after all else
JOINING = 60.0  # seconds more with a join test: two attempts, a lease, the return

Names = list[str] | None

Checks = Annotated[
    Names,
    typer.Argument(
        metavar="CHECK",
        help=help_text("option.checks"),
        rich_help_panel="test",
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        envvar="POSDIAG_PROFILE",
        help=help_text("option.profile"),
        rich_help_panel="profile",
    ),
]
Acquirer = Annotated[
    str | None,
    typer.Option(
        metavar="HOST[:PORT]",
        help=help_text("option.acquirer"),
        rich_help_panel="profile",
    ),
]
Select = Annotated[
    Names,
    typer.Option(
        metavar="ID,...",
        help=help_text("option.select"),
        rich_help_panel="test",
    ),
]
Skip = Annotated[
    Names,
    typer.Option(
        metavar="ID,...",
        help=help_text("option.skip"),
        rich_help_panel="test",
    ),
]
Format = Annotated[
    Names,
    typer.Option(
        metavar="FORMAT",
        help=help_text("option.format"),
        rich_help_panel="output",
    ),
]
Output = Annotated[
    Names,
    typer.Option(
        metavar="FILE",
        help=help_text("option.output"),
        rich_help_panel="output",
    ),
]
Columns = Annotated[
    int | None,
    typer.Option(
        metavar="32|48",
        help=help_text("option.columns"),
        rich_help_panel="output",
    ),
]
ExitCode = Annotated[
    str,
    typer.Option(
        "--exit-code",
        metavar="posdiag|nagios",
        help=help_text("option.exit-code"),
        rich_help_panel="output",
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        metavar="zh|en", help=help_text("option.lang"), rich_help_panel="output"
    ),
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        help=help_text("option.quick"),
        rich_help_panel="test",
    ),
]
Thorough = Annotated[
    bool,
    typer.Option(
        "--thorough",
        help=help_text("option.thorough"),
        rich_help_panel="test",
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help=help_text("option.timeout"),
        rich_help_panel="test",
    ),
]
AllowJoin = Annotated[
    bool,
    typer.Option(
        "--allow-join",
        help=help_text("option.allow-join"),
        rich_help_panel="consent",
    ),
]
AllowEcho = Annotated[
    bool,
    typer.Option(
        "--allow-echo",
        help=help_text("option.allow-echo"),
        rich_help_panel="consent",
    ),
]
AllowSpeed = Annotated[
    bool,
    typer.Option(
        "--allow-speed",
        help=help_text("option.allow-speed"),
        rich_help_panel="consent",
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help=help_text("option.strict"), rich_help_panel="test"),
]
Commissioning = Annotated[
    bool,
    typer.Option(
        "--commissioning",
        help=help_text("option.commissioning"),
        rich_help_panel="test",
    ),
]
NoKeep = Annotated[
    bool,
    typer.Option(
        "--no-keep", help=help_text("option.no-keep"), rich_help_panel="output"
    ),
]
NoColor = Annotated[
    bool,
    typer.Option(
        "--no-color", help=help_text("option.no-color"), rich_help_panel="output"
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help=help_text("option.verbose"), rich_help_panel="output"
    ),
]
System = Annotated[
    str | None,
    typer.Option(
        metavar="linux|portable",
        help=help_text("option.system"),
        rich_help_panel="advanced",
    ),
]
Record = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=help_text("option.record"),
        rich_help_panel="advanced",
    ),
]
Replay = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=help_text("option.replay"),
        rich_help_panel="advanced",
    ),
]
ListFormat = Annotated[
    str,
    typer.Option(
        metavar="terminal|json",
        help=help_text("option.list-format"),
        rich_help_panel="output",
    ),
]
