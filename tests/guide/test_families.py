"""Help by model: a known model gets its own way, an unknown one all that are known."""

import pytest

from posdiag.guide.families import family_of, with_menus
from posdiag.guide.load import knowledge
from posdiag.texts.pair import Pair

KNOWN = knowledge()
READ_IN_MENU = [
    "terminal.address",
    "terminal.mask",
    "terminal.gateway",
    "terminal.dns",
    "hotspot.name-same",
    "hotspot.password-same",
]


def helped(model: str, fact: str = "terminal.address") -> Pair:
    help = with_menus(KNOWN, model).facts[fact].help
    assert help is not None
    return help


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("PAX A920", "pax-android"),
        ("百富A920Pro", "pax-android"),
        ("VX520", "verifone-vx"),
        ("Verifone vx-680", "verifone-vx"),
        ("V400m", "verifone-engage"),
        ("Ingenico iCT250", "ingenico-telium"),
        ("MOVE/5000", "ingenico-tetra"),
        ("NEXGO N86", "nexgo-android"),
        ("", ""),
        ("N860", ""),
        ("新大陆 N910", ""),
    ],
)
def test_a_model_is_known_however_it_is_written(model: str, family: str) -> None:
    expected = KNOWN.families[family] if family else None

    assert family_of(KNOWN, model) == expected


def test_a_known_model_gets_its_own_way_alone() -> None:
    way = KNOWN.families["verifone-vx"].way

    assert way.zh in helped("VX 520").zh
    assert way.en in helped("VX 520").en
    assert "A920" not in helped("VX 520").zh
    assert "安卓" not in helped("VX 520").zh


def test_an_unknown_model_gets_both_ways_and_all_that_are_known() -> None:
    for model in ("", "联迪 E550"):
        said = helped(model)
        assert "按键机" in said.zh
        assert "安卓机" in said.zh
        for family in KNOWN.families.values():
            assert family.way.zh in said.zh
            assert family.way.en in said.en


def test_all_that_is_read_in_the_menu_is_helped_to_and_nothing_else() -> None:
    assert [f.id for f in KNOWN.facts.values() if f.menu] == READ_IN_MENU
    assert with_menus(KNOWN, "").facts["bill.paid"] == KNOWN.facts["bill.paid"]
    own = KNOWN.facts["hotspot.password-same"].help
    assert own is not None
    assert own.zh in helped("", "hotspot.password-same").zh


def test_nobody_is_told_to_change_or_guess() -> None:
    for model in ("", "A920", "iCT220"):
        assert "只看，不改" in helped(model).zh
        assert "change nothing" in helped(model).en


def test_each_way_has_its_source() -> None:
    for id, family in KNOWN.families.items():
        assert family.source.startswith("https://"), id
        assert family.models, id
