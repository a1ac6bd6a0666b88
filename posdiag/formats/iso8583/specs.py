"""How is each field of a message encoded? Specs for pyiso8583, one for each dialect.

`ascii`: ISO 8583:1987 with ASCII data and lengths (as npm iso_8583). `unionpay`: type
and numbers in BCD, lengths in BCD, texts in ASCII. Numbers of an odd
length are left-aligned in BCD and filled with 0 on the right, as Q/CUP 006 has it. The
bitmaps of either are eight bytes, or sixteen hexadecimal letters (jPOS ISO87A, BASE24).

Data that is not ours to read is taken as Latin-1 or raw bytes, so that no byte of a
reply is an encoding error.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

Dialect = Literal["ascii", "unionpay"]
Bitmap = Literal["binary", "hex"]
Spec = Mapping[str, Mapping[str, Any]]

# ISO 8583:1987, table of data elements: n digits, a text, z track, b bytes; dots as in
# the standard: n6 is fixed, n..19 has a length of two digits, a...999 one of three.
TABLE = """
2 n..19; 3 n6; 4 n12; 5 n12; 6 n12; 7 n10; 8 n8; 9 n8; 10 n8; 11 n6; 12 n6; 13 n4;
14 n4; 15 n4; 16 n4; 17 n4; 18 n4; 19 n3; 20 n3; 21 n3; 22 n3; 23 n3; 24 n3; 25 n2;
26 n2; 27 n1; 28 a9; 29 a9; 30 a9; 31 a9; 32 n..11; 33 n..11; 34 a..28; 35 z..37;
36 z...104; 37 a12; 38 a6; 39 a2; 40 a3; 41 a8; 42 a15; 43 a40; 44 a..25; 45 a..76;
46 a...999; 47 a...999; 48 a...999; 49 a3; 50 a3; 51 a3; 52 b8; 53 n16; 54 a...120;
55 a...999; 56 a...999; 57 a...999; 58 a...999; 59 a...999; 60 a...999; 61 a...999;
62 a...999; 63 a...999; 64 b8; 65 b8; 66 n1; 67 n2; 68 n3; 69 n3; 70 n3; 71 n4; 72 n4;
73 n6; 74 n10; 75 n10; 76 n10; 77 n10; 78 n10; 79 n10; 80 n10; 81 n10; 82 n12; 83 n12;
84 n12; 85 n12; 86 n16; 87 n16; 88 n16; 89 n16; 90 n42; 91 a1; 92 a2; 93 a5; 94 a7;
95 a42; 96 b8; 97 a17; 98 a25; 99 n..11; 100 n..11; 101 a..17; 102 a..28; 103 a..28;
104 a...100
"""
UNIONPAY = {"60": ("n", 999, 3), "61": ("n", 999, 3)}
"""Where the POS specification of UnionPay differs from the standard's table."""

Shape = tuple[str, int, int]  # kind, most units, digits of the length


@cache
def shapes() -> Mapping[str, Shape]:
    """Fields 2 to 128 as the standard's table has them."""
    found: dict[str, Shape] = {str(n): ("a", 999, 3) for n in range(105, 128)}
    found["128"] = ("b", 8, 0)
    for entry in TABLE.replace("\n", " ").split(";"):
        number, shape = entry.split()
        dots = shape.count(".")
        found[number] = (shape[0], int(shape[1 + dots :]), dots)
    return found


@cache
def spec(dialect: Dialect, bitmap: Bitmap = "binary", code: int = 2) -> Spec:
    """The settings of pyiso8583 for the dialect. `code`: characters of field 39."""
    bcd = dialect == "unionpay"
    bits = _entry("b", 8, "ascii", 0)
    if bitmap == "hex":
        bits = _entry("latin-1", 16, "ascii", 0)
    made: dict[str, Mapping[str, Any]] = {
        "h": _entry("latin-1", 0, "ascii", 0),
        "t": _entry("b", 2, "ascii", 0) if bcd else _entry("latin-1", 4, "ascii", 0),
        "p": bits,
        "1": bits,
    }
    # A third bitmap, which pyiso8583 follows, announces fields that are undefined.
    beyond = {str(n): ("a", 999, 3) for n in range(129, 193)}
    for number, shape in {**shapes(), **beyond}.items():
        if bcd:
            made[number] = _unionpay(UNIONPAY.get(number, shape))
        else:
            kind, most, digits = shape
            data = "b" if kind == "b" else "latin-1"
            made[number] = _entry(data, most, "ascii", digits)
    made["39"] = _entry("latin-1", code, "ascii", 0)
    return made


def _unionpay(shape: Shape) -> Mapping[str, Any]:
    kind, most, digits = shape
    length = (digits + 1) // 2  # BCD: two digits to a byte
    if kind in "nz":
        # Lengths count digits, not bytes.
        more = {"len_count": "nibbles", "right_pad": "0"}
        return {**_entry("b", most, "bcd", length), **more}
    raw = kind == "b" or digits == 3  # keys and chip data hide in the long texts
    return _entry("b" if raw else "latin-1", most, "bcd", length)


def _entry(data: str, most: int, length: str, width: int) -> Mapping[str, Any]:
    return {
        "data_enc": data,
        "len_enc": length,
        "len_type": width,
        "max_len": most,
        "desc": "",
    }
