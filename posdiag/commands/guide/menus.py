"""The guide with arrow keys, on a terminal that can do it (questionary).

Digits choose as well. Everything else is printed as `plain` does, and a console that
cannot draw a menu gets the plain lines.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posdiag.commands.guide import TEXTS
from posdiag.commands.guide.plain import Plain
from posdiag.guide import phrases
from posdiag.guide.knowledge import UNKNOWN
from posdiag.guide.walk.drive import BACK, Left
from posdiag.report.terminal.console import printable

if TYPE_CHECKING:
    from posdiag.texts.pair import Pair

EXPLAIN, LEAVE = "\x00explain", "\x00leave"
KEYS = 36  # choices that have a key of their own


def capable() -> bool:
    """Can a menu be drawn here?"""
    dumb = os.environ.get("TERM", "") in ("", "dumb") and sys.platform != "win32"
    return sys.stdin.isatty() and sys.stdout.isatty() and not dumb


@dataclass(slots=True)
class Menus(Plain):
    """`color` False: only marks, no colours."""

    color: bool = True

    def _choice(
        self,
        labels: Mapping[str, Pair],
        help: Pair | None,
        *,
        back: bool,
        unknown: bool = True,
    ) -> str:
        shown = {v: label for v, label in labels.items() if v != UNKNOWN}
        if unknown:
            shown[UNKNOWN] = phrases.dont_know()
        if help is not None:
            shown[EXPLAIN] = TEXTS("menu.explain")
        if back:
            shown[BACK] = TEXTS("menu.back")
        shown[LEAVE] = TEXTS("menu.leave")
        while True:
            chosen = self._menu(shown)
            if chosen in (None, LEAVE):
                raise Left
            if chosen == EXPLAIN and help is not None:
                self.say(help)
                continue
            return str(chosen)

    def _menu(self, shown: Mapping[str, Pair]) -> Any:
        import questionary

        style = None if self.color else questionary.Style([("highlighted", "bold")])
        choices = [
            questionary.Choice(printable(label.of(self.lang), self._encoding()), value)
            for value, label in shown.items()
        ]
        return questionary.select(
            "",
            choices,
            qmark="",
            pointer=">",
            instruction=TEXTS("menu.keys").of(self.lang),
            use_shortcuts=len(choices) <= KEYS,
            style=style,
        ).unsafe_ask()


def menus(plain: Plain, no_color: bool) -> Menus:
    """The same person with menus."""
    color = not (no_color or os.environ.get("NO_COLOR"))
    return Menus(
        plain.lang,
        plain.width,
        plain.out,
        plain.source,
        plain.previous,
        plain.moving,
        color=color,
    )
