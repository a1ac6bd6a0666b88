"""Is the terminal on this wire at all?

Silence alone is no fault: an idle terminal with fixed settings sends next to nothing.
"""

from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag_checks.terminal.heard import Heard, heard, listed

LONG = 3600.0  # seconds: the watch has an end of its own


@check("terminal.seen", order=10, beside=True, timeout=LONG)
async def terminal_seen(ctx: Context) -> Finding:
    found = await heard(ctx)
    return found if isinstance(found, Finding) else judge(found)


def judge(found: Heard) -> Finding:
    survey = found.survey
    if found.terminal is not None:
        return found.fine()
    if survey.mode in ("inline", "host") and survey.carrier is False:
        return fail("terminal.not-seen", found.about(), variant="carrier")
    if survey.replugged and not signs.candidates(survey):
        return fail("terminal.not-seen", found.about(), variant="replugged")
    unanswered = [
        s
        for s in survey.searches
        if not s.control and s.tries >= signs.SEARCHES and not s.holders
    ]
    if found.named and unanswered:
        asked = unanswered[0]
        return fail(
            "terminal.not-seen",
            found.about(),
            variant="silent",
            asked=asked.address,
            attempts=asked.tries,
        )
    return found.untold(
        "skip.terminal-unheard" if found.named else "skip.terminal-unnamed",
        candidates=listed(survey),
    )
