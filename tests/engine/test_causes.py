"""Causes: pure functions from results to what is wrong, root first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from posdiag.engine.causes import can_pay, rank, reblame, verdict
from posdiag.engine.checklist import Checklist
from posdiag.engine.registry import core
from posdiag.model import Finding, Result, Severity, Verdict, fail, ok, skip, warn
from posdiag.texts.catalogue import Catalogue

CHECKLIST = Checklist(core())
CATALOGUE = Catalogue(CHECKLIST.checks)


def ids(results: list[Result], **explains: tuple[str, ...]) -> list[str]:
    return [c.id for c in rank(results, CHECKLIST, Told(explains))]


@dataclass(frozen=True)
class Told:
    """Which cause explains which, as a table of this test has it."""

    table: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()

    def explains(self, check: str, cause: str, variant: str) -> Iterable[str]:
        return self.table.get(cause.replace(".", "_").replace("-", "_"), ())

    def forbids(self, check: str, cause: str, variant: str) -> Iterable[str]:
        return self.forbidden

    def of_degree(self, cause: str) -> bool:
        return CATALOGUE.of_degree(cause)

    def own(self, check: str, cause: str) -> bool | None:
        return CATALOGUE.own(check, cause)


def result(check: str, finding: Finding, blamed_on: str | None = None) -> Result:
    return Result(check, finding, 0.1, blamed_on)


def test_broken_outranks_degraded_and_lower_layers_come_first() -> None:
    got = ids(
        [
            result("link.errors", warn("link.errors")),
            result("clock.skew", warn("clock.skew")),
            result("acquirer.connect", fail("acquirer.port-closed")),
        ]
    )

    assert got == ["acquirer.port-closed", "link.errors", "clock.skew"]


def test_what_a_cause_explains_is_no_cause() -> None:
    results = [
        result("path.mtu", fail("path.mtu-black-hole")),
        result("acquirer.tls", fail("acquirer.tls-timeout")),
    ]

    causes = rank(
        results, CHECKLIST, Told({"path_mtu_black_hole": ("acquirer.tls-timeout",)})
    )

    assert [c.id for c in causes] == ["path.mtu-black-hole"]
    assert causes[0].explains == ("acquirer.tls-timeout",)


def test_two_causes_that_claim_each_other_leave_the_lower_one() -> None:
    got = ids(
        [
            result("dns.integrity", fail("dns.hijack")),
            result("ip.address", fail("ip.wrong-address")),
        ],
        dns_hijack=("ip.wrong-address",),
        ip_wrong_address=("dns.hijack",),
    )

    assert got == ["ip.wrong-address"]


def test_silence_is_put_down_to_loss_only_where_the_loss_makes_it_likely() -> None:
    def dead_dns(tries: int) -> Result:
        return result("dns.resolve", fail("dns.server-unreachable", tries=tries))

    heavy = result("acquirer.loss", replace(warn("router.packet-loss"), loss=0.51))
    light = result("acquirer.loss", replace(warn("router.packet-loss"), loss=0.05))

    assert ids([heavy, dead_dns(6)]) == ["router.packet-loss"]
    assert ids([light, dead_dns(6)]) == ["dns.server-unreachable", "router.packet-loss"]
    assert ids([heavy, dead_dns(0)]) == ["dns.server-unreachable", "router.packet-loss"]


def test_nothing_below_is_broken_when_a_payment_can_pass() -> None:
    results = [
        result("ip.conflict", fail("ip.duplicate-address")),
        result("acquirer.connect", ok()),
        result("acquirer.tls", ok()),
    ]

    assert can_pay(results, CHECKLIST) is True
    assert rank(results, CHECKLIST, Told())[0].severity is Severity.DEGRADED


def test_a_plain_acquirer_pays_by_connect_alone_and_an_untold_tls_does_not() -> None:
    plain = [
        result("acquirer.connect", ok()),
        result("acquirer.tls", skip("skip.not-applicable")),
    ]
    unproven = [
        result("acquirer.connect", ok()),
        result("acquirer.tls", Finding(plain[0].finding.status.ERROR, "tool.timeout")),
    ]

    assert can_pay(plain, CHECKLIST) is True
    assert can_pay(unproven, CHECKLIST) is None


def test_verdicts() -> None:
    dead = [result("router.reach", fail("router.unreachable"))]
    weak = [result("link.errors", warn("link.errors"))]

    assert verdict((), ()) is Verdict.HEALTHY
    assert verdict((), ("acquirer.loss",)) is Verdict.UNKNOWN
    assert verdict(rank(dead, CHECKLIST, Told()), ("x.y",)) is Verdict.BROKEN
    assert verdict(rank(weak, CHECKLIST, Told()), ("x.y",)) is Verdict.DEGRADED


def test_skips_point_at_the_root_and_not_at_a_consequence() -> None:
    results = [
        result("router.reach", fail("router.unreachable")),
        result("dns.resolve", skip("skip.blocked"), "router.reach"),
        result("path.redundancy", fail("path.dead-uplink")),
    ]
    causes = rank(
        results, CHECKLIST, Told({"path_dead_uplink": ("router.unreachable",)})
    )

    moved = {r.check: r.blamed_on for r in reblame(results, causes)}

    assert [c.id for c in causes] == ["path.dead-uplink"]
    assert moved["dns.resolve"] == "path.redundancy"
    assert moved["router.reach"] == "path.redundancy"
    assert moved["path.redundancy"] is None


def test_a_consequence_points_at_the_root_through_a_chain_and_a_cause_at_none() -> None:
    results = [
        result("router.reach", fail("router.unreachable")),
        result("isp.reach", fail("isp.no-internet")),
        result("dns.resolve", fail("dns.server-unreachable")),
        result("clock.skew", warn("clock.skew")),
        result("ip.gateway", ok()),
    ]
    told = Told(
        {
            "router_unreachable": ("isp.no-internet",),
            "isp_no_internet": ("dns.server-unreachable",),
        }
    )

    got = {
        r.check: r.blamed_on for r in reblame(results, rank(results, CHECKLIST, told))
    }

    assert got == {
        "router.reach": None,
        "isp.reach": "router.reach",
        "dns.resolve": "router.reach",
        "clock.skew": None,
        "ip.gateway": None,
    }


def test_a_warning_explains_failures_of_degree_only_and_is_then_as_bad() -> None:
    warning = result("link.errors", warn("link.errors"))
    loss = result("acquirer.loss", replace(fail("router.packet-loss"), loss=0.4))
    gone = result("acquirer.connect", fail("acquirer.unreachable"))
    table = {"link_errors": ("router.packet-loss", "acquirer.unreachable")}

    got = rank([warning, loss, gone], CHECKLIST, Told(table))

    assert [c.id for c in got] == ["link.errors", "acquirer.unreachable"]
    assert got[0].severity is Severity.BROKEN
    assert got[0].explains == ("router.packet-loss",)


def test_a_fault_of_another_way_explains_nothing_here_and_is_not_cleared_here() -> None:
    results = [
        result("wifi.credentials", replace(fail("wifi.not-found"), elsewhere=True)),
        result("router.reach", fail("router.unreachable")),
        result("dns.resolve", ok()),
        result("acquirer.connect", ok()),
        result("acquirer.tls", ok()),
    ]

    told = Told(
        {"wifi_not_found": ("router.unreachable",)}, ("isp.reach", "acquirer.connect")
    )
    causes = rank(results, CHECKLIST, told)

    assert [(c.id, c.severity, c.against) for c in causes] == [
        ("wifi.not-found", Severity.BROKEN, ()),
        ("router.unreachable", Severity.DEGRADED, ("acquirer.connect",)),
    ]


def test_only_what_a_cause_forbids_speaks_against_it() -> None:
    fine = [result("acquirer.connect", ok()), result("acquirer.tls", ok())]
    for check, cause in (
        ("clock.skew", "clock.skew"),
        ("path.mtu", "path.mtu-black-hole"),
        ("isp.portal", "isp.captive-portal"),
        ("dns.integrity", "dns.hijack"),
    ):
        (found,) = rank([result(check, fail(cause)), *fine], CHECKLIST, CATALOGUE)
        assert found.against == (), cause

    router = result("router.reach", fail("router.unreachable"))
    (found,) = rank([router, *fine], CHECKLIST, CATALOGUE)
    assert found.against == ("acquirer.connect",)


def test_a_rival_that_a_check_forbids_is_no_rival() -> None:
    no_data = fail("cellular.no-data", rivals=("cellular.weak-signal",))
    weak = result("cellular.signal", skip("skip.modem-untold"))
    results = [result("cellular.data", no_data), weak]
    (open_cause,) = rank(results, CHECKLIST, CATALOGUE)
    (sure,) = rank([results[0], result("cellular.signal", ok())], CHECKLIST, CATALOGUE)

    assert open_cause.rivals == ("cellular.weak-signal",)
    assert sure.rivals == ()
