"""What do the formats say in common: the headline, who is to be called, the counts?"""

from collections import Counter
from collections.abc import Mapping, Sequence

from posdiag.model import Status, Verdict
from posdiag.report import FORMATS
from posdiag.texts.catalogue import Step
from posdiag.texts.explain import Explained, ExplainedCause, ExplainedResult
from posdiag.texts.fill import size
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

STATES = ("ok", "warn", "fail", "waiting", "unmeasured")
GAPS = 4  # gaps in the proof that are named
#: Skips that say nothing about this shop.
ELSEWHERE = ("skip.not-applicable", "skip.not-configured", "skip.not-selected")


def headline(explained: Explained) -> Pair:
    """The verdict, and the first cause where there is one."""
    if not explained.causes:
        return explained.headline
    title = explained.causes[0].title
    return FORMATS("line.headline", verdict=explained.headline, title=title)


def meaning(explained: Explained) -> tuple[Pair, ...]:
    """What the headline means: a sentence or two, then the remarks about the run."""
    told: list[Pair] = []
    if explained.causes:
        told.append(explained.causes[0].why)
    elif explained.verdict is Verdict.UNKNOWN:
        told.append(unproven(explained))
    if explained.interrupted:
        told.append(FORMATS("line.interrupted"))
    if host := working_backup(explained):
        told.append(FORMATS("line.fallback", host=host))
    return (*told, *(note.text for note in explained.notes))


def unproven(explained: Explained) -> Pair:
    """What was not examined, and what would close the first of the gaps."""
    gaps = explained.unproven
    if not gaps:
        return FORMATS("line.unknown")
    titles = Pair(
        "；".join(gap.title.zh for gap in gaps[:GAPS]),
        "; ".join(gap.title.en for gap in gaps[:GAPS]),
    )
    return FORMATS("line.unproven", checks=titles, how=gaps[0].how)


def working_backup(explained: Explained) -> str:
    """The acquirer's backup host that works, where the first one does not; else ""."""
    asked = [r for r in explained.results if r.fallback]
    down = any(c.id.startswith("acquirer.") for c in explained.causes)
    if asked and (down or asked[0].status is not Status.OK):
        return asked[0].fallback
    return ""


def call(cause: ExplainedCause) -> Pair:
    """Whom to call, with the number where the profile has one."""
    who = WORDS(f"who.{cause.who}")
    if not cause.contact:
        return who
    return FORMATS("line.who", who=who, number=cause.contact)


def step_text(step: Step) -> Pair:
    """A step, with who does it where that is not the reader."""
    if step.gate or step.by == "merchant":
        return step.text
    return FORMATS("line.by", by=WORDS(f"by.{step.by}"), step=step.text)


def percent(cause: ExplainedCause) -> str:
    return f"{min(max(cause.confidence, 0.0), 1.0) * 100:.0f} %"


def state(result: ExplainedResult) -> str:
    """One of `STATES`; `waiting` is what another fault stands before."""
    if result.status in (Status.OK, Status.WARN, Status.FAIL):
        return result.status.value
    return "waiting" if result.code == "skip.blocked" else "unmeasured"


def counts(results: Sequence[ExplainedResult]) -> Mapping[str, int]:
    """How many checks are in each of `STATES`."""
    found = Counter(state(result) for result in results)
    return {name: found[name] for name in STATES}


def of_interest(results: Sequence[ExplainedResult]) -> list[ExplainedResult]:
    """The checks that say something about this shop."""
    return [r for r in results if r.code not in ELSEWHERE]


def foot(explained: Explained) -> Pair:
    """What the run was, in one line."""
    return FORMATS(
        "line.foot",
        version=explained.version,
        seconds=explained.seconds,
        size=size(explained.sent + explained.received),
    )


def when(explained: Explained) -> str:
    """The start, to the minute, as a person reads it."""
    return explained.started_at[:16].replace("T", " ")
