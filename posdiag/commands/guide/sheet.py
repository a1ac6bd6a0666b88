"""The call sheet: what to read out on the telephone, as a strip of paper or one page.

Made from the transcript and the explained report, both of which are cleaned and
redacted already. Never on it: card data, passwords, transcript terminal numbers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from posdiag.commands.guide import TEXTS
from posdiag.guide import phrases
from posdiag.guide.conclude import MERCHANT, OF_A_CARD, ON_STICKER
from posdiag.guide.knowledge import HELPED, SYMPTOM, UNKNOWN, Knowledge
from posdiag.model import Verdict
from posdiag.report.terminal.wrap import cells, wrap
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair
from posdiag.texts.path_code import meaningful

COLUMNS = 32  # of a receipt: paper of 58 mm
FACTS = 6  # measured facts that fit on a sheet
TRIED = 8
HINT = re.compile(r"（[^）]*）|\s*\([^)]*\)")  # beside a question, for who answers it
LANGS: tuple[Lang, Lang] = ("zh", "en")
HEALTHY = Verdict.HEALTHY.value

Transcript = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A label and what stands beside it; without a label it is a heading."""

    label: str
    texts: tuple[str, ...]


def rows_of(known: Knowledge, transcript: Transcript, lang: Lang) -> list[Row]:
    """The rows of the sheet in one language; `transcript` holds its report."""
    rows = [Row("", (TEXTS("sheet.title").of(lang),))]
    for label, texts in _rows(known, transcript, lang):
        if kept := tuple(t for t in texts if t):
            rows.append(Row(TEXTS(f"sheet.{label}").of(lang), kept))
    return rows


def needs_call(transcript: Transcript) -> bool:
    """Is there somebody to whom the sheet is read out?"""
    outcome = transcript["conclusion"]["outcome"]
    return outcome in ("call", "undecided") and bool(transcript["report"])


def bilingual_lines(known: Knowledge, transcript: Transcript) -> tuple[Pair, ...]:
    """The rows as lines in both languages."""
    zh, en = (rows_of(known, transcript, lang) for lang in LANGS)
    return tuple(
        Pair(
            f"{one.label} {'；'.join(one.texts)}".strip(),
            f"{other.label} {'; '.join(other.texts)}".strip(),
        )
        for one, other in zip(zh, en, strict=True)
    )


def transcript_of_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """A transcript without a walk, for a report alone."""
    causes: list[Mapping[str, Any]] = report.get("causes", [])
    first = causes[0] if causes else {}
    healthy = report.get("verdict") == HEALTHY
    otherwise = MERCHANT if healthy else "technician"
    conclusion = {
        "cause": first.get("id"),
        "outcome": "call" if first else "told" if healthy else "undecided",
        "who": first.get("who", otherwise),
        "contact": first.get("contact", ""),
        "title": first.get("title"),
    }
    return {
        "symptom": "unsure",
        "steps": [],
        "conclusion": conclusion,
        "report": report,
    }


def _rows(
    known: Knowledge, transcript: Transcript, lang: Lang
) -> Iterator[tuple[str, Sequence[str]]]:
    ending, report = transcript["conclusion"], transcript["report"]
    yield "call", _call(ending, lang)
    yield "time", (report.get("started_at", "").replace("T", " ")[:16],)
    site = report.get("site", {})
    yield "shop", (site.get("name", ""),)
    blank = TEXTS("sheet.blank").of(lang) if ending["who"] != MERCHANT else ""
    yield "model", (site.get("terminal_model") or blank,)
    yield "terminal", (site.get("terminal_id") or blank,)
    yield "symptom", (known.symptoms[transcript["symptom"]].of(lang),)
    yield "since", (_answer(known, transcript, "symptom.since", lang),)
    yield "code", (code_of(report),)
    yield "cause", (_cause(known, ending, lang),)
    checks = report.get("checks", ())
    bad = [c["text"][lang] for c in checks if c["status"] in ("warn", "fail")]
    clear = "no-fault" if report.get("verdict") == HEALTHY else "no-fault-so-far"
    yield "measured", bad[:FACTS] or [TEXTS(f"sheet.{clear}").of(lang)]
    yield "answered", list(_answers(known, transcript, lang))[:FACTS]
    yield "tried", list(_tried(known, transcript, lang))[:TRIED]
    yield "never", (TEXTS("sheet.never-text").of(lang),)


def code_of(report: Mapping[str, Any]) -> str:
    """The diagnosis code as every other report shows it."""
    statuses = (check["status"] for check in report.get("checks", ()))
    return meaningful(report.get("path_code", ""), statuses)


def _call(ending: Mapping[str, Any], lang: Lang) -> Sequence[str]:
    """Whom to call, and where the number stands; nobody, where it is the shop's own."""
    party = ending["who"]
    if party == MERCHANT:
        own = ending["cause"] in OF_A_CARD
        return (TEXTS("sheet.card-bank").of(lang),) if own else ()
    named = ending.get("party")
    who = named[lang] if named else WORDS(f"who.{party}").of(lang)
    if ending["contact"]:
        return who, ending["contact"]
    if party == "isp":
        return who, TEXTS("sheet.number-isp").of(lang)
    return (who, TEXTS("sheet.no-number").of(lang)) if party in ON_STICKER else (who,)


def _cause(known: Knowledge, ending: Mapping[str, Any], lang: Lang) -> str:
    if ending["cause"] is None:
        key = "nothing" if ending.get("outcome") == "told" else "not-told"
        return TEXTS(f"sheet.{key}").of(lang)
    if ending.get("title"):
        return f"{ending['title'][lang]} ({ending['cause']})"
    words = known.causes.get(ending["cause"])
    return f"{words.title.of(lang)} ({ending['cause']})" if words else ending["cause"]


def _answer(known: Knowledge, transcript: Transcript, fact: str, lang: Lang) -> str:
    for step in transcript["steps"]:
        if step["kind"] == "question" and step["fact"] == fact:
            labels = phrases.answers(known, fact)
            label = labels.get(step["answer"])
            if step["answer"] != UNKNOWN:
                return label.of(lang) if label else str(step["answer"])
    return ""


def _answers(known: Knowledge, transcript: Transcript, lang: Lang) -> Iterator[str]:
    for step in transcript["steps"]:
        fact = step.get("fact", "")
        if (
            step["kind"] != "question"
            or fact in (SYMPTOM, "symptom.since")
            or fact.startswith(HELPED)
            or step["answer"] == UNKNOWN
        ):
            continue
        label = _answer(known, transcript, fact, lang)
        yield f"{HINT.sub('', step['text'][lang])} {label}"


def _tried(known: Knowledge, transcript: Transcript, lang: Lang) -> Iterator[str]:
    for step in (*transcript.get("before", ()), *transcript["steps"]):
        if step["kind"] == "action" and step["done"]:
            result = {True: "helped", False: "no-help"}.get(step["helped"], "not-known")
            do = step.get("do")
            done = do[lang] if do else known.actions[step["id"]].do.of(lang)
            short = done.split("：")[0].split(":")[0].split("。")[0].split(". ")[0]
            yield f"{short} - {TEXTS(f'sheet.{result}').of(lang)}"


def receipt(rows: Sequence[Row], columns: int = COLUMNS) -> str:
    """A strip of paper: no line is wider than `columns` cells."""
    out: list[str] = []
    for row in rows:
        if not row.label:
            title = row.texts[0]
            out += [" " * max((columns - cells(title)) // 2, 0) + title, "-" * columns]
            continue
        first = f"{row.label} {row.texts[0]}"
        if len(row.texts) == 1 and cells(first) <= columns:
            out.append(first)
            continue
        out.append(row.label)
        for text in row.texts:
            out += [f" {line}" for line in wrap(text, columns - 1)]
    return "\n".join([*out, "-" * columns, ""])


def html(rows: Sequence[Row], lang: Lang) -> str:
    """One printable page; nothing in it comes from elsewhere."""
    title = escape(rows[0].texts[0])
    body = "".join(
        f"<tr><th scope=row>{escape(row.label)}"
        f"<td>{'<br>'.join(map(escape, row.texts))}"
        for row in rows
        if row.label
    )
    return (
        f"<!doctype html><html lang={lang}><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width">'
        "<meta http-equiv=Content-Security-Policy "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style>"
        f"<h1>{title}</h1><table>{body}</table></html>\n"
    )


STYLE = (
    "body{font:16px/1.4 sans-serif;margin:1.5em;max-width:42em}"
    "th{text-align:left;vertical-align:top;padding:.2em 1em .2em 0;white-space:nowrap}"
    "td{padding:.2em 0}h1{font-size:1.3em}@media print{body{margin:0}}"
)
