"""Lines, result codes and values of an AT dialogue, whatever bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.at import context, private, registration, signal, sim
from posdiag.formats.at.framing import (
    LINE,
    Splitter,
    answers,
    error_code,
    error_text,
    fields,
    final,
    name_of,
    number,
    unasked,
    without_echo,
)

ALPHABET = "+^ATCPINREGSQDOK:,\"'0123456789abcdefF.- \t\r\n\0\x1b中"
LINES = st.text(ALPHABET, max_size=80)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"\r\nOK\r\n", ["OK"]),
        (
            b"AT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n",
            ["AT+CPIN?", "+CPIN: READY", "OK"],
        ),
        (b"\0\r\n+CSQ: 17,99\r\n\0\r\nOK\r\n", ["+CSQ: 17,99", "OK"]),
        (b"\nOK\n", ["OK"]),
        (b"\r\n\x1b[31m+CSQ:\t1,2\x7f\r\n", ["[31m+CSQ:\t1,2"]),
        (b"\r\nOK", []),
        ('+COPS: 0,0,"中国移动",7\r'.encode(), ['+COPS: 0,0,"中国移动",7']),
        (b"\xff\xfe\r\n", ["��"]),
    ],
)
def test_bytes_become_lines(data: bytes, lines: list[str]) -> None:
    assert Splitter().feed(data) == lines


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_lines_do_not_depend_on_how_the_bytes_were_cut(parts: list[bytes]) -> None:
    whole, cut = Splitter(), Splitter()

    assert whole.feed(b"".join(parts)) == [x for p in parts for x in cut.feed(p)]


def test_an_endless_line_takes_no_memory() -> None:
    splitter = Splitter()
    for _ in range(100):
        assert splitter.feed(b"x" * 10_000) == []

    assert len(splitter.rest()) <= LINE


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("OK", "OK"),
        ("ok", "OK"),
        ("ERROR", "ERROR"),
        ("+CME ERROR: 10", "+CME ERROR: 10"),
        ("+CME ERROR: SIM  not inserted", "+CME ERROR: SIM not inserted"),
        ("+CMS ERROR: 500", "+CMS ERROR: 500"),
        ("COMMAND NOT SUPPORT", "COMMAND NOT SUPPORT"),
        ("NA", "NA"),
        ("NO DIAL TONE", "NO DIALTONE"),
        ("NO DIALTONE", "NO DIALTONE"),
        ("CONNECT 115200", "CONNECT 115200"),
        ("OKAY", ""),
        ("+CPIN: READY", ""),
        ("RING", ""),
        ("0", ""),
    ],
)
def test_result_codes(line: str, wanted: str) -> None:
    assert final(line) == wanted


def test_result_codes_by_number() -> None:
    assert [final(n, numeric=True) for n in ["0", "4", "6", "7", "9"]] == [
        "OK",
        "ERROR",
        "NO DIALTONE",
        "BUSY",
        "",
    ]


def test_errors_by_number_and_by_text() -> None:
    assert error_code("+CME ERROR: 10") == 10
    assert error_code("+CME ERROR: SIM failure") is None
    assert error_text("+CME ERROR: SIM failure") == "sim failure"
    assert error_text("+CME ERROR: 13") == ""


def test_an_echo_is_told_from_an_answer() -> None:
    assert without_echo("AT+CPIN?", "AT+CPIN?") == ""
    assert without_echo("at+cpin?", "AT+CPIN?") == ""
    assert without_echo("AT+CPIN?+CPIN: READY", "AT+CPIN?") == "+CPIN: READY"
    assert without_echo("+CPIN: READY", "AT+CPIN?") == "+CPIN: READY"


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("AT+CPIN?", "+CPIN"),
        ("at^hcsq?", "^HCSQ"),
        ("ATI", ""),
        ('AT+CPINR="SIM PIN"', "+CPINR"),
    ],
)
def test_the_name_of_a_command(command: str, name: str) -> None:
    assert name_of(command) == name


def test_whose_line_it_is() -> None:
    assert answers("+CPIN: READY", "+CPIN")
    assert answers("+CPIN:READY", "+CPIN")
    assert not answers("+CPINR: SIM PIN,3", "+CPIN")
    assert not answers("+CREG: 1", "+CPIN")
    assert unasked("+CREG: 1")
    assert unasked("RING")
    assert unasked("^RSSI:20")
    assert not unasked("Quectel")
    assert not unasked("460001234567890")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("+CSQ: 17,99", ("17", "99")),
        ('+COPS: 0,2,"a,b",7', ("0", "2", "a,b", "7")),
        ("+CPIN:READY", ("READY",)),
        ("+CPIN:", ("",)),
        ('+X: "never closed, 1', ("never closed, 1",)),
        ("+X: ,,", ("", "", "")),
    ],
)
def test_values(line: str, wanted: tuple[str, ...]) -> None:
    assert fields(line, line.partition(":")[0]) == wanted


def test_numbers() -> None:
    assert [number(t) for t in ("007", "-3", "", "1.5", "1e3", "٣")] == [
        7,
        -3,
        None,
        None,
        None,
        None,
    ]
    assert number("1F", 16) == 31


# -- what must never be kept ---------------------------------------------------------

HIDDEN = [
    ("460001234567890", "***********7890"),
    ("+CCID: 89860012345678901234", "+CCID: ****************1234"),
    ('+CCID: "8986001234567890123F"', '+CCID: "****************123F"'),
    ('+CRSM: 144,0,"98680021436587092143"', '+CRSM: 144,0,"****************2143"'),
    ('+CNUM: ,"+8613800138000",145', '+CNUM: ,"**********8000",145'),
    ("IMEI:861234567890123", "IMEI:***********0123"),
    ('AT+CPIN="1234"', "AT+CPIN=***"),
    ('AT+CLCK="SC",1,"1234"', "AT+CLCK=***"),
]
KEPT = [
    "+CPIN: READY",
    '+CEREG: 2,1,"5A1E","0B3C4D21",7',
    '+CGPADDR: 1,"10.23.45.67"',
    '+CGPADDR: 1,"36.8.132.0.0.0.0.0.0.0.0.0.0.0.0.9"',
    '+CGDCONT: 1,"IP","cmiot","0.0.0.0",0,0',
    '+COPS: 0,2,"46000",7',
]


@pytest.mark.parametrize(("line", "wanted"), HIDDEN)
def test_numbers_of_persons_and_devices_are_masked(line: str, wanted: str) -> None:
    assert private.masked(line) == wanted


@pytest.mark.parametrize("line", KEPT)
def test_what_a_diagnosis_needs_is_kept(line: str) -> None:
    assert private.masked(line) == line


def test_the_pin_stands_nowhere() -> None:
    line = 'echo 4711 and "4711" but 147110'

    assert private.masked(line, ("4711",)) == 'echo *** and "***" but 147110'


def test_an_operator_in_ucs2_is_read_before_it_could_be_masked() -> None:
    line = private.masked('+COPS: 0,0,"4E2D56FD79FB52A8",7')

    assert line == '+COPS: 0,0,"中国移动",7'
    assert private.operator(line) == "中国移动"


@given(LINES, st.from_regex(r"[0-9]{4,8}", fullmatch=True))
def test_masking_leaves_no_long_number(line: str, pin: str) -> None:
    import re

    kept = private.masked(line, (pin,))

    assert not re.search(r"(?<![0-9A-Za-z])[0-9]{10,}(?![0-9A-Za-z])", kept)
    assert private.masked(kept, (pin,)) == kept


# -- totality ------------------------------------------------------------------------


@given(st.lists(LINES, max_size=6))
def test_every_parser_takes_any_lines(told: list[str]) -> None:
    lines = tuple(told)
    for line in lines:
        final(line)
        answers(line, "+CPIN")
        signal.maker_sinr(line, -90.0)
        context.address_of(line)
        registration.error_cause(line)
        for _, name in sim.TRIES:
            sim.pin_tries(name, (name + line,))
    for name in ("+CREG", "+CGREG", "+CEREG"):
        registration.registration(tuple(name + line for line in lines), name)
    sim.sim_state(tuple("+CPIN" + line for line in lines), told[0] if told else "")
    signal.extended(tuple("+CESQ:" + line for line in lines))
    signal.simple(tuple("+CSQ:" + line for line in lines))
    registration.last_error(lines)
    named = [
        tuple(f"{name}:{line}" for line in lines)
        for name in ("+CGDCONT", "+CGACT", "+CGPADDR", "+CGCONTRDP")
    ]
    context.contexts(*named)
