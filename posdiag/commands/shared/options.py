"""The options that several commands share."""

from typing import Annotated

import typer

from posdiag.commands.shared.common import help_text

LONGEST = 30.0  # seconds for the whole run, the patience of a shop counter
JOINING = 60.0  # seconds more with a join test: two attempts, a lease, the return

Names = list[str] | None

Checks = Annotated[
    Names,
    typer.Argument(
        metavar="CHECK",
        help=help_text("option.checks"),
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        envvar="POSDIAG_PROFILE",
        help=help_text("option.profile"),
    ),
]
Acquirer = Annotated[
    str | None,
    typer.Option(
        metavar="HOST[:PORT]",
        help=help_text("option.acquirer"),
    ),
]
Select = Annotated[
    Names,
    typer.Option(
        metavar="ID,...",
        help=help_text("option.select"),
    ),
]
Skip = Annotated[
    Names,
    typer.Option(
        metavar="ID,...",
        help=help_text("option.skip"),
    ),
]
Format = Annotated[
    Names,
    typer.Option(
        metavar="terminal|json|junit",
        help=help_text("option.format"),
    ),
]
Output = Annotated[
    Names,
    typer.Option(
        metavar="FILE",
        help=help_text("option.output"),
    ),
]
Language = Annotated[
    str | None, typer.Option(metavar="zh|en", help=help_text("option.lang"))
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        help=help_text("option.quick"),
    ),
]
Thorough = Annotated[
    bool,
    typer.Option(
        "--thorough",
        help=help_text("option.thorough"),
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help=help_text("option.timeout"),
    ),
]
AllowJoin = Annotated[
    bool,
    typer.Option(
        "--allow-join",
        help=help_text("option.allow-join"),
    ),
]
AllowEcho = Annotated[
    bool,
    typer.Option(
        "--allow-echo",
        help=help_text("option.allow-echo"),
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help=help_text("option.strict"))]
NoColor = Annotated[bool, typer.Option("--no-color", help=help_text("option.no-color"))]
System = Annotated[
    str | None,
    typer.Option(
        metavar="linux|portable",
        help=help_text("option.system"),
    ),
]
Record = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=help_text("option.record"),
    ),
]
Replay = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=help_text("option.replay"),
    ),
]
ListFormat = Annotated[
    str,
    typer.Option(metavar="terminal|json", help=help_text("option.list-format")),
]
