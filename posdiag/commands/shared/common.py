"""What all commands share: the language, refusals of wrong use, output to stdout."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn, TextIO

import typer

from posdiag.commands import HELP, TEXTS
from posdiag.texts.clean import clean
from posdiag.texts.lang import Lang, choose, unknown
from posdiag.texts.lookup import trouble as why
from posdiag.texts.nearest import near_enough

if TYPE_CHECKING:
    from posdiag.model import Value


def _asked_language(arguments: Sequence[str]) -> str | None:
    """The value of `--lang`, wherever it stands: `posdiag run --lang zh -h`."""
    for name, value in pairwise((*arguments, "")):
        for given in (value if name == "--lang" else "", name.removeprefix("--lang=")):
            if given in ("zh", "en"):
                return given
    return None


#: Help texts are chosen at import, before any option is read.
HELP_LANG: Lang = choose(_asked_language(sys.argv[1:]), os.environ)

WRONG_USE = 2
BUG = 70  # EX_SOFTWARE of sysexits.h
LIST_FORMATS = ("terminal", "json")
FEW = 4  # names that fit into one line


def help_text(key: str, **facts: "Value") -> str:
    """A text of help.toml in the language of the environment."""
    return HELP(key, **facts).of(HELP_LANG)


def language(option: str | None) -> Lang:
    """The language of this command's output. `--lang` takes `zh` and `en` only."""
    if option is not None and option not in ("zh", "en"):
        refuse(TEXTS("wrong.lang").of(HELP_LANG))
    chosen = choose(option, os.environ)
    if option is None and (wish := unknown(os.environ)):
        line = TEXTS("wrong.lang-variable", given=wish, lang=chosen)
        typer.echo(f"posdiag: {line.of(chosen)}", err=True)
    return chosen


def spoken(lang: Lang) -> Lang:
    """`lang`; English where stdout cannot print Chinese."""
    from posdiag.report.terminal.console import printable_lang

    return printable_lang(lang, getattr(sys.stdout, "encoding", None) or "ascii")


def refuse(*lines: str, prefix: str = "posdiag: ") -> NoReturn:
    """Wrong use: one line each, exit code 2."""
    for line in lines:
        typer.echo(prefix + line, err=True)
    raise typer.Exit(WRONG_USE)


def reason(trouble: OSError, lang: Lang = HELP_LANG) -> str:
    """Why a file could not be read or written, in the reader's language."""
    return why(trouble).of(lang)


def refuse_unknown(
    name: str,
    known: Iterable[str],
    lang: Lang,
    listed_by: str = "posdiag list",
    option: str = "",
) -> NoReturn:
    """Names the nearest known name, all of them where they are few, or the command
    that lists them where none is alike. With `option`, whose value it is, names are
    free text and stand in quotes."""
    names = tuple(known)
    prefix = f"posdiag: {option}: " if option else "posdiag: "
    given = clean(name, 60) or " "
    if len(names) <= FEW:
        all_names = ", ".join(f"'{n}'" if option else n for n in names)
        text = TEXTS("wrong.one-of", given=given, known=all_names)
        refuse(text.of(lang), prefix=prefix)
    near = near_enough(name, names)
    if not near:
        text = TEXTS("wrong.unknown-far", given=given, command=listed_by)
        refuse(text.of(lang), prefix=prefix)
    near = f"'{near}'" if option else near
    refuse(TEXTS("wrong.unknown", given=given, near=near).of(lang), prefix=prefix)


def wants_json(format: str, lang: Lang) -> bool:
    """Is the output for programs? Refuses all but `LIST_FORMATS`."""
    if format not in LIST_FORMATS:
        refuse_unknown(format, LIST_FORMATS, lang)
    return format == "json"


def write(text: str) -> None:
    """Text for people on stdout; a closed pipe is not an error."""
    put(text if text.endswith("\n") else text + "\n")


def put_json(whole: Mapping[str, object]) -> None:
    """An object for programs on stdout, in UTF-8 on any console."""
    text = json.dumps(whole, ensure_ascii=False, indent=2)
    put(text.encode("utf-8", "backslashreplace") + b"\n")


def put(content: str | bytes) -> None:
    """Write to stdout; bytes bypass the console's encoding."""
    try:
        if isinstance(content, bytes):
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
    except OSError as trouble:
        refuse(f"stdout: {reason(trouble)}")


def discard(stream: TextIO) -> None:
    """Send the rest of `stream` nowhere: its reader has closed it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
