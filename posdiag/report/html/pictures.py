"""Where do the lines of the pictures run? Coordinates only; the templates draw them.

Each picture is 320 units wide, the room of a telephone, so that its texts can be read
there without zooming.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from posdiag.model import Bar, Status
from posdiag.report import FORMATS
from posdiag.report.terminal.wrap import cut
from posdiag.texts.explain import Explained, ExplainedResult
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

WIDTH = 320

#: Groups of checks and causes that speak of each place on the way, from near to far.
PLACES = (
    ("link", ("link", "wifi", "cellular", "pstn", "bluetooth")),
    ("address", ("ip", "host")),
    ("router", ("router",)),
    ("internet", ("isp", "path", "vpn")),
    ("dns", ("dns",)),
    ("acquirer", ("acquirer",)),
)
KNOWN = frozenset(group for _, groups in PLACES for group in groups)
STEP = 46  # units from one place to the next
TOP = 22

SPAN = 300  # units for all probes
TALL = 80  # units of the longest RTT

ROW = 20  # units of a bar's row
LABEL, NOTE = 78, 92  # units at both sides of the bars
LETTERS = 14  # columns that fit in them


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the path. `state` is one of `summary.STATES`; `broken`: what the first
    cause is about, so the line to it is drawn as broken."""

    title: Pair
    state: str
    word: Pair
    y: int
    broken: bool = False


def path(explained: Explained) -> tuple[Place, ...]:
    """This computer and every place that was examined or stands before one that was."""
    groups: dict[str, list[ExplainedResult]] = {}
    for result in explained.results:
        groups.setdefault(_group(result), []).append(result)
    first = explained.causes[0].id.partition(".")[0] if explained.causes else ""
    places = [Place(FORMATS("place.terminal"), "ok", Pair.same(""), TOP)]
    for name, members in PLACES:
        results = [r for group in members for r in groups.get(group, ())]
        broken = first in members
        kind = _state_of(results)
        if broken:  # a cause may have been found by a check further out
            kind = explained.causes[0].severity.value.replace("broken", "fail")
            kind = kind.replace("degraded", "warn")
        y = TOP + STEP * len(places)
        word = WORDS(f"state.{kind}")
        places.append(Place(FORMATS(f"place.{name}"), kind, word, y, broken))
    return tuple(places)


def _group(result: ExplainedResult) -> str:
    """A fault belongs to where it is, which may be nearer than the check that found
    it."""
    fault = result.code.partition(".")[0]
    if result.status in (Status.WARN, Status.FAIL) and fault in KNOWN:
        return fault
    return result.check.partition(".")[0]


def _state_of(results: Sequence[ExplainedResult]) -> str:
    """The worst that was measured; else what keeps it from being measured."""
    states = {r.state for r in results}
    for kind in ("fail", "warn", "ok", "waiting"):
        if kind in states:
            return kind
    return "unmeasured"


@dataclass(frozen=True, slots=True)
class Tick:
    """One probe: a bar from the base line up, or a mark on it where it was lost."""

    x: float
    width: float
    height: float
    lost: bool


@dataclass(frozen=True, slots=True)
class Trips:
    """The probes of one sample in the order in which they were sent."""

    title: Pair
    legend: Pair
    ticks: tuple[Tick, ...]


def trips(result: ExplainedResult) -> Trips:
    """Of a result that has some. Bars are as long as RTTs are, from 0 on."""
    answered = [trip for trip in result.trips if trip is not None]
    longest = max(answered, default=0.0)
    each = SPAN / len(result.trips)
    ticks = tuple(
        Tick(
            x=round(10 + place * each, 2),
            width=round(max(each * 0.7, 0.4), 2),
            height=0.0
            if trip is None or not longest
            else round(max(trip / longest * TALL, 1.0), 2),
            lost=trip is None,
        )
        for place, trip in enumerate(result.trips)
    )
    sent = len(result.trips)
    legend = FORMATS(
        "picture.trips-legend", longest=longest, lost=sent - len(answered), sent=sent
    )
    return Trips(FORMATS("picture.trips", title=result.title), legend, ticks)


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One bar, with its texts cut to the room that there is."""

    label: str
    note: str
    mark: Pair
    name: str
    width: float
    y: int


def chart(bars: Sequence[Bar]) -> tuple[ChartRow, ...]:
    """The rows of a finding's chart."""
    return tuple(
        ChartRow(
            label=cut(bar.label, LETTERS),
            note=cut(bar.note, LETTERS),
            mark=_mark(bar.mark),
            name=bar.mark if f"chart_mark.{bar.mark}" in FORMATS else "",
            width=round(min(max(bar.value, 0.0), 1.0) * (WIDTH - LABEL - NOTE), 1),
            y=ROW * place,
        )
        for place, bar in enumerate(bars)
    )


def _mark(name: str) -> Pair:
    key = f"chart_mark.{name}"
    return FORMATS(f"chart_mark.{name}") if key in FORMATS else Pair.same(cut(name, 8))


def has_way(places: Sequence[Place]) -> bool:
    """Was anything beyond this computer examined, so that there is something to see?"""
    return any(place.state not in ("unmeasured", "waiting") for place in places[1:])
