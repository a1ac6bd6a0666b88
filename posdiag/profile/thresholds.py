"""Do the limits under `[thresholds]` exist, and can a verdict rest on them?"""

from collections.abc import Mapping
from typing import Any

from posdiag.model.limits import Limit, Limits, LimitValue, table
from posdiag.profile import TEXTS, unknown
from posdiag.profile.values import address, expected, url
from posdiag.texts.pair import Pair

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
SPAN = {"dBm": (-160.0, 0.0), "dB": (-60.0, 60.0)}
"""Levels and their ratios: the only limits that may be below 0."""

ORDERED = (
    ("loss.good", "loss.bad"),
    ("loss.good", "loss.bad_quick"),
    ("loss.good", "loss.bad_tcp"),
    ("loss.good", "loss.bad_thorough"),
    ("wifi.failing", "wifi.weak"),
    ("wifi.snr_failing", "wifi.snr_weak"),
    ("cellular.rsrp_failing", "cellular.rsrp_weak"),
    ("cellular.rscp_failing", "cellular.rscp_weak"),
    ("cellular.rssi_failing", "cellular.rssi_weak"),
    ("cellular.rssi_2g_failing", "cellular.rssi_2g_weak"),
    ("cellular.sinr_weak", "cellular.sinr_good"),
)
"""Wald's test needs the second of each pair to be larger, and so do grades."""


def read_limits(given: object) -> tuple[dict[str, LimitValue], list[Wrong]]:
    """The limits given, by dotted name, and what is wrong with them."""
    wrong: list[Wrong] = []
    if not isinstance(given, dict):
        return {}, [(("thresholds",), TEXTS("type.table", name="thresholds"))]
    found: dict[str, LimitValue] = {}
    for path, value in _flat(given, ()):
        name = ".".join(path)
        limit = table().get(name)
        where = ("thresholds", *path)
        if limit is None:
            wrong.append((where, unknown("limit", name, table())))
            continue
        several = isinstance(limit.value, tuple)
        good = _texts(limit, value) if several else _number(value)
        if good is None or not _within(limit, good):
            wrong.append((where, _expected(limit)))
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
            prefix = ".".join(inner) + "."
            is_group = any(name.startswith(prefix) for name in table())
            found += _flat(value, inner) or [(inner, value)] * (not is_group)
        else:
            found.append((inner, value))
    return found


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
    if limit.unit in SPAN:
        low, high = SPAN[limit.unit]
        return low <= value <= high
    return 0 < value <= MOST.get(limit.unit, float(2**40))


def _expected(limit: Limit) -> Pair:
    if isinstance(limit.value, tuple):
        return expected(url if limit.unit == "URLs" else address)
    if limit.unit in SPAN:
        low, high = SPAN[limit.unit]
        return TEXTS("limit.between", low=low, high=high, unit=limit.unit)
    most = MOST.get(limit.unit)
    if most is None:
        return TEXTS("limit.positive", unit=limit.unit)
    return TEXTS("limit.at-most", most=most, unit=limit.unit)


def _order(found: Mapping[str, LimitValue]) -> list[Wrong]:
    limits = Limits(found)
    wrong: dict[KeyPath, Pair] = {}
    for small, large in ORDERED:
        if limits[small] >= limits[large]:
            name = small if small in found else large
            path = ("thresholds", *name.split("."))
            wrong.setdefault(path, TEXTS("limit.order", large=large, small=small))
    return list(wrong.items())
