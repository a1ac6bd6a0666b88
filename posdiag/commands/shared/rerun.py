"""Which command makes this run once more, and which shows all of it?"""

import shlex
from collections.abc import Iterator, Sequence

from posdiag.texts.clean import clean

LONGEST = 300  # characters of a command that a report shows
#: Options about the report and not about the run; those with a value first.
VALUED = ("--format", "--output", "--record")
FLAGS = ("-v", "--verbose", "--no-color")


def rerun_command(arguments: Sequence[str], command: str) -> str:
    """The command line `arguments` without the options that concern the report only.

    `command` is the subcommand. If the arguments do not begin with it (another program
    calls us), the result is the bare command.
    """
    given = list(_about_run(arguments)) if arguments[:1] == [command] else [command]
    return clean(shlex.join(["posdiag", *given]), LONGEST)


def full_report_command(arguments: Sequence[str], command: str) -> str:
    """The command that shows the whole report."""
    return f"{rerun_command(arguments, command)} -v"


def _about_run(arguments: Sequence[str]) -> Iterator[str]:
    left = iter(arguments)
    for argument in left:
        if argument in VALUED:
            next(left, None)
        elif argument not in FLAGS and not argument.startswith(
            tuple(f"{name}=" for name in VALUED)
        ):
            yield argument
