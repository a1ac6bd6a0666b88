"""What is missing to a proof of health, and how does one get it?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from posdiag.model import Finding, Report
from posdiag.texts.catalogue import Catalogue, Gap
from posdiag.texts.explain.repeat import repeated_in
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair
from posdiag.texts.safe import safe_facts


def gap(id: str, report: Report, catalogue: Catalogue, again: str) -> Gap:
    """What is missing to the proof, and how to get it: where the reason is known, what
    lifts it stands in place of the check's own advice."""
    found = next((r.finding for r in report.results if r.check == id), None)
    gap_text = catalogue.gap(id, found)
    own = report.beside and found is not None and found.code == "skip.blocked"
    return replace(gap_text, how=repeated_in(_how(gap_text, found, bool(own)), again))


def _how(gap: Gap, found: Finding | None, own: bool) -> Pair:
    """`own`: it was this machine's own network that was in the way."""
    if own:
        return WORDS("own_network_first")
    if found is not None and f"lift.{found.code}" in WORDS:
        return WORDS(f"lift.{found.code}", **safe_facts(found.reported()))
    return gap.how


def open_ends(gaps: Sequence[Gap]) -> Iterator[Gap]:
    """Gaps in their order; neighbours that the same closes are one."""
    for how, some in groupby(gaps, key=lambda gap: gap.how):
        same = list(some)
        titles = [gap.title for gap in same]
        title = titles[0]
        for more in titles[1:]:
            title = WORDS("gap_and", first=title, more=more)
        yield Gap(same[0].id, title, how)
