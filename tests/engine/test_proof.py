"""No clean bill of health without the proof of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.engine.causes import rank, verdict
from posdiag.engine.checklist import Checklist
from posdiag.engine.proof import CONNECTIONS, required, unproven
from posdiag.engine.registry import core
from posdiag.model import Check, Context, Finding, Result, Status, Verdict, ok
from posdiag.model.site import Acquirer, Connection, Iso8583, Site, Vpn, Wifi
from posdiag.texts.catalogue import Catalogue

CHECKS = core()
EVERY = frozenset(check.id for check in CHECKS)
NOTHING = frozenset[str]()
KINDS = [kind for kind in CONNECTIONS if kind is not None]
SHOP = Site(acquirer=Acquirer("pay.example"))


def fine(*but: tuple[str, Finding]) -> list[Result]:
    """All checks are ok, but for these."""
    changed = dict(but)
    ok = Finding(Status.OK)
    return [Result(c.id, changed.get(c.id, ok)) for c in CHECKS]


def gaps(
    site: Site,
    results: list[Result],
    selected: frozenset[str] | None = None,
    consent: frozenset[str] = NOTHING,
    chosen: frozenset[str] = EVERY,
) -> tuple[str, ...]:
    ran = chosen if selected is None else selected
    return unproven(required(site, consent), CHECKS, ran, results, selected)


def skipped(code: str) -> Finding:
    return Finding(Status.SKIP, code)


def test_all_that_is_fine_is_proof() -> None:
    assert gaps(SHOP, fine()) == ()
    assert gaps(Site(), fine()) == ()


@pytest.mark.parametrize(
    ("site", "check", "found"),
    [
        (SHOP, "acquirer.loss", skipped("skip.limited")),
        (SHOP, "acquirer.loss", Finding(Status.OK, proves=())),
        (SHOP, "acquirer.tls", skipped("skip.nothing-to-test")),
        (SHOP, "acquirer.connect", Finding(Status.ERROR, "tool.deadline")),
        (SHOP, "clock.skew", Finding(Status.ERROR, "tool.bug")),
        (SHOP, "ip.dhcp", Finding(Status.ERROR, "tool.interrupted")),
        (Site(), "isp.reach", Finding(Status.OK, proves=())),
        (Site(), "link.state", skipped("skip.unsupported")),
    ],
)
def test_one_gap_is_no_proof(site: Site, check: str, found: Finding) -> None:
    assert check in gaps(site, fine((check, found)))


@pytest.mark.parametrize(
    "check", ["wifi.signal", "ip.conflict", "target.connect", "path.mtu"]
)
@pytest.mark.parametrize("code", ["skip.no-rights", "skip.not-applicable"])
def test_what_proves_nothing_may_be_skipped(check: str, code: str) -> None:
    assert gaps(SHOP, fine((check, skipped(code)))) == ()


def of_kind(kind: str) -> Site:
    return Site(connection=Connection(kind=kind))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["wifi", "hotspot"])
def test_wifi_is_proven_by_being_in_it_alone(kind: str) -> None:
    outside = ("wifi.credentials", Finding(Status.OK, proves=()))

    assert gaps(of_kind(kind), fine()) == ()
    assert gaps(of_kind(kind), fine(outside)) == ("wifi.credentials",)


def test_a_capture_that_proves_nothing_is_a_gap() -> None:
    captured = Site(wifi=Wifi(handshake="/tmp/join.pcap"))
    unusable = ("wifi.credentials", skipped("skip.capture-no-pair"))

    assert gaps(captured, fine()) == ()
    assert gaps(captured, fine(unusable)) == ("wifi.credentials",)


def test_a_capture_is_no_matter_of_a_site_on_a_cable() -> None:
    cable = replace(of_kind("ethernet"), wifi=Wifi(handshake="/tmp/join.pcap"))
    skip = ("wifi.credentials", skipped("skip.not-applicable"))

    assert gaps(cable, fine(skip)) == ()


def test_a_cable_is_not_proven_by_another_adapter() -> None:
    radio = ("link.state", Finding(Status.OK, proves=("link",)))

    assert gaps(of_kind("ethernet"), fine(radio)) == ("link.state",)
    assert gaps(Site(), fine(radio)) == ()


def test_a_site_on_a_sim_is_proven_by_its_data_connection() -> None:
    site = of_kind("cellular")

    assert gaps(site, fine(("cellular.data", skipped("skip.busy")))) == (
        "cellular.data",
    )
    assert gaps(site, fine()) == ()


def test_a_site_on_bluetooth_is_proven_by_the_terminals_connection() -> None:
    site = of_kind("bluetooth")
    near = replace(ok(variant="in-range"), proves=())

    assert gaps(site, fine(("bluetooth.terminal", near))) == ("bluetooth.terminal",)
    assert gaps(site, fine()) == ()


def test_a_tunnel_that_the_profile_names_has_to_be_examined() -> None:
    site = replace(SHOP, vpn=Vpn(interface="wg0"))

    assert gaps(site, fine(("vpn.tunnel", skipped("skip.vpn-untold")))) == (
        "vpn.tunnel",
    )
    assert gaps(site, fine()) == ()


def test_a_site_that_dials_is_proven_by_its_call() -> None:
    tone = replace(ok(variant="tone"), proves=())

    assert gaps(of_kind("pstn"), fine(("pstn.line", tone))) == ("pstn.line",)
    assert gaps(of_kind("pstn"), fine()) == ()


def test_the_echo_is_asked_for_where_it_may_be_sent() -> None:
    site = replace(SHOP, acquirer=replace(SHOP.acquirer, iso8583=Iso8583()))
    results = fine(("acquirer.echo", skipped("skip.no-consent")))

    assert gaps(site, results) == ()
    assert gaps(site, results, consent=frozenset({"echo"})) == ("acquirer.echo",)


def test_of_some_checks_only_theirs_is_asked_for() -> None:
    dns = frozenset({"link.state", "isp.reach", "dns.resolve"})
    silent = fine(("acquirer.loss", skipped("skip.limited")))

    assert gaps(SHOP, silent, dns) == ()
    assert gaps(of_kind("cellular"), silent, dns) == ()


def test_a_vital_check_that_could_not_look_is_a_gap_unless_more_works_beyond() -> None:
    some = frozenset({"link.state", "ip.address", "router.reach"})
    blind = ("ip.address", skipped("skip.no-rights"))
    silent = ("router.reach", skipped("skip.unsupported"))

    def left(*results: tuple[str, Finding]) -> tuple[str, ...]:
        named = frozenset({"link.state"})
        needed = required(Site(), NOTHING)
        return unproven(needed, CHECKS, some, fine(*results), named)

    assert left(blind) == ()
    assert left(blind, silent) == ("ip.address", "router.reach")


def test_what_is_left_out_is_missing_all_the_same() -> None:
    without = EVERY - {"isp.reach", "acquirer.loss"}

    assert gaps(Site(), fine(), chosen=without) == ("isp.reach",)
    assert gaps(SHOP, fine(), chosen=without) == ("acquirer.loss",)


def test_each_check_that_was_named_has_to_be_carried_out() -> None:
    both = frozenset({"link.state", "ip.conflict"})
    blind = fine(("ip.conflict", skipped("skip.no-rights")))
    away = fine(("ip.conflict", skipped("skip.not-applicable")))

    assert gaps(Site(), blind, both) == ("ip.conflict",)
    assert gaps(Site(), away, both) == ()
    assert gaps(Site(), blind, frozenset({"ip.conflict"})) == ("ip.conflict",)


@pytest.mark.parametrize("other", [Finding(Status.OK), Finding(Status.ERROR, "x")])
def test_a_plugins_check_that_was_named_has_to_be_carried_out(other: Finding) -> None:
    async def probe(context: Context) -> Finding:
        return other

    named = frozenset({"till.one", "till.two"})
    checks = [*CHECKS, *(Check(id, probe, package="posdiag_till") for id in named)]
    failed = Result("till.one", Finding(Status.ERROR, "tool.plugin"))
    results = [failed, Result("till.two", other)]

    needed = required(Site(), NOTHING)
    assert "till.one" in unproven(needed, checks, named, results, named)


def test_nothing_carried_out_is_no_proof() -> None:
    wifi = frozenset(id for id in EVERY if id.startswith("wifi."))
    away = fine(*((id, skipped("skip.not-applicable")) for id in wifi))

    assert gaps(SHOP, away, wifi) == tuple(c.id for c in CHECKS if c.id in wifi)
    assert gaps(of_kind("hotspot"), away, wifi)


FINDINGS = st.builds(
    Finding,
    status=st.sampled_from(Status),
    code=st.sampled_from(["", "skip.no-rights", "skip.not-applicable", "tool.bug"]),
    proves=st.none() | st.just(()),
)
SITES = st.builds(
    Site,
    connection=st.builds(Connection, kind=st.none() | st.sampled_from(KINDS)),
    acquirer=st.builds(
        Acquirer, host=st.none() | st.just("pay.example"), tls=st.booleans()
    ),
)


@given(SITES, st.lists(FINDINGS, min_size=len(CHECKS), max_size=len(CHECKS)))
def test_a_healthy_verdict_implies_the_proof(site: Site, found: list[Finding]) -> None:
    results = [Result(c.id, f) for c, f in zip(CHECKS, found, strict=True)]
    ranked = rank(results, Checklist(CHECKS), Catalogue(CHECKS))
    missing = gaps(site, results)
    if verdict(ranked, missing) is not Verdict.HEALTHY:
        return
    by_id = {r.check: r.finding for r in results}
    proving = {
        kind: [c.id for c in CHECKS if kind in c.evidence]
        for kind in required(site, NOTHING)
    }

    assert not any(
        f.status in (Status.WARN, Status.FAIL, Status.ERROR) for f in by_id.values()
    )
    for kind, able in proving.items():
        assert any(
            by_id[id].status is Status.OK and by_id[id].proves is None for id in able
        ), kind
