"""How does a fact read inside a sentence?

Total: whatever the text and the facts hold, a sentence comes out. A fact that is not
there reads "未知" or "?". Beside Python's number formats a field may say `ms` and `s`
(a duration in seconds, without sign), `%` (a ratio) and `bytes`.
"""

import math
import re
from collections.abc import Mapping

from posdiag.model import Facts
from posdiag.texts.lang import Lang

UNKNOWN: Mapping[Lang, str] = {"zh": "未知", "en": "?"}
YES: Mapping[Lang, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}
JOINER: Mapping[Lang, str] = {"zh": "、", "en": ", "}
SHOWN = 8  # entries of a list inside a sentence
LONGEST = 1200  # characters of one text, its facts in it

FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
AFTER_UNIT = re.compile(
    r"(?:(?<=[0-9] [秒天])|(?<=[0-9] (?:毫秒|分钟|小时))) (?=[\u4e00-\u9fff])"
)
NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?::([^{}]*))?")
NUMBER_SPEC = re.compile(r"\+?,?(\.\d)?[dfeg%]?")

# A unit is used from this many of it on: 90 s, but 2 min.
UNITS: tuple[tuple[float, float, str, str], ...] = (
    (2 * 86400, 86400, "天", "days"),
    (2 * 3600, 3600, "小时", "h"),
    (120, 60, "分钟", "min"),
    (0, 1, "秒", "s"),
)


def fill(text: str, facts: Facts, lang: Lang) -> str:
    """`text` with its fields read from `facts`, which must be safe to show."""

    def field(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        parts = NAME.fullmatch(match[1])
        if parts is None:
            return UNKNOWN[lang]
        # A fact that is itself a text may come in a language: meaning_zh.
        fact = facts.get(f"{parts[1]}_{lang}", facts.get(parts[1]))
        return shown(fact, parts[2] or "", lang)

    whole = FIELD.sub(field, text)
    if lang == "zh":  # "{seconds:s} 内" is written for a Latin unit
        whole = AFTER_UNIT.sub("", whole)
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"


def fields(text: str) -> frozenset[str]:
    """The names of the facts that `text` wants."""
    found = (NAME.fullmatch(m[1]) for m in FIELD.finditer(text) if m[1] is not None)
    return frozenset(m[1] for m in found if m)


def shown(value: object, spec: str, lang: Lang) -> str:
    """One fact as it is printed."""
    if isinstance(value, tuple | list):
        parts = [shown(v, spec, lang) for v in value[:SHOWN]]
        if not parts:
            return UNKNOWN[lang]
        return JOINER[lang].join(parts) + (" …" if len(value) > SHOWN else "")
    if isinstance(value, bool):
        return YES[lang][value]
    if isinstance(value, int | float):
        return _number(value, spec, lang)
    return str(value) if isinstance(value, str) and value else UNKNOWN[lang]


def _number(value: float, spec: str, lang: Lang) -> str:
    try:
        number = float(value)
    except OverflowError:
        return UNKNOWN[lang]
    if not math.isfinite(number):
        return UNKNOWN[lang]
    if spec == "ms":
        unit = "毫秒" if lang == "zh" else "ms"
        return f"{_plain(abs(number) * 1000)} {unit}"
    if spec == "s":
        return duration(number, lang)
    if spec == "%":
        return f"{_plain(number * 100)} %"
    if spec == "bytes":
        return size(number)
    if not spec or not NUMBER_SPEC.fullmatch(spec):
        return str(value) if isinstance(value, int) else _plain(number, 3)
    if spec.endswith("d"):
        return format(round(number), spec.replace(spec[spec.find(".") :], "d"))
    return format(number, spec)


def duration(seconds: float, lang: Lang) -> str:
    """1.2 s, 5 min, 3 h, 4 days."""
    seconds = abs(seconds)
    for least, unit, zh, en in UNITS:
        if seconds >= least:
            return f"{_plain(seconds / unit)} {zh if lang == 'zh' else en}"
    return UNKNOWN[lang]


def size(count: float) -> str:
    """Bytes in thousands, as data plans are counted."""
    if abs(count) < 1000:
        return f"{count:.0f} B"
    if abs(count) < 1e6:
        return f"{_plain(count / 1e3)} KB"
    return f"{_plain(count / 1e6)} MB"


def _plain(number: float, digits: int = 2) -> str:
    """At least `digits` significant digits, never an exponent, no empty decimals."""
    if number == 0:
        return "0"
    places = min(max(digits - 1 - math.floor(math.log10(abs(number))), 0), 9)
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
