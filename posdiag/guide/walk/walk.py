"""One walk from the symptom to the end. Pure: it says what to do next and is told what
came of it; `drive` does it.

    while not isinstance(step := walk.next(), End):
        ... carry it out, then walk.record_measurement, record_answer...
"""

from dataclasses import dataclass, field

from posdiag.guide import belief, rules
from posdiag.guide.choose import Choice, as_done_here, choose
from posdiag.guide.knowledge import (
    GATE,
    HELPED,
    SYMPTOM,
    UNKNOWN,
    Action,
    CauseWords,
    Fact,
)
from posdiag.guide.seen import Seen
from posdiag.guide.walk.record import WalkRecord
from posdiag.guide.walk.steps import (
    QUERY,
    SALE,
    Ask,
    Do,
    End,
    Gate,
    Measure,
    Request,
    Step,
    Tell,
)
from posdiag.guide.walk.target import Target
from posdiag.guide.walk.undo import last_answer

SELL_NOW, SELL_BY_CODE = "sell-now", "sell-by-code"
SINCE = "symptom.since"
TO_CALL = ("call", "undecided")
UNCLEAR = "network-error"  # the symptom with which money may have been taken
#: Symptoms with which no sale passes, so that another way to take money comes first.
BLOCKING = ("no-network", "hotspot-join", "network-error", "no-start", "frozen")
DEAD = ("no-start", "frozen")  # with which the terminal takes no money by any network


@dataclass(slots=True)
class Walk(WalkRecord):
    """The record, what is due next, and what changes either."""

    _due: list[Request] = field(default_factory=list)
    _judged: Target | None = None

    # --- what comes next -------------------------------------------------------------

    def next(self) -> Request:
        if self._due:
            return self._due[0]
        if self.seen is None:
            return Measure()
        if self.seen.interrupted or self.counted >= self.limit or self.is_over:
            return End(self.conclusion())
        if self.symptom is None:
            return Ask(SYMPTOM)
        advice = self._advice()
        if advice:
            return Tell(advice)
        return self._request(choose(self.known, self.evidence, self.past))

    def _request(self, choice: Choice) -> Request:
        if choice.kind == "question":
            return Ask(choice.id, self.known.facts[choice.id])
        if choice.kind == "action":
            action = self.known.actions[choice.id]
            if self.counted + self._takes(action) > self.limit:
                return End(self.conclusion())
            if action.touches == "terminal" and self.gate is None:
                return Gate(self.known.facts[GATE])
            fitted = as_done_here(action, self.evidence, self.past)
            return Do(fitted, self._note(fitted))
        since = self.known.facts[SINCE]
        open_ = belief.cause_by_one_answer(self.known, self.evidence) is None
        calls = open_ and self.conclusion().outcome in TO_CALL
        if calls and since.id not in self.asked:
            return Ask(since.id, since)  # whoever is called will ask it
        return End(self.conclusion())

    def _takes(self, action: Action) -> int:
        """Steps until the result is known: the gate, the action, the question."""
        gate = action.touches == "terminal" and self.gate is None
        return 1 + gate + (not self._target_of(action).visible)

    def _note(self, action: Action) -> str:
        """A sale in progress has nothing to lose where the cable is out already."""
        out = self.seen is not None and "link.down" in self.seen.causes
        if action.charges and QUERY in self.advice_given:
            return QUERY
        return SALE if action.touches == "network" and not out else ""

    def _advice(self) -> str:
        """What is to be said before anything else; "" where all is said."""
        lost = self.symptom == "error-code" and self.evidence.line_cut
        if QUERY not in self.advice_given and (
            self.may_have_charged or lost or self.symptom == UNCLEAR
        ):
            return QUERY
        sold = {SELL_NOW, SELL_BY_CODE} & self.advice_given
        if sold or not (self.broken or self.symptom in BLOCKING):
            return ""
        by_code = self.symptom in DEAD or "terminal.connection" in self.certain
        return SELL_BY_CODE if by_code else SELL_NOW

    # --- what came of it -------------------------------------------------------------

    def record_measurement(self, seen: Seen) -> None:
        self._drop(Measure)
        before = self.seen.causes if self.seen else ()
        self.seen = seen
        words = {f.cause: CauseWords(f.title, f.say, f.who) for f in seen.found}
        self.known = self.known.with_causes(words, self.plain)
        found = tuple(f.cause for f in seen.found)
        self.steps.append(Step("measure", checks=seen.carried, found=found))
        target = self.target
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

    def record_answer(self, id: str, text: str) -> None:
        """`text` is the value of an answer, or a text from the screen, or `unknown`."""
        self._drop(Ask)
        self.steps.append(Step("question", id, answer=text))
        if id == SYMPTOM:
            self.symptom = "unsure" if text == UNKNOWN else text
        elif id.startswith(HELPED):
            self._take_result(text)
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

    def record_gate(self, answer: str) -> None:
        """The answer at the gate. What is not known counts as unsettled."""
        self.gate = "unsettled" if answer == UNKNOWN else answer
        self.steps.append(Step("gate", GATE, answer=answer))

    def record_advice(self, id: str) -> None:
        self.advice_given.add(id)
        self.steps.append(Step("advice", id))

    def record_action(self, action: Action, done: bool) -> None:
        note = self._note(action)
        self.tried.add(action.id)
        if not done:
            not_done = Step(
                "action", action.id, done=False, helped=False, note=note, do=action.do
            )
            self.steps.append(not_done)
            return
        target = self._target_of(action)
        target.step.note, target.step.do = note, action.do
        self.steps.append(target.step)
        measurable = self.seen is not None and bool(self.seen.causes)
        looked_at = measurable and action.kind != "workaround"
        self._await_result(target, recheck=action.settles or looked_at)

    def _recheck(self, target: Target) -> Measure:
        found = self.seen.of(target.cause) if self.seen else None
        action = target.action
        return Measure(
            action.id,
            (target.cause,) if target.visible else (),
            found.checks if found else (),
            settles=action.settles or action.touches == "network",
        )

    def resume(self, target: Target) -> None:
        """Of a walk that was left: what was done, and its result not yet learned."""
        self.before.append(target.step)
        self._await_result(target, recheck=True)

    def _await_result(self, target: Target, *, recheck: bool) -> None:
        """Look for the result if the checks can see it, else ask."""
        self.target = target
        if target.visible or recheck:
            self._due.append(self._recheck(target))
        if not target.visible:
            self._due.append(Ask(HELPED + target.action.id, helped=target.action))

    def _take_result(self, text: str) -> None:
        self._judged = target = self.target
        self.target = None
        if target is not None and text != UNKNOWN:
            self._result(target, text == "yes")

    def _result(self, target: Target, helped: bool) -> None:
        self.target = None
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

    @property
    def can_take_back(self) -> bool:
        """Is there an answer to take back? Not once something has helped."""
        helped = self.mended or self.worked
        return not helped and last_answer(self.steps) is not None

    def take_back(self) -> str | None:
        """Forget the last answer, which is then asked again; None: there is none."""
        place = last_answer(self.steps) if self.can_take_back else None
        if place is None:
            return None
        self._due = [d for d in self._due if not isinstance(d, Ask) or d.helped]
        step = self.steps.pop(place)
        if step.kind == "gate":
            self.gate = None
        elif step.kind == "action":
            self.tried.discard(step.id)
        elif step.id.startswith(HELPED):
            self._doubt(step.id.removeprefix(HELPED))
        else:
            self._forget(step.id)
        return step.id

    def _doubt(self, action: str) -> None:
        """The result of this action is not known again."""
        self.target = self._judged
        if self.target is not None:
            self.target.step.helped = None
        self.failed.discard(action)
        self._due.insert(0, Ask(HELPED + action, helped=self.known.actions[action]))

    def _forget(self, id: str) -> None:
        if id == SYMPTOM:
            self.symptom = None
        self.asked.discard(id)
        self.answers.pop(id, None)
        self.raw.pop(id, None)
        self._due.insert(0, Ask(id, self.known.facts.get(id)))
