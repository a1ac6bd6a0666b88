"""What does the site profile say, and what is wrong with it?

`load` reads TOML into `posdiag.model.site.Site`. Everything wrong is reported at once,
as `Problem`s with line, key and what was expected, never with a value that may be
secret.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from posdiag.model.site import Site
from posdiag.profile import TEXTS
from posdiag.profile.lines import line_of, locate
from posdiag.profile.reader import Ask, KeyPath, Reader, dotted
from posdiag.system.core.files import NotRegular, read_regular
from posdiag.texts.clean import clean
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import trouble as why
from posdiag.texts.pair import Pair

T = TypeVar("T")

MAX_BYTES = 1_000_000
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` 0: the file as a whole."""

    line: int
    key: str
    expected: Pair

    def show(self, file: str, lang: Lang) -> str:
        """`FILE:LINE: KEY: what was expected`."""
        place = clean(file) + (f":{self.line}" if self.line else "")
        key = f"{clean(self.key)}: " if self.key else ""
        return f"{place}: {key}{self.expected.of(lang)}"


class BadProfile(Exception):
    """The profile cannot be used. `problems` says why, in the order of the file."""

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{file}: {len(problems)} problems")
        self.file = file
        self.problems = problems

    @property
    def as_a_whole(self) -> bool:
        """Is it the file, and no line of it, that is to blame?"""
        return not any(problem.line or problem.key for problem in self.problems)

    def show(self, lang: Lang) -> list[str]:
        return [problem.show(self.file, lang) for problem in self.problems]


def load(
    file: str,
    ask: Ask | None = None,
    unchecked: Callable[[Problem], None] = lambda problem: None,
) -> Site:
    """The site that the profile describes; `BadProfile` if it cannot be used.

    `ask` is called with the key of each secret given as `{ ask = true }`; without it
    such secrets stay empty. `unchecked` gets each table that could not be checked, and
    that the site lacks: that of a plugin package which gave no answer.
    """
    return tables(file, lambda reader, data: reader.site(data), ask, unchecked)


def tables(
    file: str,
    build: Callable[[Reader, Mapping[str, Any]], T],
    ask: Ask | None = None,
    unchecked: Callable[[Problem], None] = lambda problem: None,
) -> T:
    """What `build` makes of a TOML file; `BadProfile` with all that it rejects."""
    text = _text(file)
    reader = Reader(Path(file).absolute().parent, ask)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise _bad(file, TEXTS("file.nested")) from None
    except ValueError as trouble:  # also numbers that Python does not take
        raise BadProfile(file, (_syntax(str(trouble), text),)) from None
    built = build(reader, data)
    if reader.problems:
        found = _placed(reader.problems, text)
        raise BadProfile(file, tuple(found[:MOST_PROBLEMS]))
    for problem in _placed(reader.unchecked, text):
        unchecked(problem)
    return built


def _placed(found: Sequence[tuple[KeyPath, Pair]], text: str) -> list[Problem]:
    """With their lines, in the order of the file."""
    lines = locate(text) if found else {}
    problems = (Problem(line_of(path, lines), dotted(path), why) for path, why in found)
    return sorted(problems, key=lambda problem: problem.line)


def _bad(file: str, expected: Pair, line: int = 0) -> BadProfile:
    return BadProfile(file, (Problem(line, "", expected),))


def _text(file: str) -> str:
    """The file's text, with or without BOM. BadProfile for anything else."""
    try:
        if Path(file).is_dir():
            raise _bad(file, TEXTS("file.folder"))
        content = read_regular(file, MAX_BYTES)
    except NotRegular:
        raise _bad(file, TEXTS("file.not-regular")) from None
    except FileNotFoundError:
        raise _bad(file, TEXTS("file.missing")) from None
    except (OSError, ValueError) as trouble:  # ValueError: a NUL in the name
        reason = (
            why(trouble) if isinstance(trouble, OSError) else TEXTS("file.bad-name")
        )
        raise _bad(file, TEXTS("file.unreadable", reason=reason)) from None
    if len(content) > MAX_BYTES:
        raise _bad(file, TEXTS("file.too-large"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = content.count(b"\n", 0, trouble.start) + 1
        wrong = TEXTS("file.not-utf8", byte=trouble.start)
        raise _bad(file, wrong, line) from None


#: What tomllib's messages begin with, and our words for it (Python 3.11 to 3.14).
SYNTAX = (
    ("Illegal character '\\n'", "quote"),
    ("Illegal character", "character"),
    ("Found invalid character", "character"),
    ("Unterminated string", "quote"),
    ('Expected "\'"', "quote"),
    ("Expected '\"", "quote"),
    ("Expected '=' after a key", "equals"),
    ("Invalid value", "value"),
    ("Expected newline or end of document", "newline"),
    ("Cannot overwrite a value", "twice"),
    ("Duplicate inline table key", "twice"),
    ("Cannot declare", "table-twice"),
    ("Cannot mutate immutable", "table-twice"),
    ("Cannot redefine namespace", "table-twice"),
    ("Invalid statement", "statement"),
    ("Invalid initial character for a key", "statement"),
    ("Expected ']", "bracket"),
    ("Unclosed", "bracket"),
    ("Unescaped '\\' in a string", "backslash"),
    ("Invalid date or datetime", "value"),
)


def _syntax(trouble: str, text: str) -> Problem:
    """The message of tomllib, which quotes at most one character or key."""
    match = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", trouble)
    line = text.count("\n") + 1
    if match and match[1]:
        line = int(match[1])
    for start, key in SYNTAX:
        if trouble.startswith(start):
            return Problem(line, "", TEXTS(f"syntax.{key}"))
    return Problem(line, "", TEXTS("file.not-toml", trouble=clean(trouble)))
