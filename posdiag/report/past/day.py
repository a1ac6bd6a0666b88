"""The page of a watch: its day, drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from posdiag.history.watch import Run, Summary, Turn, longest_gap
from posdiag.report.html.page import draw
from posdiag.report.past import TEXTS, watching
from posdiag.texts.lang import Lang

SPAN = 300  # units of the picture for the whole watch
LEFT = 10
TALL = 70
STATES = {"healthy": "ok", "degraded": "warn", "broken": "fail"}


@dataclass(frozen=True, slots=True)
class Slice:
    """The time that one run speaks for, and its delay above it. `height` None: none was
    measured."""

    x: float
    width: float
    state: str
    height: float | None


def render(
    found: Summary, runs: Sequence[Run], turns: Sequence[Turn], site: str, lang: Lang
) -> str:
    """The page as a whole; `turns` are the changes, in order, `site` the shop."""
    delays = [run.delay for run in runs if run.delay is not None]
    return draw(
        "watch.html.j2",
        lang=lang,
        found=found,
        runs=runs,
        site=site,
        slices=slices(found, runs),
        changes=[
            text for turn in turns for text in watching.turn_texts(turn, found.begin)
        ],
        delays=(min(delays), max(delays)) if delays else None,
        gap=longest_gap(runs),
        past=TEXTS,
        watching=watching,
    )


def slices(found: Summary, runs: Sequence[Run]) -> tuple[Slice, ...]:
    whole = max((found.end - found.begin).total_seconds(), 1.0)
    longest = max((run.delay or 0.0 for run in runs), default=0.0)
    ends = [*(run.at for run in runs[1:]), found.end]
    return tuple(
        Slice(
            x=round(LEFT + (run.at - found.begin).total_seconds() / whole * SPAN, 2),
            width=round(max((end - run.at).total_seconds() / whole * SPAN, 0.3), 2),
            state=STATES.get(run.verdict, "unmeasured"),
            height=round(run.delay / longest * TALL, 2)
            if run.delay is not None and longest
            else None,
        )
        for run, end in zip(runs, ends, strict=False)  # without a run one end is left
    )
