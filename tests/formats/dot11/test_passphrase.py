"""The form of a passphrase: what is wrong and where, never what it is."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dot11.passphrase import Flaw, fits_wep, flaws, is_master_key
from posdiag.model.site import Secret

PRINTABLE = string.ascii_letters + string.digits + string.punctuation


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("correct-horse-42", ()),
        ("12345678", ()),
        ("a" * 63, ()),
        ("0aB" * 21 + "f", ()),
        ("1234567", (Flaw("short", "whole"),)),
        ("", (Flaw("short", "whole"),)),
        ("g" * 64, (Flaw("long", "whole"),)),
        ("a" * 65, (Flaw("long", "whole"),)),
        ("passwordＡ", (Flaw("full-width", "end"),)),
        ("Ｐassword", (Flaw("full-width", "start"),)),
        ("pass　word", (Flaw("full-width", "middle"),)),
        ("１２３４５６７８", (Flaw("full-width", "whole"),)),
        ("it’s-a-secret", (Flaw("quote", "middle"),)),
        ("密码密码密码", (Flaw("foreign", "whole"),)),
        ("pass\tword", (Flaw("control", "middle"),)),
        ("password ", (Flaw("blank-end", "end", fatal=False),)),
        (" password", (Flaw("blank-end", "start", fatal=False),)),
    ],
)
def test_flaws(text: str, found: tuple[Flaw, ...]) -> None:
    assert flaws(Secret(text)) == found


@given(st.text(PRINTABLE, min_size=8, max_size=63))
def test_what_the_standard_allows_has_no_flaw(text: str) -> None:
    assert flaws(Secret(text)) == ()


@given(st.text(max_size=80))
def test_a_flaw_holds_no_character_of_the_passphrase(text: str) -> None:
    kinds = {"short", "long", "full-width", "quote", "foreign", "control", "blank-end"}

    assert {f.kind for f in flaws(Secret(text))} <= kinds


def test_keys_and_wep_keys() -> None:
    assert is_master_key("0aB1" * 16)
    assert not is_master_key("0aB1" * 15)
    assert [
        t for t in ("abcde", "x" * 13, "01" * 5, "f" * 26) if not fits_wep(Secret(t))
    ] == []
    assert not fits_wep(Secret("abcdef"))
    assert not fits_wep(Secret("店店店店店"))
