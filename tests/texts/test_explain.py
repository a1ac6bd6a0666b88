"""What a report means: safety gates, redaction, whom to call."""

from dataclasses import replace

import pytest

from posdiag.model import Finding, Result, Status, Verdict, ok
from posdiag.model.check import PARTIES
from posdiag.model.site import Site, SiteInfo, Support
from posdiag.texts.catalogue import Step
from posdiag.texts.explain import contact, explain, gated
from posdiag.texts.pair import Pair
from tests.golden.reports import (
    ALL,
    HINT,
    SITE,
    catalogue,
    healthy,
    loss,
    report,
    router_unreachable,
    unknown,
)


def step(interrupts: bool) -> Step:
    return Step(Pair("做", "do"), interrupts=interrupts)


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([True], 0),
        ([False, True], 1),
        ([False, False, True, True], 2),
        ([False], None),
        ([], None),
    ],
)
def test_the_gate_stands_before_the_first_step_that_interrupts(
    steps: list[bool], place: int | None
) -> None:
    shown = gated([step(i) for i in steps])

    assert [s.gate for s in shown].count(True) == (place is not None)
    if place is not None:
        assert shown[place].gate


@pytest.mark.parametrize("name", ALL)
def test_nothing_that_interrupts_is_advised_before_the_gate(name: str) -> None:
    explained = explain(ALL[name](), catalogue())

    for cause in explained.causes:
        for place, one in enumerate(cause.steps):
            if one.interrupts:
                assert any(s.gate for s in cause.steps[:place])
    if any(a.interrupts for a in explained.emergency):
        ids = [a.id for a in explained.emergency]
        first = next(a.id for a in explained.emergency if a.interrupts)
        assert ids.index("EMG-06") < ids.index(first)


def test_emergency_advice_is_for_a_shop_that_cannot_take_payments() -> None:
    broken = explain(router_unreachable(), catalogue())

    assert [a.id for a in broken.emergency] == ["EMG-06", "EMG-05", "EMG-07"]
    assert explain(loss(), catalogue()).emergency == ()


def test_prevention_that_interrupts_is_gated_where_nothing_before_it_is() -> None:
    degraded = replace(router_unreachable(), verdict=Verdict.DEGRADED)
    quiet = explain(degraded, catalogue())

    assert any(s.gate for s in quiet.causes[0].steps)
    assert "EMG-06" not in [a.id for a in quiet.prevention]


def test_advice_is_short_and_not_repeated() -> None:
    twice = router_unreachable()
    twice = replace(twice, causes=twice.causes * 3)
    explained = explain(twice, catalogue())

    ids = [a.id for a in explained.emergency]
    assert len(ids) == len(set(ids)) <= 4


def test_the_party_to_call_has_its_number() -> None:
    explained = explain(loss(), catalogue())

    assert (explained.causes[0].who, explained.causes[0].contact) == ("isp", "10010")


@pytest.mark.parametrize("who", PARTIES)
def test_a_party_without_a_number_has_none(who: str) -> None:
    assert contact(who, Site()) == ""


def test_each_party_has_its_own_number() -> None:
    site = Site(support=Support("1", "2", "3"))

    assert tuple(
        contact(who, site) for who in ("isp", "acquirer", "terminal-service")
    ) == ("1", "2", "3")


def test_what_is_blocked_names_the_root_and_not_the_question() -> None:
    explained = explain(router_unreachable(), catalogue())
    blocked = next(r for r in explained.results if r.check == "isp.reach")

    assert blocked.text.en == "Fix first: The router does not answer"


def test_rivals_and_contrary_evidence_have_titles() -> None:
    cause = explain(loss(), catalogue()).causes[0]

    assert [r.title.en for r in cause.rivals] == ["The shop's network loses data"]
    assert [r.title.en for r in cause.against] == ["Can the acquirer be reached?"]


def test_numbers_of_the_shop_are_shown_by_their_last_four_everywhere() -> None:
    finding = Finding(
        Status.FAIL,
        "router.unreachable",
        {"gateway": "CN=898110012340001", "seconds": 1.0},
    )
    explained = explain(
        report(Verdict.BROKEN, (Result("router.reach", finding),)), catalogue()
    )

    assert explained.site == {"name": "阿明面馆", "merchant_id": "***********0001"}
    assert "898110012340001" not in repr(explained)
    assert "0001" in explained.results[0].text.zh


def test_the_command_that_would_help_is_kept() -> None:
    explained = explain(healthy(), catalogue())

    assert [r.hint for r in explained.results if r.hint] == [HINT]


def test_a_check_leaves_a_note_with_its_facts_in_it() -> None:
    lost = replace(ok(former="HO\x1b[2JME"), note="wifi-lost")
    unknown = replace(ok(), note="no-such-note")
    told = Result("wifi.credentials", lost), Result("wifi.signal", unknown)

    (note,) = explain(replace(healthy(), results=told), catalogue()).notes

    assert note.id == "wifi-lost"
    assert "HO\\x1b[2JME" in note.text.en
    assert "HO\\x1b[2JME" in note.text.zh


def test_notes_have_words_and_others_are_made_harmless() -> None:
    noted = replace(healthy(), notes=("no-acquirer", "plug\x1b[2Jin"))
    known, other = explain(noted, catalogue()).notes

    assert known.id == "no-acquirer"
    assert "posdiag profile init" in known.text.en
    assert other.text.zh == "plug\\x1b[2Jin"


def test_a_site_without_a_profile_shows_nothing() -> None:
    assert explain(replace(healthy(), site=Site()), catalogue()).site == {}
    assert SITE.site == SiteInfo(name="阿明面馆", merchant_id="898110012340001")


def test_trouble_of_ours_is_told_as_such() -> None:
    explained = explain(unknown(), catalogue())
    bug = next(r for r in explained.results if r.code == "tool.bug")

    assert bug.text.en == "posdiag itself failed: KeyError: 'x\\x1b[31m[red]y'"
