"""Every key of the site profile has an effect: with another value something else is
asked of the machine, found, demanded as proof, or told.
"""

import re
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from posdiag.engine import proof, registry
from posdiag.engine import run as engine
from posdiag.engine.session import Order, report
from posdiag.model import Context, Result
from posdiag.model.limits import Limits
from posdiag.model.questions.base import A, Question, Unknown
from posdiag.model.questions.wire import Lookup
from posdiag.model.site import (
    Acquirer,
    Bluetooth,
    Connection,
    Data,
    Iso8583,
    Printer,
    Pstn,
    Secret,
    Site,
    Target,
    Terminal,
    Wifi,
)
from posdiag.system.core.cache import Cached
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import explain
from tests.checks.machine import SITE, Answers, shop, wireless
from tests.checks.running import Wire, play
from tests.checks.wifi.test_credentials import offering

BY_CHANCE = re.compile(r"[0-9a-f]{16}\.com")  # dns.integrity asks for one
CONSENT = frozenset(("echo", "join", "speed"))


@dataclass
class Recorder(Wire):
    """A wire that keeps what was asked. Secrets are compared, not printed."""

    asked: list[Question[Any]] = field(default_factory=list)

    def __init__(self, world: Answers) -> None:
        super().__init__(shop(world))
        self.asked = []

    async def ask(self, question: Question[A]) -> A | Unknown:
        kept: Question[Any] = question
        if isinstance(question, Lookup) and BY_CHANCE.fullmatch(question.name):
            kept = replace(question, name="a name that nobody has")
        self.asked.append(kept)
        return await super().ask(question)


def outcome(site: Site, world: Answers) -> tuple[object, ...]:
    """All that a run with this profile does and says."""
    checks = registry.core()
    wire = Recorder(world)

    async def run() -> list[Result]:
        cached = Cached(wire)
        limits = Limits(site.thresholds)
        try:
            context = Context(cached, site, limits, consent=CONSENT)
            return await engine.run(checks, context, deadline=600.0)
        finally:
            await cached.close()

    results = play(run())
    ids = frozenset(check.id for check in checks)
    order = Order(checks, ids, site, Catalogue(checks), consent=CONSENT)
    told = report(order, wire, results, started=STARTED, seconds=1.0, interrupted=False)
    explained = explain(told, Catalogue(checks))
    found = tuple((r.check, r.finding) for r in results)
    return (
        tuple(sorted(wire.asked, key=lambda q: (type(q).__name__, repr(q)))),
        found,
        proof.required(site, CONSENT),
        explained.site,
        explained.notes,
        tuple((c.id, c.call, c.contact) for c in explained.causes),
    )


STARTED = datetime(2026, 12, 1, tzinfo=UTC)
ECHO = replace(SITE, acquirer=replace(SITE.acquirer, iso8583=Iso8583()))
BY_SIM = replace(SITE, connection=Connection(kind="cellular"))
DIALS = Site(connection=Connection(kind="pstn"), pstn=Pstn("/dev/ttyS0", number="1"))
RADIO = replace(
    SITE,
    connection=Connection(kind="wifi"),
    wifi=Wifi("SHOP-POS", Secret("1234567890")),
)
NEAR = Bluetooth(address="00:11:22:33:44:55")
OFFICE = replace(SITE, target=(Target("office", "198.51.100.9"),))
SALES = replace(SITE, data=Data(transactions_per_day=100, quota_bytes=10**9))

#: By table: a site in which it counts, another value of each key, and the world.
TABLES: dict[str, tuple[Site, dict[str, Any], Answers]] = {
    "site": (
        SITE,
        {
            "name": "East Street",
            "merchant_id": "898000000000001",
            "terminal_id": "10000001",
            "terminal_model": "A920",
            "kind": "mobile-stall",
        },
        {},
    ),
    "connection": (
        SITE,
        {
            "kind": "cellular",
            "interface": "eth9",
            "address": "192.168.7.20/24",
            "gateway": "192.168.1.254",
            "dns": ("192.0.2.1",),
        },
        {},
    ),
    "wifi": (
        RADIO,
        {
            "ssid": "shop-pos",
            "passphrase": Secret("12345678"),
            "hidden": True,
            "security": "wpa3",
            "country": "CN",
            "handshake": "/nowhere/join.pcap",
        },
        wireless(joined=False),
    ),
    "acquirer": (
        SITE,
        {
            "host": "other.example",
            "port": 8443,
            "tls": False,
            "ca_file": "/nowhere/ca.pem",
            "server_name": "other.example",
            "client_cert": "/nowhere/client.pem",
            "client_key": "/nowhere/client.key",
            "backup": ("pay2.example:443",),
            "iso8583": Iso8583(),
        },
        {},
    ),
    "iso8583": (
        ECHO,
        {
            "dialect": "ascii",
            "length": "ascii4",
            "tpdu": "6000990000",
            "header": "603100319999",
            "terminal_id": "10000009",
            "merchant_id": "898000000000009",
            "batch": "000009",
            "fields": {"3": "990000"},
            "bitmap": "hex",
            "length_includes_itself": True,
        },
        {},
    ),
    "target": (
        OFFICE,
        {"name": "wallet", "host": "198.51.100.10", "port": 8080, "tls": False},
        {},
    ),
    "cellular": (
        replace(BY_SIM, cellular=replace(BY_SIM.cellular, port="/dev/ttyUSB2")),
        {
            "port": "/dev/ttyUSB3",
            "baudrate": 9600,
            "apn": "cmiot",
            "pin": Secret("1234"),
        },
        {},
    ),
    "pstn": (
        DIALS,
        {"port": "/dev/ttyS1", "baudrate": 9600, "number": "2", "prefix": "9,"},
        {},
    ),
    "printer": (
        replace(SITE, printer=Printer(port="/dev/ttyS0")),
        {"port": "/dev/ttyS1", "baudrate": 19200, "host": "192.168.1.90"},
        {},
    ),
    "terminal": (
        replace(SITE, terminal=Terminal(mac="02:00:00:00:00:09")),
        {
            "mac": "02:00:00:00:00:08",
            "address": "192.168.1.77",
            "gateway": "192.168.1.9",
            "dns": ("192.0.2.9",),
        },
        {},
    ),
    "reader": (SITE, {"name": "ACR39U"}, {}),
    "bluetooth": (replace(SITE, bluetooth=NEAR), {"address": "00:11:22:33:44:66"}, {}),
    "vpn": (SITE, {"interface": "wg0"}, {}),
    "data": (
        SALES,
        {
            "transactions_per_day": 900,
            "bytes_per_transaction": 90_000,
            "quota_bytes": 10**6,
            "iperf3": "192.168.1.9:5201",
        },
        {},
    ),
    "support": (
        replace(SITE, acquirer=Acquirer("no.such.example")),
        {
            "technician": "139",
            "isp": "10000",
            "acquirer": "95516",
            "terminal_service": "400",
        },
        {},
    ),
}
WORLDS: dict[tuple[str, str], Answers] = {("wifi", "country"): offering(frequency=5500)}
"""Where a key counts in another world than those beside it."""

ELSEWHERE = {
    "terminal": "`posdiag terminal` judges by them: tests/checks/terminal",
    "support": "told with a cause of that party: tests/texts/test_explain.py",
}
"""Tables of which a plain run of this shop needs no key."""

ROWS = [
    (table, key)
    for table, (_, values, _) in TABLES.items()
    if table not in ELSEWHERE
    for key in values
]


@cache
def usually(table: str) -> tuple[object, ...]:
    site, _, world = TABLES[table]
    return outcome(site, world)


def changed(site: Site, table: str, key: str, value: Any) -> Site:
    if table == "iso8583":
        dialect = replace(site.acquirer.iso8583 or Iso8583(), **{key: value})
        return replace(site, acquirer=replace(site.acquirer, iso8583=dialect))
    if table == "target":
        return replace(site, target=(replace(site.target[0], **{key: value}),))
    return replace(site, **{table: replace(getattr(site, table), **{key: value})})


@pytest.mark.parametrize(("table", "key"), ROWS, ids=[".".join(r) for r in ROWS])
def test_a_key_has_an_effect(table: str, key: str) -> None:
    site, values, usual = TABLES[table]
    world = WORLDS.get((table, key), usual)
    before = usually(table) if world is usual else outcome(site, world)

    assert before != outcome(changed(site, table, key, values[key]), world)


@pytest.mark.parametrize("table", TABLES)
def test_what_has_no_key_changed_is_the_same_again(table: str) -> None:
    site, _, world = TABLES[table]

    assert usually(table) == outcome(site, world)


def test_every_key_of_the_profile_stands_in_the_table() -> None:
    known = {name: set(values) for name, (_, values, _) in TABLES.items()}
    site = Site(acquirer=Acquirer(iso8583=Iso8583()), target=(Target("a", "b"),))
    tables: dict[str, Any] = {"iso8583": site.acquirer.iso8583}
    for one in fields(site):
        value = getattr(site, one.name)
        value = value[0] if one.name == "target" else value
        if is_dataclass(value):
            tables[one.name] = value

    assert {n: {f.name for f in fields(t)} for n, t in tables.items()} == known
