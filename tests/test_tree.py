"""The rules that keep the tree a tree: small folders, plain names, short files."""

import re
from pathlib import Path

import pytest

from tests import ROOT

MOST_ENTRIES = 12
LONGEST_FILE = 400  # lines; beyond 300 a file is worth splitting, by idea
TOPS = ("posdiag", "checks/posdiag_checks")
# The groups of checks are as many as the contract names.
ANY_SIZE = ("checks/posdiag_checks",)
FACES = {"answers", "questions"}  # of posdiag/system
ROOMY = {"posdiag": 13}  # the floors of the program, one folder each
FACES = {"answers", "questions"}  # of posdiag.model, for plugins
AT_THE_TOP = {"cli", "site", "start"}  # modules beside the folders of posdiag/


def folders() -> list[Path]:
    found: set[Path] = set()
    for top in TOPS:
        found |= {file.parent for file in (ROOT / top).rglob("*.py")}
    return sorted(found)


def entries(folder: Path) -> list[str]:
    """Modules and packages of a folder, without dunder files."""
    return sorted(
        entry.stem
        for entry in folder.iterdir()
        if (entry.suffix == ".py" or (entry / "__init__.py").exists())
        and not entry.name.startswith("__")
    )


@pytest.mark.parametrize("folder", folders(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_folder_is_small_and_its_modules_have_plain_names(folder: Path) -> None:
    names = set(entries(folder))
    if folder == ROOT / "posdiag":
        names -= AT_THE_TOP
    if folder == ROOT / "posdiag" / "system":
        names -= FACES
    most = ROOMY.get(folder.relative_to(ROOT).as_posix(), MOST_ENTRIES)

    assert (folder / "__init__.py").read_text("utf-8").startswith('"""')
    assert not {name for name in names if name.startswith("_")}
    if folder.relative_to(ROOT).as_posix() not in ANY_SIZE:
        assert len(names) <= most, sorted(names)


@pytest.mark.parametrize("top", TOPS)
def test_no_module_is_longer_than_the_wall(top: str) -> None:
    lines = {
        str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines())
        for file in (ROOT / top).rglob("*.py")
    }

    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_nothing_above_the_system_knows_which_one_it_is_on() -> None:
    folders = (ROOT / "posdiag", ROOT / "checks")
    above = [p for f in folders for p in f.rglob("*.py") if "system" not in p.parts]

    asking = [p for p in above if re.search(r"sys\.platform|os\.name", p.read_text())]

    assert asking == []
