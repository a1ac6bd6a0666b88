"""What a payment host hides in its reply appears in nothing that a run leaves."""

import asyncio
import io
import json
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from posdiag.engine.registry import core
from posdiag.engine.session import Order, session
from posdiag.model import Check
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.payment import Exchange
from posdiag.model.questions.wire import Connect
from posdiag.model.site import Acquirer, Iso8583, Secret, Site, SiteInfo
from posdiag.report import json as as_json
from posdiag.report import junit as as_junit
from posdiag.report.terminal import page as terminal
from posdiag.system.core.record import Recorder
from posdiag.system.wire.payment import exchange
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import explain
from tests.checks.machine import shop
from tests.payment_host import Answer, host, unionpay_reply

PAN, KEY = "6222021234567890128", "0123456789ABCDEFFEDCBA9876543210"
TRACK = f"{PAN}=30121011234567890"
PIN_BLOCK = "7434F67813BAE545"
TERMINAL, MERCHANT = "10000731", "898000000000731"
SECRETS = (PAN, KEY, TRACK, PIN_BLOCK, TERMINAL, MERCHANT)
BCD = bytes.fromhex(PAN + "0") + bytes.fromhex(KEY + PIN_BLOCK)
TEXT = f"{PAN} {TRACK} {KEY} {PIN_BLOCK} {TERMINAL}".encode()


def inside(request: bytes) -> bytes:
    """A right answer with a card and keys in fields 2, 35, 52 and 62."""
    right = unionpay_reply(request)[2:]
    stan, echoed = right[21:24], right[-8:]
    bitmap = bytes.fromhex("4020000022001014")
    card = b"\x19" + bytes.fromhex(PAN + "0")
    track = b"\x37" + bytes.fromhex(TRACK.replace("=", "D").ljust(38, "0"))
    pin, keys = bytes.fromhex(PIN_BLOCK), b"\0\x16" + bytes.fromhex(KEY)
    body = right[:11] + bytes.fromhex("0830") + bitmap + card + stan + track + b"00"
    return _framed(body + pin + echoed + keys)


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(2, "big") + body


PLANTED: dict[str, Answer] = {
    "in a right answer": inside,
    "behind a right answer": lambda request: unionpay_reply(request) + BCD,
    "in a frame of garbage": lambda request: _framed(BCD),
    "as bytes": lambda request: BCD,
    "as text": lambda request: TEXT,
    "in a web page": lambda request: b"HTTP/1.1 500 " + TEXT,
    "in half a frame": lambda request: b"\0\xff" + BCD,
    "as a response code": lambda request: unionpay_reply(request, PAN[:2].encode()),
}


def site(port: int) -> Site:
    iso = Iso8583(terminal_id=TERMINAL, merchant_id=MERCHANT)
    there = Acquirer("127.0.0.1", port, tls=False, iso8583=iso)
    return Site(SiteInfo("shop", MERCHANT, TERMINAL), acquirer=there)


class Real:
    """A shop on paper, but for the echo, which goes to a real host."""

    name = "replay"

    def __init__(self) -> None:
        self.paper = shop()
        self.meter = Meter()
        self.payloads: list[str] = []

    async def close(self) -> None:
        pass

    async def ask(self, question: Any) -> Any:
        if isinstance(question, Exchange):
            self.payloads.append(question.payload.reveal())
            return await exchange(replace(question, timeout=2.0, gap=0.2), self.meter)
        return await self.paper.ask(question)


def outputs(port: int, file: Path) -> Iterator[tuple[str, str]]:
    """Everything that a run with the echo leaves behind, by name."""
    checks: tuple[Check, ...] = core()
    catalogue = Catalogue(checks)
    real = Real()
    recorder = Recorder(real)
    wanted = {"acquirer.connect", "acquirer.tls", "acquirer.echo"}
    order = Order(
        checks, frozenset(wanted), site(port), catalogue, consent=frozenset({"echo"})
    )
    report = asyncio.run(session(order, recorder))
    assert len(real.payloads) == 1
    assert TERMINAL.encode().hex() in real.payloads[0]
    recorder.save(file)
    explained = explain(report, catalogue)
    yield "recording", file.read_text("ascii")
    yield "json", as_json.render(explained)
    for lang in ("zh", "en"):
        yield f"terminal {lang}", terminal.render(explained, lang)
        yield f"junit {lang}", as_junit.render(explained, lang)
    yield "repr", repr((report.results, report.causes, recorder.pairs))


@pytest.mark.parametrize("place", PLANTED)
def test_nothing_that_was_planted_comes_out(place: str, tmp_path: Path) -> None:
    with host(PLANTED[place]) as port:
        found = dict(outputs(port, tmp_path / "run.json"))

    echo = next(
        c for c in json.loads(found["json"])["checks"] if c["id"] == "acquirer.echo"
    )
    assert echo["status"] == ("ok" if place == "in a right answer" else echo["status"])
    assert echo["status"] in ("ok", "warn", "fail")
    for name, text in found.items():
        flat = text.upper().replace(" ", "").replace("\\X", "")
        for secret in SECRETS:
            for form in (secret, secret.encode().hex().upper(), secret[:12]):
                assert form not in flat, (name, secret)


def test_the_numbers_of_the_shop_and_the_reply_are_in_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from posdiag.formats.iso8583.echo import Form, Wanted, request

    with pytest.raises(ValueError, match="does not fit") as caught:
        request(Form(), Wanted("", TERMINAL, MERCHANT * 2), 0.0)
    written = io.StringIO()
    traceback.print_exception(caught.value, file=written)
    for secret in SECRETS:
        assert secret not in written.getvalue()


def test_a_question_without_its_payload_asks_nothing_of_a_replay() -> None:
    question = Exchange(Connect("127.0.0.1", 1), "ascii", payload=Secret("0042"))

    assert "0042" not in repr(question)
    assert asyncio.run(shop().ask(question)) == Unknown("not-recorded")
