"""SIM, signal and data connection as modems tell them."""

import pytest

from posdiag.formats.at.context import DataContext, address_of, contexts, same_apn
from posdiag.formats.at.signal import Level, extended, maker_sinr, merged, simple
from posdiag.formats.at.sim import pin_tries, sim_state


@pytest.mark.parametrize(
    ("lines", "result", "wanted"),
    [
        (("+CPIN: READY",), "OK", "ready"),
        (('+CPIN: "READY"',), "OK", "ready"),
        (("+CPIN:READY",), "OK", "ready"),
        (("+CPIN: SIM PIN",), "OK", "pin"),
        (("+CPIN: SIM PUK",), "OK", "puk"),
        (("+CPIN: SIM PIN2",), "OK", "ready"),
        (("+CPIN: PH-NET PIN",), "OK", "locked"),
        (("+CPIN: PH-SIM PIN",), "OK", "locked"),
        (("+CPIN: NOT INSERTED",), "OK", "absent"),
        (("+CPIN: NOT READY",), "OK", "busy"),
        ((), "+CME ERROR: 10", "absent"),
        ((), "+CME ERROR: SIM not inserted", "absent"),
        ((), "+CME ERROR: 11", "pin"),
        ((), "+CME ERROR: 12", "puk"),
        ((), "+CME ERROR: 13", "failure"),
        ((), "+CME ERROR: SIM failure", "failure"),
        ((), "+CME ERROR: 14", "busy"),
        ((), "+CME ERROR: 15", "wrong"),
        ((), "+CME ERROR: 42", "locked"),
        ((), "+CME ERROR: 4", "unknown"),
        ((), "ERROR", "unknown"),
        ((), "", "unknown"),
    ],
)
def test_the_state_of_the_sim(lines: tuple[str, ...], result: str, wanted: str) -> None:
    assert sim_state(lines, result) == wanted


@pytest.mark.parametrize(
    ("name", "line", "left"),
    [
        ("+CPINR", "+CPINR: SIM PIN,3,3", 3),
        ("+CPINR", "+CPINR: SIM PIN,1", 1),
        ("+QPINC", '+QPINC: "SC",2,10', 2),
        ("+SPIC", "+SPIC: 3,10,0,10", 3),
        ("^CPIN", "^CPIN: SIM PIN,,10,3,10,3", 3),
        ("+CSIM", '+CSIM: 4,"63C2"', 2),
        ("+CSIM", '+CSIM: 4,"6983"', None),
        ("+CPINR", "+CPINR: SIM PIN", None),
        ("+CPINR", "+CPINR: SIM PIN,x,3", None),
        ("+CPINR", "+CPIN: SIM PIN", None),
    ],
)
def test_tries_that_are_left(name: str, line: str, left: int | None) -> None:
    assert pin_tries(name, (line,)) == left


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("+CSQ: 0,0", Level(rssi=-113.0)),
        ("+CSQ: 17,99", Level(rssi=-79.0)),
        ("+CSQ: 31,99", Level(rssi=-51.0)),
        ("+CSQ: 99,99", Level()),
        ("+CSQ: 150,99", Level(rscp=-66.0)),
        ("+CSQ: x", Level()),
    ],
)
def test_csq(line: str, level: Level) -> None:
    assert simple((line,)) == level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("+CESQ: 99,99,255,255,19,51", Level(rsrq=-10.5, rsrp=-90.0)),
        ("+CESQ: 63,0,255,255,255,255", Level(rssi=-48.0)),
        ("+CESQ: 99,99,96,49,255,255", Level(rscp=-25.0)),
        ("+CESQ: 99,99,255,255,255,255", Level()),
        ("+CESQ: 99,99,255,255", Level()),
        (
            "+CESQ: 99,99,255,255,20,50,65,72,87",
            Level(rsrp=-85.0, rsrq=-11.0, sinr=20.0),
        ),
        ("+CESQ: 99,99,255,255,20,50,255,255,255", Level(rsrp=-91.0, rsrq=-10.0)),
    ],
)
def test_cesq(line: str, level: Level) -> None:
    assert extended((line,)) == level


def test_a_makers_sinr_counts_beside_the_right_rsrp_alone() -> None:
    assert maker_sinr('+QCSQ: "LTE",-60,-90,150,-10', -91.0) == 10.0
    assert maker_sinr('^HCSQ:"LTE",47,41,161,26', -101.0) == 12.0
    assert maker_sinr('+QCSQ: "LTE",-60,-90,150,-10', -120.0) is None
    assert maker_sinr('+QCSQ: "LTE",-60,150,-90,-10', -91.0) is None
    assert maker_sinr('+QCSQ: "NOSERVICE"', -91.0) is None
    assert maker_sinr('+QCSQ: "LTE",-60,-90,150,-10', None) is None


def test_levels_are_merged() -> None:
    assert merged(Level(rsrp=-90.0), Level(rsrp=-80.0, rssi=-60.0)) == Level(
        rssi=-60.0, rsrp=-90.0
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.23.45.67", "10.23.45.67"),
        ("0.0.0.0", ""),
        ("", ""),
        ("10.8.8.8.255.0.0.0", "10.8.8.8"),
        ("36.8.132.0.0.0.0.0.0.0.0.0.0.0.0.9", "2408:8400::9"),
        ("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0", ""),
        ("2408:8400::9", "2408:8400::9"),
        ("1.2.3", ""),
        ("999.1.1.1", ""),
        ("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.999", ""),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert address_of(text) == address


def test_contexts_of_several_lines_belong_together() -> None:
    found = contexts(
        ('+CGDCONT: 1,"IPV4V6","ims"', '+CGDCONT: 2,"IP","cmiot","0.0.0.0"'),
        ("+CGACT: 1,0", "+CGACT: 2,1", "+CGACT: x"),
        ("+CGPADDR: 1", '+CGPADDR: 2,"10.1.1.1","::"', "+CGPADDR: 3,10.2.2.2"),
    )

    assert found == (
        DataContext(1, "ims", False, ""),
        DataContext(2, "cmiot", True, "10.1.1.1"),
        DataContext(3, "", None, "10.2.2.2"),
    )


def test_access_points_are_compared_as_networks_do() -> None:
    assert same_apn("CMIOT", "cmiot")
    assert same_apn("cmiot.MNC004.MCC460.GPRS", "cmiot")
    assert not same_apn("cmnet", "cmiot")
