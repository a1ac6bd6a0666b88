"""Terminals with a line of their own, beside the technician's laptop in the shop's
network: a modem with a SIM, one that dials, Bluetooth.

The laptop's network is examined for the sake of the acquirer; what is wrong with it is
no cause of the terminal's outage.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager

from dbus_fast import Variant

from posdiag.demo.devices.line import DialUpModem, LineSettings
from posdiag.demo.devices.modem import Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal, Simulated
from tests.bluez_mock import ADDRESS, BUS, DEVICE, Bluez, bluez_on, system_bus
from tests.lab import services
from tests.lab.case import Case, Setup, Shape, add
from tests.lab.netns import HERE, ip, nft
from tests.lab.symptom.confirm import no_sale, no_way_by, passes
from tests.lab.world import World
from tests.modem_manager import managed_modem

Profile = Mapping[str, Mapping[str, object]]
Line = Callable[[World], AbstractContextManager[Profile]]
KEPT = ExitStack()  # devices live as long as the container


@contextmanager
def on_a_port(device: Simulated, table: str, **more: object) -> Iterator[Profile]:
    with PseudoTerminal(device) as terminal:
        yield {"connection": {"kind": table}, table: {"port": terminal.name, **more}}


def sim(settings: ModemSettings | None = None) -> Line:
    return lambda w: on_a_port(Modem(settings), "cellular", apn="cmiot")


def telephone(settings: LineSettings | None = None) -> Line:
    modem = DialUpModem(settings or LineSettings())
    return lambda w: on_a_port(modem, "pstn", number="16300987")


def bluetooth(*, connected: bool) -> Line:
    @contextmanager
    def on_a_bus(w: World) -> Iterator[Profile]:
        with system_bus() as address, bluez_on(address) as bluez:
            w.env[BUS] = address
            bluez.adapter()
            bluez.device()
            _connect(bluez, connected=connected)
            kind = {"kind": "bluetooth"}
            yield {"connection": kind, "bluetooth": {"address": ADDRESS}}

    return on_a_bus


def _connect(bluez: Bluez, *, connected: bool) -> None:
    if connected:
        bluez.pair()
        bluez.set(DEVICE, "Device1", "Connected", True)


LINES: dict[str, tuple[Line, Line, str]] = {
    "sim": (sim(), sim(ModemSettings(stat=3, cause=8)), "cellular.registration-denied"),
    "telephone": (
        telephone(),
        telephone(LineSettings(tone=False)),
        "pstn.no-dial-tone",
    ),
    "bluetooth": (
        bluetooth(connected=True),
        bluetooth(connected=False),
        "bluetooth.not-paired",
    ),
}
"""A line that works, one that does not, and the cause."""


def no_cable(w: World) -> None:
    w.later(lambda: ip(HERE, "link set dev port1 down"))


def no_address(w: World) -> None:
    w.router_dns.dhcp = []
    ip("shop", f"addr del {w.plan.shop}/{w.plan.mask} dev eth0")


def no_router(w: World) -> None:
    ip(HERE, "link set dev port3 down")


def no_line(w: World) -> None:
    ip("router", "link set dev wan0 down")


def no_names(w: World) -> None:
    w.drop("router", "udp dport 53 drop", "input")
    w.drop("router", "tcp dport 53 drop", "input")


LAPTOP: dict[str, Callable[[World], None]] = {
    "no-cable": no_cable,
    "no-address": no_address,
    "no-router": no_router,
    "no-line": no_line,
    "no-names": no_names,
}


def refused(w: World) -> None:
    """Nobody listens on the acquirer's port."""
    w.acquirer = None


def beside(line: Line, *others: Callable[[World], None]) -> Setup:
    """How a case with this line is set up."""

    def setup(w: World) -> None:
        w.env[BUS] = "unix:path=/nonexistent"
        for table, values in KEPT.enter_context(line(w)).items():
            w.set(table, **values)
        for other in others:
            other(w)
        # Of the laptop: the terminal's own line is a simulator.
        w.sign = no_sale if others else passes

    setup.__module__ = __name__
    return setup


def case(name: str, expected: str | None, setup: Setup, says: str, *gaps: str) -> None:
    add(Case(name, expected, setup, Shape(), says, gaps))


FAR = ("acquirer.connect", "acquirer.tls", "acquirer.loss")
for kind, (fine, broken, cause) in LINES.items():
    case(f"healthy-line-{kind}", None, beside(fine), "All is well.")
    case(f"line-{kind}-broken", cause, beside(broken), "The laptop is online.")
    case(
        f"line-{kind}-port-closed",
        "acquirer.port-closed",
        beside(fine, refused),
        "What the laptop sees of the acquirer counts.",
    )
    for name, fault in LAPTOP.items():
        case(
            f"healthy-line-{kind}-{name}",
            None,
            beside(fine, fault),
            "The laptop alone is offline: no cause, and no proof.",
            *FAR,
        )
        case(
            f"line-{kind}-broken-{name}",
            cause,
            beside(broken, fault),
            "The laptop is offline as well.",
        )


# -- A modem whose data connection is an interface of the laptop -----------------------

BY_SIM = Shape(uplinks=2)


def managed(w: World) -> AbstractContextManager[str]:
    """ModemManager has the modem; its connection is the second uplink."""
    p = w.plan
    told = {"method": Variant("u", 2), "address": Variant("s", str(p.second[9]))}
    told |= {"prefix": Variant("u", 24), "dns1": Variant("s", p.resolver)}
    return managed_modem(bearer={"Ip4Config": Variant("a{sv}", told)})


def by_sim(*others: Callable[[World], None]) -> Setup:
    def setup(w: World) -> None:
        w.env[BUS] = KEPT.enter_context(managed(w))
        w.set("connection", kind="cellular")
        w.set("cellular", apn="cmiot")
        ip(
            "shop",
            "link set dev eth1 down",
            "link set dev eth1 name wwan0",
            "link set dev wwan0 up",
            f"route add default via {w.plan.second[1]} dev wwan0 metric 700",
        )
        for other in others:
            other(w)
        if not {stopped, names_alone, notice, list_without}.isdisjoint(others):
            w.sign = no_way_by("wwan0")

    setup.__module__ = __name__
    return setup


def only_uplink(w: World) -> None:
    """The cable is out: the laptop is online by the SIM alone."""
    w.later(lambda: ip(HERE, "link set dev port1 down"))
    ip("shop", f"route del default via {w.plan.router}")
    w.resolv(w.plan.resolver)


def stopped(w: World) -> None:
    """Nothing passes."""
    w.drop("router2", 'iifname "lan0" drop')


def names_alone(w: World) -> None:
    """Names are resolved, and nothing else passes."""
    w.drop("router2", 'iifname "lan0" meta l4proto != udp drop')


def notice(w: World) -> None:
    """Each page is the operator's, and nothing else passes but names."""
    services.listen(
        "router2", str(w.plan.second[1]), 80, services.http("200 OK", services.PAGE)
    )
    nft(
        "router2",
        "table ip notice {\n chain pre { type nat hook prerouting priority dstnat; "
        f'iifname "lan0" tcp dport 80 dnat to {w.plan.second[1]}; }}\n}}\n',
    )
    names_alone(w)


def list_without(w: World) -> None:
    """All hosts but the acquirer."""
    w.drop("router2", f"ip daddr {w.plan.acquirer} drop")


def list_with(w: World) -> None:
    """The acquirer alone, and names."""
    w.drop(
        "router2",
        f'iifname "lan0" ip daddr != {w.plan.acquirer} meta l4proto != udp drop',
    )


SIM_CASES: dict[str, tuple[str | None, Setup]] = {
    "healthy-line-sim-carries": (None, by_sim()),
    "healthy-line-sim-only-uplink": (None, by_sim(only_uplink)),
    "healthy-line-sim-acquirer-alone": (None, by_sim(list_with)),
    "line-sim-used-up": ("cellular.no-data", by_sim(stopped)),
    "line-sim-used-up-names": ("cellular.no-data", by_sim(names_alone)),
    "line-sim-used-up-notice": ("cellular.no-data", by_sim(notice)),
    "line-sim-used-up-only-uplink": ("cellular.no-data", by_sim(only_uplink, stopped)),
    "line-sim-not-on-the-list": ("cellular.no-data", by_sim(list_without)),
    "line-sim-acquirer-refuses": ("acquirer.port-closed", by_sim(refused)),
    "line-sim-only-uplink-refuses": (
        "acquirer.port-closed",
        by_sim(only_uplink, refused),
    ),
}
for id, (expected, setup) in SIM_CASES.items():
    add(Case(id, expected, setup, BY_SIM, "The SIM's connection is the laptop's."))
