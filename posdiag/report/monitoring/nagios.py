"""The report as a monitoring plugin's line (Monitoring Plugins Development Guidelines).

    POSDIAG CRITICAL - Router: no answer (router.unreachable) | time=3.9s;;;0 ...

The states stand for the verdicts: OK healthy, WARNING degraded, CRITICAL broken,
UNKNOWN could not tell. Their numbers are the exit code only with `--exit-code nagios`,
because `posdiag run` has exit codes of its own.
"""

from collections.abc import Iterator
from typing import TypeGuard

from posdiag.model import Verdict
from posdiag.report import FORMATS
from posdiag.report.summary import counts
from posdiag.texts.explain import Explained
from posdiag.texts.lang import Lang

STATES = {
    Verdict.HEALTHY: ("OK", 0),
    Verdict.DEGRADED: ("WARNING", 1),
    Verdict.BROKEN: ("CRITICAL", 2),
    Verdict.UNKNOWN: ("UNKNOWN", 3),
}
#: What the format gives a meaning: "|" begins the figures, "'" quotes their labels.
PLAIN = str.maketrans({"|": "/", "\n": " ", "\r": " "})


def render(explained: Explained, lang: Lang) -> str:
    """One line, figures included."""
    figures = " ".join(_figures(explained))
    state, _ = STATES[explained.verdict]
    return f"POSDIAG {state} - {_words(explained, lang)} | {figures}\n"


def exit_code(verdict: Verdict) -> int:
    """What a monitoring system takes for the state of this verdict."""
    return STATES[verdict][1]


def _words(explained: Explained, lang: Lang) -> str:
    found = counts(explained.results)
    left = found["waiting"] + found["unmeasured"]
    fault = found["warn"] + found["fail"]
    ids = " ".join(cause.id for cause in explained.causes)
    said = explained.headline.text.of(lang) + (f" ({ids})" if ids else "")
    whole = FORMATS(
        "nagios.checks", said=said, ok=found["ok"], fault=fault, unmeasured=left
    )
    if explained.verdict is Verdict.HEALTHY:  # the headline counts those that are fine
        whole = FORMATS("nagios.left", said=said, unmeasured=left)
    return " ".join(whole.of(lang).translate(PLAIN).split())


def _figures(explained: Explained) -> Iterator[str]:
    """`label=value[unit];warn;crit;min;max`, in the units that the guidelines know."""
    yield f"time={explained.seconds:.3f}s;;;0"
    yield f"sent={explained.sent}B;;;0"
    yield f"received={explained.received}B;;;0"
    for name, count in counts(explained.results).items():
        yield f"checks_{name}={count};;;0;{len(explained.results)}"
    for result in explained.results:
        lost, sent = result.facts.get("lost"), result.facts.get("sent")
        label = result.check.translate(str.maketrans("'=", "__"))
        if _is_number(lost) and _is_number(sent) and sent:
            share = min(max(lost / sent, 0.0), 1.0)
            yield f"'{label} loss'={share * 100:.4g}%;;;0;100"
        if _is_number(rtt := result.facts.get("rtt")):
            yield f"'{label} rtt'={max(rtt, 0.0):.6f}s;;;0"


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
