"""Are the checks found, whole, and in the order that the contract gives?"""

import graphlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from posdiag.engine.checklist import reserved
from posdiag.engine.registry import (
    RegistryError,
    checks,
    fitting,
    found_in,
    ordered,
    texts_of,
    third_parties,
)
from posdiag.model import Check, Context, Finding, ok
from posdiag.model.check import CORE
from posdiag.texts.lookup import left_out

CONTRACT = (
    "link.state",
    "link.errors",
    "wifi.credentials",
    "wifi.security",
    "wifi.signal",
    "wifi.interference",
    "ip.address",
    "ip.conflict",
    "ip.gateway",
    "ip.dhcp",
    "router.reach",
    "isp.reach",
    "isp.portal",
    "dns.resolve",
    "dns.integrity",
    "clock.skew",
    "path.mtu",
    "path.redundancy",
    "vpn.tunnel",
    "acquirer.connect",
    "acquirer.tls",
    "acquirer.loss",
    "acquirer.echo",
    "acquirer.idle",
    "target.connect",
    "cellular.sim",
    "cellular.registration",
    "cellular.signal",
    "cellular.data",
    "pstn.line",
    "bluetooth.adapter",
    "bluetooth.terminal",
    "peripheral.printer",
    "peripheral.reader",
    "data.estimate",
    "data.speed",
)
"""CONTRACT.md, section 4."""


async def probe(context: Context) -> Finding:
    return ok()


def made(id: str, *needs: str, after: tuple[str, ...] = (), module: str = "m") -> Check:
    return Check(id, probe, needs=needs, after=after, module=module)


def test_core_checks_come_in_the_order_of_the_contract() -> None:
    ids = [check.id for check in checks().checks if check.package == CORE]

    assert ids
    assert [id for id in CONTRACT if id in ids] == [i for i in ids if i in CONTRACT]


def test_every_check_has_a_place_of_its_own_in_its_group() -> None:
    places = [(c.id.partition(".")[0], c.order) for c in found_in(CORE)]

    assert len(places) == len(set(places))
    assert all(order > 0 for _, order in places)


def test_no_core_check_waits_for_itself() -> None:
    graph = {check.id: {*check.needs, *check.after} for check in found_in(CORE)}

    assert list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("check", found_in(CORE), ids=lambda check: check.id)
def test_module_and_texts_bear_the_name_of_the_check(check: Check) -> None:
    texts = texts_of(check)

    assert check.id.replace("-", "_") == check.module
    assert texts is not None
    causes = tomllib.loads(texts).get("cause", {})
    assert {id.partition(".")[0] for id in causes} <= reserved()


def test_importing_the_core_is_cheap() -> None:
    """None of the heavy libraries is loaded by finding the checks."""
    script = (
        "import sys; from posdiag.engine.registry import checks; checks();"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    path = ":".join(p for p in sys.path if p)
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    heavy = {"scapy", "rich", "pydantic", "dns", "cryptography", "pyroute2", "psutil"}

    assert set() == heavy & set(ended.stdout.split())


def test_two_checks_of_one_name_are_both_named() -> None:
    twice = made("ip.dhcp", module="one"), made("ip.dhcp", module="two")

    with pytest.raises(RegistryError, match=r"'ip\.dhcp'.*\.one and .*\.two"):
        ordered(twice)


def test_an_unknown_need_is_named_with_who_needs_it() -> None:
    with pytest.raises(RegistryError, match=r"'ip\.dhcp' needs 'ip\.adress'"):
        ordered([made("ip.dhcp", "ip.adress")])


def test_an_unknown_check_to_come_after_is_named() -> None:
    with pytest.raises(RegistryError, match=r"'ip\.dhcp' is after 'ip\.adress'"):
        ordered([made("ip.dhcp", after=("ip.adress",))])


def test_after_may_name_a_check_that_is_not_installed() -> None:
    assert len(ordered([made("ip.dhcp", after=("data.speed",))])) == 1


def test_plugins_come_after_the_core_by_name() -> None:
    core = ordered([made("ip.dhcp"), made("link.state")])
    kept, problems = fitting(
        [made("b.b", "a.a"), made("a.a", "ip.dhcp"), made("c.c", after=("x.y",))], core
    )

    assert [check.id for check in core] == ["link.state", "ip.dhcp"]
    assert [check.id for check in kept] == ["a.a", "b.b", "c.c"]
    assert kept[2].after == ()
    assert problems == ()


def test_a_need_that_is_left_out_takes_its_followers_along() -> None:
    kept, problems = fitting([made("a.a", "b.b"), made("b.b", "c.c"), made("d.d")], ())

    assert [check.id for check in kept] == ["d.d"]
    assert [left_out(problem).en for problem in problems] == [
        "posdiag_checks.m: b.b needs c.c, which is not there",
        "posdiag_checks.m: a.a needs b.b, which is not there",
    ]


def test_a_plugin_cannot_have_an_id_of_the_core() -> None:
    kept, problems = fitting([made("ip.dhcp", module="bad")], [made("ip.dhcp")])

    assert kept == ()
    assert [left_out(problem).en for problem in problems] == [
        "posdiag_checks.bad: the id ip.dhcp is taken"
    ]


def test_a_check_without_texts_has_none() -> None:
    assert texts_of(made("x.y", module="no_such_module")) is None
    assert texts_of(Check("x.y", probe, package="elsewhere", module="m")) is None


def test_a_broken_distribution_elsewhere_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, entries in {
        "broken": b"[posdiag.checks]\nno equals sign\n",
        "binary": b"\xff\xfe[posdiag.checks]",
        "other": b"[console_scripts]\nx = posdiag_other:main\n",
        "good": b"[posdiag.checks]\nmine = posdiag_mine\n",
    }.items():
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\n")
        (info / "entry_points.txt").write_bytes(entries)
    monkeypatch.syspath_prepend(str(tmp_path))

    packages, problems = third_parties()

    assert "posdiag_mine" in packages
    assert "posdiag_other" not in packages
    assert problems == ()
