"""Does the payment host itself answer, and what does it say?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.formats.iso8583.echo import stan
from posdiag.model import ok
from posdiag.model.questions.payment import Exchange, Exchanged, PaymentReply
from posdiag.model.questions.tls import AskTlcp, Handshake, Shake, TlcpReply
from posdiag.model.questions.wire import Connect
from posdiag.model.site import Acquirer, Iso8583, Site, SiteInfo
from posdiag_checks.acquirer.echo import acquirer_echo
from tests.checks.machine import ACQUIRER, GOOD, HOST, NO_TCP, NOW, OPEN, SILENT, site
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

CONNECTED = {"acquirer.connect": ok(address=ACQUIRER)}
UNIONPAY = Acquirer(host=HOST, iso8583=Iso8583())
PLAIN = replace(UNIONPAY, tls=False)
ASCII = replace(PLAIN, iso8583=Iso8583("ascii", tpdu=""))
STAN = stan(NOW)
GOT = PaymentReply(
    "iso8583", 62, whole=True, announced=60, mti="0830", stan=STAN, code="00"
)
GOT = replace(GOT, tpdu="6000000003")
FACTS = {"host": HOST, "port": 443, "dialect": "unionpay", "tpdu": True}


def row(*args: Any, **more: Any) -> Case:
    kept = {"seen": CONNECTED, "consent": frozenset({"echo"})}
    return of(acquirer_echo)(*args, **{**kept, "site": site(acquirer=UNIONPAY), **more})


def says(
    reply: PaymentReply | None, outcome: Any = "ok", seconds: float = 0.05
) -> dict[Any, Any]:
    return {
        Exchange: Exchanged(
            outcome=outcome, tcp=OPEN, handshake=GOOD, seconds=seconds, reply=reply
        )
    }


def plainly(reply: PaymentReply) -> dict[Any, Any]:
    return {
        Exchange: Exchanged(
            outcome="ok", tcp=OPEN, handshake=None, seconds=0.05, reply=reply
        )
    }


def code(code: str) -> dict[Any, Any]:
    return says(replace(GOT, code=code))


def strange(kind: Any, **more: Any) -> PaymentReply:
    return PaymentReply(**{"kind": kind, "size": 30, "start": "xx", **more})


def unlike(*wrong: str, **more: str) -> dict[str, Any]:
    return {"change": says(replace(GOT, **more)), "facts": {"wrong": wrong}}  # type: ignore[arg-type]  # texts


CASES = [
    row(
        name="unionpay over TLS",
        status=OK,
        change=says(GOT),
        facts={**FACTS, "seconds": 0.05},
    ),
    row(
        name="plain",
        status=OK,
        code="",
        variant="plain",
        site=site(acquirer=PLAIN),
        change=plainly(GOT),
        facts={"tls": None, "total": 0.08, "host_timeout": 60.0},
    ),
    row(
        name="ascii",
        status=OK,
        code="",
        variant="plain",
        site=site(acquirer=ASCII),
        change=plainly(replace(GOT, mti="0810", tpdu="")),
        facts={"dialect": "ascii", "tpdu": False},
    ),
    row(
        name="silence",
        status=FAIL,
        code="acquirer.no-answer",
        variant="silent",
        change=says(None, "silent", 7.0),
        rivals=("acquirer.bad-answer",),
        facts={**FACTS, "received": 0, "length": "binary2"},
    ),
    row(
        name="closed",
        status=FAIL,
        code="acquirer.no-answer",
        variant="closed",
        change=says(None, "closed", 0.1),
    ),
    row(
        name="late",
        status=FAIL,
        code="acquirer.no-answer",
        variant="late",
        change=says(GOT, seconds=6.0),
        facts={"seconds": 6.0, "limit": 5.0, "code": "00"},
    ),
    row(
        name="no second connection",
        status=FAIL,
        code="acquirer.no-answer",
        variant="lost",
        change={Exchange: Exchanged("silent", SILENT, NO_TCP)},
    ),
    row(
        name="no second handshake",
        status=FAIL,
        code="acquirer.no-answer",
        variant="lost",
        change={Exchange: Exchanged("silent", OPEN, replace(GOOD, outcome="silent"))},
    ),
    row(
        name="national cryptography",
        status=SKIP,
        code="skip.national-cryptography",
        change={
            Exchange: Exchanged("closed", OPEN, Handshake(OPEN, "hello", "closed")),
            AskTlcp: TlcpReply("ok", supported=True, suite="ECC_SM4_CBC_SM3"),
        },
        facts={"host": HOST},
    ),
    row(
        name="a web server",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="http",
        change=says(strange("http", start="HTTP/1.1 400"), "malformed"),
        facts={"start": "HTTP/1.1 400"},
    ),
    row(
        name="TLS on a plain port",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="tls",
        site=site(acquirer=PLAIN),
        change=plainly(strange("tls", start="15 03 01")),
    ),
    row(
        name="garbage",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="foreign",
        change=says(strange("binary", announced=40000), "malformed"),
        facts={"received": 30},
    ),
    row(
        name="text",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="foreign",
        change=says(strange("text", start=""), "malformed"),
        facts={"start": "-"},
    ),
    row(
        name="a whole frame that is no message",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="foreign",
        change=says(strange("binary", whole=True, announced=28)),
    ),
    row(
        name="half a frame",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="half",
        change=says(strange("binary", announced=60), "malformed"),
        facts={"announced": 60, "received": 30},
    ),
    row(
        name="two replies",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="after",
        change=says(replace(GOT, after=62, size=124)),
        facts={"after": 62, "received": 124},
    ),
    row(
        name="the type of another",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="unlike",
        **unlike("MTI", mti="0810"),
    ),
    row(
        name="another trace number",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="unlike",
        **unlike("STAN", stan="999999"),
    ),
    row(
        name="TPDU not swapped", status=OK, change=says(replace(GOT, tpdu="6000030000"))
    ),
    row(
        name="TPDU and trace number of another",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="unlike",
        **unlike("STAN", "TPDU", tpdu="6000030000", stan="999999"),
    ),
    row(
        name="response code of three digits",
        status=WARN,
        code="acquirer.bad-answer",
        variant="form",
        change=says(replace(GOT, code="", understood=False)),
        facts={"bitmap": "binary"},
    ),
    row(
        name="no response code",
        status=FAIL,
        code="acquirer.bad-answer",
        variant="unlike",
        **unlike("39", code=""),
    ),
    row(
        name="not signed in",
        status=WARN,
        code="acquirer.declined",
        variant="sign-in",
        change=code("A0"),
        facts={"code": "A0"},
    ),
    row(
        name="not registered",
        status=WARN,
        code="acquirer.declined",
        change=code("97"),
        facts={"code": "97", "family": "terminal-state"},
    ),
    row(
        name="invalid merchant",
        status=WARN,
        code="acquirer.declined",
        change=code("03"),
    ),
    row(
        name="the switch is down",
        status=WARN,
        code="acquirer.declined",
        variant="beyond",
        change=code("96"),
        facts={"family": "beyond-merchant"},
    ),
    row(
        name="the host does not know the echo",
        status=WARN,
        code="acquirer.declined",
        variant="format",
        change=code("30"),
    ),
    row(
        name="a code about cards",
        status=WARN,
        code="acquirer.declined",
        change=code("51"),
    ),
    row(
        name="an unassigned code",
        status=WARN,
        code="acquirer.declined",
        change=code("Q7"),
        facts={"code": "Q7", "family": ""},
    ),
    row(
        name="no dialect",
        status=SKIP,
        code="skip.not-configured",
        site=site(acquirer=Acquirer(host=HOST)),
    ),
    row(
        name="no host",
        status=SKIP,
        code="skip.not-configured",
        site=Site(acquirer=Acquirer(iso8583=Iso8583())),
    ),
    row(
        name="no consent",
        status=SKIP,
        code="skip.no-consent",
        consent=frozenset[str](),
        facts={"hint": "posdiag run --allow-echo"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_table(case: Case) -> None:
    case.verify()


def sent(at: Site) -> Exchange:
    """The question that the check asks of this site."""
    asked: list[Exchange] = []

    def keep(question: Exchange) -> Exchanged:
        asked.append(question)
        return Exchanged(
            outcome="ok", tcp=OPEN, handshake=None, seconds=0.05, reply=GOT
        )

    case = row(name="x", status=OK, site=at, change={Exchange: keep})

    assert case.found.code in ("", "acquirer.bad-answer")
    assert len(asked) == 1
    return asked[0]


def test_the_numbers_of_the_shop_are_in_the_message_and_nowhere_else() -> None:
    info = SiteInfo(merchant_id="898000000000001", terminal_id="10000001")
    question = sent(site(acquirer=PLAIN, site=info))

    payload = bytes.fromhex(question.payload.reveal())
    assert b"10000001" in payload
    assert b"898000000000001" in payload
    assert b"301" not in payload  # in BCD
    assert "0000000130" in question.payload.reveal()
    assert "10000001" not in repr(question)
    found = row(
        name="x",
        status=OK,
        code="",
        variant="plain",
        change=plainly(GOT),
        site=site(acquirer=PLAIN),
    )
    assert "0000001" not in repr(found.found.facts)


def test_the_way_to_the_host_is_that_of_the_other_checks() -> None:
    assert sent(site(acquirer=PLAIN)).through == Connect(ACQUIRER, 443)
    through = sent(site(acquirer=UNIONPAY)).through
    assert isinstance(through, Shake)
    assert (through.host, through.verify) == (HOST, True)


def test_a_tpdu_and_header_may_be_switched_off() -> None:
    bare = Iso8583(tpdu="", header="", length="ascii4", batch="000777")
    question = sent(site(acquirer=replace(PLAIN, iso8583=bare)))

    assert bytes.fromhex(question.payload.reveal()).startswith(b"00")
    assert question.payload.reveal()[8:12] == "0820"
    assert "0000077730" in question.payload.reveal()
    assert (question.tpdu, question.header) == ("", 0)


def test_fields_of_the_profile_replace_ours() -> None:
    own = Iso8583("ascii", tpdu="", fields={"70": "", "3": "990000", "11": "000042"})
    case = row(
        name="own fields",
        status=OK,
        code="",
        variant="plain",
        site=site(acquirer=replace(PLAIN, iso8583=own)),
        change=plainly(replace(GOT, mti="0810", tpdu="", stan="000042")),
    )

    case.verify()
    payload = bytes.fromhex(sent(case.site).payload.reveal())
    assert b"990000" in payload
    assert not payload.endswith(b"301")
