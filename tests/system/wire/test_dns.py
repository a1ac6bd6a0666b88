"""The DNS probe against small servers on loopback that answer as they are told."""

import asyncio
from collections.abc import Callable
from typing import cast

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dns import matching_reply, query, reply
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import DnsReply, Lookup
from posdiag.system.wire import dns as probe
from posdiag.system.wire.datagrams import Datagrams
from posdiag.system.wire.sockets import Trouble

NAME = "pay.example"
Answer = Callable[[bytes], list[bytes]]


class Server(asyncio.DatagramProtocol):
    """Hands every datagram to a function and sends back what it returns."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own datagram transport is no DatagramTransport by inheritance.
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        for wire in self.answer(data):
            self.transport.sendto(wire, peer)


def ask(
    answer: Answer,
    by_tcp: Answer | None = None,
    name: str = NAME,
    kind: str = "A",
    chaos: bool = False,
    tcp: bool = False,
    meter: Meter | None = None,
) -> DnsReply:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        for wire in by_tcp(data) if by_tcp else []:
            writer.write(wire)
        writer.close()

    async def run() -> object:
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Server(answer), ("127.0.0.1", port)
        )
        question = Lookup(
            server="127.0.0.1",
            name=name,
            kind=kind,
            chaos=chaos,
            tcp=tcp,
            timeout=0.4,
            again=0.1,
            port=port,
        )
        async with server:
            found = await probe.lookup(question, meter or Meter())
            transport.close()
            await asyncio.sleep(0.01)
        return found

    found = asyncio.run(run())
    assert isinstance(found, DnsReply)
    return found


def records(*lines: str, rcode: int = 0, flags: int = 0) -> Answer:
    """Answers with records given as lines of a zone file."""

    def answer(data: bytes) -> list[bytes]:
        made = dns.message.make_response(dns.message.from_wire(data))
        made.set_rcode(rcode)  # type: ignore[arg-type]  # any number will do
        made.flags |= flags
        for line in lines:
            made.answer.append(dns.rrset.from_text(*line.split(" ", 4)))  # type: ignore[arg-type]  # text to numbers inside
        return [made.to_wire()]

    return answer


def framed(answer: Answer) -> Answer:
    return lambda data: [len(w).to_bytes(2, "big") + w for w in answer(data)]


def late(answer: Answer, after: int) -> Answer:
    """Loses the first `after` datagrams."""
    seen: list[bytes] = []

    def wrapped(data: bytes) -> list[bytes]:
        seen.append(data)
        return answer(data) if len(seen) > after else []

    return wrapped


def wrong_id(data: bytes) -> list[bytes]:
    right = records(f"{NAME}. 60 IN A 192.0.2.66")(data)[0]
    return [bytes([right[0] ^ 1]) + right[1:]] * 150


def nothing(data: bytes) -> list[bytes]:
    return []


RIGHT = records(f"{NAME}. 60 IN A 192.0.2.1", f"{NAME}. 60 IN A 192.0.2.2")


def test_the_addresses_of_a_right_answer() -> None:
    meter = Meter()
    answer = ask(RIGHT, meter=meter)

    assert (answer.outcome, answer.rcode, answer.tries) == ("ok", "NOERROR", 1)
    assert answer.addresses == ("192.0.2.1", "192.0.2.2")
    assert 0 < answer.seconds < 0.1
    assert meter.sent == 20 + 8 + 12 + len(NAME) + 2 + 4


def test_ipv6_addresses() -> None:
    answer = ask(records(f"{NAME}. 60 IN AAAA 2001:db8::1"), kind="AAAA")

    assert answer.addresses == ("2001:db8::1",)


def test_aliases_are_followed_and_strangers_ignored() -> None:
    answer = ask(
        records(
            f"{NAME}. 60 IN CNAME a.example.",
            "b.example. 60 IN A 192.0.2.3",
            "other.example. 60 IN A 192.0.2.99",
            "a.example. 60 IN CNAME b.example.",
        )
    )

    assert answer.addresses == ("192.0.2.3",)


def test_a_loop_of_aliases_ends_without_an_address() -> None:
    answer = ask(
        records(f"{NAME}. 60 IN CNAME a.example.", f"a.example. 60 IN CNAME {NAME}.")
    )

    assert (answer.outcome, answer.addresses) == ("ok", ())


@pytest.mark.parametrize(
    ("rcode", "text"), [(2, "SERVFAIL"), (3, "NXDOMAIN"), (5, "REFUSED")]
)
def test_an_error_code_is_an_answer(rcode: int, text: str) -> None:
    answer = ask(records(rcode=rcode))

    assert (answer.outcome, answer.rcode, answer.addresses) == ("ok", text, ())


def test_chaos_texts() -> None:
    answer = ask(
        records('version.bind. 0 CH TXT "dnsmasq-2.90"'),
        name="version.bind",
        kind="TXT",
        chaos=True,
    )

    assert answer.texts == ("dnsmasq-2.90",)


def test_a_lost_question_is_asked_again() -> None:
    answer = ask(late(RIGHT, 2))

    assert (answer.outcome, answer.tries) == ("ok", 3)
    assert 0.15 < answer.seconds < 0.35  # from the first question on


def test_silence_counts_all_that_was_sent() -> None:
    answer = ask(nothing)

    assert (answer.outcome, answer.tries) == ("silent", 4)


def test_a_right_answer_counts_after_a_flood_of_wrong_ones() -> None:
    answer = ask(lambda data: wrong_id(data) + RIGHT(data))

    assert answer.addresses == ("192.0.2.1", "192.0.2.2")


LOOP = b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01" + b"\xc0\x0c"


@pytest.mark.parametrize(
    "answer",
    [
        wrong_id,
        lambda data: [data],  # its own question back: not a response
        lambda data: [data[:2] + b"\x81\x80"],
        lambda data: [data[:2] + LOOP * 3],
        lambda data: [b"\0"],
        lambda data: [b"\xff" * 600],
        lambda data: records("x.example. 60 IN A 192.0.2.1")(
            data[:12] + b"\x01x\x07example\x00\x00\x01\x00\x01"
        ),
    ],
    ids=["id", "echo", "short", "loop", "empty", "garbage", "question"],
)
def test_what_does_not_answer_the_question_is_malformed(answer: Answer) -> None:
    found = ask(answer)

    assert (found.outcome, found.rcode, found.addresses) == ("malformed", "", ())


def test_a_truncated_answer_is_fetched_by_tcp() -> None:
    short = records(flags=dns.flags.TC)

    assert ask(short, framed(RIGHT)).addresses == ("192.0.2.1", "192.0.2.2")
    assert ask(short).outcome == "closed"
    assert (ask(short).truncated, ask(short, framed(RIGHT)).truncated) == (True, False)


def test_tcp_alone() -> None:
    answer = ask(nothing, framed(RIGHT), tcp=True)

    assert (answer.outcome, answer.tries) == ("ok", 1)
    assert answer.addresses == ("192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    ("by_tcp", "outcome"),
    [
        (nothing, "closed"),
        (framed(lambda data: wrong_id(data)[:1]), "malformed"),
        (lambda data: [b"\x00\x05ab"], "malformed"),
        (lambda data: [b"\xff\xff" + bytes(40_000)], "malformed"),
        (lambda data: [b"\x00\x00"], "malformed"),
    ],
    ids=["closed", "id", "cut", "flood", "empty"],
)
def test_bad_answers_over_tcp(by_tcp: Answer, outcome: str) -> None:
    assert ask(nothing, by_tcp, tcp=True).outcome == outcome


def test_a_closed_port_is_refused() -> None:
    async def run() -> object:
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]  # taken for TCP only
        async with server:
            return await probe.lookup(Lookup("127.0.0.1", NAME, port=port), Meter())

    answer = asyncio.run(run())

    assert isinstance(answer, DnsReply)
    assert answer.outcome == "refused"
    if answer.error is not None:  # where the system tells
        assert (answer.error.type, answer.error.code) == (3, 3)
        assert answer.error.by == "127.0.0.1"


@pytest.mark.parametrize(
    "name", ["a" * 64 + ".example", "a..example", "x." * 200, "é" * 80]
)
def test_a_name_that_dns_cannot_hold_is_not_sent(name: str) -> None:
    answer = ask(RIGHT, name=name)

    assert answer == DnsReply("not-sent", tries=0)


QUESTION = Lookup("127.0.0.1", NAME)


@given(st.binary(max_size=600), st.booleans())
def test_any_bytes_as_an_answer_never_raise(data: bytes, right: bool) -> None:
    asked = query(QUESTION)
    assert asked is not None
    start = asked.to_wire()
    if right:  # the right header and question, then anything
        data = start[:2] + b"\x81\x80" + start[4:6] + data[:6] + start[12:] + data[6:]
    found = matching_reply(asked, data)
    if found is not None:
        assert reply(QUESTION, asked, found, 0.0, 1).outcome == "ok"


class Forged:
    """A channel on which an ICMP error comes before the answer."""

    def __init__(self, *said: bytes | Trouble | None) -> None:
        self.said = list(said)

    async def send(self, data: bytes) -> None:
        return None

    async def receive(self, until: float, size: int = 0) -> bytes | Trouble | None:
        return self.said.pop(0) if self.said else None


def by_udp(*said: bytes | Trouble | None) -> DnsReply | None:
    question = Lookup("192.0.2.1", NAME)
    sent = query(question)
    assert sent is not None
    answer = dns.message.make_response(sent)
    answer.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "A", "192.0.2.9"))
    told = [answer.to_wire() if one == b"answer" else one for one in said]
    channel = cast(Datagrams, Forged(*told))
    return asyncio.run(probe._by_udp(question, sent, channel))


def test_a_true_answer_after_an_icmp_error_counts() -> None:
    found = by_udp(Trouble("refused"), b"answer")
    assert found is not None
    assert (found.outcome, found.addresses) == ("ok", ("192.0.2.9",))


def test_an_icmp_error_without_an_answer_counts() -> None:
    found = by_udp(Trouble("refused"), None)
    assert found is not None
    assert found.outcome == "refused"
