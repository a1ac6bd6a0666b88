"""`posdiag compare`: what changed between two reports."""

from collections.abc import Iterator
from typing import Any

from posdiag.history.compare import Comparison, Measured, Reading
from posdiag.history.reading import Past, PastCause, PastCheck
from posdiag.report import FORMATS
from posdiag.report.json import dumped, rounded
from posdiag.report.past import TEXTS
from posdiag.report.summary import hang_all
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

SCHEMA = "posdiag.compare/1"


def as_json(found: Comparison) -> str:
    """One object. Both languages stand in the titles."""
    whole = {
        "schema": SCHEMA,
        "before": _side(found.before),
        "after": _side(found.after),
        "change": found.change,
        "layer": found.layer or None,
        "causes": {
            "came": [_cause(c) for c in found.came],
            "went": [_cause(c) for c in found.went],
            "stayed": [_cause(c) for c in found.stayed],
        },
        "checks": [
            {"id": c.after.id, "before": _state(c.before), "after": _state(c.after)}
            for c in found.checks
        ],
        "measurements": [
            {
                "check": one.check.id,
                "kind": one.kind,
                "before": _interval(one.before),
                "after": _interval(one.after),
                "change": one.change,
            }
            for one in found.measured
        ],
        "not_in_both": [c.after.id for c in found.unseen],
    }
    return dumped(whole)


def _side(past: Past) -> dict[str, Any]:
    return {
        "id": past.id,
        "started_at": past.started_at,
        "verdict": past.verdict,
        "site": past.site,
    }


def _cause(cause: PastCause) -> dict[str, Any]:
    title = cause.title.as_object()
    return {"id": cause.id, "severity": cause.severity, "title": title}


def _state(check: PastCheck) -> dict[str, str]:
    return {"status": check.status, "code": check.code}


def _interval(reading: Reading) -> dict[str, float]:
    return {
        "value": rounded(reading.value),
        "low": rounded(reading.low),
        "high": rounded(reading.high),
    }


def as_text(found: Comparison, lang: Lang, width: int) -> str:
    """The same for people, in lines of at most `width` columns."""
    return hang_all(_lines(found, lang), lang, width)


def _lines(found: Comparison, lang: Lang) -> Iterator[tuple[str, str]]:
    """Lines as (prefix, text)."""
    before, after = found.before, found.after
    times = {"before": _when(before), "after": _when(after)}
    heading = TEXTS("compare.heading", change=TEXTS(f"change.{found.change}"), **times)
    yield "", heading.of(lang)
    if found.layer:
        yield "", TEXTS("compare.layer", layer=layer_name(found.layer)).of(lang)
    if found.other_site:
        unnamed = TEXTS("compare.unnamed")
        sites = {"before": before.site or unnamed, "after": after.site or unnamed}
        yield "", TEXTS("compare.other-site", **sites).of(lang)
    yield "", ""
    old, new = (WORDS(f"verdict_word.{past.verdict}") for past in (before, after))
    yield _head("verdict", lang), _arrow(old, new, lang)
    changes = {"came": found.came, "went": found.went, "stayed": found.stayed}
    for name, causes in changes.items():
        for cause in causes:
            yield _head(name, lang), f"{cause.title.of(lang)}  {cause.id}"
    if found.checks:
        yield _head("checks", lang), ""
        for pair in found.checks:
            change = _arrow(_status(pair.before), _status(pair.after), lang)
            yield "  ", f"{pair.after.title.of(lang)}  {change}"
    if found.measured:
        yield _head("measured", lang), ""
        for one in found.measured:
            yield "  ", _reading(one, lang)
    if found.unseen:
        titles = ("；" if lang == "zh" else "; ").join(
            c.after.title.of(lang) for c in found.unseen
        )
        yield "", TEXTS("compare.unseen", checks=titles).of(lang)


def _when(past: Past) -> str:
    return past.started_at[:19].replace("T", " ")


def _head(name: str, lang: Lang) -> str:
    return TEXTS(f"head.{name}").of(lang) + "  "


def _arrow(before: Pair, after: Pair, lang: Lang) -> str:
    if before == after:
        return before.of(lang)
    return TEXTS("compare.arrow", before=before, after=after).of(lang)


def _status(check: PastCheck) -> Pair:
    word = TEXTS(f"status.{check.status}")
    if check.status not in ("warn", "fail"):
        return word
    return Pair(f"{word.zh} {check.code}", f"{word.en} {check.code}")


def _reading(one: Measured, lang: Lang) -> str:
    change = "within" if one.change == "same" else one.change
    return TEXTS(
        "compare.reading",
        title=one.check.title,
        kind=TEXTS(f"kind.{one.kind}"),
        before=reading_text(one.kind, one.before),
        after=reading_text(one.kind, one.after),
        change=TEXTS(f"change.{change}"),
    ).of(lang)


def reading_text(kind: str, reading: Reading) -> Pair:
    return TEXTS(
        f"reading.{kind}", value=reading.value, low=reading.low, high=reading.high
    )


def layer_name(layer: str) -> Pair:
    """The place on the path that a group of checks examines, else the group's name."""
    from posdiag.report.html.pictures import PLACES

    for place, groups in PLACES:
        if layer in groups:
            return FORMATS(f"place.{place}")
    return Pair.same(layer)
