"""What all commands share: whose language, and how a wrong use is refused."""

import os
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn

import typer

from posdiag.texts.lang import Lang, choose

#: The help texts are made at import, before any option is read.
HELP_LANG: Lang = choose(None, os.environ)

WRONG_USE = 2
FEW = 4  # names that fit into one line


def pick(zh: str, en: str, lang: Lang = HELP_LANG) -> str:
    return zh if lang == "zh" else en


def language(option: str | None) -> Lang:
    """The language of this command's output. `--lang` takes `zh` and `en` only."""
    if option is not None and option not in ("zh", "en"):
        refuse(pick("--lang 应为 zh 或 en", "--lang: expected zh or en"))
    return choose(option, os.environ)


def refuse(*lines: str, prefix: str = "posdiag: ") -> NoReturn:
    """Wrong use: one line each, exit code 2."""
    for line in lines:
        typer.echo(prefix + line, err=True)
    raise typer.Exit(WRONG_USE)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like the one given, "" if there is none at all."""
    near = get_close_matches(name.lower(), list(known), 1, 0.0)
    return near[0] if near else ""


def refuse_unknown(name: str, known: Iterable[str], lang: Lang) -> NoReturn:
    """Names the nearest known name, or all of them where they are few."""
    from posdiag.texts.safe import clean

    names = tuple(known)
    given, all_of = clean(name, 60), ", ".join(names)
    if len(names) <= FEW:
        refuse(
            pick(
                f"“{given}”应为 {all_of} 之一",
                f"{given!r}: expected one of {all_of}",
                lang,
            )
        )
    near = nearest(name, names)
    refuse(
        pick(
            f"没有“{given}”，最接近的是 {near}",
            f"unknown: {given!r}; the nearest known is {near}",
            lang,
        )
    )


def write(text: str) -> None:
    """Text for people on stdout; a reader that has gone away is no trouble of ours."""
    put(text if text.endswith("\n") else text + "\n")


def put(content: str | bytes) -> None:
    """Put it on stdout, bytes as they are, whatever the console's own encoding."""
    try:
        if isinstance(content, bytes):
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        hush()
    except OSError as trouble:
        refuse(f"stdout: {trouble.strerror}")


def hush() -> None:
    """Let nothing else be written to a pipe that nobody reads."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
