"""The verdict on a join test. Pure.

A wrong passphrase and lost key frames look alike from the station, down to the
supplicant's own WRONG_KEY (wifi-lab, section 3): the link quality decides which is
likelier, and only a capture is proof.
"""

from collections.abc import Callable

from posdiag.model import Facts, Finding, Status, fail, ok
from posdiag.model.questions.wifi_answers import JoinAttempt, WifiEvent
from posdiag_checks.wifi.join_failure import PRECEDENCE, Failure
from posdiag_checks.wifi.join_test import JoinEvidence

FULL = (17, 46)  # codes that mean nothing else
INVALID_AUTHENTICATION = 2  # reason code
CONNECTS = 2  # kernel and supplicant report one each; more are reconnections


def judge_join(test: JoinEvidence) -> Finding:
    if test.joined.joined:
        return _judge_lease(test)
    kinds = {f.kind for f in test.failures}
    kind: Failure = next((k for k in PRECEDENCE if k in kinds), "unknown")
    if kind == "unknown":
        return _judge_pmf(test, test.facts) or _unknown(test, "skip.join-untold")
    alike = [f for f in test.failures if f.kind == kind]
    failure = next((f for f in alike if f.code is not None), alike[0])
    facts = {**test.facts, "answer": failure.code, "said": failure.words}
    if kind == "driver":
        return _unknown(test, "skip.join-driver", facts)
    if kind == "key":
        return _judge_pmf(test, facts) or _judge_handshake(test, facts)
    if kind in CONCLUSIVE:
        code, variant, sure, rivals = CONCLUSIVE[kind]
        if failure.framed is False:  # only the driver reports it
            sure, rivals = min(sure, 0.6), rivals or ("wifi.wrong-passphrase",)
        return fail(code, facts, variant=variant, confidence=sure, rivals=rivals)
    return JUDGES[kind](test, facts)


# -- joined ---------------------------------------------------------------------------


def _judge_lease(test: JoinEvidence) -> Finding:
    joined = test.joined
    facts = {**test.facts, "lease_seconds": joined.lease_seconds}
    if joined.lease == "ok":
        return ok("", facts, variant="tried", address=joined.address)
    if joined.lease == "untried":
        return ok("", facts, variant="tried-keys")
    rivals = ("wifi.no-lease",)
    if test.scan.wep:  # it verifies no key: with a wrong one it joins all the same
        code = "wifi.wrong-passphrase"
        return fail(code, facts, variant="wep", confidence=0.7, rivals=rivals)
    if test.poor or any(map(_dropped, test.attempts)):
        code = "wifi.weak-signal"
        return fail(code, facts, variant="lease", confidence=0.6, rivals=rivals)
    variant = "hotspot" if test.scan.hotspot else ""
    return fail("wifi.no-lease", facts, variant=variant, confidence=0.92)


def _dropped(attempt: JoinAttempt) -> bool:
    """Was the connection lost again after the keys were in place?"""
    events = [e for e in attempt.events if e.source != "manager"]
    kinds = [e.kind for e in events]
    if "connected" not in kinds:
        return False
    later = events[kinds.index("connected") :]
    return (
        any(e.kind == "disconnected" and not e.local for e in later)
        or kinds.count("connected") > CONNECTS
        or "beacon-loss" in kinds
    )


# -- not joined -----------------------------------------------------------------------


def _judge_sae(test: JoinEvidence, facts: Facts) -> Finding:
    return _wrong_passphrase(test, facts, "sae", 0.95)


def _judge_full(test: JoinEvidence, facts: Facts) -> Finding:
    variant = "hotspot" if test.scan.hotspot else ""
    sure, rivals = (0.92, ()) if facts["answer"] in FULL else (0.7, ("wifi.refused",))
    return fail("wifi.full", facts, variant=variant, confidence=sure, rivals=rivals)


def _judge_handshake(test: JoinEvidence, facts: Facts) -> Finding:
    """The 4-way handshake failed: a wrong passphrase, or lost frames."""
    explicit = sum(f.explicit for f in test.failures if f.kind == "key")
    inferred = not explicit and test.lossy is None and not test.deauthenticated
    if test.poor or test.passphrase_proven or inferred:
        return fail(
            "wifi.weak-signal",
            facts,
            variant=_unanswered_variant(test) if inferred else "keys",
            confidence=0.55,
            rivals=("wifi.wrong-passphrase", "wifi.interference"),
        )
    if explicit >= 2 and test.strong is True and test.lossy is False:
        # Not surer: an AP that acknowledges our frames and then loses them looks alike.
        return _wrong_passphrase(test, facts, "", 0.8)
    return _wrong_passphrase(test, facts, "likely", 0.6)


def _wrong_passphrase(
    test: JoinEvidence, facts: Facts, variant: str, sure: float
) -> Finding:
    """The text is that of the likeliest mistake."""
    rivals = () if sure >= 0.9 else ("wifi.weak-signal", "wifi.interference")
    variant = "blank" if test.padded else "hotspot" if test.scan.hotspot else variant
    code = "wifi.wrong-passphrase"
    return fail(code, facts, variant=variant, confidence=sure, rivals=rivals)


def _unanswered_variant(test: JoinEvidence) -> str:
    """Weak downlink, or an uplink that does not reach the AP."""
    return "silent" if test.strong is False else "unheard"


def _judge_unanswered(test: JoinEvidence, facts: Facts) -> Finding:
    """No answer at all: out of range, or an access point that refuses silently."""
    if test.poor or test.uplink_suspect or test.strong is None:
        return fail(
            "wifi.weak-signal",
            facts,
            variant=_unanswered_variant(test),
            confidence=0.7 if test.poor else 0.5,
            rivals=("wifi.refused", "wifi.full"),
        )
    rivals = ("wifi.full", "wifi.weak-signal")
    return fail("wifi.refused", facts, variant="silent", confidence=0.55, rivals=rivals)


def _judge_not_found(test: JoinEvidence, facts: Facts) -> Finding:
    """The supplicant found no BSS that it could use. If the scan found the network, it
    came and went."""
    if not test.scan.points:
        variant = "hotspot" if test.scan.hotspot else ""
        return fail("wifi.not-found", facts, variant=variant, confidence=0.85)
    if test.strong is False:
        code, rivals = "wifi.weak-signal", ("wifi.not-found",)
        return fail(code, facts, variant="silent", confidence=0.6, rivals=rivals)
    return fail(
        "wifi.not-found",
        facts,
        variant="gone",
        confidence=0.6,
        rivals=("wifi.security-mismatch", "wifi.weak-signal"),
    )


def _unknown(test: JoinEvidence, reason: str, facts: Facts | None = None) -> Finding:
    """It failed for an unknown reason. A report of the manager alone is no cause, nor
    is a code that the driver reports whatever the reason."""
    facts = facts or test.facts
    if test.strong is not False:
        return Finding(Status.SKIP, reason, facts)
    rivals = ("wifi.refused", "wifi.wrong-passphrase")
    return fail(
        "wifi.weak-signal", facts, variant="silent", confidence=0.5, rivals=rivals
    )


def _judge_pmf(test: JoinEvidence, facts: Facts) -> Finding | None:
    """A finding if an access point with PMF ends the join with reason 2: it does not
    accept this way of joining, whatever the passphrase."""
    if not any(_is_invalid_authentication(e) for a in test.attempts for e in a.events):
        return None
    required = any(p.pmf == "required" for p in test.scan.points)
    transition = any(p.pmf == "capable" and "sae" in p.akms for p in test.scan.points)
    if not (required or transition):
        return None
    return fail(
        "wifi.security-mismatch",
        {**facts, "said": f"reason {INVALID_AUTHENTICATION}"},
        variant="refused",
        confidence=0.8 if required else 0.65,
        rivals=("wifi.wrong-passphrase",),
    )


def _is_invalid_authentication(event: WifiEvent) -> bool:
    ended = event.kind == "disconnected" and not event.local
    return ended and event.code == INVALID_AUTHENTICATION


JUDGES: dict[Failure, Callable[[JoinEvidence, Facts], Finding]] = {
    "sae-rejected": _judge_sae,
    "full": _judge_full,
    "unanswered": _judge_unanswered,
    "not-found": _judge_not_found,
}
CONCLUSIVE: dict[Failure, tuple[str, str, float, tuple[str, ...]]] = {
    "wep-rejected": ("wifi.wrong-passphrase", "wep", 0.9, ()),
    "refused": ("wifi.refused", "", 0.85, ("wifi.full",)),
    "mismatch": ("wifi.security-mismatch", "refused", 0.9, ()),
    "too-old": ("wifi.security-mismatch", "old", 0.9, ()),
    "weak": ("wifi.weak-signal", "refused", 0.85, ()),
    "beacon-loss": ("wifi.weak-signal", "", 0.7, ()),
}
"""Failures that need no weighing: cause, variant, confidence, rivals."""
