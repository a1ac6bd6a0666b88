"""What the terminal's own settings and codes amount to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.guide.knowledge import UNKNOWN
from posdiag.guide.load import knowledge
from posdiag.guide.rules import Lan, code_family, legal, read

SHOP = Lan("192.168.1.23/24", "192.168.1.1")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("address", "192.168.1.60", "fits"),
        ("address", "192.168.1.60/24", "fits"),
        ("address", "192.168.001.060", "fits"),
        ("address", "192.168. 1. 60", "fits"),
        ("address", "192.168.001.023", "wrong"),
        ("address", "0.0.0.0", "none"),
        ("address", "169.254.3.4", "none"),
        ("address", "192.168.8.60", "other"),
        ("address", "192.168.1.1", "wrong"),
        ("address", "192.168.1.23", "wrong"),
        ("address", "192.168.1.255", "wrong"),
        ("address", "192.168.1.300", "wrong"),
        ("address", "224.0.0.1", "wrong"),
        ("mask", "255.255.255.0", "fits"),
        ("mask", "24", "fits"),
        ("mask", "255.255.255.000", "fits"),
        ("mask", "/24", "fits"),
        ("mask", "/16", "wrong"),
        ("mask", "255.255.0.0", "wrong"),
        ("mask", "255.0.255.0", "wrong"),
        ("mask", "0.0.0.0", "wrong"),
        ("gateway", "192.168.1.1", "fits"),
        ("gateway", "192.168.001.001", "fits"),
        ("gateway", "192.168.1.254", "wrong"),
        ("gateway", "192.168.8.1", "other"),
        ("gateway", "0.0.0.0", "wrong"),
        ("dns", "192.168.1.1", "fits"),
        ("dns", "192.168.001.001", "fits"),
        ("dns", "223.005.005.005", "fits"),
        ("dns", "223.5.5.5", "fits"),
        ("dns", "0.0.0.0", "wrong"),
        ("dns", "10.9.9.9", "wrong"),
    ],
)
def test_a_setting_is_checked_against_the_network(
    kind: str, text: str, expected: str
) -> None:
    assert read(kind, text, SHOP) == expected


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        *((kind, "0.0.0.0", True) for kind in ("address", "mask", "gateway", "dns")),
        *((kind, "none", True) for kind in ("address", "gateway", "dns")),
        *((kind, "999.1.1.1", False) for kind in ("address", "mask", "gateway", "dns")),
        *((kind, "hello", False) for kind in ("address", "mask", "gateway", "dns")),
        *((kind, "1.2.3", False) for kind in ("address", "mask", "gateway", "dns")),
        ("address", "192.168.1.60/24", True),
        ("address", "192.168.1.60/", False),
        ("gateway", "192.168.1.1/24", False),
        ("mask", "/24", True),
        ("mask", "33", False),
        ("mask", "255.0.255.0", True),  # wrong, but a terminal may well show it
        ("code", "51", True),
        ("code", "", False),
    ],
)
def test_a_text_that_no_terminal_shows_is_no_answer(
    kind: str, text: str, expected: bool
) -> None:
    assert legal(kind, text) is expected


@pytest.mark.parametrize("kind", ["address", "mask", "gateway"])
def test_without_a_network_a_plausible_setting_proves_nothing(kind: str) -> None:
    text = {"mask": "255.255.255.0"}.get(kind, "10.1.2.3")

    assert read(kind, text, Lan()) is None


def test_name_servers_of_the_profile_decide() -> None:
    lan = Lan("192.168.1.23/24", "192.168.1.1", ("10.0.0.53",))

    assert read("dns", "10.0.0.53", lan) == "fits"
    assert read("dns", "223.5.5.5", lan) == "wrong"


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("51", "account"),
        ("a0", "terminal"),
        ("Ａ０", "terminal"),
        ("91", "beyond"),
        ("61", "limit"),
        ("55", "operation"),
        ("14", "card"),
        ("00", "approved"),
        ("L1", "private"),
        ("network error", None),
        ("", None),
    ],
)
def test_a_code_leads_to_its_family(text: str, family: str | None) -> None:
    assert code_family(text) == family


@given(kind=st.sampled_from(["code", "address", "mask", "gateway", "dns"]),
       text=st.text(max_size=60), lan=st.text(max_size=20))  # fmt: skip
def test_any_text_is_read_without_an_exception(kind: str, text: str, lan: str) -> None:
    fact = next(f for f in knowledge().facts.values() if f.kind == kind)

    answer = read(kind, text, Lan(lan, lan))

    assert answer is None or answer in fact.answers
    assert isinstance(legal(kind, text), bool)
    assert UNKNOWN not in fact.answers
