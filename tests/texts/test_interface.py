"""The texts of the interface stand in TOML; all are used, and all used ones exist."""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from jinja2 import Environment, nodes

from posdiag.commands import HELP
from posdiag.commands.shared.common import help_text
from posdiag.engine.registry import core
from posdiag.lab import TEXTS as LAB
from posdiag.profile.values import CHECKED, expected
from posdiag.report import FORMATS
from posdiag.report.past import TEXTS as PAST
from posdiag.texts.commissioning import TEXTS as GATES
from posdiag.texts.fill import fields
from posdiag.texts.lookup import Texts
from posdiag.texts.pair import Pair, pairs
from tests import ROOT

CHINESE = re.compile(r"[\u3400-\u9fff]")
# Bytes and names of other systems are Chinese, and so is the shop of the demonstration.
ALLOWED = ("posdiag/formats/", "posdiag/demo/")
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("posdiag", "checks")
    for path in (ROOT / folder).rglob("*.py")
)
#: Modules that say nothing and cannot be imported without what an extra installs.
NEEDS_AN_EXTRA = ("posdiag.lab.labgrid_driver",)
TEMPLATES = sorted((ROOT / "posdiag").rglob("*.j2"))


@pytest.mark.parametrize("path", [p for p in SOURCES if not p.startswith(ALLOWED)])
def test_no_module_holds_chinese(path: str) -> None:
    assert CHINESE.search((ROOT / path).read_text("utf-8")) is None


# --- which texts does the code use? ------------------------------------------------


class Use:
    """One lookup in the source. A key that ends in `*` stands for all that begin so."""

    def __init__(
        self, where: str, texts: Texts, key: str, named: Iterable[str | None]
    ) -> None:
        self.where, self.texts, self.key = where, texts, key
        names = list(named)
        self.facts = None if None in names else frozenset(filter(None, names))

    def matched(self) -> list[str]:
        known = self.texts.all()
        if not self.key.endswith("*"):
            return [self.key] if self.key in known else []
        return [key for key in known if key.startswith(self.key[:-1])]


def _key(argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.JoinedStr):
        first = argument.values[0]
        if isinstance(first, ast.Constant) and "." in ast.unparse(first):
            return f"{ast.literal_eval(first)}*"
    return f"? {ast.unparse(argument)}"


def _tables(module: ModuleType) -> dict[str, Texts]:
    found = {k: v for k, v in vars(module).items() if isinstance(v, Texts)}
    if getattr(module, "help_text", None) is help_text:
        found["help_text"] = HELP
    return found


@cache
def uses() -> tuple[Use, ...]:
    found = [use for path in SOURCES for use in _uses(path)]
    for path in TEMPLATES:
        found += _uses_in_template(path)
    return tuple(found)


def _uses(path: str) -> Iterator[Use]:
    name = path.removeprefix("checks/").removesuffix(".py").replace("/", ".")
    if name.endswith("__main__") or name in NEEDS_AN_EXTRA:
        return
    tables = _tables(importlib.import_module(name.removesuffix(".__init__")))
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in tables
            and not (node.func.id == "HELP" and name.endswith("shared.common"))
        ):
            where, named = f"{path}:{node.lineno}", (k.arg for k in node.keywords)
            yield Use(where, tables[node.func.id], _key(node.args[0]), named)


#: What the pages of HTML call the words of formats, watches and so on.
IN_TEMPLATES = {"label": FORMATS, "past": PAST, "gates": GATES, "words": LAB}


def _uses_in_template(path: Path) -> Iterator[Use]:
    tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in IN_TEMPLATES:
            key = call.args[0]
            if isinstance(key, nodes.Concat):
                text = f"{key.nodes[0].as_const()}*"
            else:
                text = key.as_const()
            named = [keyword.key for keyword in call.kwargs]
            texts = IN_TEMPLATES[call.node.name]
            yield Use(f"{path.name}:{call.lineno}", texts, text, named)


def test_every_text_that_is_used_exists() -> None:
    assert [f"{use.where} {use.key}" for use in uses() if not use.matched()] == []


@cache
def literals() -> frozenset[str]:
    """Every string and function name in the source."""
    trees = (ast.parse((ROOT / path).read_text("utf-8")) for path in SOURCES)
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    return frozenset(
        texts | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    )


def _is_named(rest: str) -> bool:
    """Also where the code puts "skip." before a reason, joins the names of a group of
    commands and a command, or takes the name of a check out of its id."""
    if rest in {check.id.partition(".")[2] for check in core()}:
        return True
    if not literals().isdisjoint((rest, rest.removeprefix("skip."))):
        return True
    return literals().issuperset(rest.split("-"))


def test_every_text_is_used() -> None:
    tables = {(use.texts.package, use.texts.file): use.texts for use in uses()}
    response_codes = tables.pop(("posdiag.texts", "response_codes.toml"))
    assert "line.host" in response_codes  # the file itself has the codes and classes
    used = {
        (use.texts.file, key)
        for use in uses()
        for key in use.matched()
        if key == use.key or _is_named(key.removeprefix(use.key[:-1]))
    }

    for texts in tables.values():
        assert {(texts.file, key) for key in texts.all()} - used == set()


def test_every_text_gets_the_facts_that_it_names() -> None:
    wrong = []
    for use in uses():
        for key in use.matched():
            wanted = fields(use.texts.all()[key].zh + use.texts.all()[key].en)
            given = use.facts
            exact = not use.key.endswith("*")
            if given is not None and (wanted - given or (exact and given - wanted)):
                wrong.append(f"{use.where} {key}: {set(wanted ^ given)}")

    assert wrong == []


def test_every_judge_of_a_value_says_what_it_expects() -> None:
    assert all(expected(judge).zh for judge in CHECKED.values())


# --- the lookup ---------------------------------------------------------------------


def test_facts_are_filled_in_harmless_and_in_the_right_language() -> None:
    texts = Texts("posdiag.commands", "commands.toml")
    found = texts("list.skipped", reason=Pair("甲\x1b", "a{b}"))

    assert found == Pair("这里会跳过：甲\x1b", "skipped here: a{b}")
    assert texts("output.written", file="\x1b[2J").en == "written: \\x1b[2J"


def test_a_text_without_a_language_is_a_bug_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pairs("posdiag.texts", "no-such.toml")
