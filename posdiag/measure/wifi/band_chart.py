"""A chart of the band: a row per channel in use, its bar the strongest signal. Pure."""

from collections.abc import Sequence

from posdiag.formats.dot11.channels import band, channel
from posdiag.measure.wifi.channel_plan import FLOOR, transmitters
from posdiag.measure.wifi.environment import Environment
from posdiag.model import Bar
from posdiag.model.questions.wifi_answers import AccessPoint

ROWS = 14
FULL_BAR = -35.0  # dBm


def band_chart(environment: Environment) -> tuple[Bar, ...]:
    """At most 14 bars in order of frequency; our own channel and the proposed one are
    marked "own" and "proposed"."""
    own = {p.frequency for p in environment.network}
    channels: dict[int, list[AccessPoint]] = {f: [] for f in own}
    for point in (*transmitters(environment.network), *environment.neighbours):
        channels.setdefault(point.frequency, []).append(point)
    marks = dict.fromkeys(own, "own")
    proposal = environment.proposal
    if proposal and proposal.better:
        channels.setdefault(proposal.frequency, [])
        marks.setdefault(proposal.frequency, "proposed")
    # Where there is no room for all, those with a mark come first, then the strongest.
    ranked = sorted(channels, key=lambda f: (f not in marks, -_length(channels[f])))
    return tuple(
        Bar(_label(f), _length(channels[f]), _note(channels[f]), marks.get(f, ""))
        for f in sorted(ranked[:ROWS])
    )


def _label(frequency: int) -> str:
    number = channel(frequency)
    if number is None:
        return f"{frequency} MHz"
    return f"{number} (6 GHz)" if band(frequency) == "6" else str(number)


def _strongest(points: Sequence[AccessPoint]) -> float | None:
    return max((p.signal for p in points if p.signal is not None), default=None)


def _length(points: Sequence[AccessPoint]) -> float:
    level = _strongest(points)
    if level is None:
        return 0.0
    part = (level - FLOOR) / (FULL_BAR - FLOOR)
    return round(min(max(part, 0.02), 1.0), 3)


def _note(points: Sequence[AccessPoint]) -> str:
    level = _strongest(points)
    shown = "-" if level is None else f"{level:.0f} dBm"
    return f"{len(points):2d}  {shown:>8}"
