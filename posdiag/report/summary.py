"""What do the formats say in common: the headline, who is to be called, the counts?"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from posdiag.model import Status
from posdiag.report import FORMATS
from posdiag.report.terminal.wrap import cells, wrap
from posdiag.texts.catalogue import Step
from posdiag.texts.explain import Explained, ExplainedResult
from posdiag.texts.fill import size
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

STATES = ("ok", "warn", "fail", "waiting", "unmeasured")


def meaning(explained: Explained) -> tuple[Pair, ...]:
    """What the headline means: a sentence or two, then the remarks about the run."""
    texts = [explained.meaning]
    if explained.headline.warning:
        texts.append(explained.headline.warning)
    if explained.interrupted:
        texts.append(FORMATS("line.interrupted"))
    if host := working_backup(explained):
        texts.append(FORMATS("line.fallback", host=host))
    return (*texts, *(note.text for note in explained.notes))


def working_backup(explained: Explained) -> str:
    """The acquirer's backup host that works, where the first one does not; else ""."""
    asked = [r for r in explained.results if r.fallback]
    down = any(c.id.startswith("acquirer.") for c in explained.causes)
    if asked and (down or asked[0].status is not Status.OK):
        return asked[0].fallback
    return ""


def numbered(steps: Sequence[Step]) -> list[tuple[str, Pair, Pair | None]]:
    """Mark, text and re-check of each step: its number, or "!" for what money needs."""
    shown: list[tuple[str, Pair, Pair | None]] = []
    number = 0
    for step in steps:
        if step.before:
            shown.append(("!", step.before, None))
        number += not step.gate
        mark = "!" if step.gate else f"{number}."
        shown.append((mark, step_text(step), step.recheck))
    return shown


def step_text(step: Step) -> Pair:
    """A step, with who does it where that is not the reader."""
    if step.gate or step.by == "merchant":
        return step.text
    return FORMATS("line.by", by=WORDS(f"by.{step.by}"), step=step.text)


def counts(results: Sequence[ExplainedResult]) -> Mapping[str, int]:
    """How many checks are in each of `STATES`."""
    found = Counter(result.state for result in results)
    return {name: found[name] for name in STATES}


def of_interest(results: Sequence[ExplainedResult]) -> list[ExplainedResult]:
    """The checks that say something about this shop."""
    return [r for r in results if r.state != "not-here"]


def foot(explained: Explained) -> Pair:
    """What the run was, in one line."""
    return FORMATS(
        "line.foot",
        version=explained.version,
        seconds=explained.seconds,
        size=size(explained.sent + explained.received),
    )


def hanging(head: str, text: str, width: int, *, wide: bool = False) -> list[str]:
    """`head`, then the text beside it, in lines of at most `width` columns. `wide`:
    ambiguous signs take two columns."""
    indent = cells(head, wide=wide)
    first, *rest = wrap(text, width - indent, wide=wide)
    return [(head + first).rstrip(), *(" " * indent + line for line in rest)]


def hang_all(lines: Iterable[tuple[str, str]], lang: Lang, width: int) -> str:
    """Each (prefix, text) as `hanging` breaks it, one line after the other."""
    return "".join(
        f"{line}\n"
        for head, text in lines
        for line in hanging(head, text, width, wide=lang == "zh")
    )
