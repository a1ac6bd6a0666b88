"""`posdiag watch`: what happens to this line over hours?

Repeats `run --quick` and prints what changed. Exit codes: 0 no fault in any run, 1 a
fault in one, 3 nothing is known, 130 interrupted; the summary comes in any case.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands import TEXTS
from posdiag.commands.past.watch_outputs import FORMATS, WatchOutputs
from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, refuse
from posdiag.commands.shared.exit_codes import EXIT, INTERRUPTED, UNKNOWN
from posdiag.commands.shared.orders import order_for
from posdiag.commands.shared.outputs import destinations
from posdiag.commands.shared.selection import names
from posdiag.commands.shared.sites import site_of

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.history.reading import Past
    from posdiag.history.watch import Run
    from posdiag.system.process.signals import Stop
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

SPAN = re.compile(
    r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m(?:in)?)?(?:(\d{1,7}(?:\.\d+)?)s?)?"
)
UNITS = (86400.0, 3600.0, 60.0, 1.0)
SHORTEST, LONGEST = 1.0, 31 * 86400.0  # seconds of a period and of a watch
ENOUGH = 10.0  # seconds that a run gets at least: the slowest faults take 8
TICK = 0.2  # seconds between two looks at whether we were interrupted


def watch(
    every: Annotated[str, options.option("every", metavar="TIME")] = "60s",
    for_: Annotated[str, options.option("for", None, "--for", metavar="TIME")] = "1h",
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    select: options.Select = None,
    skip: options.Skip = None,
    format: Annotated[options.Names, options.formats(FORMATS)] = None,
    output: options.Output = None,
    lang: options.Language = None,
    no_color: options.NoColor = False,
) -> None:
    chosen = language(lang)
    period = _seconds("--every", every, chosen)
    long = _seconds("--for", for_, chosen)
    outputs = destinations(format or (), output or (), chosen, known=FORMATS)
    from posdiag.system.process.signals import Stop

    with Stop() as stop:
        site = site_of(profile, acquirer, chosen)
        order, catalogue = order_for(
            site,
            chosen,
            selected=names(select or ()),
            skipped=names(skip or ()),
            plan="quick",
            seconds=min(max(period, ENOUGH), options.LONGEST),
        )
        written = WatchOutputs(outputs, chosen)
        written.begin(period, long)
        _repeat(order, catalogue, period, long, stop, written)
        written.end(timedelta(seconds=2 * period + options.LONGEST))
    raise typer.Exit(INTERRUPTED if stop.asked else _code(written.runs))


def _seconds(option: str, text: str, lang: Lang) -> float:
    """A time such as 90, 90s, 5m, 1h30m or 2d, in seconds."""
    match = SPAN.fullmatch(text.strip().lower())
    parts = match.groups() if match else ()
    total = sum(float(p) * unit for p, unit in zip(parts, UNITS, strict=False) if p)
    if not SHORTEST <= total <= LONGEST:
        refuse(TEXTS("wrong.time", option=option).of(lang))
    return total


def _repeat(
    order: Order,
    catalogue: Catalogue,
    period: float,
    long: float,
    stop: Stop,
    written: WatchOutputs,
) -> None:
    """A run at each period, from start to start; one that takes longer delays the
    next."""
    ends = time.monotonic() + long
    due = time.monotonic()
    while not stop.asked and due < ends:
        at, past = _measure_once(order, catalogue, stop)
        if past is None:
            written.record_unfinished(at)
        else:
            written.record(at, past)
        due = max(due + period, time.monotonic())
        while not stop.asked and (left := min(due, ends) - time.monotonic()) > 0:
            time.sleep(min(left, TICK))


def _measure_once(
    order: Order, catalogue: Catalogue, stop: Stop
) -> tuple[datetime, Past | None]:
    """When the run began and its report; None where it was interrupted."""
    from posdiag.engine.session import conduct, local_time
    from posdiag.history.reading import past
    from posdiag.report.json import as_object
    from posdiag.system.choose import choose
    from posdiag.texts.explain import explain

    at = local_time()
    # A system of its own: it counts the bytes of one run.
    report = conduct(order, choose(None), lambda result: None, stop)
    if report.interrupted or stop.asked:
        return at, None
    return at, past(as_object(explain(report, catalogue)), "")


def _code(runs: Sequence[Run]) -> int:
    if any(run.verdict in ("broken", "degraded") for run in runs):
        return EXIT["broken"]
    return EXIT["healthy"] if any(run.up for run in runs) else UNKNOWN
