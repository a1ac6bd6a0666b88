"""How a profile says in which form the acquirer wants its messages."""

import tomllib
from pathlib import Path

import pytest

from posdiag.model.site import Iso8583
from posdiag.profile.dump import as_toml
from posdiag.profile.load import BadProfile, load

WHOLE = """
[acquirer]
host = "pay.example"
[acquirer.iso8583]
dialect = "ascii"
length = "ascii4"
tpdu = ""
header = "603100311312"
terminal_id = "10000001"
merchant_id = "898000000000001"
batch = "000007"
fields = { "3" = "990000", "70" = "" }
bitmap = "hex"
length_includes_itself = true
"""


def profile(folder: Path, text: str) -> str:
    path = folder / "site.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_all_keys_are_read_and_shown_again(tmp_path: Path) -> None:
    site = load(profile(tmp_path, WHOLE))

    wanted = Iso8583(
        dialect="ascii",
        length="ascii4",
        tpdu="",
        header="603100311312",
        terminal_id="10000001",
        merchant_id="898000000000001",
        batch="000007",
        fields={"3": "990000", "70": ""},
        bitmap="hex",
        length_includes_itself=True,
    )
    assert wanted == site.acquirer.iso8583
    again = tomllib.loads(as_toml(site))["acquirer"]["iso8583"]
    assert again["fields"] == {"3": "990000", "70": ""}
    assert again["length"] == "ascii4"


def test_by_default_it_is_unionpay_with_two_bytes_of_length(tmp_path: Path) -> None:
    site = load(profile(tmp_path, "[acquirer.iso8583]\nbatch = '000001'\n"))

    assert site.acquirer.iso8583 == Iso8583("unionpay", "binary2", batch="000001")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('tpdu = "60000300"', "expected 10 hexadecimal digits"),
        ('tpdu = "60000300zz"', "expected 10 hexadecimal digits"),
        ('header = "603"', "expected pairs of hexadecimal digits"),
        ('terminal_id = "123456789"', "expected 1 to 8 letters or digits"),
        ('merchant_id = "1234567890123456"', "expected 1 to 15 letters or digits"),
        ('merchant_id = "一"', "expected 1 to 15 letters or digits"),
        ('batch = "1"', "expected 6 digits"),
        (
            'length = "binary8"',
            'expected one of "binary2", "binary4", "ascii4", "bcd2"',
        ),
        ('bitmap = "ascii"', 'expected one of "binary", "hex"'),
        ("length_includes_itself = 1", "expected true or false"),
        ('fields = { "70" = "001" }', "no sign-in"),
        ('fields = { "60" = "00000001003" }', "no sign-in"),
        ('fields = { "2" = "4111111111111111" }', "none of a card"),
        ('fields = { "t" = "0800" }', "expected fields of an echo"),
        ('fields = { "3" = "12345678" }', "expected fields of an echo"),
        ('fields = { "3" = 990000 }', "expected fields of an echo"),
        ("fields = 3", "expected fields of an echo"),
    ],
)
def test_what_no_host_could_take_is_refused(
    tmp_path: Path, line: str, expected: str
) -> None:
    with pytest.raises(BadProfile) as caught:
        load(profile(tmp_path, f"[acquirer.iso8583]\n{line}\n"))

    (problem,) = caught.value.show("en")
    assert problem.split(": ", 1)[0].endswith(":2")
    assert expected in problem
    assert "4111111111111111" not in problem
