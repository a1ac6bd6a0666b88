"""What holds for every core check: silence of the machine is no verdict, each finding
has its texts, and the tables of these tests reach each finding."""

import importlib
import pkgutil
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tests.checks
import tests.measure
from posdiag.engine import registry
from posdiag.engine.registry import core
from posdiag.model import Check, Finding, Status
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.fill import fields
from posdiag.texts.pair import read_toml
from tests.checks.machine import UNTOLD
from tests.checks.running import OK, SKIP, Case, of

CHECKS = registry.core()


@cache
def cases() -> tuple[Case, ...]:
    """The tables of all tests of checks and of what they share."""
    found: list[Case] = []
    for module in (
        *pkgutil.walk_packages(tests.checks.__path__, "tests.checks."),
        *pkgutil.walk_packages(tests.measure.__path__, "tests.measure."),
    ):
        name = module.name.rpartition(".")[2]
        if name.startswith("test_") and name != "test_all":
            held = importlib.import_module(module.name)
            found += getattr(held, "CASES", ())
    return tuple(found)


@cache
def findings() -> tuple[Finding, ...]:
    return tuple(case.found for case in cases())


@cache
def texts() -> dict[str, Any]:
    """The TOML of each check."""
    return {c.id: tomllib.loads(registry.texts_of(c) or "") for c in CHECKS}


@cache
def causes() -> dict[str, Any]:
    return {
        id: table
        for told in texts().values()
        for id, table in told.get("cause", {}).items()
    }


# -- the machine tells nothing ---------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_a_machine_that_tells_nothing_gives_no_verdict(check: Check) -> None:
    found = of(check)(name="untold", status=SKIP, change=UNTOLD).found

    assert found.status is SKIP, found
    assert found.code.startswith("skip.")


# -- texts against findings ------------------------------------------------------------


def test_every_text_is_reached_by_a_case() -> None:
    reached = {(teller(case), case.found.code, case.found.variant) for case in cases()}
    fine = {
        (c.check.id, name)
        for c in cases()
        if c.check is not None and c.status is OK
        for name in (c.found.variant, c.found.code)
    }
    of_causes = {
        (check, id, v)
        for check, table in texts().items()
        for id, cause in table.get("cause", {}).items()
        for v in cause.get("variant", {})
    }
    of_ok = {
        (check, v)
        for check, table in texts().items()
        for v in table.get("ok", {}).get("variant", {})
    }

    assert of_causes - reached == set()
    assert of_ok - fine == set()
    named = {id for f in findings() for id in (f.code, *f.rivals)}
    assert set(causes()) - named == set()


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.check and c.check.id}-{c}")
def test_a_variant_has_a_text_of_its_own(case: Case) -> None:
    found = case.found
    if found.status in (Status.WARN, Status.FAIL):
        table = texts()[teller(case)]["cause"][found.code]
    else:
        part = "ok" if found.status is Status.OK else "gap"
        table = texts()[case.check.id].get(part, {}) if case.check else {}

    assert found.variant in ("", *table.get("variant", {}))


def teller(case: Case) -> str:
    """Whose texts tell of a finding: the check's own, else those of the one that knows
    the cause."""
    code = case.found.code
    owners = [id for id, table in texts().items() if code in table.get("cause", {})]
    own = case.check.id if case.check else ""
    return own if own in owners or not owners else owners[0]


#: A field alone in parentheses, which are left out where it is unknown.
ASIDE = re.compile(r"[\uff08(]\{[^{}]*\}[\uff09)]")


def wanted(table: Any) -> set[str]:
    """The facts that the texts of a table cannot do without, its variants aside."""
    if isinstance(table, str):
        return set(fields(ASIDE.sub("", table)))
    if isinstance(table, list):
        return {f for one in table for f in wanted(one)}
    if not isinstance(table, dict):
        return set()
    return {f for key, one in table.items() if key != "variant" for f in wanted(one)}


def of_variant(table: dict[str, Any], finding: Finding) -> dict[str, Any]:
    return {**table, **table.get("variant", {}).get(finding.variant, {})}


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.check and c.check.id}-{c}")
def test_a_finding_carries_every_fact_that_its_texts_name(case: Case) -> None:
    found = case.found
    if found.status in (Status.WARN, Status.FAIL):
        table = of_variant(texts()[teller(case)]["cause"][found.code], found)
    elif found.status is OK and case.check is not None:
        told = texts()[case.check.id].get("ok", {})
        named = told.get("variant", {})
        table = named.get(found.variant) or named.get(found.code) or told
    else:
        reasons = read_toml("posdiag.texts", "words.toml")["reason"]
        table = reasons[found.code]

    reported = found.reported()
    missing = {n for n in wanted(table) if reported.get(n) is None}
    assert missing - {"blamed", "id"} == set()


def test_there_is_a_test_file_for_every_check() -> None:
    here = Path(__file__).parent
    there = {p.relative_to(here).as_posix() for p in here.rglob("test_*.py")}

    wanted = {"{0}/test_{2}.py".format(*c.module.partition(".")) for c in CHECKS}
    assert wanted <= there


def test_no_finding_is_told_with_a_placeholder() -> None:
    catalogue, told = Catalogue(core()), []
    for case in cases():
        found = case.found
        if case.check is None or found.code == "skip.blocked":
            continue
        told.append(catalogue.finding(case.check.id, found))
        if found.status in (Status.WARN, Status.FAIL):
            cause = catalogue.cause(
                found.code, found.reported(), (case.check.id,), found.variant
            )
            told += [cause.say, *(p for p in (cause.proof, cause.decide) if p)]

    assert [p.en for p in told if re.search(r"(^|[ (\u201c])\?", p.en)] == []
