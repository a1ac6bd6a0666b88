"""The report on one screen: verdict, cause, proof, steps, whom to call, checklist.

Readable at 80 columns, without colour, without emoji, on a GBK console. Variable text
is only ever put into `rich.text.Text`, never into markup.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from posdiag.model import Status, Verdict
from posdiag.report import TEXTS
from posdiag.report.terminal.chart import ROWS, draw
from posdiag.report.terminal.console import Line, printable_lang, printed, sign
from posdiag.report.terminal.wrap import cells, cut, pad, wrap
from posdiag.texts.catalogue import Step
from posdiag.texts.explain import Explained, ExplainedCause, ExplainedResult
from posdiag.texts.fill import size
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair
from posdiag.texts.path_code import path_code

SALE = 15_000  # bytes of one card sale at most (article 000:67: 10-15 KB)
TITLE = 32  # columns of a check's title
LABEL = 10  # columns of a label
NARROWEST, WIDEST = 40, 100

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}
GAPS = 4  # gaps in the proof that are named on the screen
VERDICT_MARK = {"healthy": "ok", "degraded": "warn", "broken": "fail"}


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
    lang = printable_lang(lang, encoding)
    page = _Page(lang, max(NARROWEST, min(width, WIDEST)) - 1, encoding)
    _compose(page, explained)
    return printed(page.lines, page.encoding, page.width, color)


@dataclass(slots=True)
class _Page:
    """The lines so far, and the console that they are for."""

    lang: Lang
    width: int
    encoding: str
    lines: list[Line] = field(default_factory=list)

    @property
    def wide(self) -> bool:
        return self.encoding.lower().replace("-", "") in (
            "gbk",
            "gb2312",
            "gb18030",
            "cp936",
        )

    def add(self, text: str = "", style: str = "") -> None:
        self.lines.append((text, style))

    def heading(self, label: Pair) -> None:
        self.add()
        self.hanging("", label.of(self.lang), "bold")

    def hanging(self, head: str, text: str, style: str = "") -> None:
        """`head`, then `text` wrapped beside it."""
        room = self.width - cells(head, wide=self.wide)
        # Ambiguous characters may take two columns in any Chinese font.
        lines = wrap(text, room, wide=self.lang == "zh")
        self.add(head + lines[0], style)
        for line in lines[1:]:
            self.add(" " * cells(head, wide=self.wide) + line, style)

    def labelled(self, label: Pair, text: Pair, style: str = "") -> None:
        name = pad(label.of(self.lang), LABEL, wide=self.wide)
        self.hanging(f"  {name}", text.of(self.lang), style)

    def mark(self, name: str) -> str:
        return pad(
            sign(name, self.encoding),
            2 + (self.wide and cells("×", wide=True) == 2),
            wide=self.wide,
        )


def _compose(page: _Page, explained: Explained) -> None:
    _top(page, explained)
    if explained.causes:
        _first(page, explained.causes[0])
        _others(page, explained.causes[1:])
    _advice(page, explained)
    _checklist(page, explained)
    _charts(page, explained)
    _cost(page, explained)


def _top(page: _Page, explained: Explained) -> None:
    lang = page.lang
    name = explained.site.get("name", "")
    when = explained.started_at[:16].replace("T", " ")
    page.add(cut(f"posdiag {explained.version}  {when}  {name}".rstrip(), page.width))
    page.add()
    kind = VERDICT_MARK.get(explained.verdict.value, "error")
    headline = explained.headline
    if explained.causes:
        title = explained.causes[0].title
        headline = TEXTS("phrase.headline", verdict=headline, title=title)
    page.hanging(page.mark(kind), headline.of(lang), STYLES.get(kind, "bold yellow"))
    if explained.verdict is Verdict.HEALTHY:
        partial = any(r.code == "skip.not-selected" for r in explained.results)
        whole, part = TEXTS("verdict_more.healthy"), TEXTS("verdict_more.partial")
        page.hanging("  ", (part if partial else whole).of(lang))
    if explained.verdict is Verdict.UNKNOWN:
        page.hanging("  ", _unproven(explained).of(lang))
    if explained.interrupted:
        page.hanging("  ", TEXTS("phrase.interrupted").of(lang), "yellow")
    for note in explained.notes:
        page.hanging("  ", note.text.of(lang))


def _unproven(explained: Explained) -> Pair:
    """What was not examined, and what would close the first of the gaps."""
    gaps = explained.unproven
    if not gaps:
        return TEXTS("verdict_more.unknown")
    titles = Pair(
        "；".join(gap.title.zh for gap in gaps[:GAPS]),
        " ".join(gap.title.en for gap in gaps[:GAPS]),
    )
    return TEXTS("phrase.unproven", checks=titles, how=gaps[0].how)


def _first(page: _Page, cause: ExplainedCause) -> None:
    lang = page.lang
    page.add()
    page.hanging("  ", cause.why.of(lang))
    page.add()
    if cause.proof:
        page.labelled(TEXTS("label.proof"), cause.proof)
    percent = f"{min(max(cause.confidence, 0), 1) * 100:.0f}"
    sure = TEXTS("phrase.confidence", percent=percent, id=cause.id)
    page.labelled(TEXTS("label.confidence"), sure)
    if cause.rivals:
        between = TEXTS("phrase.separator").of(lang)
        rivals = between.join(r.title.of(lang) for r in cause.rivals[:3])
        page.labelled(TEXTS("label.rivals"), Pair.same(rivals))
        if cause.decide:
            page.labelled(TEXTS("label.decide"), cause.decide)
    for other in cause.against[:2]:
        contrary = TEXTS("phrase.against", title=other.title)
        page.labelled(TEXTS("label.against"), contrary)
    page.heading(TEXTS("label.steps"))
    for number, step in enumerate(cause.steps, 1):
        _step(page, number, step)
    page.add()
    _call(page, cause)


def _step(page: _Page, number: int, step: Step) -> None:
    text = step.text.of(page.lang)
    if step.by != "merchant" and not step.gate:
        text = f"[{WORDS(f'by.{step.by}').of(page.lang)}] {text}"
    page.hanging(f"  {number}. ", text, "bold" if step.gate else "")
    if step.recheck:
        head = "     " + TEXTS("label.recheck").of(page.lang)
        head += "" if page.lang == "zh" else " "
        page.hanging(head, step.recheck.of(page.lang), "dim")


def _call(page: _Page, cause: ExplainedCause) -> None:
    text = WORDS(f"who.{cause.who}")
    if cause.contact:
        text = TEXTS("phrase.contact", who=text, number=cause.contact)
    page.labelled(TEXTS("label.call"), text, "bold")


def _others(page: _Page, causes: Iterable[ExplainedCause]) -> None:
    rest = list(causes)
    if not rest:
        return
    page.heading(TEXTS("label.others"))
    for cause in rest[:5]:
        mark = page.mark("fail" if cause.severity.value == "broken" else "warn")
        title, why = cause.title.of(page.lang), cause.why.of(page.lang)
        page.hanging(f"  {mark}", f"{title} ({cause.id})")
        page.hanging("    ", why)
    if len(rest) > 5:
        more = TEXTS("phrase.more", count=len(rest) - 5)
        page.add("    " + more.of(page.lang))


def _advice(page: _Page, explained: Explained) -> None:
    for label, measures in (
        (TEXTS("label.emergency"), explained.emergency),
        (TEXTS("label.prevention"), explained.prevention),
    ):
        if measures:
            page.heading(label)
        for measure in measures:
            page.hanging("  - ", measure.text.of(page.lang))


def _checklist(page: _Page, explained: Explained) -> None:
    page.heading(TEXTS("label.checklist"))
    titles = (r.title.of(page.lang) for r in explained.results)
    room = min(TITLE, max((cells(t, wide=page.wide) for t in titles), default=0))
    for result in explained.results:
        _row(page, result, room)
    hints = list(dict.fromkeys(r.hint for r in explained.results if r.hint))
    for hint in hints[:3]:
        page.hanging(f"  {TEXTS('label.hint').of(page.lang)}: ", hint)


def _row(page: _Page, result: ExplainedResult, title_room: int) -> None:
    name = result.status.value
    title = cut(result.title.of(page.lang), title_room, wide=page.wide)
    head = f"  {page.mark(name)}{pad(title, title_room, wide=page.wide)}  "
    text = result.short.of(page.lang)
    room = page.width - cells(head, wide=page.wide)
    lines = wrap(text, room, wide=page.lang == "zh")
    rest = ("" if page.lang == "zh" else " ").join(lines[1:])
    shown = [lines[0], cut(rest, room, wide=page.wide)] if rest else lines
    style = STYLES.get(name, "")
    for place, line in enumerate(shown):
        blank = " " * cells(head, wide=page.wide)
        page.add((blank if place else head) + line, style if name != "ok" else "")


def _charts(page: _Page, explained: Explained) -> None:
    for result in explained.results:
        if result.chart:
            page.add()
            page.hanging("", (result.chart_title or result.title).of(page.lang), "bold")
            for line in draw(
                result.chart[:ROWS],
                page.lang,
                page.width,
                bar=sign("bar", page.encoding),
                wide=page.wide,
                encoding=page.encoding,
            ):
                page.add(line)


def _cost(page: _Page, explained: Explained) -> None:
    total = explained.sent + explained.received
    key = "less" if total <= SALE else "more"
    cost = TEXTS(f"cost.{key}", seconds=explained.seconds, size=size(total))
    page.add()
    _path(page, explained)
    page.hanging("", cost.of(page.lang))


def _path(page: _Page, explained: Explained) -> None:
    """The code to read out by telephone, and a backup host that works."""
    code = TEXTS("phrase.path_code", code=path_code(explained.results))
    page.hanging("", code.of(page.lang))
    asked = [r for r in explained.results if r.fallback]
    down = any(c.id.startswith("acquirer.") for c in explained.causes)
    if asked and (down or asked[0].status is not Status.OK):
        works = TEXTS("phrase.fallback", host=asked[0].fallback)
        page.hanging("", works.of(page.lang), "bold")
