"""What is missing to a proof of health, and how does one get it?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from posdiag.model import Finding, Report
from posdiag.texts.catalogue import Catalogue, Gap
from posdiag.texts.clean import clean
from posdiag.texts.explain.repeat import repeated_in
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

#: Reasons that another run of the same kind would meet again.
SAME_AGAIN = ("skip.no-rights", "skip.not-applicable", "skip.nothing-to-test")


def gap(id: str, report: Report, catalogue: Catalogue, again: str) -> Gap:
    """What is missing to the proof, and how to get it: where the same run would end the
    same way, the reason and what lifts it stand in place of "run it again"."""
    found = next((r.finding for r in report.results if r.check == id), None)
    gap_text = catalogue.gap(id, found)
    own = report.beside and found is not None and found.code == "skip.blocked"
    return replace(
        gap_text, how=repeated_in(_how(gap_text, found, catalogue, bool(own)), again)
    )


def _how(gap: Gap, found: Finding | None, catalogue: Catalogue, own: bool) -> Pair:
    """`own`: it was this machine's own network that was in the way."""
    if own:
        return WORDS("own_network_first")
    if found is not None and f"lift.{found.code}" in WORDS:
        return WORDS(f"lift.{found.code}")
    if found is None or found.code not in SAME_AGAIN:
        return gap.how
    hint = clean(found.hint, 200)
    if hint and found.code == "skip.no-rights":
        return WORDS("with_rights", hint=hint)
    reason = catalogue.finding(gap.id, found)
    hint = f" {hint}" if hint else ""
    return Pair(reason.zh + hint, reason.en + hint)


def open_ends(gaps: Sequence[Gap]) -> Iterator[Gap]:
    """Gaps in their order; neighbours that the same closes are one."""
    for how, some in groupby(gaps, key=lambda gap: gap.how):
        same = list(some)
        titles = [gap.title for gap in same]
        title = titles[0]
        for more in titles[1:]:
            title = WORDS("gap_and", first=title, more=more)
        yield Gap(same[0].id, title, how)
