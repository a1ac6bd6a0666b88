"""The guide as one page in a browser of this machine (`--web`)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from posdiag.commands.guide import TEXTS
from posdiag.commands.guide.person import words
from posdiag.guide import phrases, rules
from posdiag.guide.knowledge import GATE, UNKNOWN
from posdiag.guide.walk.drive import BACK, TYPED, Left
from posdiag.texts.pair import Pair
from posdiag.texts.safe import safe_text

if TYPE_CHECKING:
    from posdiag.guide.knowledge import Action, Fact
    from posdiag.guide.seen import Seen
    from posdiag.guide.walk.steps import Ask, Measure
    from posdiag.guide.walk.walk import Walk
    from posdiag.texts.lang import Lang

LEAVE = "\x00leave"
POLL = 20.0  # seconds that a browser waits for the next view
FAREWELL = 15.0  # seconds until the last view has to be fetched

Choices = Mapping[str, Pair]


@dataclass(slots=True)
class Browser:
    """Shows one view at a time, and waits for the answer to it."""

    lang: Lang
    _messages: list[Pair] = field(default_factory=list)
    _view: dict[str, Any] = field(default_factory=lambda: {"seq": 0})
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _answers: queue.SimpleQueue[tuple[int, str]] = field(
        default_factory=queue.SimpleQueue
    )
    _fetched: threading.Event = field(default_factory=threading.Event)

    # --- what the page asks ----------------------------------------------------------

    def next_view(self, after: int) -> dict[str, Any]:
        """The newest view; waits for one that is newer than `after`."""
        with self._changed:
            self._changed.wait_for(lambda: self._view["seq"] > after, POLL)
            if self._view.get("end"):
                self._fetched.set()
            return self._view

    def receive(self, found: Mapping[str, Any]) -> None:
        seq, value = found.get("seq"), found.get("value")
        if isinstance(seq, int) and isinstance(value, str):
            self._answers.put((seq, value))

    # --- what the walk wants ---------------------------------------------------------

    def ask(self, request: Ask, walk: Walk) -> str:
        labels = phrases.answers(walk.known, request.id)
        fact = request.fact
        help = fact.help if fact else None
        back = walk.can_take_back
        question = phrases.question(walk, request.id)
        if labels:
            return self._choose(walk, question, labels, help=help, back=back)
        kind = fact.kind if fact else "code"
        unknown = {UNKNOWN: phrases.dont_know(walk.known, request.id)}
        lines: tuple[Pair, ...] = ()
        doubted = False
        while True:
            self._show(walk, question, unknown, lines, help=help, back=back, typed=True)
            answer = self._wait()
            if answer in (BACK, UNKNOWN):
                return answer
            if not answer.strip():
                return UNKNOWN
            if kind == "code" and rules.is_unlisted(answer) and not doubted:
                doubted = True
                code = safe_text(answer, limit=TYPED)
                lines = (TEXTS("code.unlisted", code=code),)
            elif rules.legal(kind, answer):
                return answer
            else:
                lines = (TEXTS("wrong.text"),)

    def gate(self, fact: Fact, walk: Walk) -> str:
        labels = phrases.answers(walk.known, GATE)
        back = walk.can_take_back
        return self._choose(walk, fact.ask, labels, help=fact.help, back=back)

    def act(self, action: Action, note: str, walk: Walk) -> bool | None:
        labels = words.act_choices()
        what = phrases.action(walk.known, action, note)
        minutes, _, *rest = words.instruction(action, what)
        back = walk.can_take_back
        lines = (minutes, *rest)
        self._show(walk, what, labels, lines, back=back, pause=action.pause)
        chosen = self._wait((*labels, BACK) if back else tuple(labels))
        return None if chosen == BACK else chosen == "done"

    def tell(self, id: str, walk: Walk) -> None:
        self._messages.append(walk.known.advice[id])

    def measuring(self, request: Measure, walk: Walk) -> None:
        self._show(walk, words.measuring(request), {}, leave=False)

    def measured(self, seen: Seen, request: Measure, walk: Walk) -> None:
        self._messages = words.measured(seen, request)

    def finish(self, walk: Walk, text: Pair, sheet: tuple[Pair, ...] = ()) -> None:
        """Show the end and the lines of the call sheet, until the browser has it."""
        self._messages = []
        self._show(walk, text, {}, sheet, leave=False, end=True)
        self._fetched.wait(FAREWELL)

    # --- views -----------------------------------------------------------------------

    def _choose(
        self,
        walk: Walk,
        title: Pair,
        labels: Choices,
        *,
        help: Pair | None,
        back: bool = False,
    ) -> str:
        self._show(walk, title, labels, help=help, back=back)
        return self._wait((*labels, BACK) if back else tuple(labels))

    def _show(
        self,
        walk: Walk,
        title: Pair,
        labels: Choices,
        lines: tuple[Pair, ...] = (),
        *,
        help: Pair | None = None,
        back: bool = False,
        typed: bool = False,
        pause: int = 0,
        leave: bool = True,
        end: bool = False,
    ) -> None:
        choices: list[dict[str, Any]] = [
            {"value": v, "label": asdict(p)} for v, p in labels.items()
        ]
        if pause:
            label = asdict(TEXTS("act.count", seconds=pause))
            choices.insert(0, {"value": "", "label": label, "count": pause})
        minor = {BACK: TEXTS("menu.back")} if back else {}
        minor |= {LEAVE: TEXTS("menu.leave")} if leave else {}
        step = TEXTS("step", number=walk.counted + 1, limit=walk.limit)
        with self._changed:
            self._view = {
                "seq": self._view["seq"] + 1,
                "lang": self.lang,
                "step": asdict(step) if leave else None,
                "said": [asdict(p) for p in self._messages],
                "title": asdict(title),
                "lines": [asdict(p) for p in lines],
                "help": asdict(help) if help else None,
                "choices": choices,
                "minor": [{"value": v, "label": asdict(p)} for v, p in minor.items()],
                "typed": typed,
                "end": end,
                "words": _words(),
            }
            self._changed.notify_all()

    def _wait(self, legal: tuple[str, ...] | None = None) -> str:
        """The answer to the view that is shown; None: any text."""
        while True:
            with suppress(queue.Empty):
                seq, value = self._answers.get(timeout=0.5)
                if seq != self._view["seq"]:
                    continue
                if value == LEAVE:
                    raise Left
                if legal is None or value in legal:
                    return value


def _words() -> dict[str, Any]:
    return {
        "chinese": TEXTS("web.chinese").zh,
        "send": asdict(TEXTS("web.send")),
        "explain": asdict(TEXTS("menu.explain")),
        "gone": asdict(TEXTS("web.gone")),
        "over": asdict(TEXTS("count.over")),
        "count": asdict(TEXTS("web.count")),
    }


def page() -> str:
    return (files("posdiag.commands.guide.person") / "browser.html").read_text("utf-8")
