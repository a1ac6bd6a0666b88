"""What came from outside is shown harmless and redacted, and measurements stay."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model import Value
from posdiag.model.site import Acquirer, Iso8583, Secret, Site, SiteInfo, Wifi
from posdiag.texts.clean import LIMIT, clean
from posdiag.texts.safe import (
    KEYS,
    hidden_texts,
    last4,
    luhn,
    redact,
    safe_facts,
    safe_text,
)

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=400)
WORDS = st.text("abcdefgh ,;:中文。()", max_size=12)


def card(digits: str) -> str:
    """`digits` with the check digit that Luhn wants."""
    return next(digits + c for c in "0123456789" if luhn(digits + c))


CARDS = st.text("0123456789", min_size=12, max_size=18).map(card)
OCTETS = st.lists(st.integers(0, 255).map(lambda n: f"{n:02x}"), min_size=6, max_size=6)


@given(ANYTHING)
def test_nothing_that_is_cleaned_controls_a_screen(text: str) -> None:
    shown = clean(text)

    assert len(shown) <= LIMIT
    for char in shown:
        assert char in " \u3000" or unicodedata.category(char)[0] not in "CZ"
    shown.encode()  # no lone surrogate


@given(ANYTHING)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(text) == clean(clean(text))


@given(st.text("abc xyz中文，。09-./:@", max_size=LIMIT))
def test_what_prints_is_left_alone(text: str) -> None:
    assert text == clean(text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x9b31m", "\\x9b31m"),
        ("\udc80", "\\udc80"),
        ("a\u200bb", "a\\u200bb"),
        ("\U000e0041", "\\U000e0041"),
        ("a\u00a0b", "a\\xa0b"),
    ],
)
def test_what_does_not_print_is_shown_as_an_escape(raw: str, shown: str) -> None:
    assert shown == clean(raw)


def test_a_heap_of_accents_is_cut_down() -> None:
    assert sum(unicodedata.category(c) == "Mn" for c in clean("a" + "\u0301" * 50)) == 2


@given(CARDS, WORDS, WORDS, st.sampled_from(["", " ", "-"]))
def test_a_card_number_is_never_shown(
    number: str, before: str, after: str, gap: str
) -> None:
    groups = [number[i : i + 4] for i in range(0, len(number), 4)]
    shown = safe_text(f"{before}{gap.join(groups)}{after}")

    digits = "".join(c for c in shown if c.isdigit())
    assert number not in digits
    assert len(digits) <= 10


@given(CARDS, st.text("0123456789", min_size=3, max_size=6))
def test_a_card_beside_another_number_is_not_shown(number: str, other: str) -> None:
    for text in (f"{other} {number}", f"{number} {other}"):
        shown = redact(text)
        assert number not in shown.replace(" ", "")


def test_a_card_keeps_its_first_six_and_last_four() -> None:
    assert redact("4111111111111111") == "411111******1111"


@pytest.mark.parametrize(
    "track",
    [
        "%B4111111111111111^LI/XIAOMING^25121010000000000?",
        ";4111111111111111=25121010000012345678?",
        "4111111111111111D25121010000012345678",
        "4000001234567899=251210100000123",
    ],
)
def test_a_track_is_not_shown(track: str) -> None:
    shown = redact(f"sent {track} here")

    assert "2512" not in shown
    assert "XIAOMING" not in shown
    assert shown.endswith(" here")


@given(OCTETS, st.sampled_from(":-"), WORDS, WORDS)
def test_a_hardware_address_keeps_only_its_vendor(
    octets: list[str], gap: str, before: str, after: str
) -> None:
    shown = safe_text(f"{before} {gap.join(octets)} {after}")

    assert gap.join([*octets[:3], "**", "**", "**"]) in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mac:aa:bb:cc:dd:ee:ff", "mac:aa:bb:cc:**:**:**"),
        ("MACaa:bb:cc:dd:ee:ff", "MACaa:bb:cc:**:**:**"),
        ("aabb.ccdd.eeff", "aabb.cc**.****"),
        ("IMEI: 490154203237518", "IMEI: ***********7518"),
        ("merchant_id=898110012340001", "merchant_id=***********0001"),
        ("http://u:p@h/login?mac=aabbccddeeff&k=1", "http://***@h/login?mac=***&k=***"),
    ],
)
def test_other_marks_of_a_person_or_device(text: str, shown: str) -> None:
    assert shown == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "192.168.1.20/24",
        "2001:db8:aa:bb:cc:dd:ee:ff",
        "2001:db8:aa:bb:cc:dd:ee:ff: silent",
        "fe80::1%eth0",
        "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD",
        "0.4111111111111111 s",
        "12.4111111111111111",
        "2026-01-31 08:15:02 2026-02-01",
        "5 of 40 lost",
        "http://portal.example/%E4%BD%A0%E5%A5%BD",
        "sn 4111111111111112",
    ],
)
def test_addresses_and_measurements_stay(text: str) -> None:
    assert text == safe_text(text)


@given(ANYTHING)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(text) == redact(redact(text))


@given(st.integers(0, 4 * LIMIT), st.integers(0, 20))
def test_a_cut_does_not_lay_a_card_open(place: int, tail: int) -> None:
    number = "4111111111111111"
    shown = safe_text("x" * place + number + "y" * tail)

    assert not re.search(r"\d{11}", shown)


NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False)
)


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=40), NUMBERS, max_size=KEYS)
)
def test_a_number_is_a_measurement_and_stays(facts: dict[str, Value]) -> None:
    assert facts == safe_facts(facts)


@given(CARDS, OCTETS, st.text("abcd", min_size=1, max_size=8))
def test_facts_are_redacted_however_they_are_wrapped(
    number: str, octets: list[str], key: str
) -> None:
    mac = ":".join(octets)
    nested: dict[str, Value] = {
        key: f"pan {number}",
        "more": (mac, f"{number} {mac}"),
        "deep": ((number, (mac,)),),  # type: ignore[dict-item]  # what a plugin may do
    }
    shown = str(safe_facts(nested))

    assert number not in shown
    assert mac not in shown


def test_facts_of_odd_types_become_plain_ones() -> None:
    odd: dict[str, Value] = {
        "nan": float("nan"),
        "huge": 10**6000,
        "bytes": b"\x00",  # type: ignore[dict-item]  # what a plugin may do
        "none": None,
        "yes": True,
    }

    assert safe_facts(odd) == {
        "nan": None,
        "huge": None,
        "bytes": "<bytes>",
        "none": None,
        "yes": True,
    }


def test_facts_are_bounded() -> None:
    many: dict[str, Value] = {f"k{i}": "x" * 10_000 for i in range(1000)}
    many["k0"] = ("y" * 10_000,) * 1000

    assert len(str(safe_facts(many))) < 40 * 33 * 300


def test_what_is_safe_is_not_made_safe_twice() -> None:
    facts = safe_facts({"a": "b"})

    assert safe_facts(facts) is facts


def test_private_keys_show_their_last_four() -> None:
    facts: dict[str, Value] = {"terminal_id": "12345678", "macs": ("aabbccddeeff",)}

    assert safe_facts(facts) == {"terminal_id": "****5678", "macs": ("aabbcc******",)}


def test_what_the_profile_holds_is_masked_wherever_it_turns_up() -> None:
    site = Site(
        site=SiteInfo(merchant_id="898110012340001"),
        wifi=Wifi(passphrase=Secret("hunter2hunter2")),
        acquirer=Acquirer(iso8583=Iso8583(terminal_id="T1234567")),
    )
    facts: dict[str, Value] = {
        "subject": "CN=898110012340001",
        "what": ("auth with hunter2hunter2 failed", "T1234567"),
    }
    shown = safe_facts(facts, hidden_texts(site))

    assert shown == {
        "subject": "CN=***********0001",
        "what": ("auth with *** failed", "****4567"),
    }


def test_last4_hides_a_short_number_wholly() -> None:
    assert (last4("123"), last4("1234"), last4("12345")) == ("***", "****", "*2345")


@pytest.mark.parametrize(
    ("value", "shown"),
    [("phone", "phone"), ("iphone", "iphone"), ("13800138000", "*******8000")],
)
def test_a_telephone_number_is_masked_and_a_kind_of_phone_is_not(
    value: str, shown: str
) -> None:
    assert safe_facts({"phone": value})["phone"] == shown
