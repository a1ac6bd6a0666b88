"""The scoreboard of a lab run, for people: on the screen and as a page."""

from collections.abc import Iterator
from itertools import groupby

from posdiag.lab import TEXTS
from posdiag.lab.forms import LabRun, reason
from posdiag.lab.outcome import Outcome
from posdiag.lab.score import exit_code, score
from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair

NAME, CAUSE = 30, 32  # cells of the columns


def row(outcome: Outcome, lang: Lang) -> str:
    """One trial on one line: bench, trial, expected, got, verdict."""
    from posdiag.report.terminal.wrap import pad

    verdict = TEXTS(f"verdict.{outcome.verdict}").of(lang)
    name = f"{outcome.trial.bench.name} / {outcome.trial.name}"
    why = reason(outcome)
    columns = (
        pad(name, NAME),
        pad(outcome.expected, CAUSE),
        pad(outcome.got or "-", CAUSE),
        f"{outcome.look.seconds:5.1f}",
        verdict + (f" ({why.of(lang)})" if why else ""),
    )
    return "  ".join(columns)


def lines(run: LabRun) -> Iterator[Pair]:
    """The scoreboard, a sentence a line."""
    found = score(run.outcomes)
    if found.low is None or found.high is None:
        yield TEXTS("score.none")
    else:
        yield TEXTS(
            "score.right",
            right=found.right,
            counted=found.counted,
            low=f"{found.low:.1%}",
            high=f"{found.high:.1%}",
        )
        yield TEXTS(
            "score.otherwise",
            missed=found.missed,
            undecided=found.undecided,
            wrong=found.wrong,
            silent=found.no_report,
            rivals=found.among_rivals,
        )
        yield TEXTS(
            "score.seconds",
            median=f"{found.median_s or 0:.1f}",
            p95=f"{found.p95_s or 0:.1f}",
        )
    if found.alarms_below is not None:
        below = f"{found.alarms_below:.1%}"
        alarms, healthy = found.alarms, found.healthy
        yield TEXTS("score.healthy", alarms=alarms, healthy=healthy, below=below)
    yield TEXTS("score.invalid", invalid=found.invalid, untried=found.untried)
    if (compared := run.compared) is None:
        return
    if compared.worse:
        yield TEXTS("baseline.worse", trials=", ".join(compared.worse))
    if compared.better:
        yield TEXTS("baseline.better", trials=", ".join(compared.better))
    in_both = found.counted - len(compared.new)
    if in_both and not (compared.worse or compared.better):
        yield TEXTS("baseline.same")
    if compared.new or compared.gone:
        new, gone = len(compared.new), len(compared.gone)
        yield TEXTS("baseline.only", both=in_both, new=new, gone=gone)


def as_html(run: LabRun, lang: Lang) -> str:
    """One file that needs nothing else."""
    from posdiag.report.html.page import draw

    benches = [
        (bench, [(outcome, reason(outcome)) for outcome in part])
        for bench, part in groupby(run.outcomes, key=lambda o: o.trial.bench)
    ]
    return draw(
        "lab.html.j2",
        lang=lang,
        run=run,
        words=TEXTS,
        lines=list(lines(run)),
        benches=benches,
        all_right=exit_code(run.outcomes) == 0,
    )
