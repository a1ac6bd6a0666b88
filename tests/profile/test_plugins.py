"""`[plugin.NAME]` in the profile: names, keys, lines."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from posdiag.engine.plugins.options import Declared, declared
from posdiag.model.site import Secret, Site
from posdiag.profile import load as loading
from posdiag.profile.dump import as_toml
from posdiag.profile.load import BadProfile, load
from posdiag.profile.reader import Reader
from posdiag.texts.lang import Lang
from tests.engine.plugins.test_plugins import SAMPLE, install

KEYS = """
[host]
type = "text"
required = true
zh = "收银机"
en = "the register"
[port]
type = "integer"
default = 8080
least = 1
most = 65535
zh = "端口"
en = "its port"
[mode]
type = "text"
choices = ["fast", "slow"]
zh = "方式"
en = "how"
[names]
type = "texts"
zh = "名字"
en = "names"
[pin]
type = "secret"
zh = "口令"
en = "password"
"""
KNOWN = {
    "posdiag_shop": declared(KEYS),
    "posdiag_bare": declared(None),
    "posdiag_odd": declared("["),
}


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packages that are installed, as the reader is told of them."""

    class Told(Reader):
        def __init__(self, folder: Path, ask: object) -> None:
            super().__init__(folder, None, plugins=lambda: KNOWN)

    monkeypatch.setattr(loading, "Reader", Told)


def read(tmp_path: Path, text: str) -> Site:
    file = tmp_path / "shop.toml"
    file.write_text(text, "utf-8")
    return load(str(file))


def refused(tmp_path: Path, text: str, lang: Lang = "en") -> list[str]:
    with pytest.raises(BadProfile) as caught:
        read(tmp_path, text)
    return [line.rpartition("shop.toml")[2] for line in caught.value.show(lang)]


def test_a_table_is_read_with_defaults_and_secrets(tmp_path: Path) -> None:
    site = read(
        tmp_path,
        """
        [plugin.posdiag_shop]
        host = "10.0.0.9"
        names = ["a", "b"]
        pin = "geheim"
        """,
    )

    assert site.plugin == {
        "posdiag_shop": {
            "port": 8080,
            "host": "10.0.0.9",
            "names": ("a", "b"),
            "pin": Secret("geheim"),
        }
    }
    shown = as_toml(site)
    assert '[plugin.posdiag_shop]\nport = 8080\nhost = "10.0.0.9"' in shown
    assert 'pin = "***"' in shown
    assert "geheim" not in shown


def test_the_name_of_the_distribution_will_do(tmp_path: Path) -> None:
    site = read(tmp_path, '[plugin.posdiag-shop]\nhost = "x"\n')

    assert set(site.plugin) == {"posdiag_shop"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[plugin.posdiag_shp]\nhost = 1",
            ":1: plugin.posdiag_shp: no such plugin is installed, "
            "the nearest is posdiag_shop",
        ),
        (
            '\n[plugin.posdiag_shop]\nhost = "x"\nprot = 1',
            ":4: plugin.posdiag_shop.prot: unknown key, the nearest known is port",
        ),
        (
            '[plugin.posdiag_shop]\nhost = "x"\nport = 0',
            ":3: plugin.posdiag_shop.port: "
            "expected a whole number 1 to 65535 (its port)",
        ),
        (
            '[plugin.posdiag_shop]\nhost = "x"\nmode = "middle"',
            ':3: plugin.posdiag_shop.mode: expected one of "fast", "slow" (how)',
        ),
        (
            '[plugin.posdiag_shop]\nhost = "x"\nnames = "a"',
            ":3: plugin.posdiag_shop.names: expected a list of texts (names)",
        ),
        (
            "[plugin.posdiag_shop]\nport = 1",
            ":1: plugin.posdiag_shop.host: this key is missing",
        ),
        (
            "[plugin.posdiag_bare]\nx = 1",
            ":2: plugin.posdiag_bare.x: this plugin takes no keys",
        ),
        (
            "[plugin]\nposdiag_shop = 1",
            ":2: plugin.posdiag_shop: expected a table [plugin.posdiag_shop]",
        ),
        ("plugin = 1", ":1: plugin: expected tables written [plugin.PACKAGE]"),
        (
            "[plugins.posdiag_shop]\nhost = 1",
            ":1: plugins: unknown table, the nearest known is plugin",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    text: str, told: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, text) == [told]


def test_a_plugin_that_declares_nonsense_is_the_one_to_blame(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, "[plugin.posdiag_odd]\nx = 1")

    assert told.startswith(
        ":1: plugin.posdiag_odd: posdiag_odd does not declare its keys properly: "
    )


def test_the_errors_are_in_both_languages(tmp_path: Path) -> None:
    (told,) = refused(tmp_path, '[plugin.posdiag_shop]\nhost = "x"\nport = "1"', "zh")

    assert told.endswith("（端口）")


def test_without_any_plugin_there_is_nothing_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: Mapping[str, Declared] = {}
    monkeypatch.setattr(f"{__name__}.KNOWN", nothing)

    (told,) = refused(tmp_path, "[plugin.any]\n")
    assert told == ":1: plugin.any: no package of plugins is installed here"


def test_the_packages_of_this_machine_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from posdiag.profile.plugins import installed

    install(tmp_path, "posdiag-sample", "posdiag_sample")
    monkeypatch.syspath_prepend(str(SAMPLE))
    monkeypatch.syspath_prepend(str(tmp_path))

    assert set(installed()["posdiag_sample"].keys) == {"host", "port", "late"}
