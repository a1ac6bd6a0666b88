"""The report in the text format of Prometheus (exposition format 0.0.4).

For the textfile collector of node_exporter: `--format prometheus --output
/var/lib/node_exporter/posdiag.prom`. Names are in base units, as Prometheus wants them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from posdiag.model import Status, Verdict
from posdiag.texts.explain import Explained, ExplainedCause, ExplainedResult

Row = tuple[Mapping[str, str], float]
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
Metric = tuple[str, str, Iterable[Row]]  # name, help, values by labels


def render(explained: Explained, lang: str = "") -> str:
    """All metrics, each with its help and type. No text is in a language."""
    lines: list[str] = []
    for name, about, rows in _metrics(explained):
        lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in rows]
    return "\n".join(lines) + "\n"


def _metrics(explained: Explained) -> Iterator[Metric]:
    yield from _of_verdict(explained)
    yield from _of_checks({r.check: r for r in explained.results})
    yield from _of_run(explained)


def _of_verdict(explained: Explained) -> Iterator[Metric]:
    site = explained.site.get("name", "")
    yield (
        "posdiag_info",
        "Version of posdiag and name of the shop; always 1.",
        [({"version": explained.version, "site": site}, 1)],
    )
    yield (
        "posdiag_verdict",
        "1 for the verdict of the run, 0 for the others.",
        [({"verdict": v.value}, float(v is explained.verdict)) for v in Verdict],
    )
    yield (
        "posdiag_cause_confidence_ratio",
        "Causes found, by rank; 1 is what to fix first.",
        [
            (_cause(cause, rank), cause.confidence)
            for rank, cause in enumerate(explained.causes, 1)
        ],
    )


def _cause(cause: ExplainedCause, rank: int) -> dict[str, str]:
    severity = cause.severity.value
    return {"id": cause.id, "severity": severity, "who": cause.who, "rank": str(rank)}


def _of_checks(results: Mapping[str, ExplainedResult]) -> Iterator[Metric]:
    yield (
        "posdiag_check_status",
        "1 for the status of the check, 0 for the others.",
        [
            ({"check": id, "status": status.value}, float(status is result.status))
            for id, result in results.items()
            for status in Status
        ],
    )
    yield (
        "posdiag_check_duration_seconds",
        "Time that the check took.",
        [({"check": id}, result.seconds) for id, result in results.items()],
    )
    yield (
        "posdiag_check_fact",
        "Numbers that the check measured, in base units.",
        [
            ({"check": id, "fact": name}, number)
            for id, result in results.items()
            for name, number in result.facts.items()
            if isinstance(number, int | float)
        ],
    )


def _of_run(explained: Explained) -> Iterator[Metric]:
    yield "posdiag_run_duration_seconds", "Of the whole run.", [({}, explained.seconds)]
    yield (
        "posdiag_run_start_timestamp_seconds",
        "Start of the run, in seconds since 1970.",
        [({}, at) for at in _start(explained)],
    )
    yield (
        "posdiag_run_bytes",
        "What the run itself cost on the wire, at the IP layer.",
        [
            ({"direction": "sent"}, explained.sent),
            ({"direction": "received"}, explained.received),
        ],
    )


def _start(explained: Explained) -> Iterator[float]:
    try:
        yield datetime.fromisoformat(explained.started_at).timestamp()
    except (ValueError, OverflowError, OSError):
        return


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{k}="{v.translate(ESCAPES)}"' for k, v in labels.items())
    return f"{{{','.join(pairs)}}}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
