"""How did the join test end, and what does that prove? Pure.

A wrong passphrase and lost key frames look alike from this side, down to the
supplicant's own WRONG_KEY (wifi-lab, section 3); only the state of the air tells which
is likelier, and only a capture tells for certain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from posdiag.measure.wifi.network import Phone
from posdiag.model import Facts, Finding, Status, fail, ok
from posdiag.model.limits import Limits
from posdiag.model.questions.wifi_answers import JoinAttempt, Joined
from posdiag_checks.wifi.codes import Reading, Said, read

LOST = 3  # frames; fewer may be given up while the channel is changed
RETRIED = 10  # times; fewer are chance
UNHEARD = 3  # times; enough where nothing is answered, and most frames sent again


@dataclass(frozen=True, slots=True)
class Trial:
    """A join test and what was known before it. `heard` is the scan's level in dBm;
    `listed`: the scan had heard the network; `vouched`: a capture shows the terminal
    with this passphrase, which was right then."""

    joined: Joined
    limits: Limits
    facts: Facts
    phone: Phone = ""
    heard: float | None = None
    listed: bool = False
    wep: bool = False
    sae: bool = False
    blank: bool = False  # the passphrase begins or ends with a blank
    vouched: bool = False

    @property
    def attempts(self) -> tuple[JoinAttempt, ...]:
        return self.joined.attempts

    @property
    def signal(self) -> float | None:
        told = [a.signal for a in self.attempts if a.signal is not None]
        return median(told) if told else self.heard

    @property
    def counted(self) -> tuple[int, int] | None:
        """Frames that we sent, and how often we had to send one again."""
        told = [(a.sent, a.retries) for a in self.attempts]
        known = [(sent, again) for sent, again in told if sent and again is not None]
        return (sum(s for s, _ in known), sum(r for _, r in known)) if known else None

    @property
    def retry_ratio(self) -> float | None:
        return min(1.0, self.counted[1] / self.counted[0]) if self.counted else None

    @property
    def failed(self) -> int | None:
        told = [a.failed for a in self.attempts if a.failed is not None]
        return sum(told) if told else None

    @property
    def strong(self) -> bool | None:
        signal = self.signal
        return None if signal is None else signal >= self.limits["wifi.trusted"]

    @property
    def lossy(self) -> bool | None:
        """Do our own frames get lost on the way? None where nobody counts. A join is
        so few frames that a ratio alone says little."""
        counted, ratio, failed = self.counted, self.retry_ratio, self.failed
        if counted is None and failed is None:
            return None
        often = counted is not None and counted[1] >= RETRIED
        much = often and ratio is not None and ratio > self.limits["wifi.retries"]
        return much or (failed is not None and failed >= LOST)

    @property
    def unheard(self) -> bool:
        """Does an access point that does not answer hardly hear us? One that refuses in
        silence acknowledges each frame, and does it before it lets anybody begin."""
        sent, again = self.counted or (0, 0)
        begun = any(e.kind == "authenticated" for a in self.attempts for e in a.events)
        return begun or (again >= UNHEARD and 2 * again >= sent)

    @property
    def sent_away(self) -> bool:
        """Did the access point end a try? It does so when the keys do not fit."""
        events = [e for a in self.attempts for e in a.events]
        return any(e.kind == "disconnected" and not e.local for e in events)

    @property
    def poor(self) -> bool:
        """Is the air known to be bad?"""
        return self.strong is False or self.lossy is True


def judge_join(trial: Trial) -> Finding:
    if trial.joined.joined:
        return _in(trial)
    all = [read(a, trial.sae) for a in trial.attempts]
    for reading, judge in JUDGES.items():
        alike = [said for said in all if said.reading == reading]
        if alike:
            said = next((s for s in alike if s.code is not None), alike[0])
            return judge(trial, _facts(trial, said), sum(s.told for s in alike))
    return _unknown(trial)


def _facts(trial: Trial, said: Said | None = None) -> Facts:
    return {
        **trial.facts,
        "attempts": len(trial.attempts),
        "test_seconds": round(trial.joined.seconds, 1),
        "signal": trial.signal,
        "retry_ratio": trial.retry_ratio,
        "failed_frames": trial.failed,
        "answer": said.code if said else None,
        "said": said.words if said else "",
        "manager": trial.joined.manager,
    }


# -- joined ---------------------------------------------------------------------------


def _in(trial: Trial) -> Finding:
    joined = trial.joined
    facts = {**_facts(trial), "lease_seconds": joined.lease_seconds}
    if joined.lease == "ok":
        return ok("", facts, variant="tried", address=joined.address)
    if joined.lease == "untried":
        return ok("", facts, variant="tried-keys")
    if trial.wep:
        return fail(
            "wifi.wrong-passphrase",
            facts,
            variant="wep",
            confidence=0.7,
            rivals=("wifi.no-lease",),
        )
    if trial.poor or _dropped(trial.attempts):
        return fail(
            "wifi.weak-signal",
            facts,
            variant="lease",
            confidence=0.6,
            rivals=("wifi.no-lease",),
        )
    variant = "hotspot" if trial.phone else ""
    return fail("wifi.no-lease", facts, variant=variant, confidence=0.92)


def _dropped(attempts: Sequence[JoinAttempt]) -> bool:
    """Was the connection lost again after the keys were in place?"""
    for attempt in attempts:
        told = [e for e in attempt.events if e.source != "manager"]
        kinds = [e.kind for e in told]
        if "connected" in kinds:
            after = told[kinds.index("connected") :]
            if any(e.kind == "disconnected" and not e.local for e in after):
                return True
            if kinds.count("connected") > 2 or "beacon-loss" in kinds:
                return True
    return False


# -- not joined -----------------------------------------------------------------------


def _sae(trial: Trial, facts: Facts, told: int) -> Finding:
    return _wrong(trial, facts, "sae", 0.95)


def _wep(trial: Trial, facts: Facts, told: int) -> Finding:
    return fail("wifi.wrong-passphrase", facts, variant="wep", confidence=0.9)


def _full(trial: Trial, facts: Facts, told: int) -> Finding:
    variant = "hotspot" if trial.phone else ""
    said = facts["answer"] in (17, 46)
    sure, rivals = (0.92, ()) if said else (0.7, ("wifi.refused",))
    return fail("wifi.full", facts, variant=variant, confidence=sure, rivals=rivals)


def _refused(trial: Trial, facts: Facts, told: int) -> Finding:
    return fail("wifi.refused", facts, confidence=0.85, rivals=("wifi.full",))


def _mismatch(trial: Trial, facts: Facts, told: int) -> Finding:
    return fail("wifi.security-mismatch", facts, variant="refused", confidence=0.9)


def _old(trial: Trial, facts: Facts, told: int) -> Finding:
    return fail("wifi.security-mismatch", facts, variant="old", confidence=0.9)


def _weak(trial: Trial, facts: Facts, told: int) -> Finding:
    return fail("wifi.weak-signal", facts, variant="refused", confidence=0.85)


def _key(trial: Trial, facts: Facts, told: int) -> Finding:
    """The keys were not agreed on: a wrong passphrase, or frames that were lost."""
    untold = not told and trial.lossy is None and not trial.sent_away
    if trial.poor or trial.vouched or untold:
        return fail(
            "wifi.weak-signal",
            facts,
            variant=_unanswered(trial) if untold else "keys",
            confidence=0.55,
            rivals=("wifi.wrong-passphrase", "wifi.interference"),
        )
    clean = told >= 2 and trial.strong is True and trial.lossy is False
    if clean:  # frames that the access point acknowledges and then loses look like this
        return _wrong(trial, facts, "", 0.8)
    return _wrong(trial, facts, "likely", 0.6)


def _wrong(trial: Trial, facts: Facts, variant: str, sure: float) -> Finding:
    """The likeliest way in which the passphrase is wrong chooses the words."""
    rivals = () if sure >= 0.9 else ("wifi.weak-signal", "wifi.interference")
    words = "hotspot" if trial.phone else variant
    if trial.blank:
        words = "blank"
    return fail(
        "wifi.wrong-passphrase",
        facts,
        variant=words,
        confidence=sure,
        rivals=rivals,
    )


def _unanswered(trial: Trial) -> str:
    """What reaches us may be strong where what we send does not reach it."""
    return "silent" if trial.strong is False else "unheard"


def _silent(trial: Trial, facts: Facts, told: int) -> Finding:
    """No answer at all: too far away, or an access point that refuses in silence."""
    if trial.poor or trial.unheard or trial.strong is None:
        return fail(
            "wifi.weak-signal",
            facts,
            variant=_unanswered(trial),
            confidence=0.7 if trial.poor else 0.5,
            rivals=("wifi.refused", "wifi.full"),
        )
    return fail(
        "wifi.refused",
        facts,
        variant="silent",
        confidence=0.55,
        rivals=("wifi.full", "wifi.weak-signal"),
    )


def _fading(trial: Trial, facts: Facts, told: int) -> Finding:
    return fail("wifi.weak-signal", facts, confidence=0.7)


def _not_found(trial: Trial, facts: Facts, told: int) -> Finding:
    """The supplicant found none that it could use. Where the scan had heard the name,
    the network came and went."""
    if not trial.listed:
        variant = "hotspot" if trial.phone else ""
        return fail("wifi.not-found", facts, variant=variant, confidence=0.85)
    if trial.strong is False:
        return fail(
            "wifi.weak-signal",
            facts,
            variant="silent",
            confidence=0.6,
            rivals=("wifi.not-found",),
        )
    return fail(
        "wifi.not-found",
        facts,
        variant="gone",
        confidence=0.6,
        rivals=("wifi.security-mismatch", "wifi.weak-signal"),
    )


def _unknown(trial: Trial) -> Finding:
    """Nothing was told but that it failed. A manager's word alone is no cause."""
    facts = _facts(trial)
    if trial.strong is False:
        return fail(
            "wifi.weak-signal",
            facts,
            variant="silent",
            confidence=0.5,
            rivals=("wifi.refused", "wifi.wrong-passphrase"),
        )
    return Finding(Status.SKIP, "skip.join-untold", facts)


# From a reading to its judge, the most telling first; the number is how many tries were
# told in so many words.
JUDGES: dict[Reading, Callable[[Trial, Facts, int], Finding]] = {
    "sae-wrong": _sae,
    "wep-wrong": _wep,
    "full": _full,
    "refused": _refused,
    "mismatch": _mismatch,
    "old": _old,
    "weak": _weak,
    "key": _key,
    "silent": _silent,
    "fading": _fading,
    "not-found": _not_found,
}
