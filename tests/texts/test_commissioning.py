"""The gates of a new shop: passed only where all that applies was carried out."""

import pytest

from posdiag.engine.registry import core
from posdiag.model import Result as Ran
from posdiag.model import Verdict
from posdiag.model.site import Site, Support
from posdiag.texts.commissioning import KINDS, OTHERS, Gate, gate_of, handover
from posdiag.texts.explain import ExplainedResult, explain
from posdiag.texts.lookup import WORDS
from tests.golden.reports import ALL, SITE, catalogue, good, report, skipped

SKIPS = ("skip.not-applicable", "skip.not-configured", "skip.one-uplink")


def explained(*results: Ran) -> tuple[ExplainedResult, ...]:
    return explain(report(Verdict.HEALTHY, results), catalogue()).results


def gate(id: str, *results: Ran) -> Gate:
    found = handover(explained(*results), SITE)
    return next(g for g in found.gates if g.id == id)


def test_every_check_of_the_core_has_a_gate_of_its_own_kind() -> None:
    groups = {check.id.partition(".")[0] for check in core()}
    named = {member.partition(".")[0] for kind in KINDS for member in kind.members}

    assert groups <= named
    assert len({kind.id for kind in KINDS}) == len(KINDS)
    assert OTHERS in {kind.id for kind in KINDS}


def test_the_id_of_a_check_outweighs_its_group() -> None:
    assert gate_of("acquirer.loss") == "line"
    assert gate_of("acquirer.tls") == "acquirer"
    assert gate_of("ecr.reach") == OTHERS


@pytest.mark.parametrize(
    ("results", "state"),
    [
        ((good("router.reach"),), "passed"),
        ((), "none"),
        ((skipped("router.reach", "skip.not-applicable"),), "none"),
        ((skipped("router.reach", "skip.blocked"),), "open"),
        ((good("router.reach"), skipped("router.x", "skip.no-rights")), "open"),
        (
            (good("router.reach"), *(skipped(f"router.{c[-3:]}", c) for c in SKIPS)),
            "passed",
        ),
    ],
)
def test_a_gate_is_passed_where_nothing_that_applies_is_missing(
    results: tuple[Ran, ...], state: str
) -> None:
    found = gate("router", *results)

    assert found.state == state
    assert bool(found.why) is (state == "open")


def test_a_fault_fails_its_gate_and_a_risk_is_told() -> None:
    (dead,) = (
        r for r in ALL["router-unreachable"]().results if r.check == "router.reach"
    )
    (lossy,) = (r for r in ALL["loss"]().results if r.check == "acquirer.loss")

    assert gate("router", dead).state == "failed"
    assert gate("line", lossy).state == "risk"
    assert "192.168.1.1" in gate("router", dead).why[0].en


def test_no_shop_is_without_a_connection_and_an_acquirer() -> None:
    found = handover((), Site())
    open_ = {g.id for g in found.gates if g.state == "open"}

    assert open_ == {kind.id for kind in KINDS if kind.needed}
    assert {"link", "acquirer", "line"} <= open_
    assert all(g.why for g in found.gates if g.state == "open")
    assert not found.ready


def test_what_only_a_person_sees_is_signed_by_hand_and_holds_nothing_up() -> None:
    ids = [kind.members[0] for kind in KINDS if kind.members]
    found = handover(explained(*(good(id) for id in ids)), SITE)

    assert found.ready
    by_hand = [g.id for g in found.gates if g.state == "by-hand"]
    assert by_hand == ["approval", "sale", "training"]
    assert {g.who for g in found.gates} <= {
        key.removeprefix("who.") for key in WORDS.all() if key.startswith("who.")
    }


def test_the_numbers_of_the_profile_are_handed_over() -> None:
    site = Site(support=Support(isp="10000", terminal_service="955\x1b16"))
    found = handover((), site)

    assert [number for _, number in found.contacts] == ["10000", "955\\x1b16"]
