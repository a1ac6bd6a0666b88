"""The keys that a plugin declares for its table of the profile.

A package declares them in a `profile.toml` beside its modules, one table a key:

    [port]
    type = "integer"        # text, integer, number, boolean, texts or secret
    default = 8080          # or `required = true`; without either it may be missing
    least = 1               # bounds of a number
    most = 65535
    choices = ["a", "b"]    # of a text
    zh = "..."              # what it is, in both languages
    en = "port of the register"

In the profile they stand in `[plugin.PACKAGE]`.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeGuard, get_args

from posdiag.engine.plugins.wire import NAME, clean
from posdiag.model import LeftOut, Value

Type = Literal["text", "integer", "number", "boolean", "texts", "secret"]

FILE = "profile.toml"
FIELDS = {"type", "default", "required", "least", "most", "choices", "zh", "en"}
MOST_KEYS = 40
LONGEST = 4000  # characters of one text


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `least` and `most` bound a number, None: no bound."""

    name: str
    type: Type
    zh: str
    en: str
    default: Value = None
    required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """The keys of one package by name; `wrong` is why it has none that can be used,
    `left_out` why they are not known."""

    keys: Mapping[str, Key]
    wrong: str = ""
    left_out: LeftOut | None = None


def declared(text: str | None) -> Declared:
    """What a `profile.toml` declares; no file declares nothing. Never raises."""
    if text is None:
        return Declared({})
    try:
        tables = tomllib.loads(text)
        if len(tables) > MOST_KEYS:
            raise ValueError(f"more than {MOST_KEYS} keys")
        return Declared({name: _key(name, table) for name, table in tables.items()})
    except RecursionError:
        return Declared({}, "nested too deeply")
    except ValueError as wrong:  # also tomllib's own
        return Declared({}, clean(str(wrong), 200))


def _key(name: str, table: Any) -> Key:
    """ValueError, with what is wrong, for anything but a sound key."""
    if not NAME.match(name):
        raise ValueError(f"{name[:60]!r} is not a name such as port")
    if not isinstance(table, dict) or table.get("type") not in get_args(Type):
        raise ValueError(f"{name} has no type of {', '.join(get_args(Type))}")
    if strange := sorted(table.keys() - FIELDS):
        raise ValueError(f"{name} has an unknown {strange[0][:40]!r}")
    if not all(isinstance(table.get(lang), str) for lang in ("zh", "en")):
        raise ValueError(f"{name} lacks zh or en")
    choices = table.get("choices", [])
    bounds = [table.get("least"), table.get("most")]
    if not isinstance(choices, list) or not all(isinstance(c, str) for c in choices):
        raise ValueError(f"{name} has choices that are no texts")
    if not all(b is None or _is_number(b) for b in bounds):
        raise ValueError(f"{name} has a bound that is no number")
    key = Key(
        name=name,
        type=table["type"],
        zh=clean(table["zh"], 200),
        en=clean(table["en"], 200),
        required=table.get("required") is True,
        least=bounds[0],
        most=bounds[1],
        choices=tuple(choices),
    )
    if "default" not in table:
        return key
    if key.type == "secret":
        raise ValueError(f"{name} has a default, which a secret must not have")
    return replace(key, default=taken(key, table["default"]))


def taken(key: Key, value: object) -> Value:
    """The value as a plugin gets it: a list as a tuple, a `number` as a float.
    ValueError where it is not of the key's type or out of its bounds. Strict: neither
    "443" nor true is a number."""
    match key.type:
        case "boolean" if isinstance(value, bool):
            return value
        case "texts" if isinstance(value, list) and all(map(_is_text, value)):
            return tuple(value)
        case "text" | "secret" if _is_text(value):
            if not key.choices or value in key.choices:
                return value
        case "integer" if _is_number(value) and isinstance(value, int):
            if _within(key, value):
                return value
        case "number" if _is_number(value) and _within(key, value):
            return float(value)
    raise ValueError(f"{key.name} does not take that value")


def _within(key: Key, number: float) -> bool:
    low = key.least is None or number >= key.least
    return low and (key.most is None or number <= key.most)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= LONGEST and "\x00" not in value


def _is_number(value: object) -> TypeGuard[int | float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) < 2**63


def defaults(keys: Mapping[str, Key]) -> dict[str, Value]:
    """The values that a plugin gets for keys that the profile leaves out."""
    return {n: key.default for n, key in keys.items() if key.default is not None}
