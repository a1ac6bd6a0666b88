"""Is the terminal on this wire at all?

Silence alone is no fault: an idle terminal with fixed settings sends next to nothing.
"""

from posdiag.formats.dot11 import ssid
from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import WifiClient
from posdiag_checks.terminal.heard import Heard, heard, listed, shortened

LONG = 3600.0  # seconds: the watch has an end of its own


@check("terminal.seen", order=10, beside=True, timeout=LONG)
async def terminal_seen(ctx: Context) -> Finding:
    found = await heard(ctx)
    return found if isinstance(found, Finding) else judge(found)


def judge(found: Heard) -> Finding:
    survey = found.survey
    if found.terminal is not None:
        return found.fine("joined" if survey.ssid else "")
    if refused := signs.kept_out(survey, found.limits, found.mac):
        return _kept_out(found, refused)
    if survey.mode in ("inline", "host") and survey.carrier is False:
        return fail("terminal.not-seen", found.about(), variant="carrier")
    if survey.replugged and not signs.candidates(survey):
        return fail("terminal.not-seen", found.about(), variant="replugged")
    unanswered = [
        s
        for s in survey.searches
        if not s.control
        and s.tries >= found.limits["terminal.questions"]
        and not s.holders
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


def _kept_out(found: Heard, refused: tuple[WifiClient, ...]) -> Finding:
    """Of several that nobody named, any may be a stranger's."""
    if len(refused) > 1:
        macs = tuple({"mac": shortened(c.mac)} for c in refused)
        return found.untold("skip.terminal-unnamed", candidates=macs)
    return fail(
        "wifi.terminal-wrong-passphrase",
        found.about(),
        variant="hosted",
        ssid=ssid.shown(bytes.fromhex(found.survey.ssid)),
        station=refused[0].mac,
        refused=refused[0].refused,
        confidence=0.99 if found.mac else 0.9,
    )
