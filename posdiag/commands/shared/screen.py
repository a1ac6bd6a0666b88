"""What is on the screen before the report: a first line, then the running checks."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from posdiag.commands.shared.outputs import Destination, wants_color

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.model import Result
    from posdiag.model.site import Site
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

Observer = Callable[["Result"], None]


@contextlib.contextmanager
def stdout_reserved(outputs: Sequence[Destination]) -> Iterator[Lines | None]:
    """A machine format owns stdout; everything else printed goes to stderr. Yields the
    one that is written while the run lasts, None where there is none."""
    owned = any(output.path is None and not output.on_screen for output in outputs)
    lines = Lines(sys.stdout) if any(output.streams for output in outputs) else None
    with contextlib.redirect_stdout(sys.stderr if owned else sys.stdout):
        yield lines


class Lines:
    """`ndjson` on stdout: a line for each check as it ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.sent: set[str] = set()

    def observer(self, site: Site, catalogue: Catalogue) -> Observer:
        from posdiag.report.ndjson import check_line
        from posdiag.texts.explain import explain_result

        def observe(result: Result) -> None:
            line = check_line(explain_result(result, site, catalogue))
            # A closed pipe or a full disk is told of when the rest is written.
            with contextlib.suppress(OSError, ValueError):
                self._stream.buffer.write(line.encode())
                self._stream.flush()
                self.sent.add(result.check)

        return observe


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
    lines: Lines | None = None,
) -> Iterator[Observer]:
    """A live display where the terminal report goes to a screen; `lines` where they go
    to stdout."""
    if lines is not None:
        yield lines.observer(order.site, catalogue)
        return
    shown = any(output.on_screen for output in outputs)
    if not (shown and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        yield lambda result: None
        return
    from posdiag.report.terminal.live import Live

    live = Live(catalogue, lang, color=wants_color(no_color))
    live.start(order.to_run, order.deadline)
    try:
        yield live.update
    finally:
        live.stop()
