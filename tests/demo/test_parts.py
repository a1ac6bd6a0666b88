"""The parts of the demonstration: way, loss, model and servers, each by itself."""

import asyncio
import threading
import time
from dataclasses import replace

import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.demo import certificates, shop
from posdiag.demo.chance import Chance
from posdiag.demo.faults import FAULTS, segment, two_uplinks
from posdiag.demo.model import Model
from posdiag.demo.payment import complete, reply
from posdiag.demo.servers import Names, page, time_server
from posdiag.demo.shop import ACQUIRER, BACKBONE, ISP, OWN, ROUTER, healthy
from posdiag.demo.stage import Stage
from posdiag.demo.world import Page, Segment, Way, World
from posdiag.formats.iso8583.echo import Form, Wanted, read, request, stan
from posdiag.model.questions.lan import AskSweep, ProbeArp
from posdiag.model.questions.machine import AskInterfaces
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Hops, Ping, Trace
from posdiag.system.wire.sntp import parse

FORM = Form("unionpay", "binary2", "6000030000", 6)
WANTED = Wanted("603100311312", "00000001", "000000000000001")


def model(world: World) -> Model:
    return Model(world, Chance())


def hops(world: World, address: str, last: int = 5) -> Hops:
    question = Trace(address, last=last, timeout=0.05)
    return asyncio.run(model(world).trace(question, Meter()))


def ping(world: World, question: Ping) -> Echoes:
    return asyncio.run(model(world).ping(question, Meter()))


def test_a_packet_goes_by_the_segments_of_its_way() -> None:
    way = healthy().way(ACQUIRER)

    assert way.state == "reached"
    assert [s.end for s in way.segments] == [ROUTER, ISP, BACKBONE, ""]


def test_a_neighbour_is_reached_without_the_router() -> None:
    assert len(healthy().way("192.168.1.50").segments) == 1
    assert healthy().way("192.168.1.51").state == "unresolved"


@pytest.mark.parametrize("address", ["2001:db8::1", "fe80::1%eth0", "name", ""])
def test_what_is_no_ipv4_address_is_not_sent(address: str) -> None:
    assert healthy().way(address).state == "not-sent"


def test_without_a_carrier_or_a_route_nothing_is_sent() -> None:
    for fault in ("link.down", "link.no-adapter", "ip.no-gateway"):
        assert FAULTS[fault](healthy()).way(ACQUIRER).state == "not-sent"


def test_a_closed_segment_ends_the_way_before_it() -> None:
    refused = segment("line", state="refused")(healthy()).way(ACQUIRER)
    swallowed = segment("core", state="swallows")(healthy()).way(ACQUIRER)

    assert (refused.state, refused.by) == ("refused", ROUTER)
    assert [s.end for s in swallowed.segments] == [ROUTER, ISP]
    assert swallowed.state == "silent"


def test_a_device_chooses_the_way() -> None:
    world = two_uplinks(healthy())

    assert world.way(ACQUIRER).state == "refused"
    assert world.way(ACQUIRER, "eth1").state == "reached"


@pytest.mark.parametrize(("loss", "block"), [(0.05, 20), (1 / 6, 6), (0.25, 4)])
def test_of_every_block_one_packet_is_lost(loss: float, block: int) -> None:
    chance, way = Chance(), Way("reached", (Segment("", loss=loss),))

    lost = [chance.lost(way) for _ in range(10 * block)]

    assert [sum(lost[i : i + block]) for i in range(0, len(lost), block)] == [1] * 10


def test_loss_is_the_same_in_every_demonstration_and_not_evenly_spaced() -> None:
    way = Way("reached", (Segment("", loss=0.1),))
    first, second = Chance(), Chance()

    drawn = [first.lost(way) for _ in range(100)]

    assert drawn == [second.lost(way) for _ in range(100)]
    places = {i % 10 for i, lost in enumerate(drawn) if lost}
    assert len(places) > 3


def test_hops_are_those_of_the_way() -> None:
    found = hops(healthy(), ACQUIRER)

    assert [h.by for h in found.all] == [ROUTER, ISP, BACKBONE, ACQUIRER, ACQUIRER]
    assert [h.kind for h in found.all][:4] == ["expired"] * 3 + ["reached"]


def test_hops_end_where_the_way_does() -> None:
    refused = hops(segment("line", state="refused")(healthy()), ACQUIRER, 3)
    dead = hops(segment("line", state="swallows")(healthy()), ACQUIRER, 3)

    assert [h.kind for h in refused.all] == ["expired", "unreachable", "unreachable"]
    assert [h.kind for h in dead.all] == ["expired", "silent", "silent"]


def test_an_echo_is_lost_where_it_is_too_large_or_the_host_is_deaf() -> None:
    narrow = segment("line", largest=1400)(healthy())
    deaf = tuple(replace(h, pings=False) for h in healthy().hosts)
    large = Ping(ACQUIRER, timeout=0.1, size=1472, whole=True)

    assert ping(narrow, large).lost == 1
    assert ping(narrow, replace(large, size=1300)).lost == 0
    assert ping(replace(healthy(), hosts=deaf), Ping(ACQUIRER, timeout=0.1)).lost
    assert ping(healthy(), replace(large, size=1473)).too_big == 1500


def test_an_echo_that_dies_on_the_way_is_told() -> None:
    echoes = ping(healthy(), Ping(ACQUIRER, timeout=0.2, ttl=2))

    assert echoes.lost == 1
    assert [(e.type, e.by) for e in echoes.errors] == [(11, ISP)]


def test_counters_follow_the_damage_of_the_segment() -> None:
    now = [0.0]
    damaged = Model(FAULTS["link.errors"](healthy()), Chance(), lambda: now[0])
    now[0] = 10.0

    found = asyncio.run(damaged.interfaces(AskInterfaces(), Meter()))

    counters = found.all[1].counters
    assert counters is not None
    assert counters.rx_errors == 72
    assert found.all[0].counters is None


def test_two_machines_with_our_address_answer_arp() -> None:
    world = FAULTS["ip.duplicate-address"](healthy())
    question = ProbeArp("eth0", (OWN, ROUTER), 0.0, beyond="192.0.2.1")

    found = asyncio.run(model(world).arp(question, Meter()))

    assert {(r.address, r.forwards) for r in found.all} == {
        (ROUTER, True),
        (OWN, False),
    }


def test_the_sweep_finds_who_is_on_the_link() -> None:
    question = AskSweep("192.168.1.0/24", "eth0", 0.0)

    found = asyncio.run(model(healthy()).sweep(question, Meter()))

    assert [n.address for n in found.alive] == [ROUTER, "192.168.1.50"]


def test_the_payment_host_answers_an_echo_as_our_own_reader_expects() -> None:
    answer = reply(request(FORM, WANTED, 1_800_000_000.0), "91")

    assert answer is not None
    told = read(answer, FORM)
    assert (told.kind, told.mti, told.code) == ("iso8583", "0830", "91")
    assert told.tpdu == "6000000003"
    assert told.after == 0


def test_it_answers_in_the_dialect_that_it_is_spoken_to() -> None:
    plain = Form("ascii")
    answer = reply(request(plain, Wanted("", "10000001"), 1_800_000_000.0), "00")

    assert answer is not None
    told = read(answer, plain)
    assert (told.kind, told.mti, told.code) == ("iso8583", "0810", "00")
    assert (told.stan, told.after) == (stan(1_800_000_000.0), 0)


@given(st.binary(max_size=300), st.binary(max_size=200))
def test_no_bytes_trouble_the_servers(data: bytes, tail: bytes) -> None:
    echo = request(FORM, WANTED, 1_800_000_000.0)
    plain = request(Form("ascii"), WANTED, 1_800_000_000.0)
    framed = len(tail).to_bytes(2, "big") + tail
    cut = (echo[: len(data)] + tail, plain[: len(data)] + tail)
    for sent in (data, *cut, framed):
        complete(sent)
        reply(sent, "00")
        Names({"a.example": "192.168.1.9"}).answer(sent)
        time_server(sent, 0.0)


@pytest.mark.parametrize(
    ("names", "asked", "rcode", "address"),
    [
        (Names({"a.example": "192.168.1.9"}), "A.example", "NOERROR", "192.168.1.9"),
        (Names({"a.example": "192.168.1.9"}), "b.example", "NXDOMAIN", ""),
        (Names({"a.example": None, "*": "192.168.1.9"}), "a.example", "NXDOMAIN", ""),
        (Names({"*": "192.168.1.9"}), "b.example", "NOERROR", "192.168.1.9"),
        (Names({"a.example": "192.168.1.9"}, "REFUSED"), "a.example", "REFUSED", ""),
        (Names({"a.example": "192.168.1.9"}, "", False), "a.example", "SERVFAIL", ""),
    ],
)
def test_the_name_server_says_what_it_knows(
    names: Names, asked: str, rcode: str, address: str
) -> None:
    query = dns.message.make_query(asked, "A", use_edns=False)

    found = dns.message.from_wire(names.answer(query.to_wire()) or b"")

    assert query.is_response(found)
    assert dns.rcode.to_text(found.rcode()) == rcode
    assert [str(r) for rrset in found.answer for r in rrset] == [address] * bool(
        address
    )


def test_the_time_server_keeps_the_worlds_time() -> None:
    cookie = b"12345678"
    sent = time.time()
    answer = time_server(bytes([35]) + bytes(39) + cookie, 3600.0)

    told = parse(answer or b"", cookie, sent, time.time())

    assert told is not None
    assert told.offset == pytest.approx(3600, abs=1)


def test_a_page_is_one_whole_answer() -> None:
    text = page(Page(302, "in", "http://192.168.1.1/login"), 0.0).decode()

    assert text.startswith("HTTP/1.1 302 Found\r\n")
    assert "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" in text
    assert text.endswith("\r\nLocation: http://192.168.1.1/login\r\n\r\nin")


def test_the_description_of_the_shop_fits_together() -> None:
    world = healthy()

    assert {name for h in world.hosts for name in (*h.via, *h.uplink)} <= set(
        world.segments
    )
    addresses = {h.address for h in world.hosts} | {"127.0.0.1"}
    assert set(world.names.values()) <= addresses
    assert shop.ACQUIRER_NAME in world.names


def test_a_stage_that_cannot_be_set_leaves_neither_thread_nor_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(certificates, "make", full)
    before = threading.active_count()
    stage = Stage(healthy(), Chance())

    with pytest.raises(OSError, match="no space"), stage:
        pass

    assert not stage.certificates.exists()
    assert threading.active_count() == before
