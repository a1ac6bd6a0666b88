"""The report as JUnit XML, for continuous integration.

One case per check, named by its id, so that a CI's history has the same key in every
language. A fault is a failure whether it breaks payments or only puts them at risk: the
exit code is 1 for both. Facts, causes and the verdict are properties of the suite:
the common schema (Windy Road's, of Ant's format) allows none on a case.
"""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from posdiag.model import Status, Value
from posdiag.model.finding import Entry
from posdiag.report.summary import numbered
from posdiag.texts.explain import Explained, ExplainedResult
from posdiag.texts.lang import Lang

ILLEGAL = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # XML 1.0 section 2.2
NO_TIME = "1970-01-01T00:00:00"


def render(explained: Explained, lang: Lang) -> str:
    """The report as an XML document. Messages are in `lang`."""
    root = Element("testsuites")
    results = explained.results
    kinds = [_kind(r) for r in results]
    suite = SubElement(
        root,
        "testsuite",
        id="0",
        name="posdiag",
        package="posdiag",
        # The real host name would identify a shop's machine.
        hostname="localhost",
        timestamp=_timestamp(explained.started_at),
        tests=str(len(results)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=_seconds(explained.seconds),
    )
    properties = SubElement(suite, "properties")
    for name, value in _properties(explained):
        SubElement(properties, "property", name=token(name), value=legal(value))
    for result, kind in zip(results, kinds, strict=True):
        _case(suite, result, lang, kind)
    SubElement(suite, "system-out").text = legal(_story(explained, lang))
    SubElement(suite, "system-err").text = ""
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode") + "\n"


def _kind(result: ExplainedResult) -> str:
    """The element that tells how it ended; "" for a check that is fine.

    What another check's fault explains is skipped, so that one fault is one failure. A
    check that could not look where it matters, and nothing explains it, is an error, so
    that no gate is green for it; one that does not apply is skipped.
    """
    if result.held_up:
        return "skipped"
    if result.status in (Status.FAIL, Status.WARN):
        return "failure"
    if result.status is Status.ERROR or result.unproven:
        return "error"
    return "" if result.status is Status.OK else "skipped"


def _case(suite: Element, result: ExplainedResult, lang: Lang, kind: str) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname=token(result.check.partition(".")[0]),
        name=token(result.check),
        time=_seconds(result.seconds),
    )
    if kind:
        why = legal(f"{result.text.of(lang)} {result.hint}".strip())
        SubElement(case, kind, type=legal(result.code) or "unproven", message=why)


def _properties(explained: Explained) -> Iterator[tuple[str, str]]:
    yield "verdict", explained.verdict.value
    yield "causes", " ".join(c.id for c in explained.causes)
    yield "version", explained.version
    yield "started_at", explained.started_at
    yield "unproven", " ".join(gap.id for gap in explained.unproven)
    yield "interrupted", str(explained.interrupted).lower()
    yield "bytes.sent", str(explained.sent)
    yield "bytes.received", str(explained.received)
    for key, about in explained.site.items():
        yield f"site.{key}", about
    for place, cause in enumerate(explained.causes, 1):
        yield f"cause.{place}.id", cause.id
        yield f"cause.{place}.severity", cause.severity.value
        yield f"cause.{place}.confidence", f"{cause.confidence:.6g}"
        yield f"cause.{place}.who", cause.who
    for result in explained.results:
        yield f"{result.check}.status", result.status.value
        if result.blamed_on:
            yield f"{result.check}.blamed_on", result.blamed_on
        for key, value in result.facts.items():
            yield f"{result.check}.{key}", _value(value)


def _value(value: Value | Entry) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return " ".join(_value(v) for v in value)
    if isinstance(value, Mapping):
        return "/".join(_value(v) for v in value.values())
    return str(value)


def _story(explained: Explained, lang: Lang) -> str:
    """The causes with their steps, for readers of the log."""
    lines = [explained.headline.text.of(lang)]
    lines += [note.text.of(lang) for note in explained.notes]
    for cause in explained.causes:
        lines += ["", f"{cause.id}: {cause.title.of(lang)}", cause.why.of(lang)]
        lines += [cause.proof.of(lang)] if cause.proof else []
        lines += [f"{mark} {text.of(lang)}" for mark, text, _ in numbered(cause.steps)]
    return "\n".join(lines)


def _timestamp(started_at: str) -> str:
    """Local time; the schema allows no zone. The zone is among the properties."""
    match = re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", started_at, re.ASCII)
    return match[0] if match else NO_TIME


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 has no place for."""
    return ILLEGAL.sub("?", text)


def token(text: str) -> str:
    """The same as an xs:token: on one line, single blanks, never empty."""
    return " ".join(legal(text).split()) or "?"
