"""The report for continuous integration."""

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.model import (
    Cause,
    Finding,
    Report,
    Result,
    Severity,
    Status,
    Value,
    Verdict,
    fail,
    skip,
)
from posdiag.report.junit import render
from posdiag.texts.explain import explain
from posdiag.texts.pair import Pair
from tests import TESTS
from tests.golden.compare import matches
from tests.golden.reports import (
    ALL,
    HINT,
    catalogue,
    healthy,
    loss,
    report,
    router_unreachable,
    unknown,
)

XSD = xmlschema.XMLSchema(TESTS / "junit.xsd")


def suite(run: Report) -> Element:
    text = render(explain(run, catalogue()), "en")
    XSD.validate(text)
    found = fromstring(text).find("testsuite")
    assert found is not None
    return found


def outcomes(run: Report) -> dict[str, str]:
    cases = suite(run).findall("testcase")
    return {c.get("name", ""): c[0].tag if len(c) else "passed" for c in cases}


def properties(run: Report) -> dict[str, str]:
    found = suite(run).findall("properties/property")
    return {p.get("name", ""): p.get("value", "") for p in found}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_is_the_one_on_file_and_keeps_the_schema(
    name: str, lang: str
) -> None:
    text = render(explain(ALL[name](), catalogue()), "zh" if lang == "zh" else "en")
    XSD.validate(text)

    matches(f"{name}.{lang}.xml", text)


def test_the_schema_can_refuse() -> None:
    text = render(explain(healthy(), catalogue()), "en")
    for wrong in (
        text.replace(' hostname="localhost"', ""),
        text.replace("15:02", "15:02Z"),
        text.replace("system-err", "system-oops"),
    ):
        assert not XSD.is_valid(wrong)


def test_each_status_has_its_outcome() -> None:
    assert outcomes(loss()) == {
        "link.state": "passed",
        "ip.conflict": "skipped",
        "router.reach": "passed",
        "isp.reach": "passed",
        "acquirer.connect": "passed",
        "acquirer.loss": "failure",
        "clock.skew": "failure",
    }
    assert outcomes(unknown())["isp.reach"] == "error"


def test_the_counts_are_those_of_the_cases() -> None:
    for make in ALL.values():
        counted = suite(make())
        found = list(outcomes(make()).values())
        for attribute, tag in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert counted.get(attribute) == str(found.count(tag))
        assert counted.get("tests") == str(len(found))


def test_a_failure_tells_its_cause_and_a_skip_its_reason() -> None:
    cases = {c.get("name"): c for c in suite(router_unreachable()).iter("testcase")}

    failure = cases["router.reach"][0]
    assert failure.get("type") == "router.unreachable"
    assert (failure.get("message") or "").startswith("This machine is connected")
    assert cases["ip.conflict"][0].get("message") == f"Not enough rights. {HINT}"


def test_causes_and_facts_are_properties() -> None:
    found = properties(loss())

    assert found["verdict"] == "degraded"
    assert found["causes"] == "isp.packet-loss clock.skew"
    assert found["acquirer.loss.where"] == "203.0.113.1"
    assert found["acquirer.loss.low"] == "0.0528"


def test_the_machine_is_not_named_and_the_zone_not_lost() -> None:
    assert suite(healthy()).get("hostname") == "localhost"
    assert properties(healthy())["started_at"] == "2026-01-31T08:15:02+08:00"


def test_what_xml_forbids_cannot_get_in() -> None:
    explained = explain(healthy(), catalogue())
    line = replace(explained.headline, text=Pair("\x00\ufffe", "a\x0b\ud800b"))
    odd = replace(explained, headline=line)
    text = render(odd, "en")

    XSD.validate(text)
    assert "a??b" in text


HOSTILE = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(max_examples=80)
@given(HOSTILE, HOSTILE)
def test_whatever_is_found_makes_valid_xml(text: str, id: str) -> None:
    facts: dict[str, Value] = {"gateway": text, id: (text, text), "what": text}
    run = report(
        Verdict.BROKEN,
        (
            Result("router.reach", Finding(Status.OK, id, facts)),
            Result(id, Finding(Status.ERROR, id, facts)),
            Result("x.y", Finding(Status.SKIP, id, {"hint": text}), blamed_on=id),
        ),
        (
            Cause(
                id=id,
                confidence=0.5,
                severity=Severity.BROKEN,
                checks=(id,),
                facts=facts,
            ),
        ),
        notes=(text,),
    )

    suite(run)


def test_one_fault_is_one_failure_however_much_it_stops() -> None:
    """What it explains is skipped, also what failed by it and what is wanted as proof;
    what nothing explains and could not look is an error."""
    run = router_unreachable()
    root = run.causes[0].checks[0]
    others = [r for r in run.results if r.check != root]
    fallen = replace(others[0], finding=fail("isp.no-internet"), blamed_on=root)
    blocked = replace(others[1], finding=skip("skip.blocked"), blamed_on=root)
    blind = replace(others[2], finding=skip("skip.no-rights"), blamed_on=None)
    own = next(r for r in run.results if r.check == root)
    run = replace(
        run,
        results=(own, fallen, blocked, blind),
        unproven=(blocked.check, blind.check),
    )
    counted = [suite(run).get(n) for n in ("failures", "errors", "skipped")]

    assert outcomes(run) == {
        root: "failure",
        fallen.check: "skipped",
        blocked.check: "skipped",
        blind.check: "error",
    }
    assert counted == ["1", "1", "2"]
