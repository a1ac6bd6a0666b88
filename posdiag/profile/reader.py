"""From TOML tables to a `Site`: which keys are there, and is each what it should be?

The dataclasses of `posdiag.site` are the schema. pydantic judges the type of each
value (strictly: "443" is no number), `posdiag.profile.values` what it means.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from posdiag.model.site import Secret, Site
from posdiag.profile.thresholds import read_limits
from posdiag.profile.tls_files import wrong_files
from posdiag.profile.values import CHECKED, EXPECTED, Pair, existing_file, url
from posdiag.texts.safe import clean

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Ask = Callable[[str], str | None]
KeyPath = tuple[str | int, ...]


def dotted(path: KeyPath) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def unknown(name: str, known: list[str], table: bool = False) -> Pair:
    """The words for a name that does not exist, with the nearest that does."""
    near = get_close_matches(name.lower(), known, 1, 0.0)[0]
    zh, en = ("表", "table") if table else ("键", "key")
    return (
        f"没有这个{zh}，最接近的是 {near}",
        f"unknown {en}, the nearest known is {near}",
    )


@cache
def _adapter(annotation: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(annotation)


@dataclass(slots=True)
class Reader:
    """Walks over the tables and gathers what is wrong."""

    folder: Path
    ask: Ask | None
    problems: list[tuple[KeyPath, Pair]] = field(default_factory=list)

    def note(self, path: KeyPath, expected: Pair) -> Any:
        """Keep a problem. None, which stands for a value that cannot be used."""
        self.problems.append((path, expected))
        return None

    def site(self, data: Mapping[str, Any]) -> Site:
        special = {"connectivity", "thresholds"}
        plain = {key: value for key, value in data.items() if key not in special}
        site: Site = self.table(Site, plain, ())
        if "connectivity" in data:
            site = replace(site, connectivity=self.urls(data["connectivity"]))
        if "thresholds" in data:
            limits, wrong = read_limits(data["thresholds"])
            self.problems += wrong
            site = replace(site, thresholds=limits)
        return self.together(site)

    def table(self, kind: Any, data: object, path: KeyPath) -> Any:
        """An instance of the dataclass; None where it cannot be made."""
        if not isinstance(data, dict):
            return self.note(path, ("应为一个表", f"expected a table [{dotted(path)}]"))
        hints = get_type_hints(kind, include_extras=True)
        values: dict[str, Any] = {}
        before = len(self.problems)
        for key, value in data.items():
            if key not in hints:
                self.note((*path, key), unknown(key, list(hints), not path))
            else:
                values[key] = self.value(hints[key], value, (*path, key))
        for needed in fields(kind):
            if needed.name not in data and _required(needed):
                self.note((*path, needed.name), ("缺少这个键", "this key is missing"))
        if path and len(self.problems) > before:
            return None
        kept = {key: value for key, value in values.items() if value is not None}
        return kind(**kept)

    def value(self, annotation: Any, value: object, path: KeyPath) -> Any:
        from pydantic import ValidationError

        inner = _without_none(annotation)
        if is_dataclass(inner):
            return self.table(inner, value, path)
        if inner is Secret:
            return self.secret(value, path)
        item = get_args(inner)[0] if get_origin(inner) is tuple else None
        if is_dataclass(item):
            return self.tables(item, value, path)
        if item is not None:
            alone = dotted(path) == "connection.dns" and isinstance(value, str)
            value = (value,) if alone else _as_tuple(value)
        try:
            typed = _adapter(inner).validate_python(value, strict=True)
        except ValidationError:
            return self.note(path, expected_type(inner, path))
        return self.checked(typed, path)

    def tables(self, item: Any, value: object, path: KeyPath) -> Any:
        if not isinstance(value, list):
            name = dotted(path)
            return self.note(
                path, (f"应为 [[{name}]]", f"expected tables written [[{name}]]")
            )
        found = [self.table(item, v, (*path, i)) for i, v in enumerate(value)]
        return tuple(v for v in found if v is not None)

    def checked(self, value: Any, path: KeyPath) -> Any:
        """The value after what is asked of it beyond its type."""
        names = [part for part in path if isinstance(part, str)]
        judge = CHECKED.get(".".join(names))
        if isinstance(value, str) and "\x00" in value:
            return self.note(path, ("不能含有 NUL 字符", "expected no NUL character"))
        if judge is None:
            return value
        extra = (self.folder,) if judge is existing_file else ()
        try:
            if isinstance(value, tuple):
                return tuple(judge(v, *extra) for v in value)
            return judge(value, *extra)
        except (ValueError, OSError, RuntimeError):  # RuntimeError: no such home folder
            return self.note(path, EXPECTED[judge])

    def secret(self, value: object, path: KeyPath) -> Secret | None:
        """Given as text, or where it is to be had."""
        source = value if isinstance(value, dict) else {}
        way, where = next(iter(source.items()), ("", None))
        if isinstance(value, str):
            text: str | None = value
        elif len(source) == 1 and way == "env" and isinstance(where, str) and where:
            text = self.from_environment(where, path)
        elif len(source) == 1 and way == "file" and isinstance(where, str):
            text = self.from_file(where, path)
        elif len(source) == 1 and way == "ask" and where is True:
            if self.ask is None:
                return None
            text = self.ask(dotted(path))
            if text is None:
                self.note(path, NOBODY)
        else:
            self.note(path, SECRET)
            return None
        if text is None:
            return None
        if not text:
            self.note(path, ("内容是空的", "expected a secret, it is empty"))
            return None
        fine = self.checked(text, path)
        return None if fine is None else Secret(fine)

    def from_environment(self, name: str, path: KeyPath) -> str | None:
        text = None if "\x00" in name else os.environ.get(name)
        if text is None:
            shown = clean(name)
            self.note(
                path,
                (
                    f"环境变量 {shown} 没有设置",
                    f"expected the environment variable {shown} to be set",
                ),
            )
        return text

    def from_file(self, name: str, path: KeyPath) -> str | None:
        try:
            with Path(existing_file(name, self.folder)).open("rb") as file:
                line = file.readline(4096)
            return line.decode("utf-8-sig").rstrip("\r\n")
        except (ValueError, OSError, RuntimeError):
            self.note(path, EXPECTED[existing_file])
            return None

    def urls(self, table: object) -> tuple[str, ...] | None:
        """`[connectivity]`: None for the defaults, () for switched off."""
        if not isinstance(table, dict):
            self.note(
                ("connectivity",), ("应为一个表", "expected a table [connectivity]")
            )
            return None
        for key in table:
            if key != "url":
                self.note(("connectivity", key), unknown(key, ["url"]))
        value = table.get("url")
        if value is None or value is False:
            return None if value is None else ()
        given = [value] if isinstance(value, str) else value
        try:
            if not isinstance(given, list) or not given:
                raise ValueError("no list")
            return tuple(url(v) if isinstance(v, str) else url("") for v in given)
        except ValueError:
            self.note(("connectivity", "url"), EXPECTED[url])
            return None

    def together(self, site: Site) -> Site:
        """What must be given together."""
        if not self.problems:
            for key, expected in wrong_files(site.acquirer):
                self.note(("acquirer", key), expected)
        return site


NOBODY: Pair = (
    "要当场输入，但标准输入不是终端",
    "is to be asked, expected a terminal on standard input",
)
SECRET: Pair = (
    '应为引号中的文字，或 { env = "NAME" }、{ file = "PATH" }、{ ask = true }',
    'expected a text in quotes, { env = "NAME" }, { file = "PATH" } or { ask = true }',
)


def _required(item: Any) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return kinds[0]
    return annotation


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def expected_type(annotation: Any, path: KeyPath) -> Pair:
    """What a key's type asks for, in words."""
    names = [part for part in path if isinstance(part, str)]
    judge = CHECKED.get(".".join(names))
    if judge:
        return EXPECTED[judge]
    if get_origin(annotation) is Literal:
        allowed = ", ".join(f'"{value}"' for value in get_args(annotation))
        return f"应为 {allowed} 之一", f"expected one of {allowed}"
    base = (
        get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    )
    if base is bool:
        return "应为 true 或 false", "expected true or false"
    if base is int:
        return _expected_number(annotation)
    return "应为引号中的文字", "expected a text in quotes"


def _expected_number(annotation: Any) -> Pair:
    bounds = getattr(annotation, "__metadata__", (None,))[0]
    low, high = getattr(bounds, "ge", None), getattr(bounds, "le", None)
    if high is not None:
        return (
            f"应为 {low} 至 {high} 的整数",
            f"expected a whole number {low} to {high}",
        )
    if low is not None:
        return f"应为不小于 {low} 的整数", f"expected a whole number from {low}"
    return "应为整数", "expected a whole number"
