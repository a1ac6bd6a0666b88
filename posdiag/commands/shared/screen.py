"""What is on the screen before the report: a first line, then the running checks."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from posdiag.commands.shared.outputs import Destination, wants_color

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.model import Result
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

Observer = Callable[["Result"], None]


@contextlib.contextmanager
def stdout_reserved(outputs: Sequence[Destination]) -> Iterator[None]:
    """A machine format owns stdout; everything else printed goes to stderr."""
    owned = any(output.path is None and not output.on_screen for output in outputs)
    with contextlib.redirect_stdout(sys.stderr if owned else sys.stdout):
        yield


def announce(
    outputs: Sequence[Destination], lang: Lang, what: Pair | None = None
) -> None:
    """Print the first line on the screen, never in a file. `what` is being done."""
    from posdiag.report.terminal.live import first_line

    if any(output.on_screen and not output.alone for output in outputs):
        first_line(lang, sys.stdout, what)
    elif sys.stderr.isatty():
        first_line(lang, sys.stderr, what)


@contextlib.contextmanager
def live_display(
    outputs: Sequence[Destination],
    order: Order,
    catalogue: Catalogue,
    lang: Lang,
    no_color: bool,
) -> Iterator[Observer]:
    """A live display where the terminal report goes to a screen."""
    shown = any(output.on_screen for output in outputs)
    if not (shown and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        yield lambda result: None
        return
    from posdiag.report.terminal.live import Live

    live = Live(catalogue, lang, color=wants_color(no_color))
    live.start(order.to_run)
    try:
        yield live.update
    finally:
        live.stop()
