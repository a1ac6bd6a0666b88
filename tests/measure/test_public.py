"""What plugins may import from `posdiag.measure` is listed, and has a docstring."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import posdiag.measure
from posdiag.measure import loss
from tests import ROOT

HOMES = (posdiag.measure, loss)
OF_OTHERS = "posdiag.measure.wifi"  # its own folder, listed as one
MODULES = sorted(
    found.name
    for home in HOMES
    for found in pkgutil.iter_modules(home.__path__, f"{home.__name__}.")
    if found.name != OF_OTHERS
)


@pytest.mark.parametrize("home", HOMES, ids=lambda home: str(home.__name__))
def test_each_module_is_listed_in_its_folder(home: object) -> None:
    listed = inspect.getdoc(home) or ""
    paths = getattr(home, "__path__", ())
    names = {found.name for found in pkgutil.iter_modules(paths)}

    assert {name for name in names if f"`{name}`" not in listed} == set()


@pytest.mark.parametrize("name", MODULES)
def test_what_is_public_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    public = [
        thing
        for key, thing in vars(module).items()
        if not key.startswith("_")
        and (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == name
    ]

    assert {thing.__name__ for thing in public if not thing.__doc__} == set()
    assert inspect.getdoc(module)


@pytest.mark.parametrize("readme", ["docs/PLUGINS.md", "docs/PLUGINS.zh.md"])
def test_the_readme_names_them(readme: str) -> None:
    text = (ROOT / Path(readme)).read_text("utf-8")

    assert "posdiag.measure" in text
    missing = {m for m in pkgutil.iter_modules(posdiag.measure.__path__)}
    assert {m.name for m in missing if f"`{m.name}`" not in text} == set()
