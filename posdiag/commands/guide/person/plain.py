"""The guide as plain numbered lines: for pipes, screen readers and small consoles.

Nothing moves, nothing depends on colour; what is asked comes last, with its answers
numbered from 1 and *don't know* as 0.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import sleep
from typing import TYPE_CHECKING, TextIO

from posdiag.commands.guide import TEXTS
from posdiag.commands.guide.person import words
from posdiag.guide import phrases, rules
from posdiag.guide.knowledge import GATE, SYMPTOM, UNKNOWN
from posdiag.guide.walk.drive import BACK, TYPED, Left
from posdiag.report.terminal.console import printable
from posdiag.report.terminal.wrap import wrap
from posdiag.texts.safe import safe_text

if TYPE_CHECKING:
    from posdiag.guide.knowledge import Action, Fact
    from posdiag.guide.seen import Seen
    from posdiag.guide.walk.steps import Ask, Measure
    from posdiag.guide.walk.walk import Walk
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

QUIT = ("q", "quit", "exit")
TAKE_BACK = ("b", "back")
HELP = ("?", "h", "help")
NONE = "0"
TICK = 5  # seconds between two lines of a countdown


@dataclass(slots=True)
class Plain:
    """Prints to `out`, reads lines from `source`. `previous` are answers of a walk that
    was left, shown beside the question."""

    lang: Lang
    width: int
    out: TextIO
    source: TextIO = field(default_factory=lambda: sys.stdin)
    previous: Mapping[str, str] = field(default_factory=dict)
    moving: bool = False
    _open: bool = field(default=False, init=False)  # the cursor is within a line

    # --- what the walk wants ---------------------------------------------------------

    def ask(self, request: Ask, walk: Walk) -> str:
        known = walk.known
        self._head(walk)
        self.say(phrases.question(walk, request.id))
        old = self.previous.get(request.id)
        labels = phrases.answers(known, request.id)
        if old:
            shown = labels.get(old)
            self.say(TEXTS("previous", answer=shown.of(self.lang) if shown else old))
        help = request.fact.help if request.fact else None
        if not labels:
            kind = request.fact.kind if request.fact else "code"
            return self._typed(kind, help, back=walk.can_take_back)
        unknown = request.id != SYMPTOM  # "not sure" is among them
        return self._choice(labels, help, back=walk.can_take_back, unknown=unknown)

    def gate(self, fact: Fact, walk: Walk) -> str:
        self._head(walk)
        self.say(fact.ask)
        labels = phrases.answers(walk.known, GATE)
        return self._choice(labels, fact.help, back=walk.can_take_back)

    def act(self, action: Action, note: str, walk: Walk) -> bool | None:
        self._head(walk)
        what = phrases.action(walk.known, action, note)
        for pair in words.instruction(action, what):
            self.say(pair)
        labels = words.act_choices()
        if action.pause:
            labels = {"count": TEXTS("act.count", seconds=action.pause), **labels}
        back = walk.can_take_back
        chosen = self._choice(labels, None, back=back, unknown=False)
        if chosen == "count":
            self.count(action.pause)
            del labels["count"]
            chosen = self._choice(labels, None, back=back, unknown=False)
        return None if chosen == BACK else chosen == "done"

    def tell(self, id: str, walk: Walk) -> None:
        self.line("")
        self.say(walk.known.advice[id])

    def measuring(self, request: Measure, walk: Walk) -> None:
        self.line("")
        self.say(words.measuring(request))

    def progress(self, done: int, all: int) -> None:
        """One line that counts, on a screen that can."""
        if self.moving:
            text = TEXTS("progress", done=done, all=all).of(self.lang)
            end = "\r" if done < all else "\n"
            self.out.write(f"{printable(text, self._encoding())}{end}")
            self.out.flush()
            self._open = done < all

    def measured(self, seen: Seen, request: Measure, walk: Walk) -> None:
        for pair in words.measured(seen, request):
            self.say(pair)

    # --- printing and reading --------------------------------------------------------

    def _head(self, walk: Walk) -> None:
        self.line("")
        self.say(TEXTS("step", number=walk.counted + 1, limit=walk.limit))

    def say(self, pair: Pair) -> None:
        for part in pair.of(self.lang).split("\n"):
            for line in wrap(part, self.width):
                self.line(line)

    def line(self, text: str) -> None:
        print(printable(text, self._encoding()), file=self.out, flush=True)
        self._open = False

    def end_line(self) -> None:
        """So that what comes next does not stand behind a prompt or a counter."""
        if self._open:
            self.line("")

    def count(self, seconds: int) -> None:
        """A countdown: one line that counts on a screen, a line every 5 s else."""
        for left in range(seconds, 0, -1):
            text = TEXTS("count", seconds=left).of(self.lang)
            if self.moving:
                self.out.write(f"\r{printable(text, self._encoding())} ")
                self.out.flush()
            elif left % TICK == 0:
                self.line(text)
            sleep(1)
        self.line("")
        self.say(TEXTS("count.over"))

    def _encoding(self) -> str:
        return getattr(self.out, "encoding", None) or "utf-8"

    def _read(self) -> str:
        self.out.write("> ")
        self.out.flush()
        self._open = True
        line = self.source.readline()
        if not line:
            raise Left
        self._open = not self.source.isatty()  # a terminal echoes the Enter
        text = line.strip().translate(WIDE)
        if text.lower() in QUIT:
            raise Left
        return text

    def _choice(
        self,
        labels: Mapping[str, Pair],
        help: Pair | None,
        *,
        back: bool,
        unknown: bool = True,
    ) -> str:
        numbered = [value for value in labels if value != UNKNOWN]
        for number, value in enumerate(numbered, 1):
            self.say_numbered(str(number), labels[value])
        if unknown:
            self.say_numbered(NONE, labels[UNKNOWN])
        self.say(_keys(back, help is not None))
        while True:
            text = self._read()
            if text.lower() in HELP and help is not None:
                self.say(help)
            elif back and text.lower() in TAKE_BACK:
                return BACK
            elif unknown and text == NONE:
                return UNKNOWN
            elif text.isascii() and text.isdigit() and 1 <= int(text) <= len(numbered):
                return numbered[int(text) - 1]
            elif text in labels:
                return text
            else:
                most = len(numbered)
                self.say(TEXTS("wrong.number", least=0 if unknown else 1, most=most))

    def say_numbered(self, number: str, label: Pair) -> None:
        first, *rest = wrap(label.of(self.lang), max(self.width - 4, 10))
        self.line(f" {number}. {first}")
        for line in rest:
            self.line(f"    {line}")

    def _typed(self, kind: str, help: Pair | None, *, back: bool) -> str:
        self.say(TEXTS("type"))
        self.say(_typed_keys(back, help is not None))
        doubted = False
        while True:
            text = self._read()
            if text.lower() in HELP and help is not None:
                self.say(help)
            elif back and text.lower() in TAKE_BACK:
                return BACK
            elif text in ("", NONE):
                return UNKNOWN
            elif kind == "code" and rules.is_unlisted(text) and not doubted:
                doubted = True
                self.say(TEXTS("code.unlisted", code=safe_text(text, limit=TYPED)))
            elif rules.legal(kind, text):
                return text
            else:
                self.say(TEXTS("wrong.text"))


#: Full-width digits and letters, as a Chinese input method types them.
WIDE = {0x3000: 0x20, **{0xFF01 + at: 0x21 + at for at in range(94)}}


def _keys(back: bool, help: bool) -> Pair:
    if help:
        return TEXTS("keys.back-help") if back else TEXTS("keys.help")
    return TEXTS("keys.back") if back else TEXTS("keys.plain")


def _typed_keys(back: bool, help: bool) -> Pair:
    if help:
        return TEXTS("keys.typed-help") if back else TEXTS("keys.typed-first-help")
    return TEXTS("keys.typed") if back else TEXTS("keys.typed-first")
