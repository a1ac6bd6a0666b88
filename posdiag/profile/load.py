"""What does the site profile say, and what is wrong with it?

`load` reads TOML into `posdiag.site.Site`. Whatever is wrong is told as `Problem`s,
all at once, each with its line, its key and what was expected, never with a value that
may be secret.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from posdiag.model.site import Site
from posdiag.profile.lines import line_of, locate
from posdiag.profile.reader import Ask, Reader, dotted
from posdiag.profile.values import Pair
from posdiag.texts.safe import clean

MAX_BYTES = 1_000_000
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` 0: the file as a whole."""

    line: int
    key: str
    expected: Pair

    def show(self, file: str, lang: str) -> str:
        """`FILE:LINE: KEY: what was expected`."""
        place = clean(file) + (f":{self.line}" if self.line else "")
        key = f"{clean(self.key)}: " if self.key else ""
        return f"{place}: {key}{self.expected[0 if lang == 'zh' else 1]}"


class BadProfile(Exception):
    """The profile cannot be used. `problems` says why, in the order of the file."""

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{file}: {len(problems)} problems")
        self.file = file
        self.problems = problems

    def show(self, lang: str) -> list[str]:
        return [problem.show(self.file, lang) for problem in self.problems]


def load(file: str, ask: Ask | None = None) -> Site:
    """The site that the profile describes; `BadProfile` if it cannot be used.

    `ask` is put the key of each secret that wants to be asked; None: they stay empty.
    """
    text = _text(file)
    reader = Reader(Path(file).absolute().parent, ask)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise _bad(file, "嵌套太深", "tables or lists nested too deeply") from None
    except ValueError as trouble:  # also numbers that Python does not take
        raise BadProfile(file, (_syntax(str(trouble), text),)) from None
    if not data:
        raise _bad(file, "配置文件是空的", "empty profile: expected at least one table")
    site = reader.site(data)
    if reader.problems:
        lines = locate(text)
        found = [
            Problem(line_of(path, lines), dotted(path), expected)
            for path, expected in reader.problems
        ]
        found.sort(key=lambda problem: problem.line)
        raise BadProfile(file, tuple(found[:MOST_PROBLEMS]))
    return site


def _bad(file: str, zh: str, en: str, line: int = 0) -> BadProfile:
    return BadProfile(file, (Problem(line, "", (zh, en)),))


def _text(file: str) -> str:
    """The file's text. BOM allowed; everything else that is not a profile is told."""
    try:
        if Path(file).is_dir():
            raise _bad(
                file,
                "这是一个文件夹，应为 TOML 文件",
                "this is a directory, expected a TOML file",
            )
        with Path(file).open("rb") as source:
            content = source.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _bad(file, "没有这个文件", "no such file") from None
    except (OSError, ValueError) as trouble:  # ValueError: a NUL in the name
        reason = getattr(trouble, "strerror", None) or "bad name"
        raise _bad(
            file, f"无法读取（{reason}）", f"cannot be read ({reason})"
        ) from None
    if len(content) > MAX_BYTES:
        raise _bad(file, "文件超过 1 MB", "larger than 1 MB, expected a site profile")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = content.count(b"\n", 0, trouble.start) + 1
        raise _bad(
            file,
            f"第 {trouble.start} 字节不是 UTF-8，请另存为 UTF-8 编码",
            f"byte {trouble.start} is not UTF-8, expected a file saved as UTF-8",
            line,
        ) from None


def _syntax(trouble: str, text: str) -> Problem:
    """tomllib's own words; they name a place and at most one character or key."""
    match = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", trouble)
    line = text.count("\n") + 1
    if match and match[1]:
        line = int(match[1])
    what = clean(trouble)
    return Problem(line, "", (f"不是有效的 TOML：{what}", f"expected TOML: {what}"))
