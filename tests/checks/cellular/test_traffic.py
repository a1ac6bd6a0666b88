"""Does anything pass the modem's data connection? An address alone is no proof."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from posdiag.formats.at.context import DataContext
from posdiag.measure.internet import PageReading
from posdiag.model import Status, ok
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag.model.questions.wire import Connect, Connection, Fetch, HttpReply, Outcome
from posdiag.model.site import Acquirer, Site
from posdiag_checks.cellular.data import cellular_data, judge_traffic
from posdiag_checks.cellular.modem import Modem
from posdiag_checks.cellular.traffic import Traffic, carrier
from tests.checks.cellular.dialogues import SITE, says
from tests.checks.machine import HOST, port, ports, site, way, ways
from tests.checks.running import FAIL, OK, Case, of

SIM = "10.23.45.67"
WWAN = port("wwan0", f"{SIM}/29", kind="cellular")
TWO = {AskInterfaces: ports(port(), WWAN), AskRoutes: ways(way())}
SHOP = site(
    connection=SITE.connection,
    cellular=SITE.cellular,
    acquirer=Acquirer(HOST, tls=False),
)
row = of(cellular_data)


def by_sim(
    connect: Outcome, page: HttpReply, here: Outcome = "ok"
) -> dict[Any, Callable[[Any], Any]]:
    """What answers by the SIM, and how the acquirer answers by the other network."""

    def connected(asked: Connect) -> Connection:
        outcome = connect if asked.device == "wwan0" else here
        return Connection(outcome, 0.1, tries=0 if outcome == "ok" else 5)

    def fetched(asked: Fetch) -> HttpReply:
        return page if asked.device == "wwan0" else EMPTY

    return {Connect: connected, Fetch: fetched}


EMPTY, NOTHING = HttpReply("ok", 204), HttpReply("silent", tries=5)
NOTICE = HttpReply("ok", 302, "http://pay.operator.example/arrears")
BESIDE = TWO | by_sim("ok", EMPTY)
"""The modem's connection is an interface of this machine, and works."""
STOPPED = ("nothing", "portal", "blocked")


def tried(
    name: str, variant: str, answers: dict[Any, Any], at: Site = SHOP, **more: Any
) -> Case:
    """The modem's connection is tried; `answers` are those through it."""
    status, code = (FAIL, "cellular.no-data") if variant in STOPPED else (OK, "")
    change = TWO | answers | says()
    return row(name, status, code, variant, site=at, change=change, **more)


CASES = [
    tried("the acquirer answers", "carried", by_sim("ok", EMPTY)),
    tried("a page opens", "carried", by_sim("ok", EMPTY), SITE),
    tried(
        "nothing passes",
        "nothing",
        by_sim("silent", NOTHING),
        facts={"interface": "wwan0"},
    ),
    tried("every page is the operator's", "portal", by_sim("silent", NOTICE)),
    tried("the same without an acquirer", "portal", by_sim("silent", NOTICE), SITE),
    tried("all but the acquirer", "blocked", by_sim("silent", EMPTY)),
    tried(
        "the acquirer is silent by both", "unsure", by_sim("silent", NOTHING, "silent")
    ),
    tried(
        "silence without an acquirer may be a private network",
        "unsure",
        by_sim("silent", NOTHING),
        SITE,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_check_says(case: Case) -> None:
    case.verify()


JUDGED: list[tuple[Outcome | None, bool | None, PageReading | None, str]] = [
    ("ok", None, None, "carried"),
    ("ok", None, "unclear", "carried"),
    ("ok", None, "portal", "unsure"),
    ("ok", None, "open", "carried"),
    (None, None, "open", "carried"),
    (None, None, "unclear", "unsure"),
    (None, None, "portal", "portal"),
    ("refused", None, "open", "carried"),
    ("silent", True, "open", "blocked"),
    ("silent", False, "open", "carried"),
    ("silent", True, None, "nothing"),
    ("silent", None, "unclear", "nothing"),
    ("silent", None, None, "unsure"),
    ("silent", False, "unclear", "unsure"),
    (None, None, None, "untried"),
]


@pytest.mark.parametrize(("acquirer", "other", "page", "variant"), JUDGED)
def test_what_came_back_decides(
    acquirer: Outcome | None, other: bool | None, page: PageReading | None, variant: str
) -> None:
    told = ok("", address=SIM)
    found = judge_traffic(told, Traffic("wwan0", acquirer, other, page))

    assert found.variant == variant
    assert (found.status is Status.FAIL) == (variant in STOPPED)
    proven = found.status is Status.OK and found.proves is None
    assert proven == (variant in ("carried", "untried"))
    assert bool(found.note) == (variant == "untried")


@pytest.mark.parametrize("acquirer", [None, "silent"])
@pytest.mark.parametrize("other", [None, True])
def test_where_not_even_the_networks_name_servers_answer_nothing_passes(
    acquirer: Outcome | None, other: bool | None
) -> None:
    told = ok("", address=SIM)

    dead = judge_traffic(told, Traffic("wwan0", acquirer, other, None, dead=True))
    alive = judge_traffic(told, Traffic("wwan0", "ok", None, None, dead=True))

    assert (dead.status, dead.variant) == (Status.FAIL, "nothing")
    assert alive.variant == "carried"


def test_without_an_interface_the_report_says_what_was_not_tried() -> None:
    assert judge_traffic(ok("", address=SIM), None).note == "sim-untried"
    assert judge_traffic(ok("", variant="unnumbered"), None).variant == "unnumbered"


def test_the_interface_is_the_managers_or_the_one_with_the_modems_address() -> None:
    bare = replace(WWAN, addresses=())
    off = replace(WWAN, enabled=False)
    named = Modem("", interface="wwan0")
    usb = port("eth1", f"{SIM}/24")

    assert carrier(ports(port(), WWAN), named) == "wwan0"
    assert carrier(ports(port(), bare), named) == ""
    assert carrier(ports(port(), off), named) == ""
    assert carrier(ports(port()), named) == ""
    told = Modem("", contexts=(DataContext(1, "cmiot", True, SIM),))
    assert carrier(ports(port(), usb), told) == "eth1"
    assert carrier(ports(port()), told) == ""
