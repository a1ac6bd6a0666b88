"""What holds for every core check: silence of the machine is no verdict, each finding
has its texts, and the tables of these tests reach each finding."""

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import posdiag_checks
import tests.checks
from posdiag.engine import registry
from posdiag.model import Check, Finding, Status
from posdiag.texts.catalogue import words
from posdiag.texts.fill import fields
from tests.checks.machine import UNTOLD
from tests.checks.running import OK, SKIP, Case, of

CHECKS = registry.ordered(registry.found_in(registry.CORE))
HEAVY = {"scapy", "dns", "rich", "socket", "subprocess", "cryptography", "pyroute2"}
HEAVY |= {"pydantic", "psutil", "h11", "serial", "typer"}
MODULES = [
    m.name.partition(".")[2]
    for m in pkgutil.walk_packages(posdiag_checks.__path__, "posdiag_checks.")
    if not m.ispkg
]
ID = re.compile(r"[a-z0-9]+\.[a-z0-9-]+")
NOT_A_FINDING = ("check", "skip")  # calls whose first text is no cause


def source(module: str) -> str:
    name = module.replace(".", "/")
    return (files(posdiag_checks) / f"{name}.py").read_text("utf-8")


@cache
def cases() -> tuple[Case, ...]:
    """The tables of all tests of this folder."""
    found: list[Case] = []
    for module in pkgutil.walk_packages(tests.checks.__path__, "tests.checks."):
        name = module.name.rpartition(".")[2]
        if name.startswith("test_") and name != "test_all":
            held = importlib.import_module(module.name)
            found += getattr(held, "CASES", ())
    return tuple(found)


@cache
def findings() -> tuple[Finding, ...]:
    return tuple(case.found for case in cases())


def variant(finding: Finding) -> str:
    return str(finding.facts.get("variant") or "")


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


# -- what the source says --------------------------------------------------------------


def emitted(module: str) -> tuple[set[str], set[str]]:
    """Codes and variants that the calls of a module can give, helpers' included."""
    tree = ast.parse(source(module))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    parameters = {f.name: [p.arg for p in f.args.args] for f in functions}
    codes, variants = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name in NOT_A_FINDING:
                continue
            places = parameters.get(name, ["code"])
            for place, given in zip(places, node.args, strict=False):
                if place == "code":
                    codes |= {t for t in constants(given) if ID.fullmatch(t)}
                elif place == "variant":
                    variants |= set(constants(given))
            for keyword in node.keywords:
                if keyword.arg == "variant":
                    variants |= set(constants(keyword.value))
        if isinstance(node, ast.Assign) and "variant" in names(node.targets):
            variants |= set(constants(node.value))
    return codes, variants - {""}


def names(targets: list[ast.expr]) -> list[str]:
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]


def constants(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from constants(node.body)
            yield from constants(node.orelse)
        case ast.Tuple():
            for one in node.elts:
                yield from constants(one)


@pytest.mark.parametrize("module", MODULES)
def test_every_finding_of_the_source_has_its_text(module: str) -> None:
    codes, variants = emitted(module)
    told = {
        v
        for text in texts().values()
        for table in (text.get("ok", {}), *text.get("cause", {}).values())
        for v in table.get("variant", {})
    }

    assert codes - set(causes()) == set()
    assert variants - told == set()


@pytest.mark.parametrize("module", MODULES)
def test_every_finding_of_the_source_is_reached_by_a_case(module: str) -> None:
    codes, variants = emitted(module)

    assert codes - {f.code for f in findings()} == set()
    assert variants - {variant(f) for f in findings()} == set()


def test_the_source_is_really_read() -> None:
    assert emitted("ip.gateway")[0] >= {"ip.no-gateway", "ip.wrong-gateway"}
    assert emitted("ip.gateway")[1] >= {"profile", "silent", "outside"}
    assert emitted("link.state")[1] >= {"cable", "radio", "disabled", "none"}
    assert emitted("acquirer.loss")[0] >= {"router.packet-loss", "isp.slow"}


@pytest.mark.parametrize("module", MODULES)
def test_nothing_heavy_is_imported_with_a_check(module: str) -> None:
    tree = ast.parse(source(module))
    told = [n.names for n in tree.body if isinstance(n, ast.Import)]
    imported = {alias.name for aliases in told for alias in aliases}
    imported |= {n.module or "" for n in tree.body if isinstance(n, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} & HEAVY == set()


# -- texts against findings ------------------------------------------------------------


def test_every_text_of_a_variant_is_reached_by_a_case() -> None:
    reached = {(teller(case), case.found.code, variant(case.found)) for case in cases()}
    told = {
        (check, id, v)
        for check, table in texts().items()
        for id, cause in table.get("cause", {}).items()
        for v in cause.get("variant", {})
    }

    assert told - reached == set()
    assert set(causes()) - {f.code for f in findings()} == set()


def teller(case: Case) -> str:
    """Whose texts tell of a finding: the check's own, else those of the one that knows
    the cause."""
    code = case.found.code
    owners = [id for id, table in texts().items() if code in table.get("cause", {})]
    own = case.check.id if case.check else ""
    return own if own in owners or not owners else owners[0]


def wanted(table: Any) -> set[str]:
    """The facts that the texts of a table want, its variants aside."""
    if isinstance(table, str):
        return set(fields(table))
    if isinstance(table, list):
        return {f for one in table for f in wanted(one)}
    if not isinstance(table, dict):
        return set()
    return {f for key, one in table.items() if key != "variant" for f in wanted(one)}


def of_variant(table: dict[str, Any], finding: Finding) -> dict[str, Any]:
    return {**table, **table.get("variant", {}).get(variant(finding), {})}


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.check and c.check.id}-{c}")
def test_a_finding_carries_every_fact_that_its_texts_name(case: Case) -> None:
    found = case.found
    if found.status in (Status.WARN, Status.FAIL):
        table = of_variant(texts()[teller(case)]["cause"][found.code], found)
    elif found.status is OK and case.check is not None:
        told = texts()[case.check.id].get("ok", {})
        named = told.get("variant", {})
        table = named.get(variant(found)) or named.get(found.code) or told
    else:
        reasons: Any = words()["reason"]
        table = reasons[found.code]

    missing = {n for n in wanted(table) if found.facts.get(n) is None}
    assert missing - {"blamed", "id"} == set()


def test_there_is_a_test_file_for_every_check() -> None:
    here = Path(__file__).parent
    there = {p.relative_to(here).as_posix() for p in here.rglob("test_*.py")}

    wanted = {"{0}/test_{2}.py".format(*c.module.partition(".")) for c in CHECKS}
    assert wanted <= there
