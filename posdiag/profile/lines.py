"""On which line of a TOML file does a key stand?

`tomllib` keeps no positions. This walks over a text that `tomllib` has already
accepted, so it need not judge syntax, only find statements.
"""

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]

# One lexical item: a string (multi-line kinds first), a comment, or one character.
_ITEM = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|.",
    re.DOTALL,
)


def locate(text: str) -> dict[Path, int]:
    """Every table header and key of a valid TOML text, with its line from 1."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for statement, line in _statements(text):
        if statement.startswith("["):
            table = _header(statement, counts)
            found.setdefault(table, line)
            if isinstance(table[-1], int):
                found.setdefault(table[:-1], line)
        else:
            key = _names(statement + "= 0")
            for end in range(1, len(key) + 1):
                found.setdefault(table + key[:end], line)
    return found


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of the key, or of the innermost table around it, or of the first that
    stands inside it (`[a.b]` has no line of `a`); 0 if there is none."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
        inside = [n for other, n in lines.items() if other[:end] == path[:end]]
        if inside:
            return min(inside)
    return 0


def _statements(text: str) -> list[tuple[str, int]]:
    """Headers (with brackets) and the keys of assignments, each with its line."""
    found: list[tuple[str, int]] = []
    current, start, depth, in_value, line = "", 1, 0, False, 1
    for match in _ITEM.finditer(text + "\n"):
        item = match.group()
        if item == "\n" and depth == 0:
            if current.startswith("["):
                found.append((current.strip(), start))
            current, in_value = "", False
        elif item in ("[", "{") and (in_value or item == "{"):
            depth += 1
        elif item in ("]", "}") and depth:
            depth -= 1
        elif item == "=" and not in_value:
            found.append((current, start))
            current, in_value = "", True
        elif not in_value and not item.startswith("#"):
            if not current.strip():
                current, start = "", line
            current += item
        line += item.count("\n")
    return found


def _header(statement: str, counts: dict[Path, int]) -> Path:
    """The path of a table header; arrays of tables get their number."""
    names = _names(statement)
    path: Path = ()
    for position, name in enumerate(names):
        path += (name,)
        last = position == len(names) - 1
        if last and statement.startswith("[["):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _names(toml: str) -> tuple[str, ...]:
    """The dotted name that a one-statement text defines, unquoted and unescaped."""
    names: list[str] = []
    value: object = tomllib.loads(toml)
    while isinstance(value, (dict, list)) and value:
        if isinstance(value, list):
            value = value[0]
            continue
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)
