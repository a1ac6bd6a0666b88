"""Is the terminal on this wire at all?

Silence alone is no fault: an idle terminal with static settings sends hardly anything.
"""

from posdiag.formats.dot11 import ssid
from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail, skip
from posdiag.model.questions.terminal import WifiClient
from posdiag_checks.terminal.observation import (
    Observation,
    candidate_facts,
    masked,
    observe,
)

LONG = 3600.0  # seconds: the watch has an end of its own


@check("terminal.seen", order=10, beside=True, timeout=LONG)
async def terminal_seen(ctx: Context) -> Finding:
    observed = await observe(ctx)
    return observed if isinstance(observed, Finding) else judge(observed)


def judge(observed: Observation) -> Finding:
    survey = observed.survey
    if observed.terminal is not None:
        return observed.passed("joined" if survey.ssid else "")
    if refused := signs.kept_out(survey, observed.limits, observed.mac):
        return _kept_out(observed, refused)
    if survey.mode in ("inline", "host") and survey.carrier is False:
        return fail("terminal.not-seen", observed.facts(), variant="carrier")
    if survey.replugged and not signs.candidates(survey):
        return fail("terminal.not-seen", observed.facts(), variant="replugged")
    unanswered = [
        s
        for s in survey.searches
        if not s.control
        and s.tries >= observed.limits["terminal.questions"]
        and not s.holders
    ]
    if observed.named and unanswered:
        asked = unanswered[0]
        return fail(
            "terminal.not-seen",
            observed.facts(),
            variant="silent",
            asked=asked.address,
            attempts=asked.tries,
        )
    if survey.mode == "read" and survey.damaged and not survey.stations:
        return skip("skip.capture-no-lan", damaged=survey.damaged)
    return observed.skipped(
        "skip.terminal-unheard" if observed.named else "skip.terminal-unnamed",
        candidates=candidate_facts(survey),
    )


def _kept_out(observed: Observation, refused: tuple[WifiClient, ...]) -> Finding:
    """With several of them and none named, any may belong to a passer-by."""
    if len(refused) > 1:
        macs = tuple({"mac": masked(c.mac)} for c in refused)
        return observed.skipped("skip.terminal-unnamed", candidates=macs)
    return fail(
        "wifi.terminal-wrong-passphrase",
        observed.facts(),
        variant="hosted-sae" if refused[0].sae else "hosted",
        ssid=ssid.shown(bytes.fromhex(observed.survey.ssid)),
        station=refused[0].mac,
        refused=refused[0].refused,
        confidence=0.99 if observed.mac else 0.9,
    )
