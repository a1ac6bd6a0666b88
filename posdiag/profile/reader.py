"""From TOML tables to a `Site`: which keys are there, and is each what it should be?

The dataclasses of `posdiag.model.site` are the schema. pydantic judges the type of each
value (strictly: "443" is not a number), `posdiag.profile.values` what it means.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
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
from posdiag.profile import TEXTS, unknown, whole_number
from posdiag.profile.plugins import installed, read_plugins
from posdiag.profile.thresholds import read_limits
from posdiag.profile.values import CHECKED, Judge, existing_file, expected, url
from posdiag.system.core.files import read_regular
from posdiag.texts.clean import clean
from posdiag.texts.pair import Pair

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from posdiag.engine.plugins.options import Declared

LONGEST_SECRET = 4096  # bytes, in a file
LISTS = ("connection.dns", "terminal.dns")  # one text stands for a list of one
Ask = Callable[[str], str | None]
KeyPath = tuple[str | int, ...]


def dotted(path: KeyPath) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


@cache
def _adapter(annotation: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(annotation)


def _strange(key: str, known: Iterable[str], path: KeyPath) -> Pair:
    """That this key, or table, does not exist here, and which was probably meant."""
    return unknown("key" if path else "table", key, known)


@dataclass(slots=True)
class Reader:
    """Walks over the tables and collects what is wrong, and what could not be
    checked."""

    folder: Path
    ask: Ask | None
    problems: list[tuple[KeyPath, Pair]] = field(default_factory=list)
    unchecked: list[tuple[KeyPath, Pair]] = field(default_factory=list)
    plugins: "Callable[[], Mapping[str, Declared]]" = installed
    strange: Callable[[str, Iterable[str], KeyPath], Pair] = _strange

    def reject(self, path: KeyPath, reason: Pair) -> Any:
        """Record a problem. Returns None, the value of a key that cannot be used."""
        self.problems.append((path, reason))
        return None

    def site(self, data: Mapping[str, Any]) -> Site:
        special = {"connectivity", "thresholds", "plugin"}
        plain = {key: value for key, value in data.items() if key not in special}
        site: Site = self.table(Site, plain, ())
        if "connectivity" in data:
            site = replace(site, connectivity=self.urls(data["connectivity"]))
        if "thresholds" in data:
            limits, wrong = read_limits(data["thresholds"])
            self.problems += wrong
            site = replace(site, thresholds=limits)
        if "plugin" in data:
            tables = read_plugins(self, data["plugin"], self.plugins())
            site = replace(site, plugin=tables)
        return self.together(site)

    def table(self, kind: Any, data: object, path: KeyPath) -> Any:
        """An instance of the dataclass; None, with problems, if the data is wrong."""
        if not isinstance(data, dict):
            return self.reject(path, TEXTS("type.table", name=dotted(path)))
        hints = get_type_hints(kind, include_extras=True)
        values: dict[str, Any] = {}
        before = len(self.problems)
        for key, value in data.items():
            if key not in hints:
                self.reject((*path, key), self.strange(key, hints, path))
            else:
                values[key] = self.value(hints[key], value, (*path, key))
        for needed in fields(kind):
            required = needed.default is needed.default_factory is MISSING
            if needed.name not in data and required:
                self.reject((*path, needed.name), TEXTS("missing"))
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
            if isinstance(value, list):
                value = tuple(value)
            elif isinstance(value, str) and dotted(path) in LISTS:
                value = (value,)
        try:
            typed = _adapter(inner).validate_python(value, strict=True)
        except ValidationError:
            return self.reject(path, expected_type(inner, path))
        return self.checked(typed, path)

    def tables(self, item: Any, value: object, path: KeyPath) -> Any:
        if not isinstance(value, list):
            return self.reject(path, TEXTS("type.tables", name=dotted(path)))
        found = [self.table(item, v, (*path, i)) for i, v in enumerate(value)]
        return tuple(v for v in found if v is not None)

    def checked(self, value: Any, path: KeyPath) -> Any:
        """The value as `CHECKED` judges it beyond its type."""
        judge = _judge_of(path)
        if isinstance(value, str) and "\x00" in value:
            return self.reject(path, TEXTS("type.no-nul"))
        if judge is None:
            return value
        extra = (self.folder,) if judge is existing_file else ()
        try:
            if isinstance(value, tuple):
                return tuple(judge(v, *extra) for v in value)
            return judge(value, *extra)
        except (ValueError, OSError, RuntimeError):  # RuntimeError: no such home folder
            return self.reject(path, expected(judge))

    def secret(self, value: object, path: KeyPath) -> Secret | None:
        """A secret given as text, or by its source: `env`, `file` or `ask`."""
        source = value if isinstance(value, dict) else {}
        kind, where = next(iter(source.items()), ("", None))
        if isinstance(value, str):
            text: str | None = value
        elif len(source) == 1 and kind == "env" and isinstance(where, str) and where:
            text = self.from_environment(where, path)
        elif len(source) == 1 and kind == "file" and isinstance(where, str):
            text = self.from_file(where, path)
        elif len(source) == 1 and kind == "ask" and where is True:
            if self.ask is None:
                return None
            text = self.ask(dotted(path))
            if text is None:
                self.reject(path, TEXTS("secret.no-terminal"))
        else:
            self.reject(path, TEXTS("secret.form"))
            return None
        if text is None:
            return None
        if not text:
            self.reject(path, TEXTS("secret.empty"))
            return None
        fine = self.checked(text, path)
        return None if fine is None else Secret(fine)

    def from_environment(self, name: str, path: KeyPath) -> str | None:
        text = None if "\x00" in name else os.environ.get(name)
        if text is None:
            self.reject(path, TEXTS("secret.no-variable", name=clean(name)))
        return text

    def from_file(self, name: str, path: KeyPath) -> str | None:
        try:
            content = read_regular(existing_file(name, self.folder), LONGEST_SECRET)
            line = content.split(b"\n")[0]
            if len(line) > LONGEST_SECRET:
                raise ValueError("too long")  # half a secret is none
            return line.decode("utf-8-sig").rstrip("\r")
        except (ValueError, OSError, RuntimeError):
            self.reject(path, expected(existing_file))
            return None

    def urls(self, table: object) -> tuple[str, ...] | None:
        """`[connectivity]`: None for the defaults, () for switched off."""
        if not isinstance(table, dict):
            self.reject(("connectivity",), TEXTS("type.table", name="connectivity"))
            return None
        for key in table:
            if key != "url":
                self.reject(("connectivity", key), TEXTS("unknown.key", near="url"))
        value = table.get("url")
        if value is None or value is False:
            return None if value is None else ()
        given = [value] if isinstance(value, str) else value
        try:
            if not isinstance(given, list) or not given:
                raise ValueError("no list")
            return tuple(url(v) if isinstance(v, str) else url("") for v in given)
        except ValueError:
            self.reject(("connectivity", "url"), expected(url))
            return None

    def together(self, site: Site) -> Site:
        """Check keys that depend on each other."""
        if not self.problems:
            from posdiag.profile.tls_files import wrong_files

            for key, reason in wrong_files(site.acquirer):
                self.reject(("acquirer", key), reason)
            if site.printer.host and site.printer.port:
                self.reject(("printer", "port"), TEXTS("printer.one-way"))
            if site.printer.baudrate and not site.printer.port:
                self.reject(("printer", "baudrate"), TEXTS("printer.no-port"))
        return site


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return kinds[0]
    return annotation


def _judge_of(path: KeyPath) -> Judge | None:
    return CHECKED.get(".".join(part for part in path if isinstance(part, str)))


def expected_type(annotation: Any, path: KeyPath) -> Pair:
    """The values that a key takes, in words."""
    if judge := _judge_of(path):
        return expected(judge)
    if get_origin(annotation) is Literal:
        allowed = ", ".join(f'"{value}"' for value in get_args(annotation))
        return TEXTS("type.choice", allowed=allowed)
    annotated = get_origin(annotation) is Annotated
    base = get_args(annotation)[0] if annotated else annotation
    if get_origin(base) is tuple and path and isinstance(path[-1], str):
        return TEXTS("plugin.type.texts")
    if base is bool:
        return TEXTS("type.boolean")
    if base is float:
        bounds = get_args(annotation)[1]
        return TEXTS("type.number-between", low=bounds.ge, high=bounds.le)
    if base is not int:
        return TEXTS("type.some-text") if annotated else TEXTS("type.text")
    bounds = getattr(annotation, "__metadata__", (None,))[0]
    return whole_number(getattr(bounds, "ge", None), getattr(bounds, "le", None))
