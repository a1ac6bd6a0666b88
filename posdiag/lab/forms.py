"""The result of a lab run as JSON (`posdiag.lab/1`) and as JUnit XML."""

import json
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from posdiag import __version__
from posdiag.lab import TEXTS
from posdiag.lab.outcome import Look, Outcome
from posdiag.lab.score import Compared, score
from posdiag.report.junit import legal, token
from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair

SCHEMA = "posdiag.lab/1"


@dataclass(frozen=True, slots=True)
class LabRun:
    """All outcomes of one run. `started_at` is ISO 8601, `duration_s` in seconds."""

    started_at: str
    duration_s: float
    outcomes: tuple[Outcome, ...]
    compared: Compared | None = None


def as_json(run: LabRun) -> str:
    """One object, ending with a line feed. Reports of posdiag are redacted already."""
    benches = {o.trial.bench.name: o.trial.bench for o in run.outcomes}
    whole = {
        "schema": SCHEMA,
        "version": __version__,
        "started_at": run.started_at,
        "duration_s": round(run.duration_s, 3),
        "benches": [
            {"name": bench.name, "tags": bench.tags, "hardware": bench.hardware}
            for bench in benches.values()
        ],
        "trials": [_trial(outcome) for outcome in run.outcomes],
        "score": asdict(score(run.outcomes)),
        "baseline": asdict(run.compared) if run.compared else None,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _trial(outcome: Outcome) -> dict[str, Any]:
    return {
        "bench": outcome.trial.bench.name,
        "trial": outcome.trial.name,
        "fault": outcome.trial.fault.name if outcome.trial.fault else None,
        "round": outcome.trial.round,
        "expected": outcome.expected,
        "got": outcome.got or None,
        "verdict": outcome.verdict,
        "confidence": outcome.look.confidence,
        "rivals": outcome.look.causes[1:],
        "why": _why(outcome, "en") or None,
        "seconds": round(outcome.look.seconds, 3),
        "healthy_before": _healthy(outcome.before),
        "healthy_after": _healthy(outcome.after),
        "report": outcome.look.report or None,
    }


def _healthy(look: Look | None) -> bool | None:
    return None if look is None else look.verdict == "healthy"


def reason(outcome: Outcome) -> Pair | None:
    """What made a trial invalid or untried, or posdiag silent; else None."""
    if not outcome.why:
        return None
    if outcome.broken and outcome.why == "inject":
        return TEXTS("both-failed", detail=outcome.detail, broken=outcome.broken)
    return TEXTS(f"why.{outcome.why}", detail=outcome.detail or outcome.look.verdict)


def _why(outcome: Outcome, lang: Lang) -> str:
    found = reason(outcome)
    return found.of(lang) if found else ""


def as_junit(run: LabRun, lang: Lang) -> str:
    """One suite for each bench, one case for each trial.

    What came out otherwise than expected is a failure, what counts for nothing is
    skipped with its reason, a bench that was left broken is an error. Tags, hardware,
    causes and what was expected are properties of the suite, because the common schema
    allows none on a case.
    """
    from junitparser import Attr, JUnitXml, TestCase, TestSuite, junitparser

    class Suite(TestSuite):
        """With what the common schema demands beyond junitparser's own attributes."""

        id = Attr()
        package = Attr()

    whole: Any = JUnitXml()  # junitparser types only some of its methods
    benches = groupby(run.outcomes, key=lambda o: o.trial.bench)
    for number, (bench, part) in enumerate(benches):
        suite: Any = Suite(token(bench.name))
        suite.id, suite.package = str(number), "posdiag.lab"
        suite.timestamp = run.started_at[:19]
        suite.hostname = "localhost"  # the real name would identify a machine
        suite.add_property("tags", legal(" ".join(bench.tags)))
        suite.add_property("hardware", legal(bench.hardware))
        for outcome in part:
            name = token(outcome.trial.name)
            case = TestCase(name, token(bench.name), round(outcome.look.seconds, 3))
            case.result = _result(outcome, lang)
            suite.add_testcase(case)
            for key, value in _properties(outcome):
                suite.add_property(f"{name}.{key}", legal(value))
        for kind in ("system-out", "system-err"):
            suite.append(junitparser.Element(kind))
        suite.update_statistics()
        whole.add_testsuite(suite)
    text: str = whole.tostring().decode("utf-8")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _result(outcome: Outcome, lang: Lang) -> list[Any]:
    from junitparser import Error, Failure, Skipped

    if outcome.verdict == "right":
        return []
    if outcome.verdict == "no-report" or outcome.broken:
        return [Error(legal(_why(outcome, lang)), outcome.verdict)]
    if outcome.counts:
        text = TEXTS("otherwise", expected=outcome.expected, got=outcome.got)
        return [Failure(legal(text.of(lang)), outcome.verdict)]
    return [Skipped(legal(_why(outcome, lang)), outcome.verdict)]


def _properties(outcome: Outcome) -> list[tuple[str, str]]:
    found = [
        ("expected", outcome.expected),
        ("cause", outcome.got),
        ("verdict", outcome.verdict),
    ]
    if outcome.look.confidence is not None:
        found.append(("confidence", f"{outcome.look.confidence:.2f}"))
    if outcome.truth_among_rivals:
        found.append(("truth-among-rivals", "true"))
    return found
