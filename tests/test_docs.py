"""Do the documents say what is true, in both languages?"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from posdiag.cli import app
from posdiag.engine.checklist import reserved
from posdiag.engine.plugins.host import describe
from posdiag.engine.plugins.options import declared
from posdiag.engine.plugins.texts import wrong_with_texts
from posdiag.engine.registry import checks
from posdiag.model import Status
from posdiag.texts.catalogue import Catalogue
from tests.commands.shared.test_help import ALL as ALL_COMMANDS
from tests.engine.plugins.test_plugins import install

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
CHINESE = DOCS / "README.zh.md"
BOTH = pytest.mark.parametrize("path", [README, CHINESE], ids=["en", "zh"])
#: Every document for technicians and merchants stands beside its Chinese form.
PAIRS = (
    (README, CHINESE),
    *(
        (path.with_name(path.name.replace(".zh", "")), path)
        for path in sorted(DOCS.glob("*.zh.md"))
        if path != CHINESE
    ),
)
PLUGINS = tuple(DOCS / f"PLUGINS{language}.md" for language in ("", ".zh"))
DOCUMENTS = [
    *(path for pair in PAIRS for path in pair),
    *(ROOT / f for f in ("CONTRIBUTING.md", "CHANGELOG.md")),
    *(DOCS / f for f in ("REPORT.md", "GLOSSARY.md")),
]
both_forms = pytest.mark.parametrize(
    ("english", "chinese"), PAIRS, ids=[path.stem for path, _ in PAIRS]
)


def both_of(name: str) -> pytest.MarkDecorator:
    """One document, in English and in Chinese."""
    paths = [DOCS / f"{name}.md", DOCS / f"{name}.zh.md"]
    return pytest.mark.parametrize("path", paths, ids=["en", "zh"])


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
IDS = re.compile(r"(?<![\w./-])([a-z][a-z0-9]*)\.([a-z][a-z0-9-]*)(?![\w./-]|\.\w)")


def fences(path: Path, language: str) -> list[str]:
    found = FENCE.findall(path.read_text("utf-8"))
    return [body for name, body in found if name == language]


def prose(path: Path) -> str:
    """The document without its code blocks."""
    return FENCE.sub("", path.read_text("utf-8"))


def headings(path: Path) -> list[tuple[int, str]]:
    return [(len(marks), text) for marks, text in HEADING.findall(prose(path))]


# --- the two languages -------------------------------------------------------------


@both_forms
def test_each_language_links_to_the_other_in_its_first_line(
    english: Path, chinese: Path
) -> None:
    for path, other in ((english, chinese), (chinese, english)):
        first = path.read_text("utf-8").splitlines()[0]

        assert (path.parent / LINK.findall(first)[0]).resolve() == other.resolve()


@both_forms
def test_both_languages_have_the_same_sections(english: Path, chinese: Path) -> None:
    levels = [[level for level, _ in headings(path)] for path in (english, chinese)]

    assert levels[0] == levels[1]


@both_forms
def test_both_languages_have_the_same_commands_and_code(
    english: Path, chinese: Path
) -> None:
    for language in ("sh", "python", "json"):
        assert fences(english, language) == fences(chinese, language)
    for language in ("text", "toml"):
        assert len(fences(english, language)) == len(fences(chinese, language))


@BOTH
def test_a_newcomer_reads_the_readme_in_two_minutes(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 120


@BOTH
def test_the_first_two_sh_blocks_run_the_program_and_its_tests(path: Path) -> None:
    run, test = fences(path, "sh")[:2]

    assert run == "scripts/setup && .venv/bin/posdiag run\n"
    assert test == "scripts/test\n"


def test_the_scripts_of_those_blocks_can_be_started() -> None:
    for name in ("scripts/setup", "scripts/test"):
        assert (ROOT / name).stat().st_mode & 0o111 == 0o111


# --- what they name ----------------------------------------------------------------


def anchor(heading: str) -> str:
    """What the forges make of a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(prose(path)):
        if link.startswith("https://"):
            continue
        file, _, part = link.partition("#")
        target = (path.parent / file).resolve() if file else path

        assert target.exists(), link
        if part:
            assert part in [anchor(text) for _, text in headings(target)], link


def options(path: Path) -> set[str]:
    """Those in the first column of the table of options."""
    rows = re.findall(r"^\| `(--[a-z-]+)", prose(path), re.MULTILINE)
    return set(rows)


def help_of(*command: str) -> str:
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200"})
    return shown.output


@both_of("CLI")
def test_the_table_of_options_is_that_of_the_program(path: Path) -> None:
    shown = help_of("run")
    offered = set(re.findall(r"^ +(?:-h, )?(--[a-z-]+)", shown, re.MULTILINE))

    assert offered - {"--help"} == options(path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_option_that_is_named_exists_somewhere(path: Path) -> None:
    commands = [ROOT / "tests" / place for place in ("lab", "lab/wifi", "fuzz")]
    told = "".join((c / "__main__.py").read_text("utf-8") for c in commands)
    known = {"--check", *OPTION.findall(told)}  # `ruff format --check`
    for command in ALL_COMMANDS:
        known |= set(OPTION.findall(help_of(*command)))
    plugin = ROOT / "posdiag" / "lab" / "pytest_plugin.py"
    known |= {"--junit-xml", *OPTION.findall(plugin.read_text("utf-8"))}

    assert set(OPTION.findall(path.read_text("utf-8"))) <= known


NOT_IDS = frozenset(["py", "toml", "md", "json", "xml", "pem", "key", "xsd", "gz"])


def ids(path: Path) -> Iterator[str]:
    """What looks like the id of a check, a cause or a reason."""
    text = re.sub(r"```(python|toml)\n.*?```", "", path.read_text("utf-8"), flags=re.S)
    for spoken in re.findall(r"`[^`\n]+`|\([a-z.-]+\)|explain [a-z.-]+", text):
        for group, name in IDS.findall(spoken):
            if group in reserved() and name not in NOT_IDS:
                yield f"{group}.{name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_id_that_is_named_exists(path: Path) -> None:
    registered = checks().checks
    known = {check.id for check in registered}
    known |= set(Catalogue(registered).cause_ids())
    known |= set(tomllib.loads(words())["reason"])
    known |= {"data.speed", "router.reach.gateway"}  # announced; a fact in JUnit

    assert set(ids(path)) - known == set()


def words() -> str:
    return (ROOT / "posdiag" / "texts" / "words.toml").read_text("utf-8")


def test_the_ids_are_found_at_all() -> None:
    assert {"ip.conflict", "ip.dhcp"} <= set(ids(DOCS / "PRIVACY.md"))
    assert "skip.blocked" in set(ids(ROOT / "docs" / "REPORT.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"`((?:posdiag|tests|checks|scripts)/[\w./]+)`", prose(path))

    for name in named:
        assert (ROOT / name).exists(), name


def is_core(id: str) -> bool:
    return id.partition(".")[0] in reserved()


def test_the_table_of_rights_names_the_checks_that_want_rights() -> None:
    rights = prose(DOCS / "PRIVACY.md").split("\n## Rights\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z]+\.[a-z-]+)` \|", rights, re.MULTILINE)

    assert {check.id for check in checks().checks if check.rights} == set(rows)


@both_of("PROFILE")
def test_the_profile_of_the_example_is_valid(path: Path, tmp_path: Path) -> None:
    profile = next(b for b in fences(path, "toml") if b.startswith("[site]"))
    (tmp_path / "shop.toml").write_text(profile, "utf-8")

    arguments = ["profile", "check", str(tmp_path / "shop.toml")]
    shown = CliRunner().invoke(app, arguments, env={"SHOP_WIFI": "12345678"})

    assert shown.exit_code == 0
    assert "is valid (site: " in shown.output


@both_of("LAB")
def test_the_inventory_of_the_example_is_valid(path: Path, tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text(fences(path, "toml")[0], "utf-8")

    arguments = ["lab", "list", "--inventory", str(tmp_path / "lab.toml")]
    shown = CliRunner().invoke(app, arguments)

    assert shown.exit_code == 0
    assert "counter-wifi" in shown.output


@pytest.mark.parametrize(
    "file", ["github.yml", "gitlab.yml", "posdiag-action/action.yml"]
)
def test_the_ready_jobs_use_options_that_exist(file: str) -> None:
    job = (DOCS / "ci" / file).read_text("utf-8")
    known = {*OPTION.findall(help_of("lab", "run")), "--quiet"}

    assert re.search(r"posdiag\"? lab run", job)
    assert set(OPTION.findall(job)) <= known


# --- the check of docs/PLUGINS -------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of the README, as a reader would type it."""
    code, *_ = fences(PLUGINS[0], "python")
    package = tmp_path / "posdiag_shop"
    package.mkdir()
    (package / "cable_speed.py").write_text(code, "utf-8")
    (package / "cable_speed.toml").write_text(texts(PLUGINS[0]), "utf-8")
    install(tmp_path, "posdiag-shop", "posdiag_shop")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def texts(path: Path) -> str:
    return next(b for b in fences(path, "toml") if b.startswith("asks.zh"))


def executed(code: str, **given: Any) -> dict[str, Any]:
    module = ModuleType("example")
    vars(module).update(given)
    exec(compile(code, "README.md", "exec"), vars(module))  # what readers will run
    return vars(module)


@pytest.mark.usefixtures("shop")
def test_the_check_of_the_readme_is_one() -> None:
    (found,), complaints = describe(("posdiag_shop",), 10)

    assert complaints == ()
    assert (found.id, found.needs) == ("shop.cable-speed", ("link.state",))


def test_the_texts_of_the_readme_are_fit_to_be_shown() -> None:
    for path in PLUGINS:
        assert wrong_with_texts(texts(path), reserved()) == ""


def test_the_test_of_the_readme_passes_and_can_fail() -> None:
    code, test, _ = fences(PLUGINS[0], "python")
    judge = executed(code)["judge"]
    body = test.replace("from posdiag_shop.cable_speed import judge\n", "")

    executed(body, judge=judge)["test_the_slowest_cable_decides"]()
    with pytest.raises(AssertionError):
        executed(body, judge=lambda speeds: None)["test_the_slowest_cable_decides"]()
    assert Status.WARN is judge([10]).status


def test_the_picture_of_the_documents_is_one() -> None:
    *_, picture = fences(PLUGINS[0], "python")
    found = executed(picture)["found"]

    assert [bar.note for bar in found.chart] == ["12 ms", "18 ms"]
    assert found.trips == (0.012, 0.018)


def test_the_keys_of_the_documents_are_sound() -> None:
    for path in PLUGINS:
        told = next(b for b in fences(path, "toml") if b.startswith("[port]"))

        assert declared(told).wrong == ""
