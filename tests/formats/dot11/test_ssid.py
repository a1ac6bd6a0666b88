"""Names of networks: octets, their text, and which names a person takes for one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dot11 import ssid

NAMES = st.binary(max_size=32)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"SHOP-POS", "SHOP-POS"),
        ("店铺Wi-Fi".encode(), "店铺Wi-Fi"),
        ("店铺Wi-Fi".encode("gbk"), "店铺Wi-Fi"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("Zhang’s iPhone".encode(), "Zhang’s iPhone"),
        (b"", ""),
    ],
)
def test_a_name_reads_as_utf8_else_gbk_else_escaped(octets: bytes, text: str) -> None:
    assert ssid.shown(octets) == text


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("SHOP-POS", "SHOP-POS", "same"),
        ("SHOP-POS", "Shop-Pos", "case"),
        ("SHOP-POS", "SHOP-POS ", "blank"),
        ("SHOP-POS", " SHOP-POS", "blank"),
        ("SHOP POS", "SHOPPOS", "blank"),
        ("SHOP POS", "SHOP\u3000POS", "blank"),
        ("SHOP POS", "SHOP\u00a0POS", "blank"),
        ("SHOP-POS", "SHOP-POS\u200b", "blank"),
        ("SHOP-POS", "ＳＨＯＰ－ＰＯＳ", "width"),
        ("Zhang's iPhone", "Zhang’s iPhone", "apostrophe"),
        ("Zhang`s iPhone", "Zhang´s iPhone", "apostrophe"),
        ("Zhang'", "Zhangʼ", "apostrophe"),
        ("café", unicodedata.normalize("NFD", "café"), "form"),
        ("SHOP-POS", "shop-pos ", "several"),
        ("Zhang's iPhone", "zhang’s iphone", "several"),
        ("SHOP-POS", "SH0P-P0S", "look-alike"),
        ("Mill1", "MiIlI", "look-alike"),
        ("SHOP-POS", "SHOP-POS2", None),
        ("SHOP-POS", "", None),
        ("\u3000", "", None),
        (" ", "\u3000", "width"),
        ("店铺", "书铺", None),
    ],
)
def test_names_that_a_person_takes_for_one(
    one: str, other: str, kind: str | None
) -> None:
    assert ssid.likeness(one.encode(), other.encode()) == kind


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("店铺".encode(), "店铺".encode("gbk"), "encoding"),
        ("店铺A".encode(), "店铺a".encode("gbk"), "several"),
        ("联通".encode(), "联通".encode("gbk"), "encoding"),  # GBK that is valid UTF-8
        ("店铺".encode(), "书铺".encode("gbk"), None),
        (b"\xff\xfe", b"\xff\xfd", None),
        (b"SHOP", b"\0\0\0\0", None),
    ],
)
def test_names_in_other_encodings(one: bytes, other: bytes, kind: str | None) -> None:
    assert ssid.likeness(one, other) == kind


@given(NAMES, NAMES)
def test_likeness_is_symmetric_and_same_means_equal_octets(a: bytes, b: bytes) -> None:
    assert ssid.likeness(a, b) == ssid.likeness(b, a)
    assert (ssid.likeness(a, b) == "same") == (a == b)


@given(NAMES)
def test_any_octets_have_a_text(name: bytes) -> None:
    assert isinstance(ssid.shown(name), str)
    assert ssid.likeness(name, name) == "same"


@given(st.text(max_size=40))
def test_what_is_no_hexadecimal_number_is_no_name(digits: str) -> None:
    assert isinstance(ssid.of_hex(digits), bytes)


@given(st.text("SHOPshop 0'’　", min_size=1, max_size=10))
def test_a_name_is_like_itself_in_capitals_and_blanks(name: str) -> None:
    changed = f" {name.upper()}　"
    kind = ssid.likeness(name.encode(), changed.encode())

    assert kind is not None or ssid.BLANKS.sub("", name) == ""


def test_a_name_of_the_profile_is_told_by_its_octets() -> None:
    assert ssid.encoded("店") == b"\xe5\xba\x97"
    assert ssid.of_hex("e5ba97") == b"\xe5\xba\x97"
    assert ssid.hidden(b"\0\0\0")
    assert not ssid.hidden(b"\0a")
