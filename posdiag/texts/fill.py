"""How does a fact read inside a sentence?

Total: whatever the text and the facts hold, a sentence comes out. A fact that is
missing reads as the word for "unknown". Beside Python's number formats a field may say
`ms` and `s` (a duration in seconds, without sign), `%` (a ratio), `bytes` and `bits`,
and of a text `word` (what programs call it, as people say it), `name` (the common name
of a certificate's subject), `time` (of UTC, shown as of China in Chinese) and `with`.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair, pairs

if TYPE_CHECKING:
    from posdiag.model import Facts, Value

MOST = 1e15  # no measurement gives more, in any unit; a plugin may say what it likes
SHOWN = 8  # entries of a list inside a sentence
LONGEST = 1200  # characters of one text, its facts in it

FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?::([^{}]*))?")
COMMON_NAME = re.compile(r"\bCN=((?:[^,+\\]|\\.)+)")  # RFC 4514
WORD = re.compile(r"[A-Za-z0-9-]+|[^A-Za-z0-9-]+")
# A blank before full-width punctuation: , . ; : enumeration comma ) ! ?
STRAY_BLANK = re.compile(r" +(?=[\uff0c\u3002\uff1b\uff1a\u3001\uff09\uff01\uff1f])")
NUMBER_SPEC = re.compile(r"\+?,?(\.\d)?[dfeg%]?")

# A unit is used from this many seconds on: 90 s, but 2 min.
UNITS: tuple[tuple[float, float, str], ...] = (
    (2 * 86400, 86400, "unit.days"),
    (2 * 3600, 3600, "unit.h"),
    (120, 60, "unit.min"),
    (0, 1, "unit.s"),
)


def filled(pair: Pair, facts: "Mapping[str, Value | Pair]") -> Pair:
    """Both languages with their fields filled in; a fact may itself be a `Pair`."""
    if "{" not in pair.zh + pair.en:
        return pair
    return Pair(
        fill(pair.zh, _facts_in(facts, "zh"), "zh"),
        fill(pair.en, _facts_in(facts, "en"), "en"),
    )


def _facts_in(facts: "Mapping[str, Value | Pair]", lang: Lang) -> "Facts":
    return {k: f.of(lang) if isinstance(f, Pair) else f for k, f in facts.items()}


def fill(text: str, facts: "Facts", lang: Lang) -> str:
    """`text` with its fields read from `facts`, which must be safe to show."""

    def field(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        parts = NAME.fullmatch(match[1])
        if parts is None:
            return _word("unknown", lang)
        # A fact that is itself a text may come in a language: meaning_zh.
        fact = facts.get(f"{parts[1]}_{lang}", facts.get(parts[1]))
        return shown(fact, parts[2] or "", lang)

    whole = FIELD.sub(field, text)
    # A parenthesis that would hold nothing but "unknown" is left out.
    unknown = _word("unknown", lang)
    whole = whole.replace(f"\uff08{unknown}\uff09", "").replace(f" ({unknown})", "")
    if lang == "zh":
        whole = STRAY_BLANK.sub("", _blank_after_unit().sub("", whole))
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"


def _word(name: str, lang: Lang) -> str:
    return pairs("posdiag.texts", "fill.toml")[name].of(lang)


@cache
def _blank_after_unit() -> re.Pattern[str]:
    """Texts put a blank after a duration for the Latin unit; Chinese wants none."""
    texts = pairs("posdiag.texts", "fill.toml")
    units = (pair.zh for name, pair in texts.items() if name.startswith("unit."))
    after = "|".join(rf"(?<=[0-9] {unit})" for unit in units)
    return re.compile(rf"(?:{after}) (?=[\u4e00-\u9fff])")


def fields(text: str) -> frozenset[str]:
    """The names of the facts that `text` wants."""
    found = (NAME.fullmatch(m[1]) for m in FIELD.finditer(text) if m[1] is not None)
    return frozenset(m[1] for m in found if m)


def shown(value: object, spec: str, lang: Lang) -> str:
    """One fact as it is printed."""
    if isinstance(value, tuple | list):
        parts = [shown(v, spec, lang) for v in value[:SHOWN]]
        if not parts:  # a list that is known to be empty
            return _word("none", lang)
        more = " …" if len(value) > SHOWN else ""
        return _word("list-separator", lang).join(parts) + more
    if isinstance(value, Mapping):
        return " ".join(shown(v, spec, lang) for v in value.values() if v)
    if isinstance(value, bool):
        yes, no = ("with", "without") if spec == "with" else ("yes", "no")
        return _word(yes if value else no, lang)
    if isinstance(value, int | float):
        return _number(value, spec, lang)
    if not isinstance(value, str) or not value:
        return _word("unknown", lang)
    return _text(value, spec, lang)


def _text(value: str, spec: str, lang: Lang) -> str:
    if spec == "word":
        return _in_words(value, lang)
    if spec == "name":
        common = COMMON_NAME.search(value)
        return common[1].replace("\\", "") if common else value
    if spec == "time" and lang == "zh":
        return _in_china(value)
    return value


def _in_words(value: str, lang: Lang) -> str:
    """What programs call it, as people say it: the whole text, else part by part."""
    texts = pairs("posdiag.texts", "fill.toml")
    whole = f"word.{value.lower()}"
    if whole in texts:
        return texts[whole].of(lang)
    parts = WORD.findall(value)
    named = [f"word.{part.lower()}" for part in parts]
    words = (
        texts[name].of(lang) if name in texts else part
        for name, part in zip(named, parts, strict=True)
    )
    return "".join(words)


def _in_china(value: str) -> str:
    """A time of UTC as clocks in China show it; any other text as it is."""
    try:
        moment = datetime.strptime(value, "%Y-%m-%d %H:%M UTC")
        there = moment + timedelta(hours=8)
    except (ValueError, OverflowError):
        return value
    return _word("china-time", "zh").replace("{}", f"{there:%Y-%m-%d %H:%M}")


def _number(value: float, spec: str, lang: Lang) -> str:
    try:
        number = float(value)
    except OverflowError:
        return _word("unknown", lang)
    if not abs(number) <= MOST:
        return _word("unknown", lang)
    if spec == "ms":
        return f"{_plain(abs(number) * 1000)} {_word('unit.ms', lang)}"
    if spec == "s":
        return duration(number, lang)
    if spec == "%":
        return f"{_plain(number * 100)} %"
    if spec == "bytes":
        return size(number)
    if spec == "bits":
        return size(number, "bit")
    if not spec or not NUMBER_SPEC.fullmatch(spec):
        return str(value) if isinstance(value, int) else _plain(number, 3)
    if spec.endswith("d"):
        return format(round(number), spec.replace(spec[spec.find(".") :], "d"))
    return format(number, spec)


def duration(seconds: float, lang: Lang) -> str:
    """1.2 s, 5 min, 3 h, 4 days."""
    seconds = abs(seconds)
    for least, unit, name in UNITS:
        if seconds >= least:
            return f"{_plain(seconds / unit)} {_word(name, lang)}"
    return _word("unknown", lang)


def size(count: float, unit: str = "B") -> str:
    """Bytes in thousands, as data plans are counted."""
    if abs(count) < 1000:
        return f"{count:.0f} {unit}"
    for factor, letter in ((1e3, "K"), (1e6, "M")):
        if abs(count) < factor * 1000:
            return f"{_plain(count / factor)} {letter}{unit}"
    return f"{_plain(count / 1e9)} G{unit}"


def _plain(number: float, digits: int = 2) -> str:
    """At least `digits` significant digits, never an exponent, no empty decimals."""
    if number == 0:
        return "0"
    places = min(max(digits - 1 - math.floor(math.log10(abs(number))), 0), 9)
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
