"""Our frozen dataclasses as JSON, and back.

For recordings (questions and answers), for what goes to a plugin and for a join test's
request. Driven by annotations alone, so that a new class or field needs no line here.
Each object carries its class name under `is` (a keyword, so no field can have that
name). A `Secret` is never written; its field must have a default.

Reading trusts nothing: unknown classes and keys, wrong types, numbers that are not
finite and whatever is too long are a `ValueError` that names the place. A field that is
absent takes its default, and those that were dropped (`DROPPED`) are passed over, so
that recordings outlive both.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from posdiag.model.questions import (
    devices,
    lan,
    machine,
    modem,
    payment,
    terminal,
    tls,
    wifi,
    wifi_answers,
    wire,
)
from posdiag.model.questions.base import Question, Unknown
from posdiag.model.site import Secret

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
T = TypeVar("T")

# Their dataclasses are what a recording can hold.
MODULES = (
    machine, lan, wire, tls, payment, wifi, wifi_answers, modem, devices, terminal,
)  # fmt: skip
DROPPED = {
    "Certificate": ("fingerprint",),
    "Counters": ("rx_crc", "tx_errors"),
    "Radio": ("managed_by",),
    "Route": ("onlink",),
    "SerialPort": ("usb",),
    "TimeReply": ("stratum",),
    "TlsTalk": ("certificate_wanted",),
    "WifiLink": ("receive_rate",),
}
"""Fields by class that recordings of earlier versions hold and nothing reads."""
TAG = "is"
MAX_TEXT = 65_536  # characters
MAX_ENTRIES = 20_000  # of one list or table
MAX_INT = 2**64


@cache
def classes() -> Mapping[str, type]:
    """Every question and answer by class name, with `Unknown`."""
    found: dict[str, type] = {"Unknown": Unknown}
    for module in MODULES:
        for name, value in vars(module).items():
            own = getattr(value, "__module__", "") == module.__name__
            if own and isinstance(value, type) and is_dataclass(value):
                found[name] = value
    return found


def answer_class(question: type[Question[Any]]) -> type:
    for base in getattr(question, "__orig_bases__", ()):
        if issubclass(get_origin(base) or object, Question):
            found: type = get_args(base)[0]
            return found
    raise TypeError(f"{question.__name__} does not say what answers it")


def encode(value: object) -> dict[str, Json]:
    """The JSON object of a question, an answer or an `Unknown`."""
    if classes().get(type(value).__name__) is not type(value):
        raise ValueError(f"{type(value).__name__}: not a question or answer")
    return write(value)


def decode(value: object, expected: type | None = None, path: str = "value") -> Any:
    """What `encode` wrote, of class `expected` if given. ValueError on bad data."""
    name = value.get(TAG) if isinstance(value, dict) else None
    kind = classes().get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"{path}.{TAG}: names no question or answer")
    if expected is not None and not issubclass(kind, expected):
        raise ValueError(f"{path}.{TAG}: {name} where {expected.__name__} belongs")
    return read(value, kind, path)


def write(value: object) -> dict[str, Json]:
    """The JSON object of any of our dataclasses. ValueError where its annotations do
    not hold."""
    kind = type(value)
    if not is_dataclass(kind):
        raise ValueError(f"{kind.__name__}: not a dataclass")
    return _write_object(value, kind, kind.__name__)


def read(value: object, kind: type[T], path: str = "value") -> T:
    """What `write` wrote of this class. ValueError on bad data."""
    found: T = _convert(value, kind, path, True)
    return found


def without_secrets(value: T) -> T:
    """A question as it is recorded: its secrets have their defaults."""
    question: Any = value
    changed: dict[str, object] = {}
    for field in fields(question):
        inner = getattr(question, field.name)
        if _is_secret(_hints(question.__class__)[field.name]):
            changed[field.name] = field.default
        elif is_dataclass(inner):
            changed[field.name] = without_secrets(inner)
    found: T = replace(question, **changed) if changed else value
    return found


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """The annotation of each field, without the bounds that `Annotated` adds."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _is_union(kind: object) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _is_secret(kind: object) -> bool:
    return kind is Secret or (_is_union(kind) and Secret in get_args(kind))


def _convert(value: Any, kind: Any, path: str, reading: bool) -> Any:
    """One value against its annotation, from JSON or (not `reading`) to JSON."""
    origin = get_origin(kind)
    if _is_union(kind):
        return _first(value, kind, path, reading)
    if origin is Literal:
        return _choice(value, {option: option for option in get_args(kind)}, path)
    if origin is tuple:
        return _list(value, kind, path, reading)
    if origin in (dict, Mapping):
        return _table(value, kind, path, reading)
    if isinstance(kind, type) and issubclass(kind, Enum):
        pairs = ((o.value, o) if reading else (o, o.value) for o in kind)
        return _choice(value, dict(pairs), path)
    if isinstance(kind, type) and is_dataclass(kind):
        convert = _read_object if reading else _write_object
        return convert(value, kind, path)
    return _scalar(value, kind, path)


def _scalar(value: object, kind: object, path: str) -> str | int | float | bool | None:
    if kind is NoneType and value is None:
        return None
    if kind is bool and isinstance(value, bool):
        return value
    if isinstance(value, bool):
        raise ValueError(f"{path}: true or false does not belong here")
    if kind is str and isinstance(value, str) and len(value) <= MAX_TEXT:
        return value
    if kind is int and isinstance(value, int) and abs(value) <= MAX_INT:
        return value
    if kind is float and isinstance(value, int | float):
        if abs(value) <= MAX_INT if isinstance(value, int) else isfinite(value):
            return float(value)
        raise ValueError(f"{path}: not a finite number")
    wanted = getattr(kind, "__name__", str(kind))
    raise ValueError(
        f"{path}: {type(value).__name__} where {wanted} belongs, or too big"
    )


def _choice(value: object, options: Mapping[Any, Any], path: str) -> Any:
    """Decode as the first of `options` that fits; True is not 1."""
    for option, meaning in options.items():
        if type(option) is type(value) and option == value:
            return meaning
    raise ValueError(f"{path}: none of {', '.join(map(repr, options))}")


def _first(value: object, kind: object, path: str, reading: bool) -> Any:
    """The first member of a union that takes the value; the last one's complaint."""
    options = get_args(kind)
    if value is None and NoneType in options:
        return None
    trouble = ValueError(f"{path}: nothing fits")
    for option in options:
        if option is not NoneType:
            try:
                return _convert(value, option, path, reading)
            except ValueError as error:
                trouble = error
    raise trouble


def _list(value: object, kind: object, path: str, reading: bool) -> Any:
    """`tuple[X, ...]` or `tuple[X, Y]`."""
    source, result = (list, tuple) if reading else (tuple, list)
    if not isinstance(value, source) or len(value) > MAX_ENTRIES:
        raise ValueError(f"{path}: not a {source.__name__}, or too long")
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise ValueError(f"{path}: {len(value)} values where {len(kinds)} belong")
    pairs = enumerate(zip(value, kinds, strict=True))
    return result(_convert(v, k, f"{path}[{i}]", reading) for i, (v, k) in pairs)


def _table(value: object, kind: object, path: str, reading: bool) -> dict[str, Any]:
    """`dict[str, X]` or `Mapping[str, X]`."""
    if not isinstance(value, Mapping) or len(value) > MAX_ENTRIES:
        raise ValueError(f"{path}: not a table, or too long")
    inner = get_args(kind)[1]
    return {
        str(_scalar(key, str, path)): _convert(item, inner, f"{path}.{key}", reading)
        for key, item in value.items()
    }


def _write_object(value: Any, kind: Any, path: str) -> dict[str, Json]:
    hints = _hints(kind)
    if type(value) is not kind:
        raise ValueError(f"{path}: not {kind.__name__}")
    written: dict[str, Json] = {TAG: kind.__name__}
    for name, hint in hints.items():
        if not _is_secret(hint):
            inner = f"{path}.{name}"
            written[name] = _convert(getattr(value, name), hint, inner, False)
    return written


def _read_object(value: object, kind: Any, path: str) -> Any:
    if not isinstance(value, dict) or value.get(TAG) != kind.__name__:
        raise ValueError(f"{path}: not an object of {kind.__name__}")
    declared = {field.name: field for field in fields(kind)}
    known = {TAG, *declared, *DROPPED.get(kind.__name__, ())}
    for key in value:
        if key not in known:
            raise ValueError(f"{path}: {kind.__name__} has no field {str(key)[:40]!r}")
    made: dict[str, object] = {}
    for name, field in declared.items():
        if name in value:
            inner = f"{path}.{name}"
            made[name] = _convert(value[name], _hints(kind)[name], inner, True)
        elif _is_required(field):
            raise ValueError(f"{path}.{name}: missing")
    return kind(**made)


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
