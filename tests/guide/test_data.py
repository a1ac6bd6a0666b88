"""The guide's data hangs together: nothing is out of reach, nothing is left unsaid."""

from functools import cache

import pytest

from posdiag.engine.registry import core
from posdiag.guide.knowledge import CALL, GATE, NOTHING, UNKNOWN
from posdiag.guide.load import knowledge
from posdiag.guide.rules import legal
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.pair import Pair
from tests import ROOT
from tests.guide.merchant import Figures, figures

KNOWN = knowledge()

#: CONTRACT section 6.
SYMPTOMS = [
    "no-network",
    "hotspot-join",
    "slow",
    "unstable",
    "network-error",
    "sync-delay",
    "error-code",
    "card-refused",
    "no-print",
    "no-start",
    "frozen",
    "unsure",
]
FACTS = {
    "symptom.since": "today days always",
    "symptom.frequency": "once often always",
    "terminals.affected": "one all",
    "cards.affected": "one all",
    "entry.affected": "chip stripe tap scan all",
    "banks.affected": "one all",
    "changed.recently": "nothing moved wifi-password router sim update new-terminal",
    "terminal.power": "on off",
    "terminal.responds": "yes no",
    "terminal.battery": "ok low",
    "terminal.connection": "wired wifi hotspot sim bluetooth telephone",
    "terminal.bars": "none low good",
    "terminal.message": "network host sign-in tamper paper none",
    "sales.pending": "none unsent unsettled",
    "router.power-lamp": "on off",
    "router.internet-lamp": "normal red off",
    "router.reachable-by-others": "yes no",
    "phone.same-wifi-online": "yes no",
    "neighbours.online": "yes no",
    "bill.paid": "yes no",
    "hotspot.on": "yes no",
    "hotspot.phone-online": "yes no",
    "hotspot.name-same": "yes no",
    "hotspot.password-same": "yes no",
    "hotspot.band": "2.4 5",
    "sim.inserted": "yes no",
    "sim.paid": "yes no",
    "sim.other-phone": "yes no",
    "cable.seated": "yes no",
    "cable.swapped-helps": "yes no",
    "microwave.on": "yes no",
    "qr.works": "yes no",
    "provider.maintenance": "yes no",
    "sign-in.today": "yes no",
    "printer.paper": "yes no",
    "printer.cover": "closed open",
    "printer.lamp": "normal red off",
    "reader.cleaned": "yes no",
    "reader.other-card": "works fails",
    "environment": "fine hot damp dusty",
    "power-cycle.helps": "yes no",
}
TEXT_FACTS = [
    "terminal.code",
    "terminal.address",
    "terminal.mask",
    "terminal.gateway",
    "terminal.dns",
]
ACTIONS = [
    "router.power-on",
    "router.restart",
    "router.replace",
    "cable.reseat",
    "cable.swap",
    "wifi.rejoin",
    "wifi.retype-passphrase",
    "wifi.move-closer",
    "wifi.other-network",
    "hotspot.turn-on",
    "hotspot.band-24",
    "hotspot.disconnect-others",
    "mobile-data.switch-to",
    "sim.reinsert",
    "bill.pay",
    "microwave.off",
    "settings.correct",
    "dns.correct",
    "terminal.power-on",
    "terminal.restart",
    "terminal.sign-in",
    "terminal.update",
    "printer.load-paper",
    "printer.close-cover",
    "reader.clean",
    "card.try-other",
    "portal.log-in",
    "wait.maintenance",
    "call",
]
ASKED_CAUSES = [
    "terminal.no-power",
    "terminal.frozen",
    "terminal.hardware",
    "terminal.software",
    "terminal.settings",
    "terminal.tampered",
    "terminal.environment",
    "terminal.other-network",
    "terminal.not-signed-in",
    "reader.dirty",
    "card.one",
    "code.card",
    "code.account",
    "code.limit",
    "code.operation",
    "code.terminal",
    "code.beyond",
    "service.maintenance",
]


@cache
def walks() -> Figures:
    return figures()


def test_symptoms_facts_and_actions_are_those_of_the_contract() -> None:
    assert list(KNOWN.symptoms) == SYMPTOMS
    for fact, answers in FACTS.items():
        assert set(KNOWN.facts[fact].answers) == set(answers.split()), fact
    assert all(KNOWN.facts[fact].kind != "choice" for fact in TEXT_FACTS)
    assert set(ACTIONS) <= set(KNOWN.actions)


def test_every_cause_found_by_asking_has_a_state_and_words() -> None:
    causes = {state.cause for state in KNOWN.states.values()}

    assert set(ASKED_CAUSES) <= causes
    assert set(ASKED_CAUSES) <= set(KNOWN.causes)


def test_every_state_has_words_of_its_own_or_of_a_check() -> None:
    known = {*KNOWN.causes, *Catalogue(core()).cause_ids(), NOTHING}

    assert {s.cause for s in KNOWN.states.values()} <= known


def test_every_cause_of_the_checks_has_a_state() -> None:
    """A new one gets a plain state by itself, but no questions and no actions."""
    causes = {state.cause for state in KNOWN.states.values()}
    new = set(Catalogue(core()).cause_ids()) - causes

    assert new <= {"router.blocks-device"} | {c for c in new if "." in c}


@pytest.mark.parametrize("fact", KNOWN.facts.values(), ids=lambda f: f.id)
def test_the_chances_of_a_fact_sum_to_one(fact: object) -> None:
    usual = KNOWN.facts[fact.id].usual  # type: ignore[attr-defined]

    assert sum(usual.values()) == pytest.approx(1, abs=0.02)
    assert all(chance > 0 for chance in usual.values())


def test_no_state_gives_more_than_certainty_to_answers() -> None:
    for state in KNOWN.states.values():
        for chances in (*state.tells.values(), state.symptoms):
            assert sum(chances.values()) <= 1.1, state.id
        assert all(0 < chance < 1 for chance in state.fixes.values()), state.id


def _texts() -> list[tuple[str, Pair]]:
    found: list[tuple[str, Pair]] = []
    for fact in KNOWN.facts.values():
        found += [(fact.id, fact.ask), *((fact.id, a) for a in fact.answers.values())]
        found += [(fact.id, fact.help)] if fact.help else []
    for action in KNOWN.actions.values():
        found += [(action.id, action.do), (action.id, action.look)]
        found += [(action.id, action.risk)] if action.risk else []
    found += [(id, t) for id, c in KNOWN.causes.items() for t in (c.title, c.say)]
    found += [(id, t) for id, f in KNOWN.families.items() for t in (f.name, f.way)]
    found += list(KNOWN.symptoms.items()) + list(KNOWN.advice.items())
    return found


def test_every_text_stands_in_both_languages_and_in_gbk() -> None:
    for id, text in _texts():
        assert text.zh.strip(), id
        assert text.en.strip(), id
        text.zh.encode("gbk")
        assert text.en.isascii() or "’" in text.en, (id, text.en)


def test_storing_card_data_is_never_advised() -> None:
    told = " ".join(f"{text.zh} {text.en}" for _, text in _texts()).lower()

    assert "临时存储" not in told
    assert "temporary storage" not in told


def test_facts_that_take_a_text_take_dont_know_as_no_answer() -> None:
    for fact in KNOWN.facts.values():
        assert UNKNOWN not in fact.answers, fact.id
    assert not legal("address", "my address")


# --- what the simulated merchants met ----------------------------------------------


def _steps() -> dict[str, set[str]]:
    got = walks()
    every = (*got.truthful, *got.terse, *got.ignorant, *got.mistaken)
    met: dict[str, set[str]] = {"question": set(), "gate": set(), "action": set()}
    for _, story in every:
        for step in story.walk.steps:
            met.setdefault(step.kind, set()).add(step.id)
    return met


def test_every_fact_and_every_action_is_reached() -> None:
    met = _steps()

    assert set(KNOWN.facts) - met["question"] - met["gate"] == set()
    assert set(KNOWN.actions) - met["action"] == {CALL}
    assert met["gate"] == {GATE}


def test_every_walk_ends_with_a_party_to_call() -> None:
    got = walks()
    for _, story in (*got.truthful, *got.terse, *got.ignorant, *got.mistaken):
        said = story.conclusion
        assert said.who
        assert said.outcome in ("fixed", "call", "told", "undecided")
        assert said.cause or said.outcome in ("told", "undecided")


def test_nothing_is_asked_or_done_twice() -> None:
    got = walks()
    for _, story in (*got.truthful, *got.terse, *got.ignorant, *got.mistaken):
        names = [step.id for step in story.walk.steps if step.kind != "measure"]
        assert len(names) == len(set(names))
        assert story.steps <= 12


def test_what_interrupts_the_terminal_stands_behind_the_gate() -> None:
    assert walks().ungated == []


# --- the figures --------------------------------------------------------------------


def test_a_truthful_merchant_gets_the_right_conclusion_or_party() -> None:
    got = walks()

    assert [state.id for state, _ in got.unserved] == []
    assert len(got.wrong) <= 2
    assert sorted(got.asked)[len(got.asked) // 2] <= 4


def test_a_merchant_who_knows_nothing_gets_the_right_party_in_90_percent() -> None:
    got = walks()

    assert len(got.lost) <= 0.1 * len(got.ignorant)


def test_the_figures_in_the_docs_are_those_of_today() -> None:
    """`python -m tests.guide.merchant` prints them."""
    got = walks()
    count = len(got.truthful)
    assert len(got.mistaken) > 700
    right, terse = count - len(got.wrong), count - len(got.terse_wrong)
    served, party = count - len(got.unserved), count - len(got.lost)
    for language, lines in (
        (
            "GUIDE.md",
            (
                f"right conclusion {right} of {count}, conclusion or right party "
                f"{served} of {count},",
                f"right conclusion {terse} of {count} |",
                f"right party {party} of {count} ({party / count:.0%})".replace(
                    "%", " %"
                ),
                f"more than 700 walks, wrong and certain {len(got.false)}",
            ),
        ),
        (
            "GUIDE.zh.md",
            (
                f"结论对 {right}/{count}，结论或找的人对 {served}/{count}，",
                f"结论对 {terse}/{count} |",
                f"找的人对 {party}/{count}（{party / count:.0%}）",
                f"700 多次，又错又有把握的 {len(got.false)} 次",
            ),
        ),
    ):
        text = (ROOT / "docs" / language).read_text("utf-8")
        assert [line for line in lines if line not in text] == []


def test_one_wrong_answer_makes_no_wrong_cause_certain() -> None:
    assert [(s.id, t.conclusion) for s, t in walks().false] == []
