"""The report on the paper of a receipt printer: 32 columns (58 mm) or 48 (80 mm).

Such printers know GBK and nothing else, and print whatever takes two bytes there two
columns wide. So everything here can be encoded in GBK, and no line is longer than its
bytes in GBK say.
"""

from dataclasses import dataclass, field

from posdiag.report import FORMATS
from posdiag.report.handover import texts
from posdiag.report.summary import counts, foot, hanging, meaning, numbered
from posdiag.texts.explain import Explained, ExplainedCause
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair
from posdiag.texts.path_code import shown_code

ENCODING = "gbk"


def render(explained: Explained, lang: Lang, columns: int = 32) -> str:
    """The report as lines of at most `columns` columns."""
    paper = Paper(lang, columns)
    _head(paper, explained)
    if explained.emergency:
        paper.heading("sell")
        for advice in explained.emergency:
            paper.item("- ", advice.text)
    for cause in explained.causes[:1]:
        _first(paper, cause)
    if explained.causes[1:]:
        paper.heading("others")
        for cause in explained.causes[1:]:
            paper.item("- ", cause.title)
    _checks(paper, explained)
    _foot(paper, explained)
    if explained.handover:
        for head, text in texts(explained.handover, lang):
            paper.item(head, text)
        paper.rule("=")
    return paper.text()


def _head(paper: "Paper", explained: Explained) -> None:
    paper.rule("=")
    paper.say(f"posdiag  {explained.when}")
    for key in ("name", "terminal_id"):
        if key in explained.site:
            paper.say(explained.site[key])
    paper.rule("=")
    paper.say(explained.headline.text)
    for sentence in meaning(explained):
        paper.say(sentence)


def _first(paper: "Paper", cause: ExplainedCause) -> None:
    paper.heading("steps")
    for mark, text, _ in numbered(cause.steps):
        paper.item(f"{mark} ", text)
    paper.heading("call")
    paper.say(cause.call)


def _foot(paper: "Paper", explained: Explained) -> None:
    paper.rule("-")
    if code := shown_code(explained.results):
        paper.heading("code", gap=False)
        paper.say(code)
    for cause in explained.causes[:1]:
        paper.say(f"{cause.id} {cause.percent} %")
    paper.say(foot(explained))
    paper.rule("=")


def _checks(paper: "Paper", explained: Explained) -> None:
    """The counts, then what is not fine."""
    paper.heading("checks")
    found = counts(explained.results)
    words = [
        f"{WORDS(f'state.{name}').of(paper.lang)} {count}"
        for name, count in found.items()
        if count
    ]
    paper.say("  ".join(words))
    for result in explained.results:
        kind = result.state
        if kind in ("warn", "fail"):
            word = WORDS(f"state.{kind}")
            paper.item(f"{word.of(paper.lang)} ", result.title)


@dataclass(slots=True)
class Paper:
    """Lines of a receipt."""

    lang: Lang
    columns: int
    lines: list[str] = field(default_factory=list)

    def rule(self, mark: str) -> None:
        self.lines.append(mark * self.columns)

    def heading(self, label: str, *, gap: bool = True) -> None:
        if gap:
            self.rule("-")
        self.say(FORMATS(f"label.{label}"))

    def say(self, text: Pair | str) -> None:
        self.item("", text)

    def item(self, head: str, text: Pair | str) -> None:
        """`head`, then the text beside it in as many lines as it needs."""
        printed = printable(text.of(self.lang) if isinstance(text, Pair) else text)
        self.lines += hanging(printable(head), printed, self.columns, wide=True)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def columns(text: str) -> int:
    """Columns on paper of a text that GBK has."""
    return len(text.encode(ENCODING))


def printable(text: str) -> str:
    """`text` with a question mark for each character that GBK lacks."""
    return text.encode(ENCODING, "replace").decode(ENCODING)
