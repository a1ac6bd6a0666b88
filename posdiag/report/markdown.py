"""The report in Markdown, to be pasted into a ticket.

Texts from outside stand there as they are: nothing in them becomes a heading, a link,
an image, a tag or a mention of a person.
"""

import re
from collections.abc import Iterator

from posdiag.report import FORMATS
from posdiag.report.handover import verdict
from posdiag.report.summary import foot, meaning, numbered, of_interest
from posdiag.texts.commissioning import TEXTS as GATES
from posdiag.texts.commissioning import Handover
from posdiag.texts.explain import Explained, ExplainedCause
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.path_code import shown_code

#: CommonMark takes a backslash before any ASCII punctuation; these have a meaning, the
#: last ones at the beginning of a line.
MARKS = re.compile(r"([\\`*_\[\]<>&|~$]|^[#+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)])")
#: What forges turn into a link, or into a mention that notifies a person, wherever it
#: stands in a text, escaped or not. They leave it alone in code.
LIVE = re.compile(r"([!-_a-{}~]*(?:://|@|(?i:www\.))[!-_a-{}~]*)")
BLOCK, LONGEST = "█", 20  # of a bar, and how many make a full one


def render(explained: Explained, lang: Lang) -> str:
    """The report in one language."""
    return "\n".join(_lines(explained, lang)) + "\n"


def _lines(explained: Explained, lang: Lang) -> Iterator[str]:
    yield f"## {escaped(explained.headline.text.of(lang))}"
    for sentence in meaning(explained):
        yield ""
        yield escaped(sentence.of(lang))
    yield ""
    yield from _about(explained, lang)
    if explained.emergency:
        yield from _heading("sell", lang)
        for advice in explained.emergency:
            yield f"- {escaped(advice.text.of(lang))}"
    if explained.causes:
        yield from _heading("steps", lang)
        yield from _steps(explained.causes[0], lang)
    if explained.causes[1:]:
        yield from _heading("others", lang)
        for cause in explained.causes[1:]:
            yield from _other(cause, lang)
    yield from _heading("checks", lang)
    yield from _checks(explained, lang)
    yield from _charts(explained, lang)
    if explained.prevention:
        yield from _heading("prevention", lang)
        for advice in explained.prevention:
            yield f"- {escaped(advice.text.of(lang))}"
    if explained.handover:
        yield from _handover(explained.handover, lang)
    yield ""
    yield f"*{escaped(foot(explained).of(lang))}*"


def _heading(label: str, lang: Lang) -> Iterator[str]:
    yield ""
    yield f"### {escaped(FORMATS(f'label.{label}').of(lang))}"
    yield ""


def _about(explained: Explained, lang: Lang) -> Iterator[str]:
    rows: list[tuple[str, str]] = []
    for key, label in (("name", "shop"), ("terminal_id", "terminal")):
        if key in explained.site:
            rows.append((label, escaped(explained.site[key])))
    rows.append(("time", escaped(explained.when)))
    for cause in explained.causes[:1]:
        rows.append(("cause", f"{code(cause.id)} ({cause.percent} %)"))
        if cause.proof:
            rows.append(("proof", escaped(cause.proof.of(lang))))
        if cause.rivals:
            rivals = "; ".join(escaped(r.title.of(lang)) for r in cause.rivals[:3])
            rows.append(("rivals", rivals))
        if cause.rivals and cause.decide:
            rows.append(("decide", escaped(cause.decide.of(lang))))
        rows.append(("call", escaped(cause.call.of(lang))))
    if digits := shown_code(explained.results):
        rows.append(("code", code(digits)))
    first, *rest = rows
    yield _row(_label(first[0], lang), first[1])
    yield _row("---", "---")
    for label, text in rest:
        yield _row(_label(label, lang), text)


def _label(name: str, lang: Lang) -> str:
    return escaped(FORMATS(f"label.{name}").of(lang))


def _steps(cause: ExplainedCause, lang: Lang) -> Iterator[str]:
    for mark, step, look in numbered(cause.steps):
        text = escaped(step.of(lang))
        yield f"- **{text}**" if mark == "!" else f"{mark} {text}"
        if look:
            after = FORMATS("line.recheck", recheck=look)
            yield f"   - {escaped(after.of(lang))}"


def _other(cause: ExplainedCause, lang: Lang) -> Iterator[str]:
    title, why = escaped(cause.title.of(lang)), escaped(cause.why.of(lang))
    yield f"- {code(cause.id)} {title} ({cause.percent} %): {why}"


def _checks(explained: Explained, lang: Lang) -> Iterator[str]:
    yield _row(*(_label(n, lang) for n in ("check", "result", "finding")))
    yield _row("---", "---", "---")
    for result in of_interest(explained.results):
        word = WORDS(f"state.{result.state}").of(lang)
        text = escaped(result.text.of(lang))
        if result.hint:
            text += f" {code(result.hint)}"
        yield _row(code(result.check), escaped(word), text)


def _charts(explained: Explained, lang: Lang) -> Iterator[str]:
    """The charts that checks bring, a plugin's too, a row for each bar."""
    for result in explained.results:
        if not result.chart:
            continue
        title = result.chart_title or result.title
        yield from ("", f"### {escaped(title.of(lang))}", "")
        yield _row("", "", "")
        yield _row("---", "---", "---")
        for bar in result.chart:
            length = round(min(max(bar.value, 0.0), 1.0) * LONGEST)
            yield _row(escaped(bar.label), escaped(bar.note), BLOCK * length)


def _handover(page: Handover, lang: Lang) -> Iterator[str]:
    yield ""
    yield f"### {escaped(GATES('page.title').of(lang))}"
    yield ""
    yield escaped(verdict(page).of(lang))
    yield ""
    columns = ("item", "state", "signs", "signature")
    yield _row(*(escaped(GATES(f"column.{c}").of(lang)) for c in columns))
    yield _row(*["---"] * len(columns))
    for gate in page.gates:
        if gate.state != "none":
            texts = [gate.title, *gate.why]
            state = GATES(f"state.{gate.state}").of(lang)
            yield _row(
                "<br>".join(escaped(text.of(lang)) for text in texts),
                escaped(state),
                escaped(gate.signer.of(lang)),
                " ",
            )
    if page.contacts:
        yield ""
        yield f"{escaped(GATES('page.contacts').of(lang))}:"
        yield ""
        for who, number in page.contacts:
            line = GATES("page.contact", who=who, number=number)
            yield f"- {escaped(line.of(lang))}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """`text` as CommonMark and the forges show it unchanged, on one line."""
    parts = LIVE.split(" ".join(text.split()))
    return "".join(
        f"`{part}`" if place % 2 else MARKS.sub(r"\\\1", part)
        for place, part in enumerate(parts)
    )


def code(text: str) -> str:
    """An id or a command as code; what would not be shown there as it is, escaped."""
    plain = re.fullmatch(r"[!-_a-{}~]([ -_a-{}~]*[!-_a-{}~])?", text)
    return f"`{text}`" if plain else escaped(text)
