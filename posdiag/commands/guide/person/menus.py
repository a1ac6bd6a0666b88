"""The guide with arrow keys, on a terminal that can do it (questionary).

Digits choose as well. Everything else is printed as `plain` does, and a console that
cannot draw a menu gets the plain lines.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posdiag.commands.guide import TEXTS
from posdiag.commands.guide.person.plain import Plain
from posdiag.guide.knowledge import UNKNOWN
from posdiag.guide.walk.drive import BACK, Left
from posdiag.report.terminal.console import printable
from posdiag.report.terminal.wrap import wrap

if TYPE_CHECKING:
    from posdiag.texts.pair import Pair

EXPLAIN, LEAVE = "\x00explain", "\x00leave"
#: Keys that act at once, as in plain lines. The first is shown beside the choice, and
#: questionary takes only digits and small letters for that; full-width ones are what a
#: Chinese input method types.
OWN = {EXPLAIN: "h?？", BACK: "bｂ", LEAVE: "qｑ"}
INDENT = 6  # cells before a choice: the pointer and its key
KEYS = "1234567890acdefgilmnoprstuvwxyz"  # of the other choices; j and k move


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
            shown[UNKNOWN] = labels[UNKNOWN]
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
        keys = iter(KEYS)
        choices = [
            questionary.Choice(
                printable(self._folded(label), self._encoding()),
                value,
                shortcut_key=OWN[value][0] if value in OWN else next(keys),
            )
            for value, label in shown.items()
        ]
        menu = questionary.select(
            "",
            choices,
            qmark="",
            pointer=">",
            instruction=TEXTS("menu.keys").of(self.lang),
            use_shortcuts=True,
            style=style,
        )
        _act_at_once(menu, shown)
        return menu.unsafe_ask()

    def _folded(self, label: Pair) -> str:
        """A menu cuts a line that is too long."""
        lines = wrap(label.of(self.lang), max(self.width - INDENT, 10))
        return ("\n" + " " * INDENT).join(lines)


def _act_at_once(menu: Any, shown: Mapping[str, Pair]) -> None:
    """`q`, `b` and `?` need no Enter. A later binding goes before an earlier one."""
    for value, keys in OWN.items():
        if value in shown:

            def leave(event: Any, chosen: str = value) -> None:
                event.app.exit(result=chosen)

            for key in keys:
                menu.application.key_bindings.add(key, eager=True)(leave)


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
