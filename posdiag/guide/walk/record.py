"""What a walk has learned so far: measurements, answers, actions and their results."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from posdiag.guide import belief, rules
from posdiag.guide.belief import Evidence, Posterior
from posdiag.guide.choose import Past
from posdiag.guide.conclude import Conclusion, conclude
from posdiag.guide.knowledge import CODE, Action, Chances, Knowledge
from posdiag.guide.rules import Lan
from posdiag.guide.seen import Seen
from posdiag.guide.walk.steps import Step
from posdiag.guide.walk.target import Target, target_of

STEPS = 12
COUNTED = ("question", "gate", "action")


@dataclass(slots=True)
class WalkRecord:
    """`certain` are facts that profile or symptom settle; `lan` what the profile says
    of the terminal's network; `plain` the symptoms of causes without a state; `mended`
    the causes that are gone, with the chance that it was this one; `advice_given`
    by id; `target` what was done and whose result is not yet known, `before`
    the actions of the walk that this one resumes."""

    known: Knowledge
    symptom: str | None = None
    certain: Mapping[str, str] = field(default_factory=dict)
    lan: Lan = field(default_factory=Lan)
    limit: int = STEPS
    plain: Chances = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    seen: Seen | None = None
    raw: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    mended: dict[str, float] = field(default_factory=dict)
    gate: str | None = None
    worked: set[str] = field(default_factory=set)
    target: Target | None = None
    before: list[Step] = field(default_factory=list)
    advice_given: set[str] = field(default_factory=set)

    @property
    def counted(self) -> int:
        return sum(step.kind in COUNTED for step in self.steps)

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            symptom=self.symptom,
            answers=dict(self.answers),
            certain=dict(self.certain),
            failed=frozenset(self.failed),
            worked=frozenset(self.worked),
            mended=frozenset(self.mended),
            blank=frozenset(self.asked - self.answers.keys()),
            seen=self.seen,
        ).without_cut_answers(self.known)

    @property
    def past(self) -> Past:
        return Past(
            frozenset(self.asked),
            frozenset(self.tried),
            self.gate,
            self.settled,
            bool(self.worked),
            len(self.answers),
        )

    @property
    def settled(self) -> dict[str, str]:
        """Facts that the checks of this run have answered."""
        passed = self.seen.passed if self.seen else frozenset()
        return {
            fact.id: answer
            for fact in self.known.facts.values()
            for answer, checks in fact.settled.items()
            if not passed.isdisjoint(checks)
        }

    def chances(self) -> Posterior:
        return belief.posterior(self.known, self.evidence)

    @property
    def may_have_charged(self) -> bool:
        """Does the code on the screen leave open whether money was taken?"""
        return rules.may_have_charged(self.raw.get(CODE, ""))

    @property
    def is_over(self) -> bool:
        """Something was mended and nothing that stops sales is left."""
        return bool(self.mended) and self.seen is not None and not self.broken

    @property
    def broken(self) -> bool:
        return self.seen is not None and self.seen.verdict == "broken"

    def conclusion(self) -> Conclusion:
        """What can be said by now."""
        return conclude(
            self.known,
            self.evidence,
            self.chances(),
            tried=self.tried | self._barred(),
            mended=self.mended,
            code=self.raw.get(CODE, ""),
        )

    def _barred(self) -> set[str]:
        """What may not be done because of the sales in the terminal."""
        if self.gate in (None, "none"):
            return set()
        actions = self.known.actions.values()
        return {a.id for a in actions if a.touches == "terminal"}

    def _lan(self) -> Lan:
        seen = self.seen
        if seen is None:
            return self.lan
        return replace(
            self.lan,
            address=self.lan.address or seen.lan,
            gateway=self.lan.gateway or seen.gateway,
        )

    def _target_of(self, action: Action) -> Target:
        return target_of(self.known, self.chances(), self.seen, action)
