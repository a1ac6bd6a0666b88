"""What does a person see before the report: a first line, and what is being done?"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from posdiag.commands.shared.outputs import Destination, colorful

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.model import Result
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

Observer = Callable[["Result"], None]


@contextlib.contextmanager
def apart(places: Sequence[Destination]) -> Iterator[None]:
    """A format for machines owns stdout; whatever else prints goes to stderr."""
    owned = any(place.path is None and not place.on_screen for place in places)
    with contextlib.redirect_stdout(sys.stderr if owned else sys.stdout):
        yield


def greet(
    places: Sequence[Destination], lang: Lang, words: Mapping[str, str] | None = None
) -> None:
    """The first line, where a person looks: nothing but a report goes into a file."""
    from posdiag.report.terminal.live import HELLO, hello

    if any(place.on_screen and not place.alone for place in places):
        hello(lang, sys.stdout, words or HELLO)
    elif sys.stderr.isatty():
        hello(lang, sys.stderr, words or HELLO)


@contextlib.contextmanager
def watched(
    places: Sequence[Destination],
    order: Order,
    catalogue: Catalogue,
    lang: Lang,
    no_color: bool,
) -> Iterator[Observer]:
    """A live display where stdout is a screen that shows the report for people."""
    shown = any(place.on_screen for place in places)
    if not (shown and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        yield lambda result: None
        return
    from posdiag.report.terminal.live import Live

    live = Live(catalogue, lang, color=colorful(no_color))
    live.start(order.to_run)
    try:
        yield live.update
    finally:
        live.stop()
