"""One walk from the symptom to the end. Pure: it says what to do next and is told what
came of it; `drive` does it.

    while not isinstance(step := walk.next(), End):
        ... carry it out, then walk.measured / answered / passed / acted / advised
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from posdiag.guide import belief, rules
from posdiag.guide.belief import Evidence, Posterior
from posdiag.guide.choose import Choice, Past, choose, mends
from posdiag.guide.conclude import Conclusion, conclude
from posdiag.guide.knowledge import (
    GATE,
    HELPED,
    SYMPTOM,
    UNKNOWN,
    Action,
    CauseWords,
    Chances,
    Fact,
    Knowledge,
)
from posdiag.guide.rules import Lan
from posdiag.guide.seen import Seen

STEPS = 12
COUNTED = ("question", "gate", "action")
SALE = "sale-in-progress"
SELL_NOW = "sell-now"
SINCE = "symptom.since"
TO_CALL = ("call", "undecided")
#: Symptoms with which no sale passes, so that another way to take money comes first.
BLOCKING = ("no-network", "hotspot-join", "network-error", "no-start", "frozen")


@dataclass(frozen=True, slots=True)
class Measure:
    """Run the checks. `causes` are waited for to go away if `settles`."""

    after: str = ""
    causes: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for a fact; `fact` None: whether the action `helped` did help."""

    id: str
    fact: Fact | None = None
    helped: Action | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    fact: Fact


@dataclass(frozen=True, slots=True)
class Do:
    """`note` is `sale-in-progress` or ""."""

    action: Action
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    id: str


@dataclass(frozen=True, slots=True)
class End:
    conclusion: Conclusion


Request = Measure | Ask | Gate | Do | Tell | End


@dataclass(slots=True)
class Step:
    """One step as the transcript has it. `answer` as given, `found` cause ids."""

    kind: str
    id: str = ""
    answer: str = ""
    done: bool | None = None
    helped: bool | None = None
    note: str = ""
    checks: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


@dataclass(slots=True)
class _Target:
    """What an action was meant to mend, until its result is known."""

    action: Action
    step: Step
    cause: str
    visible: bool
    chance: float


@dataclass(slots=True)
class Walk:
    """`certain` are facts that profile or symptom settle; `lan` what the profile says
    of the terminal's network; `plain` the symptoms of causes without a state; `mended`
    the causes that are gone, with the chance that it was this one."""

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
    _target: _Target | None = None
    _sold: bool = False
    _due: list[Request] = field(default_factory=list)

    # --- what comes next -------------------------------------------------------------

    def next(self) -> Request:
        if self._due:
            return self._due[0]
        if self.seen is None:
            return Measure()
        if self.seen.interrupted or self.counted >= self.limit or self._is_over():
            return self._end()
        if self.symptom is None:
            return Ask(SYMPTOM)
        if not self._sold and self._sales_wait():
            return Tell(SELL_NOW)
        return self._request(choose(self.known, self.evidence, self.past))

    def _request(self, choice: Choice) -> Request:
        if choice.kind == "question":
            return Ask(choice.id, self.known.facts[choice.id])
        if choice.kind == "action":
            action = self.known.actions[choice.id]
            if self.counted + self._takes(action) > self.limit:
                return self._end()
            if action.touches == "terminal" and self.gate is None:
                return Gate(self.known.facts[GATE])
            return Do(action, self._note(action))
        since = self.known.facts[SINCE]
        if since.id not in self.asked and self.conclusion().outcome in TO_CALL:
            return Ask(since.id, since)  # whoever is called will ask it
        return self._end()

    def _takes(self, action: Action) -> int:
        """Steps until the result is known: the gate, the action, the question."""
        gate = action.touches == "terminal" and self.gate is None
        visible = self._meant(action, Step("action")).visible
        return 1 + gate + (not visible)

    def _note(self, action: Action) -> str:
        """A sale in progress has nothing to lose where the cable is out already."""
        out = self.seen is not None and "link.down" in self.seen.causes
        return SALE if action.touches == "network" and not out else ""

    def _is_over(self) -> bool:
        """Something was mended and nothing that stops sales is left."""
        return (
            bool(self.mended)
            and self.seen is not None
            and (self.seen.verdict != "broken")
        )

    def _sales_wait(self) -> bool:
        broken = self.seen is not None and self.seen.verdict == "broken"
        return broken or self.symptom in BLOCKING

    def _end(self) -> End:
        return End(self.conclusion())

    def conclusion(self) -> Conclusion:
        """What can be said by now."""
        return conclude(
            self.known,
            self.evidence,
            self.chances(),
            tried=self.failed,
            mended=self.mended,
            code=self.raw.get("terminal.code", ""),
        )

    # --- what is known ---------------------------------------------------------------

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
        )

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

    # --- what came of it -------------------------------------------------------------

    def measured(self, seen: Seen) -> None:
        self._drop(Measure)
        before = self.seen.causes if self.seen else ()
        self.seen = seen
        words = {f.cause: CauseWords(f.title, f.say, f.who) for f in seen.found}
        self.known = self.known.with_causes(words, self.plain)
        found = tuple(f.cause for f in seen.found)
        self.steps.append(Step("measure", checks=seen.carried, found=found))
        target = self._target
        if target is None:
            return
        cures = target.action.kind != "workaround"
        if target.visible:
            self._result(target, target.cause not in seen.causes)
        elif cures and before and not found and seen.healthy:
            # Meant for another cause, but what was measured is gone: nobody is asked.
            self._drop(Ask)
            target.cause, target.visible = before[0], True
            self._result(target, True)

    def answered(self, id: str, text: str) -> None:
        """`text` is the value of an answer, or a text from the screen, or `unknown`."""
        self._drop(Ask)
        self.steps.append(Step("question", id, answer=text))
        if id == SYMPTOM:
            self.symptom = "unsure" if text == UNKNOWN else text
        elif id.startswith(HELPED):
            self._told(text)
        else:
            self.asked.add(id)
            self._take(self.known.facts[id], text)

    def _take(self, fact: Fact, text: str) -> None:
        value: str | None = text
        if fact.kind != "choice" and text != UNKNOWN:
            self.raw[fact.id] = text
            value = rules.read(fact.kind, text, self._lan())
        if value in fact.answers:
            self.answers[fact.id] = str(value)

    def _lan(self) -> Lan:
        seen = self.seen
        if seen is None:
            return self.lan
        return replace(
            self.lan,
            address=self.lan.address or seen.lan,
            gateway=self.lan.gateway or seen.gateway,
        )

    def passed(self, answer: str) -> None:
        """The answer at the gate. What is not known counts as unsettled."""
        self.gate = "unsettled" if answer == UNKNOWN else answer
        self.steps.append(Step("gate", GATE, answer=answer))

    def advised(self, id: str) -> None:
        self._sold = True
        self.steps.append(Step("advice", id))

    def acted(self, action: Action, done: bool) -> None:
        note = self._note(action)
        step = Step("action", action.id, done=done, note=note, helped=False)
        self.steps.append(step)
        self.tried.add(action.id)
        if not done:
            return
        step.helped = None
        self._target = self._meant(action, step)
        visible = self._target.visible
        measurable = self.seen is not None and bool(self.seen.causes)
        if visible or action.settles or (measurable and action.kind != "workaround"):
            found = self.seen.of(self._target.cause) if self.seen else None
            checks = found.checks if found else ()
            causes = (self._target.cause,) if visible else ()
            settles = action.settles or action.touches == "network"
            self._due.append(Measure(action.id, causes, checks, settles))
        if not visible:
            self._due.append(Ask(HELPED + action.id, helped=action))

    def _meant(self, action: Action, step: Step) -> _Target:
        chances = self.chances()
        worth = {
            id: chance * self.known.states[id].fixes.get(action.id, 0.0)
            for id, chance in chances.items()
        }
        state = self.known.states[max(worth, key=lambda id: worth[id])]
        seen = self.seen.causes if self.seen else ()
        visible = (
            state.cause in seen
            and not state.on_terminal
            and action.kind != "workaround"
        )
        known = self.known.states
        share = sum(w for id, w in worth.items() if known[id].cause == state.cause)
        chance = share / (sum(worth.values()) or 1.0)
        return _Target(action, step, state.cause, visible, chance)

    def _told(self, text: str) -> None:
        target = self._target
        if target is None:
            return
        if text == UNKNOWN:
            self._target = None
            return
        self._result(target, text == "yes")

    def _result(self, target: _Target, helped: bool) -> None:
        self._target = None
        target.step.helped = helped
        if not helped:
            self.failed.add(target.action.id)
        elif target.action.kind == "workaround":
            self.worked.add(target.action.id)
        else:
            self.mended[target.cause] = 1.0 if target.visible else target.chance
            facts = self.known.facts
            self.answers = {f: a for f, a in self.answers.items() if facts[f].lasting}

    def _drop(self, kind: type) -> None:
        if self._due and isinstance(self._due[0], kind):
            self._due.pop(0)

    def take_back(self) -> str | None:
        """Forget the last answer, which is then asked again; None: there is none, or
        something was done since."""
        for place in range(len(self.steps) - 1, -1, -1):
            step = self.steps[place]
            if step.kind == "advice":
                continue
            if step.kind == "question" and not step.id.startswith(HELPED):
                self._forget(place, step.id)
                return step.id
            break
        return None

    def _forget(self, place: int, id: str) -> None:
        del self.steps[place]
        if id == SYMPTOM:
            self.symptom = None
        self.asked.discard(id)
        self.answers.pop(id, None)
        self.raw.pop(id, None)


def likely_actions(walk: Walk, least: float) -> Sequence[str]:
    """Actions that may well mend what is wrong, for tests and pictures."""
    chances = walk.chances()
    return [a for a in walk.known.actions if mends(walk.known, chances, a) >= least]
