"""How are questions and answers written to disk and read back?

Driven by the annotations of the dataclasses alone, so that a new question or answer
needs no line here. Each object carries its class name under `is` (a keyword, so no
field can have that name). Reading trusts nothing: unknown classes and keys, wrong
types, numbers that are not finite and whatever is too long are a `ValueError` that
says where. A field that is absent takes its default, so that recordings outlive the
fields that are added after them.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from posdiag.model.questions import lan, machine, payment, tls, wifi, wifi_answers, wire
from posdiag.model.questions.base import Question, Unknown

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

# Their dataclasses are what can be written and read.
MODULES = (machine, lan, wire, tls, payment, wifi, wifi_answers)
TAG = "is"
MAX_TEXT = 65_536  # characters
MAX_ENTRIES = 20_000  # of one list
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
    """The class that answers questions of this class."""
    for base in getattr(question, "__orig_bases__", ()):
        if issubclass(get_origin(base) or object, Question):
            found: type = get_args(base)[0]
            return found
    raise TypeError(f"{question.__name__} does not say what answers it")


def encode(value: object) -> Json:
    """The JSON value of a question, an answer or an `Unknown`."""
    if classes().get(type(value).__name__) is not type(value):
        raise ValueError(f"{type(value).__name__}: not a question or answer")
    written: Json = _write(value, type(value), type(value).__name__)
    return written


def decode(value: object, expected: type | None = None, path: str = "value") -> Any:
    """What `encode` wrote, of class `expected` if given. ValueError on bad data."""
    name = value.get(TAG) if isinstance(value, dict) else None
    kind = classes().get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"{path}.{TAG}: names no question or answer")
    if expected is not None and not issubclass(kind, expected):
        raise ValueError(f"{path}.{TAG}: {name} where {expected.__name__} belongs")
    return _read(value, kind, path)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _is_union(kind: object) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _scalar(value: object, kind: object, path: str) -> str | int | float | bool | None:
    """Check a plain value against its annotation. For both directions."""
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


def _choice(value: object, kind: object, path: str) -> Any:
    """Check a value against a Literal."""
    for option in get_args(kind):
        if type(option) is type(value) and option == value:
            return option
    raise ValueError(f"{path}: none of {', '.join(map(repr, get_args(kind)))}")


def _entry(kind: object, path: str) -> object:
    """The class of the entries of `tuple[X, ...]`, the only list there is."""
    arguments = get_args(kind)
    if len(arguments) != 2 or arguments[1] is not Ellipsis:
        raise TypeError(f"{path}: {kind} is not of a form that can be kept")
    return arguments[0]


def _write(value: object, kind: object, path: str) -> Any:
    if _is_union(kind):
        return _first(value, kind, path, _write)
    if get_origin(kind) is Literal:
        return _choice(value, kind, path)
    if get_origin(kind) is tuple:
        entry = _entry(kind, path)
        if not isinstance(value, tuple) or len(value) > MAX_ENTRIES:
            raise ValueError(f"{path}: not a tuple, or too long")
        return [_write(item, entry, f"{path}[{i}]") for i, item in enumerate(value)]
    if isinstance(kind, type) and is_dataclass(kind):
        if type(value) is not kind:
            raise ValueError(f"{path}: not {kind.__name__}")
        written: dict[str, Json] = {TAG: kind.__name__}
        for name, hint in _hints(kind).items():
            if name in _unrecorded(kind):
                continue
            written[name] = _write(getattr(value, name), hint, f"{path}.{name}")
        return written
    return _scalar(value, kind, path)


def _read(value: object, kind: object, path: str) -> Any:
    if _is_union(kind):
        return _first(value, kind, path, _read)
    if get_origin(kind) is Literal:
        return _choice(value, kind, path)
    if get_origin(kind) is tuple:
        entry = _entry(kind, path)
        if not isinstance(value, list) or len(value) > MAX_ENTRIES:
            raise ValueError(f"{path}: not a list, or too long")
        return tuple(_read(item, entry, f"{path}[{i}]") for i, item in enumerate(value))
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_object(value, kind, path)
    return _scalar(value, kind, path)


def _read_object(value: object, kind: type, path: str) -> Any:
    if not isinstance(value, dict) or value.get(TAG) != kind.__name__:
        raise ValueError(f"{path}: not an object of {kind.__name__}")
    declared = {field.name: field for field in fields(kind)}
    for key in value:
        if key != TAG and key not in declared:
            raise ValueError(f"{path}: {kind.__name__} has no field {str(key)[:40]!r}")
    read: dict[str, object] = {}
    for name, field in declared.items():
        if name in value:
            read[name] = _read(value[name], _hints(kind)[name], f"{path}.{name}")
        elif _required(field):
            raise ValueError(f"{path}.{name}: missing")
    return kind(**read)


@cache
def _unrecorded(kind: Any) -> frozenset[str]:
    """Fields that are not for disks (`metadata={"recorded": False}`)."""
    return frozenset(
        f.name for f in fields(kind) if f.metadata.get("recorded") is False
    )


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _first(value: object, kind: object, path: str, way: Any) -> Any:
    """The first member of a union that takes the value; the last one's complaint."""
    options = get_args(kind)
    if value is None and NoneType in options:
        return None
    trouble = ValueError(f"{path}: nothing fits")
    for option in options:
        if option is not NoneType:
            try:
                return way(value, option, path)
            except ValueError as error:
                trouble = error
    raise trouble
