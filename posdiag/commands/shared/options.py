"""The options that several commands share, and how an option is declared.

Texts of help stand in help.toml, `option.NAME`. `panel` is the group of the page of
help in which the option stands.
"""

from typing import Annotated, Any

import typer

from posdiag.commands.shared.common import help_text
from posdiag.report import formats as forms

LONGEST = 30.0  # seconds for the whole run, the patience of a shop counter
DIALLING = 40.0  # seconds more where a telephone number is dialled
SPEED_TEST = 30.0  # seconds more with a speed test, which comes after all else
JOINING = 60.0  # seconds more with a join test: two attempts, a lease, the return

Names = list[str] | None


def option(text: str, panel: str | None = None, *names: str, **more: Any) -> Any:
    """An option that explains itself by `option.TEXT`; it is named after its parameter
    where no `names` are given."""
    return typer.Option(
        *names, help=help_text(f"option.{text}"), rich_help_panel=panel, **more
    )


def flag(text: str, panel: str | None = None, *names: str) -> Any:
    """An option without a value; its text is named as it is."""
    return option(text, panel, *(names or (f"--{text}",)))


def timeout(text: str) -> Any:
    return option(text, "test", metavar="SECONDS")


def formats(known: tuple[str, ...]) -> Any:
    """`--format`, repeatable, of the formats `known`."""
    text = help_text("formats", formats=", ".join(known))
    return typer.Option(metavar="FORMAT", help=text, rich_help_panel="output")


Checks = Annotated[
    Names,
    typer.Argument(
        metavar="CHECK", help=help_text("option.checks"), rich_help_panel="test"
    ),
]
Profile = Annotated[
    str | None, option("profile", "profile", metavar="FILE", envvar="POSDIAG_PROFILE")
]
Acquirer = Annotated[str | None, option("acquirer", "profile", metavar="HOST[:PORT]")]
Select = Annotated[Names, option("select", "test", metavar="ID,...")]
Skip = Annotated[Names, option("skip", "test", metavar="ID,...")]
Format = Annotated[Names, formats(forms.NAMES)]
Output = Annotated[Names, option("output", "output", metavar="FILE")]
Columns = Annotated[int | None, option("columns", "output", metavar="32|48")]
ExitCode = Annotated[str, option("exit-code", "output", metavar="posdiag|nagios")]
Language = Annotated[str | None, option("lang", "output", metavar="zh|en")]
Quick = Annotated[bool, flag("quick", "test")]
Thorough = Annotated[bool, flag("thorough", "test")]
Timeout = Annotated[float | None, timeout("timeout")]
TimeoutGuide = Annotated[float | None, timeout("timeout-guide")]
TimeoutAdvise = Annotated[float | None, timeout("timeout-advise")]
TimeoutTerminal = Annotated[float | None, timeout("timeout-terminal")]
AllowJoin = Annotated[bool, flag("allow-join", "consent")]
AllowEcho = Annotated[bool, flag("allow-echo", "consent")]
AllowSpeed = Annotated[bool, flag("allow-speed", "consent")]
Strict = Annotated[bool, flag("strict", "test")]
Commissioning = Annotated[bool, flag("commissioning", "test")]
NoKeep = Annotated[bool, flag("no-keep", "output")]
NoColor = Annotated[bool, flag("no-color", "output")]
Verbose = Annotated[bool, flag("verbose", "output", "--verbose", "-v")]
System = Annotated[str | None, option("system", "advanced", metavar="linux|portable")]
Record = Annotated[str | None, option("record", "advanced", metavar="FILE")]
Replay = Annotated[str | None, option("replay", "advanced", metavar="FILE")]
ListFormat = Annotated[str, option("list-format", "output", metavar="terminal|json")]
