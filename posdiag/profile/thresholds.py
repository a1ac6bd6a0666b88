"""Do the limits under `[thresholds]` exist, and can a verdict rest on them?"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from posdiag.model.limits import Limit, Limits, LimitValue, table
from posdiag.profile.values import EXPECTED, Pair, address, url

KeyPath = tuple[str | int, ...]
Wrong = tuple[KeyPath, Pair]

HOUR = 3600.0
MOST = {
    "ratio": 1.0,
    "probability": 1.0,
    "s": 24 * HOUR,
    "probes": 10_000.0,
    "connections": 30.0,  # contract section 5: at most 30 a run to any host
}

ORDERED = (
    ("loss.good", "loss.bad"),
    ("loss.good", "loss.bad_quick"),
    ("loss.good", "loss.bad_tcp"),
    ("loss.good", "loss.bad_thorough"),
)
"""Wald's test needs the second of each pair to be larger."""


def read_limits(given: object) -> tuple[dict[str, LimitValue], list[Wrong]]:
    """The limits given, by dotted name, and what is wrong with them."""
    wrong: list[Wrong] = []
    if not isinstance(given, dict):
        return {}, [(("thresholds",), ("应为一个表", "expected a table [thresholds]"))]
    found: dict[str, LimitValue] = {}
    for path, value in _flat(given, ()):
        name = ".".join(path)
        limit = table().get(name)
        where = ("thresholds", *path)
        if limit is None:
            wrong.append((where, _unknown(name)))
            continue
        good = (
            _texts(limit, value) if isinstance(limit.value, tuple) else _number(value)
        )
        expected = _expected(limit)
        if good is None or not _within(limit, good):
            wrong.append((where, expected))
        else:
            found[name] = good
    if not wrong:
        wrong += _order(found)
    return found, wrong


def _flat(
    given: Mapping[str, Any], path: tuple[str, ...]
) -> list[tuple[tuple[str, ...], Any]]:
    """Nested and dotted tables alike as pairs of path and value."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in given.items():
        inner = (*path, key)
        if isinstance(value, dict) and ".".join(inner) not in table():
            found += _flat(value, inner) or [(inner, value)] * (not _is_group(inner))
        else:
            found.append((inner, value))
    return found


def _is_group(path: tuple[str, ...]) -> bool:
    return any(name.startswith(".".join(path) + ".") for name in table())


def _unknown(name: str) -> Pair:
    near = get_close_matches(name, list(table()), 1, 0.0)[0]
    return f"没有这个界限，最接近的是 {near}", f"unknown limit, the nearest is {near}"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _texts(limit: Limit, value: object) -> tuple[str, ...] | None:
    given = [value] if isinstance(value, str) else value
    judge = url if limit.unit == "URLs" else address
    if not isinstance(given, list) or not all(isinstance(v, str) for v in given):
        return None
    try:
        return tuple(judge(v) for v in given)
    except ValueError:
        return None


def _within(limit: Limit, value: LimitValue) -> bool:
    if isinstance(value, tuple):
        return True
    return 0 < value <= MOST.get(limit.unit, float(2**40))


def _expected(limit: Limit) -> Pair:
    if isinstance(limit.value, tuple):
        return EXPECTED[url] if limit.unit == "URLs" else EXPECTED[address]
    most = MOST.get(limit.unit)
    if most is None:
        return (
            f"应为大于 0 的数（{limit.unit}）",
            f"expected a number above 0 ({limit.unit})",
        )
    return (
        f"应为大于 0、不超过 {most:g} 的数（{limit.unit}）",
        f"expected a number above 0, at most {most:g} ({limit.unit})",
    )


def _order(found: Mapping[str, LimitValue]) -> list[Wrong]:
    limits = Limits(found)
    wrong: dict[KeyPath, Pair] = {}
    for small, large in ORDERED:
        if limits[small] >= limits[large]:
            name = small if small in found else large
            expected = f"{large} 应大于 {small}", f"expected {large} above {small}"
            wrong.setdefault(("thresholds", *name.split(".")), expected)
    return list(wrong.items())
