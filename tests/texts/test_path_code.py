"""The code that is read out over the telephone: made, and told again."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.engine.registry import core
from posdiag.model import Backup, Status
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.path_code import (
    FIRST,
    FORM,
    HOST,
    decode,
    is_code,
    path_code,
    shown_code,
)

OK, WARN, FAIL, SKIP, ERROR = Status
CATALOGUE = Catalogue(core())
PARTS = (*FIRST, *HOST)


@dataclass(frozen=True)
class Row:
    check: str
    status: Status = OK
    code: str = ""
    backups: tuple[Backup, ...] = ()

    @property
    def part(self) -> str:
        return CATALOGUE.part(self.check)

    @property
    def digits(self) -> Mapping[str, str]:
        return CATALOGUE.digits_of(self.code)


HEALTHY = [
    Row("link.state"),
    Row("ip.address"),
    Row("router.reach"),
    Row("isp.reach"),
    Row("dns.resolve"),
    Row("acquirer.connect"),
    Row("acquirer.tls"),
    Row("acquirer.echo", SKIP, "skip.no-consent"),
]


def but(*changed: Row) -> list[Row]:
    names = {row.check for row in changed}
    return [*(row for row in HEALTHY if row.check not in names), *changed]


BACKUPS = (
    Backup("b1:443", "ok", "expired"),
    Backup("b2:443", "refused"),
    Backup("b3:443", "name"),
)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (HEALTHY, "000-009"),
        (but(Row("acquirer.echo")), "000-000"),
        ([], "999-999"),
        (but(Row("link.state", FAIL, "link.down")), "200-009"),
        (but(Row("wifi.signal", WARN, "wifi.weak-signal")), "700-009"),
        (but(Row("router.reach", FAIL, "router.unreachable")), "060-009"),
        (but(Row("isp.reach", ERROR, "tool.timeout")), "000-009"),
        (but(Row("dns.resolve", WARN, "dns.slow")), "004-009"),
        (but(Row("dns.resolve", FAIL, "plugin.odd")), "008-009"),
        (but(Row("acquirer.loss", WARN, "router.packet-loss")), "060-009"),
        (but(Row("acquirer.loss", WARN, "router.slow")), "060-009"),
        (but(Row("acquirer.loss", WARN, "isp.packet-loss")), "070-009"),
        (but(Row("acquirer.loss", WARN, "isp.slow")), "070-009"),
        (but(Row("acquirer.loss", WARN, "acquirer.packet-loss")), "000-709"),
        (but(Row("acquirer.loss", WARN, "acquirer.slow")), "000-709"),
        (but(Row("path.mtu", FAIL, "path.mtu-black-hole")), "000-709"),
        (but(Row("path.redundancy", FAIL, "path.dead-uplink")), "070-009"),
        (but(Row("acquirer.connect", FAIL, "acquirer.port-blocked")), "000-209"),
        (but(Row("acquirer.tls", FAIL, "clock.skew")), "000-079"),
        (but(Row("acquirer.echo", FAIL, "acquirer.declined")), "000-003"),
        (
            but(Row("acquirer.connect", FAIL, "acquirer.unreachable", BACKUPS)),
            "000-109-019-399-599",
        ),
        (
            but(Row("ip.address", WARN, "ip.rogue-dhcp"), Row("ip.gateway", FAIL, "x")),
            "080-009",
        ),
    ],
)
def test_a_run_has_its_code(rows: list[Row], code: str) -> None:
    assert code == path_code(rows)


@pytest.mark.parametrize(
    ("check", "cause", "shown"),
    [
        ("peripheral.printer", "printer.no-paper", ""),
        ("cellular.data", "cellular.no-data", ""),
        ("pstn.line", "pstn.no-dial-tone", ""),
        ("bluetooth.terminal", "bluetooth.not-found", ""),
        ("terminal.lease", "terminal.no-lease", ""),
        ("link.state", "link.down", "200-009"),
    ],
)
def test_a_code_that_would_read_as_all_works_is_not_shown_beside_a_fault(
    check: str, cause: str, shown: str
) -> None:
    assert shown_code(but(Row(check, FAIL, cause))) == shown
    assert shown_code(HEALTHY) == "000-009"


def test_a_code_is_told_digit_by_digit() -> None:
    told = decode("201-100-599", CATALOGUE.digits)

    assert [name.en for name, _, _ in told] == [
        "link",
        "address and route out",
        "DNS",
        "host: TCP",
        "host: TLS",
        "host: echo",
        "backup host 1: TCP",
        "backup host 1: TLS",
        "backup host 1: echo",
    ]
    assert told[0][2] == ("link.down",)
    assert told[1][1].en == "works"
    assert told[2][2] == ("dns.no-server",)
    assert told[3][2] == ("acquirer.unreachable",)
    assert told[6][1].en == "the backup host's name has no address"
    assert told[7][1].en == "not tested"


@pytest.mark.parametrize(
    "text", ["51", "A0", "000", "000-00", "000009", "x", "", "٠٠٠-٠٠٠"]
)
def test_other_things_are_no_path_codes(text: str) -> None:
    assert not is_code(text)
    with pytest.raises(ValueError, match="path code"):
        decode(text, CATALOGUE.digits)


@given(st.from_regex(FORM, fullmatch=True))
def test_every_code_is_told(code: str) -> None:
    assert len(decode(code, CATALOGUE.digits)) == len(code.replace("-", ""))


WILD = st.builds(Backup, st.text(max_size=5), st.text(max_size=9), st.text(max_size=9))


@given(
    st.lists(
        st.builds(
            Row,
            st.sampled_from(["acquirer.connect", "acquirer.tls", "link.x", "", "dns."]),
            st.sampled_from(Status),
            st.text(max_size=5),
            st.lists(WILD, max_size=6).map(tuple),
        ),
        max_size=6,
    )
)
def test_whatever_was_found_has_a_code(rows: list[Row]) -> None:
    assert is_code(path_code(rows))


def test_causes_of_the_path_have_a_digit_of_their_own() -> None:
    for part in ("tcp", "tls", "echo", "dns"):
        digits = [
            digit
            for cause, digit in CATALOGUE.digits(part).items()
            if (part, digit) != ("tcp", "7") or cause == "acquirer.slow"
        ]
        assert len(set(digits)) == len(digits), part


def test_what_the_line_to_the_acquirer_does_badly_has_one_digit() -> None:
    seven = {c for c, digit in CATALOGUE.digits("tcp").items() if digit == "7"}

    assert seven == {"acquirer.packet-loss", "acquirer.slow", "path.mtu-black-hole"}


def test_every_digit_is_one_that_a_code_has() -> None:
    for part in PARTS:
        assert set(CATALOGUE.digits(part).values()) <= set("1234567"), part


def test_every_part_has_its_checks_and_every_check_a_part_that_there_is() -> None:
    named = {c.part for c in core()} - {""}

    assert named == set(PARTS)


def test_a_code_is_told_in_words_with_the_causes_that_it_may_be() -> None:
    from posdiag.commands.explain.path_code import page

    lines = page(" 060-103 ", CATALOGUE, "en").splitlines()

    assert lines[:4] == [
        "060-103",
        "  0  link: works",
        "  6  address and route out:",
        f"       {'router.unreachable':<32} The router does not answer",
    ]
    assert "       acquirer.declined                The host declines the test" in lines
    assert "  0  host: TLS: works" in lines
    assert "  0  网线或 Wi-Fi：正常" in page("060-103", CATALOGUE, "zh")
