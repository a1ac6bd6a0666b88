"""`posdiag watch`: changes while it lasts, a line a run for programs, the summary."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from posdiag.history.watch import Outage, Run, Summary, Turn, longest_gap
from posdiag.report.json import dumped, rounded
from posdiag.report.ndjson import line
from posdiag.report.past import TEXTS
from posdiag.report.terminal.console import fits
from posdiag.texts.fill import size
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

SCHEMA = "posdiag.watch/1"
STEPS = "▁▂▃▄▅▆▇█"  # GBK has them
PLAIN_STEPS = ".:-=+*#%"
DOWN, UNKNOWN = "x", "?"


def run_line(run: Run, turn: Turn) -> str:
    """One run as a line of JSON."""
    return line(
        "run",
        {
            "started_at": _iso(run.at),
            "duration_s": rounded(run.seconds),
            "verdict": run.verdict,
            "causes": [cause.id for cause in run.causes],
            "rtt_s": None if run.delay is None else rounded(run.delay),
            "loss": None if run.loss is None else rounded(run.loss),
            "came": [cause.id for cause in turn.came],
            "went": [cause.id for cause in turn.went],
            "coincidences": [
                {"check": check.id, "fact": fact, "before": before, "after": after}
                for check, fact, before, after in turn.beside
            ],
        },
        SCHEMA,
    )


def summary_line(found: Summary) -> str:
    return line("summary", summary_object(found), SCHEMA)


def summary_json(found: Summary) -> str:
    return dumped({"schema": SCHEMA, **summary_object(found)})


def summary_object(found: Summary) -> dict[str, Any]:
    return {
        "begin": _iso(found.begin),
        "end": _iso(found.end),
        "runs": found.runs,
        "up_s": rounded(found.up),
        "down_s": rounded(found.down),
        "unknown_s": rounded(found.unknown),
        "availability": _ratio(found.availability),
        "degraded_runs": found.degraded,
        "bytes": found.bytes,
        "outages": [
            {
                "begin": _iso(outage.begin),
                "end": _iso(outage.end) if outage.end else None,
                "duration_s": rounded(outage.lasted.total_seconds()),
                "cause": outage.causes[0].id if outage.causes else None,
                "causes": [
                    {"id": c.id, "title": c.title.as_object()} for c in outage.causes
                ],
            }
            for outage in found.outages
        ],
        "hours": [
            {
                "begin": _iso(hour.begin),
                "up_s": rounded(hour.up),
                "down_s": rounded(hour.down),
                "unknown_s": rounded(hour.unknown),
                "availability": _ratio(share(hour.up, hour.down)),
                "outages": hour.outages,
            }
            for hour in found.hours
        ],
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _ratio(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def share(up: float, down: float) -> float | None:
    return up / (up + down) if up + down > 0 else None


def clock(at: datetime, since: datetime | None = None) -> str:
    """The time of day; with the date where `since`, the begin of the watch, was on
    another one."""
    other = since is not None and since.date() != at.date()
    return at.strftime("%m-%d %H:%M:%S" if other else "%H:%M:%S")


def turn_texts(turn: Turn, since: datetime) -> Iterator[Pair]:
    """What changed with this run, for people; nothing where nothing did. `since` is the
    begin of the watch."""
    time = clock(turn.run.at, since)
    if turn.verdict_before:
        verdict = WORDS(f"verdict_word.{turn.run.verdict}")
        yield TEXTS("watch.verdict", time=time, verdict=verdict)
    for cause in turn.came:
        yield TEXTS("watch.came", time=time, title=cause.title, id=cause.id)
    for cause in turn.went:
        yield TEXTS("watch.went", time=time, title=cause.title, id=cause.id)
    for check, _, before, after in turn.beside:
        yield TEXTS(
            "watch.beside", time=time, title=check.title, before=before, after=after
        )


def availability(value: float | None) -> Pair:
    """Never rounded up to 100 %."""
    if value is None:
        return TEXTS("summary.not-known")
    percent = int(value * 10_000) / 100
    return Pair.same(f"{percent:g} %")


def summary_lines(
    found: Summary, runs: Sequence[Run], lang: Lang, width: int, encoding: str
) -> Iterator[str]:
    """The summary for people."""
    heading = TEXTS(
        "summary.heading",
        begin=found.begin.strftime("%Y-%m-%d %H:%M:%S"),
        end=clock(found.end, found.begin),
        runs=found.runs,
    )
    yield heading.of(lang)
    summed = TEXTS(
        "summary.availability",
        availability=availability(found.availability),
        down=found.down,
        unknown=found.unknown,
    )
    yield summed.of(lang)
    if found.outages:
        yield TEXTS("summary.outages", count=len(found.outages)).of(lang)
        for outage in found.outages:
            yield f"  {outage_text(outage, found.begin).of(lang)}"
        if len(runs) > 1:  # one run alone says when it was seen, and no more
            resolution = TEXTS("summary.resolution", gap=longest_gap(runs))
            yield f"  {resolution.of(lang)}"
    elif found.availability is not None:
        yield TEXTS("summary.no-outage").of(lang)
    if found.degraded:
        yield TEXTS("summary.degraded", count=found.degraded).of(lang)
    yield from _delays(runs, lang, width, encoding)
    if len(found.hours) > 1:
        yield TEXTS("summary.hours").of(lang)
        for hour in found.hours:
            line = TEXTS(
                "summary.hour",
                hour=hour.begin.strftime("%m-%d %H:00"),
                availability=availability(share(hour.up, hour.down)),
                outages=hour.outages,
            )
            yield f"  {line.of(lang)}"
    yield TEXTS("summary.cost", size=size(found.bytes)).of(lang)


def _delays(
    runs: Sequence[Run], lang: Lang, width: int, encoding: str
) -> Iterator[str]:
    delays = [run.delay for run in runs if run.delay is not None]
    line = sparkline(runs, width - 2, encoding)
    if not delays or not line:
        return
    extent = TEXTS("summary.range", low=min(delays), high=max(delays)).of(lang)
    yield f"{TEXTS('summary.delay').of(lang)}  {extent}"
    yield f"  {line}"


def outage_text(outage: Outage, since: datetime) -> Pair:
    still = TEXTS("summary.still")
    return TEXTS(
        "summary.outage",
        begin=clock(outage.begin, since),
        end=Pair.same(clock(outage.end, since)) if outage.end else still,
        lasted=outage.lasted.total_seconds(),
        cause=causes_text(outage),
    )


def causes_text(outage: Outage) -> Pair:
    if not outage.causes:
        return TEXTS("summary.not-known")
    return Pair(
        "；".join(f"{c.title.zh}（{c.id}）" for c in outage.causes),
        "; ".join(f"{c.title.en} ({c.id})" for c in outage.causes),
    )


def sparkline(runs: Sequence[Run], columns: int, encoding: str = "utf-8") -> str:
    """The delay of each run, or what stands for no delay, in at most `columns` signs.
    Where there are more runs than signs, each sign is the worst of several."""
    if not runs or columns < 1:
        return ""
    steps = STEPS if fits(STEPS, encoding) else PLAIN_STEPS
    longest = max((run.delay or 0.0 for run in runs), default=0.0)
    each = -(-len(runs) // columns)
    parts = [runs[i : i + each] for i in range(0, len(runs), each)]
    return "".join(_sign(part, steps, longest) for part in parts)


def _sign(part: Sequence[Run], steps: str, longest: float) -> str:
    if any(run.up is False for run in part):
        return DOWN
    delays = [run.delay for run in part if run.delay is not None]
    if not delays or not longest:
        return UNKNOWN if any(run.up is None for run in part) else steps[0]
    return steps[min(int(max(delays) / longest * len(steps)), len(steps) - 1)]
