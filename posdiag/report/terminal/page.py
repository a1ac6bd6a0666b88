"""The report on one screen: verdict, cause, proof, steps, whom to call, checklist.

Readable at 80 columns, without colour, without emoji, on a GBK console. Variable text
is only ever put into `rich.text.Text`, never into markup.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from posdiag.model import Facts, Status, Verdict
from posdiag.report.terminal.chart import ROWS, draw
from posdiag.report.terminal.console import Line, fits, printed
from posdiag.report.terminal.wrap import cells, cut, pad, wrap
from posdiag.texts.catalogue import Step, word, words
from posdiag.texts.explain import Explained, ExplainedCause, ExplainedResult
from posdiag.texts.fill import fill, size
from posdiag.texts.lang import Lang
from posdiag.texts.path_code import path_code

SALE = 15_000  # bytes of one card sale at most (article 000:67: 10-15 KB)
TITLE = 32  # columns of a check's title
LABEL = 10  # columns of a label
NARROWEST, WIDEST = 40, 100

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}
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

    Where it cannot print Chinese at all the report is in English.
    """
    if not fits("中文", encoding):
        lang = "en"
    page = _Page(lang, max(NARROWEST, min(width, WIDEST)) - 1, encoding)
    _compose(page, explained)
    return printed(page.lines, page.encoding, page.width, color)


@dataclass(slots=True)
class _Page:
    """Lines as they come, with what they need to know of the console."""

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

    def heading(self, label: str) -> None:
        self.add()
        self.hanging("", word("label", label).of(self.lang), "bold")

    def hanging(self, head: str, text: str, style: str = "") -> None:
        """`head`, then `text` wrapped beside it."""
        room = self.width - cells(head, wide=self.wide)
        # Ambiguous signs may take two columns in any Chinese font.
        lines = wrap(text, room, wide=self.lang == "zh")
        self.add(head + lines[0], style)
        for line in lines[1:]:
            self.add(" " * cells(head, wide=self.wide) + line, style)

    def labelled(self, label: str, text: str, style: str = "") -> None:
        name = pad(word("label", label).of(self.lang), LABEL, wide=self.wide)
        self.hanging(f"  {name}", text, style)

    def sign(self, name: str) -> str:
        """A sign of `[mark]`, or its form for consoles that lack it."""
        table = words().get("mark")
        found = table.get(name) if isinstance(table, dict) else None
        signs = found if isinstance(found, dict) else {}
        sign = str(signs.get("sign", "?"))
        return sign if fits(sign, self.encoding) else str(signs.get("ascii", "?"))

    def mark(self, name: str) -> str:
        return pad(
            self.sign(name),
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
    headline = explained.headline.of(lang)
    if explained.causes:
        title = explained.causes[0].title.of(lang)
        headline += f"：{title}" if lang == "zh" else f": {title}"
    page.hanging(page.mark(kind), headline, STYLES.get(kind, "bold yellow"))
    if explained.verdict in (Verdict.HEALTHY, Verdict.UNKNOWN):
        page.hanging("  ", word("verdict_more", explained.verdict.value).of(lang))
    if explained.interrupted:
        page.hanging("  ", word("phrase", "interrupted").of(lang), "yellow")
    for note in explained.notes:
        page.hanging("  ", note.text.of(lang))


def _first(page: _Page, cause: ExplainedCause) -> None:
    lang = page.lang
    page.add()
    page.hanging("  ", cause.why.of(lang))
    page.add()
    if cause.proof:
        page.labelled("proof", cause.proof.of(lang))
    sure = word("phrase", "confidence").of(lang)
    percent = f"{min(max(cause.confidence, 0), 1) * 100:.0f}"
    page.labelled(
        "confidence", f"{fill(sure, {'percent': percent}, lang)}  ({cause.id})"
    )
    if cause.rivals:
        rivals = (r.title.of(lang) for r in cause.rivals[:3])
        page.labelled("rivals", ("；" if lang == "zh" else "; ").join(rivals))
        if cause.decide:
            page.labelled("decide", cause.decide.of(lang))
    for other in cause.against[:2]:
        said = word("phrase", "against").of(lang)
        page.labelled("against", fill(said, {"title": other.title.of(lang)}, lang))
    page.heading("steps")
    for number, step in enumerate(cause.steps, 1):
        _step(page, number, step)
    page.add()
    _call(page, cause)


def _step(page: _Page, number: int, step: Step) -> None:
    text = step.text.of(page.lang)
    if step.by != "merchant" and not step.gate:
        text = f"[{word('by', step.by).of(page.lang)}] {text}"
    page.hanging(f"  {number}. ", text, "bold" if step.gate else "")
    if step.recheck:
        head = "     " + word("label", "recheck").of(page.lang)
        head += "" if page.lang == "zh" else " "
        page.hanging(head, step.recheck.of(page.lang), "dim")


def _call(page: _Page, cause: ExplainedCause) -> None:
    text = word("who", cause.who).of(page.lang)
    if cause.contact:
        text += f"  {word('label', 'telephone').of(page.lang)} {cause.contact}"
    page.labelled("call", text, "bold")


def _others(page: _Page, causes: Iterable[ExplainedCause]) -> None:
    rest = list(causes)
    if not rest:
        return
    page.heading("others")
    for cause in rest[:5]:
        mark = page.mark("fail" if cause.severity.value == "broken" else "warn")
        title, why = cause.title.of(page.lang), cause.why.of(page.lang)
        page.hanging(f"  {mark}", f"{title} ({cause.id})")
        page.hanging("    ", why)
    if len(rest) > 5:
        more = word("phrase", "more").of(page.lang)
        page.add("    " + fill(more, {"count": len(rest) - 5}, page.lang))


def _advice(page: _Page, explained: Explained) -> None:
    for label, measures in (
        ("emergency", explained.emergency),
        ("prevention", explained.prevention),
    ):
        if measures:
            page.heading(label)
        for measure in measures:
            page.hanging("  - ", measure.text.of(page.lang))


def _checklist(page: _Page, explained: Explained) -> None:
    page.heading("checklist")
    titles = (r.title.of(page.lang) for r in explained.results)
    room = min(TITLE, max((cells(t, wide=page.wide) for t in titles), default=0))
    for result in explained.results:
        _row(page, result, room)
    hints = list(dict.fromkeys(r.hint for r in explained.results if r.hint))
    for hint in hints[:3]:
        page.hanging(f"  {word('label', 'hint').of(page.lang)}: ", hint)


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
                bar=page.sign("bar"),
                wide=page.wide,
                encoding=page.encoding,
            ):
                page.add(line)


def _cost(page: _Page, explained: Explained) -> None:
    total = explained.sent + explained.received
    phrase = "cost_less" if total <= SALE else "cost_more"
    facts: Facts = {"seconds": explained.seconds, "size": size(total)}
    page.add()
    _path(page, explained)
    page.hanging("", fill(word("phrase", phrase).of(page.lang), facts, page.lang))


def _path(page: _Page, explained: Explained) -> None:
    """The code to read out over the telephone, and a backup host that would do."""
    code: Facts = {"code": path_code(explained.results)}
    page.hanging("", fill(word("phrase", "path_code").of(page.lang), code, page.lang))
    asked = [r for r in explained.results if r.fallback]
    down = any(c.id.startswith("acquirer.") for c in explained.causes)
    if asked and (down or asked[0].status is not Status.OK):
        said = word("phrase", "fallback").of(page.lang)
        host: Facts = {"host": asked[0].fallback}
        page.hanging("", fill(said, host, page.lang), "bold")
