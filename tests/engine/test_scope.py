"""What is wrong with a laptop's own network is no cause where the terminal does not use
that network."""

from dataclasses import replace

import pytest

from posdiag.engine import proof, scope
from posdiag.engine.causes import verdict
from posdiag.engine.checklist import layers, of_own_network
from posdiag.engine.registry import core
from posdiag.model import Check, Context, Finding, Result, Verdict, fail, ok, skip, warn
from posdiag.model.site import Acquirer, Connection, ConnectionKind, Site
from posdiag.texts.catalogue import Catalogue

CHECKS = core()
LINES: tuple[ConnectionKind, ...] = ("cellular", "pstn", "bluetooth")
FAULT = {
    "cellular": ("cellular.sim", "cellular.no-sim"),
    "pstn": ("pstn.line", "pstn.no-dial-tone"),
    "bluetooth": ("bluetooth.terminal", "bluetooth.not-paired"),
}
OFFLINE = (
    Result("link.state", fail("link.down")),
    Result("isp.reach", skip("skip.blocked"), blamed_on="link.state"),
    Result("acquirer.connect", skip("skip.blocked"), blamed_on="link.state"),
)
ONLINE = (
    Result("link.state", replace(ok(), proves=("link", "link.ethernet"))),
    Result("isp.reach", ok()),
    Result("acquirer.connect", ok()),
    Result("acquirer.tls", ok()),
    Result("acquirer.loss", ok()),
)


def at(kind: ConnectionKind | None) -> Site:
    return Site(connection=Connection(kind=kind), acquirer=Acquirer("pay.example"))


def told(
    site: Site, *results: Result, plugins: tuple[Check, ...] = (), texts: str = ""
) -> tuple[list[str], list[str], Verdict]:
    """Ids of the causes, of what stands beside them, and the verdict."""
    checks = (*CHECKS, *plugins)
    own = {check.id for check in plugins}
    catalogue = Catalogue(checks, lambda c: texts if c.id in own else _texts(c))
    causes, beside = scope.judge(site, checks, results, catalogue)
    ran = frozenset(r.check for r in results)
    needed = proof.required(site, frozenset())
    missing = proof.unproven(needed, checks, ran, results)
    return [c.id for c in causes], [c.id for c in beside], verdict(causes, missing)


def _texts(check: Check) -> str | None:
    from posdiag.engine.registry import texts_of

    return texts_of(check)


def healthy(kind: ConnectionKind) -> Result:
    return Result(FAULT[kind][0].replace("sim", "data"), ok())


def faulty(kind: ConnectionKind) -> Result:
    check, cause = FAULT[kind]
    return Result(check, fail(cause))


@pytest.mark.parametrize("kind", LINES)
def test_a_laptop_offline_beside_a_healthy_line_is_no_cause(
    kind: ConnectionKind,
) -> None:
    got = told(at(kind), *OFFLINE, healthy(kind))

    assert got == ([], ["link.down"], Verdict.UNKNOWN)


@pytest.mark.parametrize("kind", LINES)
def test_a_laptop_offline_beside_a_faulty_line_leaves_the_lines_cause(
    kind: ConnectionKind,
) -> None:
    causes, _, found = told(at(kind), *OFFLINE, faulty(kind))

    assert (causes, found) == ([FAULT[kind][1]], Verdict.BROKEN)


@pytest.mark.parametrize("kind", LINES)
def test_a_line_at_fault_comes_before_what_the_laptop_sees_of_the_acquirer(
    kind: ConnectionKind,
) -> None:
    refused = Result("acquirer.connect", fail("acquirer.port-closed"))
    online = [r for r in ONLINE if r.check != "acquirer.connect"]

    causes, _, _ = told(at(kind), *online, refused, faulty(kind))

    assert causes == [FAULT[kind][1], "acquirer.port-closed"]
    assert told(at(kind), *online, refused, healthy(kind))[0] == [
        "acquirer.port-closed"
    ]


@pytest.mark.parametrize("kind", LINES)
def test_all_that_is_fine_is_healthy_whatever_else_the_laptop_has(
    kind: ConnectionKind,
) -> None:
    twice = Result("ip.conflict", fail("ip.duplicate-address"))
    got = told(at(kind), *ONLINE, healthy(kind), twice)

    assert got == ([], ["ip.duplicate-address"], Verdict.HEALTHY)


@pytest.mark.parametrize("kind", [None, "ethernet", "wifi", "hotspot", "private"])
def test_elsewhere_the_laptops_network_is_the_terminals(
    kind: ConnectionKind | None,
) -> None:
    assert told(at(kind), *OFFLINE)[0] == ["link.down"]


def test_a_laptop_that_is_online_by_the_sim_shares_its_connection() -> None:
    link = Result("link.state", replace(ok(), proves=("link", "link.cellular")))
    dead = Result("isp.reach", fail("isp.no-internet"))

    shared = told(at("cellular"), link, dead, healthy("cellular"))
    apart = told(at("cellular"), ONLINE[0], dead, healthy("cellular"))

    assert shared[0] == ["isp.no-internet"]
    assert apart[:2] == ([], ["isp.no-internet"])


def test_what_follows_from_the_laptops_own_network_is_no_cause_either() -> None:
    false_names = Result("dns.integrity", fail("dns.hijack"))
    wrong = Result("acquirer.tls", fail("acquirer.tls-name"))
    catalogue = Catalogue(CHECKS)
    assert "acquirer.tls-name" in catalogue.explains("dns.integrity", "dns.hijack")

    assert told(at("cellular"), ONLINE[0], false_names, wrong)[0] == []


def test_a_name_that_does_not_exist_is_the_acquirers_matter() -> None:
    absent = Result("dns.resolve", fail("dns.acquirer-not-found"))

    assert told(at("cellular"), ONLINE[0], absent, healthy("cellular"))[0] == [
        "dns.acquirer-not-found"
    ]


async def probe(ctx: Context) -> Finding:
    return ok()


SHOP = Check("shop.thing", probe, package="posdiag_shop", module="thing")
TEXTS = '[cause."shop.switch"]\nown = true\n[cause."shop.modem"]\n'


@pytest.mark.parametrize("kind", LINES)
def test_a_plugin_says_which_of_its_causes_are_of_the_laptops_network(
    kind: ConnectionKind,
) -> None:
    def found(cause: str) -> tuple[list[str], list[str]]:
        result = Result("shop.thing", fail(cause))
        site, all_ = at(kind), (*OFFLINE, healthy(kind), result)
        return told(site, *all_, plugins=(SHOP,), texts=TEXTS)[:2]

    assert found("shop.switch") == ([], ["link.down", "shop.switch"])
    assert found("shop.modem") == (["shop.modem"], ["link.down"])


def test_a_plugins_cause_of_its_own_network_counts_where_the_terminal_uses_it() -> None:
    slow = Result("shop.thing", warn("shop.switch"))

    causes, beside, _ = told(at(None), *ONLINE, slow, plugins=(SHOP,), texts=TEXTS)

    assert (causes, beside) == (["shop.switch"], [])


def test_every_group_of_own_network_is_one_of_the_layers() -> None:
    assert of_own_network() <= set(layers())
