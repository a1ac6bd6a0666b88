"""The echo over real connections: hosts that answer well, badly, late or not at all."""

import asyncio
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from posdiag.formats.iso8583.echo import HEADER, TPDU, Form, Wanted, request, stan
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.payment import (
    Exchange,
    Exchanged,
    PaymentReply,
    Quiet,
    StayQuiet,
)
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Connect
from posdiag.model.site import Secret
from posdiag.system.core.codec import decode, encode
from posdiag.system.wire.payment import exchange, stay_quiet
from tests.payment_host import Answer, ascii_reply, host, unionpay_reply
from tests.system.wire.tls.test_handshake import Authority, server_side

NOW = 1_796_083_200.0
ASCII = Form("ascii")
UNIONPAY = Form("unionpay", tpdu=TPDU, header=6)
WANTED = Wanted(HEADER, "10000001", "898000000000001")
REPLIES: dict[str, Answer] = {"ascii": ascii_reply, "unionpay": unionpay_reply}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("ca")))


def question(form: Form, through: Connect | Shake, **more: Any) -> Exchange:
    wanted = WANTED if form.header else Wanted("", "10000001", "898000000000001")
    payload = Secret(request(form, wanted, NOW).hex())
    kept = {"timeout": 3.0, "gap": 0.3, "payload": payload, **more}
    more = {"bitmap": form.bitmap, "inclusive": form.inclusive, **kept}
    return Exchange(through, form.dialect, form.length, form.tpdu, form.header, **more)


def exchanged(asked: Exchange, meter: Meter | None = None) -> Exchanged:
    got = asyncio.run(exchange(asked, meter or Meter()))
    assert isinstance(got, Exchanged)
    return got


def plain(answer: Answer | None, form: Form = UNIONPAY, **more: Any) -> Exchanged:
    times = {k: more.pop(k) for k in ("timeout", "gap") if k in more}
    with host(answer, **more) as port:
        return exchanged(question(form, Connect("127.0.0.1", port), **times))


@pytest.mark.parametrize("form", [ASCII, UNIONPAY], ids=lambda f: f.dialect)
def test_an_echo_over_tcp_is_answered(form: Form) -> None:
    got = plain(REPLIES[form.dialect], form)

    assert (got.outcome, got.handshake) == ("ok", None)
    assert got.reply is not None
    assert (got.reply.kind, got.reply.whole, got.reply.after) == ("iso8583", True, 0)
    assert got.reply.mti == {"ascii": "0810", "unionpay": "0830"}[form.dialect]
    assert (got.reply.stan, got.reply.code) == (stan(NOW), "00")
    assert got.reply.tpdu == {"ascii": "", "unionpay": "6000000003"}[form.dialect]
    assert 0 <= got.seconds < 1


@pytest.mark.parametrize("pieces", [0, 1])
def test_keep_alives_before_the_answer_are_not_the_answer(pieces: int) -> None:
    got = plain(lambda asked: bytes(6) + unionpay_reply(asked), pieces=pieces)

    assert got.outcome == "ok"
    assert got.reply is not None
    assert (got.reply.kind, got.reply.code) == ("iso8583", "00")


def test_nothing_but_keep_alives_is_silence() -> None:
    got = plain(lambda _: bytes(4), timeout=0.6, gap=0.2)

    assert (got.outcome, got.reply) == ("silent", None)
    assert got.seconds > 0.5


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_reply_whose_length_counts_itself(inclusive: bool) -> None:
    form = replace(UNIONPAY, inclusive=inclusive)

    def answer(asked: bytes) -> bytes:
        body = unionpay_reply(asked)[2:]
        return (len(body) + 2).to_bytes(2, "big") + body

    got = plain(answer, form)
    assert got.reply is not None
    assert (got.reply.kind, got.reply.code, got.reply.after) == ("iso8583", "00", 0)


@pytest.mark.parametrize("form", [ASCII, UNIONPAY], ids=lambda f: f.dialect)
def test_an_echo_over_tls_is_answered(form: Form, authority: Authority) -> None:
    meter = Meter()
    with host(REPLIES[form.dialect], tls=server_side(authority.issue())) as port:
        through = Shake(
            "127.0.0.1", port, "pay.example", "pay.example", ca_file=authority.root.path
        )
        got = exchanged(question(form, through), meter)

    assert got.outcome == "ok"
    assert got.handshake is not None
    assert got.handshake.version == "TLSv1.3"
    assert got.reply is not None
    assert got.reply.code == "00"
    assert meter.sent > 500


def test_a_host_whose_certificate_is_refused_is_sent_nothing(
    authority: Authority,
) -> None:
    received: list[bytes] = []

    def answer(data: bytes) -> bytes:
        received.append(data)
        return b""

    with host(answer, tls=server_side(authority.issue())) as port:
        got = exchanged(question(ASCII, Shake("127.0.0.1", port, "other.example")))

    assert got.outcome == "refused"
    assert got.reply is None
    assert received == []


def test_nobody_on_the_port() -> None:
    with host(None) as port:
        pass
    got = exchanged(question(ASCII, Connect("127.0.0.1", port)))

    assert (got.outcome, got.tcp.outcome) == ("refused", "refused")


def test_a_reply_in_single_bytes_is_put_together() -> None:
    got = plain(ascii_reply, ASCII, pieces=1)

    assert got.outcome == "ok"
    assert got.reply is not None
    assert got.reply.code == "00"


def test_a_late_reply_tells_how_late() -> None:
    got = plain(ascii_reply, ASCII, delay=0.4)

    assert got.outcome == "ok"
    assert 0.35 < got.seconds < 2


def test_silence_lasts_until_the_time_limit() -> None:
    start = time.monotonic()
    got = plain(None, timeout=0.4)

    assert (got.outcome, got.reply) == ("silent", None)
    assert 0.35 < got.seconds < 1
    assert time.monotonic() - start < 2


def test_a_host_that_hangs_up() -> None:
    got = plain(lambda data: b"", stay=False)

    assert (got.outcome, got.reply) == ("closed", None)


STRANGE: list[tuple[str, Answer, str, dict[str, object]]] = [
    (
        "http",
        lambda data: b"HTTP/1.1 400 Bad Request\r\n\r\n<html>4111111111111111",
        "malformed",
        {"kind": "http", "start": "HTTP/1.1 400"},
    ),
    (
        "half",
        lambda data: unionpay_reply(data)[:20],
        "malformed",
        {"kind": "binary", "whole": False, "announced": 34, "size": 20},
    ),
    (
        "longer than announced",
        lambda data: unionpay_reply(data) + b"\x00\x01garbage",
        "ok",
        {"kind": "iso8583", "after": 9},
    ),
    (
        "two in one segment",
        lambda data: unionpay_reply(data) * 2,
        "ok",
        {"kind": "iso8583", "after": 36, "code": "00"},
    ),
    (
        "garbage",
        lambda data: b"\xde\xad\xbe\xef" * 60,
        "malformed",
        {"kind": "binary", "start": "de ad be", "whole": False},
    ),
    (
        "TLS alert",
        lambda data: b"\x15\x03\x01\x00\x02\x02\x28",
        "malformed",
        {"kind": "tls"},
    ),
    (
        "code 97",
        lambda data: unionpay_reply(data, b"97"),
        "ok",
        {"kind": "iso8583", "code": "97"},
    ),
]


@pytest.mark.parametrize(
    ("answer", "outcome", "facts"),
    [s[1:] for s in STRANGE],
    ids=[s[0] for s in STRANGE],
)
def test_strange_answers(
    answer: Answer, outcome: str, facts: dict[str, object]
) -> None:
    got = plain(answer)

    assert outcome == got.outcome
    assert isinstance(got.reply, PaymentReply)
    assert facts == {name: getattr(got.reply, name) for name in facts}


def test_a_flood_is_cut_off() -> None:
    got = plain(lambda data: b"\x0f\xf0" + b"A" * 100_000)

    assert got.reply is not None
    assert got.reply.size <= 2 * 4096


def test_the_shops_numbers_are_not_recorded() -> None:
    asked = question(UNIONPAY, Connect("127.0.0.1", 1))
    written = encode(asked)

    assert isinstance(written, dict)
    assert "payload" not in written
    assert asked.payload.reveal() not in repr(asked)
    assert decode(written) == replace(asked, payload=Secret(""))


def quiet(seconds: float, **more: Any) -> Quiet:
    with host(None, **more) as port:
        got = asyncio.run(stay_quiet(StayQuiet("127.0.0.1", port, seconds), Meter()))
    assert isinstance(got, Quiet)
    return got


def test_a_connection_that_stands_is_held() -> None:
    assert quiet(1.0) == Quiet("held", 1.0)


def test_a_peer_that_closes_is_no_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Timer(0.2, lambda: listener.accept()[0].close()).start()
        asked = StayQuiet("127.0.0.1", listener.getsockname()[1], 5.0)
        got = asyncio.run(stay_quiet(asked, Meter()))

    assert isinstance(got, Quiet)
    assert got.state == "closed"
    assert 0.1 < got.seconds < 2


def test_nobody_to_be_quiet_with() -> None:
    with host(None) as port:
        pass
    got = asyncio.run(stay_quiet(StayQuiet("127.0.0.1", port, 1.0), Meter()))

    assert got == Quiet("not-opened")
