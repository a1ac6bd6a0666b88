"""The whole report: verdict, cause, proof, steps, whom to call, every check.

Printed by -v, into pipes and into files. Everything is wrapped and nothing cut;
readable at 40 columns, without colour, without emoji, on a GBK console. Variable text
is only ever put into `rich.text.Text`, never into markup.
"""

from collections.abc import Sequence

from posdiag.report import FORMATS, TEXTS
from posdiag.report.summary import working_backup
from posdiag.report.terminal import parts
from posdiag.report.terminal.canvas import Canvas
from posdiag.report.terminal.chart import ROWS, draw
from posdiag.report.terminal.console import bar, printable_lang, printed
from posdiag.report.terminal.wrap import cells, pad
from posdiag.texts.explain import Explained, ExplainedCause, ExplainedResult
from posdiag.texts.fill import size
from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair

SALE = 15_000  # bytes of one card sale at most (article 000:67: 10-15 KB)
OTHERS = 5  # causes listed beside the first


def render(
    explained: Explained,
    lang: Lang,
    *,
    width: int = 80,
    color: bool = False,
    encoding: str = "utf-8",
) -> str:
    """The report as text that `encoding` can print, whatever it holds.

    Where it cannot print Chinese the report is in English.
    """
    page = Canvas(printable_lang(lang, encoding), width, encoding)
    _compose(page, explained)
    return printed(page.lines, encoding, page.width, color)


def _compose(page: Canvas, explained: Explained) -> None:
    _top(page, explained)
    if explained.causes:
        _first(page, explained.causes[0])
        _remedy(page, explained, explained.causes[0])
        _others(page, explained.causes[1:])
    for gap in explained.open_ends if explained.headline.kind == "unknown" else ():
        text = TEXTS("phrase.open", what=gap.title, how=gap.how)
        page.labelled(TEXTS("label.open"), text)
    _advice(page, explained)
    _checklist(page, explained)
    _charts(page, explained)
    _cost(page, explained)


def _heading(page: Canvas, label: Pair) -> None:
    page.add()
    page.hanging("", label.of(page.lang), "bold")


def _top(page: Canvas, explained: Explained) -> None:
    name = explained.site.get("name", "")
    first = f"posdiag {explained.version}  {explained.when}  {name}"
    page.hanging("", first.rstrip())
    page.add()
    parts.verdict(page, explained)
    if explained.interrupted:
        page.hanging("  ", FORMATS("line.interrupted").of(page.lang), "yellow")
    for note in explained.notes:
        page.hanging("  ", note.text.of(page.lang))


def _first(page: Canvas, cause: ExplainedCause) -> None:
    page.add()
    if cause.proof:
        page.labelled(FORMATS("label.proof"), cause.proof)
    sure = TEXTS("phrase.confidence", percent=cause.percent, id=cause.id)
    page.labelled(FORMATS("label.certainty"), sure)
    if cause.rivals:
        between = TEXTS("phrase.separator").of(page.lang)
        rivals = between.join(r.title.of(page.lang) for r in cause.rivals)
        page.labelled(FORMATS("label.rivals"), Pair.same(rivals))
    if cause.decide:
        page.labelled(FORMATS("label.decide"), cause.decide)
    for other in cause.against:
        contrary = TEXTS("phrase.against", title=other.title)
        page.labelled(TEXTS("label.against"), contrary)


def _remedy(page: Canvas, explained: Explained, cause: ExplainedCause) -> None:
    page.add()
    parts.heading(page, explained)
    number = 0
    for one in cause.steps:
        number += not one.gate
        parts.step(page, number, one)
    parts.call(page, cause)


def _others(page: Canvas, causes: Sequence[ExplainedCause]) -> None:
    if not causes:
        return
    _heading(page, FORMATS("label.others"))
    for cause in causes[:OTHERS]:
        name = "fail" if cause.severity.value == "broken" else "warn"
        word = parts.state(page, name)
        title, why = cause.title.of(page.lang), cause.why.of(page.lang)
        page.hanging(f"  {word}  ", f"{title} ({cause.id})", parts.STYLES[name])
        page.hanging("    ", why)
        page.hanging("    ", cause.call.of(page.lang))
    if len(causes) > OTHERS:
        more = TEXTS("phrase.more", count=len(causes) - OTHERS)
        page.add("    " + more.of(page.lang))


def _advice(page: Canvas, explained: Explained) -> None:
    for label, measures in (
        (TEXTS("label.emergency"), explained.emergency),
        (TEXTS("label.terminal"), explained.terminal),
        (FORMATS("label.prevention"), explained.prevention),
    ):
        if measures:
            _heading(page, label)
        for measure in measures:
            page.hanging("  - ", measure.text.of(page.lang))


def _checklist(page: Canvas, explained: Explained) -> None:
    _heading(page, FORMATS("label.checks"))
    words = {r.state: parts.state(page, r.state) for r in explained.results}
    titles = [r.title.of(page.lang) for r in explained.results]
    rooms = tuple(
        max((cells(text, wide=page.wide) for text in texts), default=0)
        for texts in (words.values(), titles)
    )
    for result in explained.results:
        _row(page, result, *rooms)
    for hint in dict.fromkeys(r.hint for r in explained.results if r.hint):
        page.labelled(TEXTS("label.hint"), Pair.same(hint))


def _row(
    page: Canvas, result: ExplainedResult, state_room: int, title_room: int
) -> None:
    """State, title and what was found, which on a narrow screen stands below."""
    word = parts.state(page, result.state)
    style, text = parts.STYLES[result.state], result.text.of(page.lang)
    title = result.title.of(page.lang)
    head = f"  {pad(word, state_room, wide=page.wide)}  "
    if page.narrow:
        page.hanging(head, title, style, len(word) + 2)
        page.hanging("    ", text)
        return
    head += pad(title, title_room, wide=page.wide) + "  "
    page.hanging(head, text, style, len(word) + 2)


def _charts(page: Canvas, explained: Explained) -> None:
    for result in explained.results:
        if result.chart:
            _heading(page, result.chart_title or result.title)
            for line in draw(
                result.chart[:ROWS],
                page.lang,
                page.width,
                bar=bar(page.encoding),
                wide=page.wide,
                encoding=page.encoding,
            ):
                page.add(line)


def _cost(page: Canvas, explained: Explained) -> None:
    total = explained.sent + explained.received
    key = "less" if total <= SALE else "more"
    cost = TEXTS(f"cost.{key}", seconds=explained.seconds, size=size(total))
    page.add()
    if code := parts.code(explained):
        page.hanging("", TEXTS("phrase.code_told", code=code).of(page.lang))
    page.hanging("", cost.of(page.lang))
    if host := working_backup(explained):
        works = FORMATS("line.fallback", host=host)
        page.hanging("", works.of(page.lang), "bold")
