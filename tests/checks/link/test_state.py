"""Is there a network adapter, switched on, with a carrier?"""

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskRoutes,
    Interface,
    Interfaces,
)
from posdiag.model.questions.wifi import AskRadio
from posdiag.model.questions.wifi_answers import Radio
from posdiag.model.site import Connection
from posdiag_checks.link.state import link_state
from tests.checks.machine import port, ports, site, way, ways
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(link_state)
NO_ROUTE = {AskRoutes: ways()}
SOFT = Radio("wlan0", blocked="soft")
WIFI_SHOP = site(connection=Connection(kind="wifi"))
UNPLUGGED = port(address="", carrier=False)
USB = site(connection=Connection(interface="usb0"))
WIFI_OFF = ports(port("wlan0", "", kind="wifi", carrier=False))
TUNNELLED = ports(port("tun0", "10.8.0.2/24", kind="tunnel"), port())
UNUSED_CABLE = ports(port("eth0", "", carrier=False), port("wlan0", kind="wifi"))


def settles(asked: AskInterfaces) -> Interfaces:
    """A carrier that needs a second to come up."""
    return ports(port(carrier=asked.number >= 2))


def having(*found: Interface) -> dict[object, object]:
    return {AskInterfaces: ports(*found)}


CASES = [
    row(name="cable in", status=OK, facts={"interface": "eth0", "kind": "ethernet"}),
    row(name="carrier settles", status=OK, change={AskInterfaces: settles}),
    row(name="carrier not known", status=OK, change=having(port(carrier=None))),
    row(
        name="no adapter",
        status=FAIL,
        code="link.no-adapter",
        variant="none",
        change=having(),
        facts={"interface": "", "present": ()},
    ),
    row(
        name="profile names another",
        status=FAIL,
        code="link.no-adapter",
        variant="named",
        site=USB,
        facts={"interface": "usb0", "present": ("eth0",)},
    ),
    row(
        name="cable out",
        status=FAIL,
        code="link.down",
        variant="cable",
        change=having(port(address="", carrier=False)),
        facts={"interface": "eth0", "kind": "ethernet"},
    ),
    row(
        name="switched off here",
        status=FAIL,
        code="link.down",
        variant="disabled",
        change=having(port(address="", enabled=False, carrier=False)),
        facts={"interface": "eth0"},
    ),
    row(
        name="wifi not joined",
        status=FAIL,
        code="link.down",
        variant="radio",
        change={**NO_ROUTE, AskInterfaces: WIFI_OFF},
        facts={"interface": "wlan0", "kind": "wifi"},
    ),
    row(
        name="flight mode",
        status=FAIL,
        code="link.down",
        variant="blocked",
        change={**NO_ROUTE, AskInterfaces: WIFI_OFF, AskRadio: SOFT},
        facts={"interface": "wlan0", "blocked": "soft"},
    ),
    row(
        name="a switch that takes the interface down",
        status=FAIL,
        code="link.down",
        variant="blocked",
        change={
            **NO_ROUTE,
            AskInterfaces: ports(port("wlan0", "", kind="wifi", enabled=False)),
            AskRadio: Radio("wlan0", blocked="hard"),
        },
        facts={"blocked": "hard"},
    ),
    row(
        name="a radio that is not known",
        status=FAIL,
        code="link.down",
        variant="radio",
        change={**NO_ROUTE, AskInterfaces: WIFI_OFF, AskRadio: Unknown("unsupported")},
    ),
    row(
        name="the cable is out and flight mode on",
        status=FAIL,
        code="link.down",
        variant="cable",
        change={**having(port(address="", carrier=False)), AskRadio: SOFT},
    ),
    row(
        name="a shop on Wi-Fi whose laptop is not joined",
        status=FAIL,
        code="link.down",
        variant="radio",
        site=WIFI_SHOP,
        change={**NO_ROUTE, **having(UNPLUGGED, *WIFI_OFF.all[1:])},
        facts={"interface": "wlan0"},
    ),
    row(
        name="a shop on Wi-Fi, joined, with a cable in as well",
        status=OK,
        site=WIFI_SHOP,
        change=having(port(), port("wlan0", kind="wifi")),
        facts={"interface": "wlan0"},
    ),
    row(
        name="a shop on Wi-Fi, looked at over a cable",
        status=OK,
        site=WIFI_SHOP,
        change=having(port(), *WIFI_OFF.all[1:]),
        facts={"interface": "eth0"},
    ),
    row(
        name="the port with a carrier counts",
        status=OK,
        change={**NO_ROUTE, AskInterfaces: UNUSED_CABLE},
        facts={"interface": "wlan0"},
    ),
    row(
        name="a tunnel lies over the uplink",
        status=OK,
        change={
            AskInterfaces: TUNNELLED,
            AskRoutes: ways(way(None, "tun0"), way(metric=100)),
        },
        facts={"interface": "eth0"},
    ),
    row(
        name="not known",
        status=SKIP,
        code="skip.unsupported",
        change={AskInterfaces: Unknown("unsupported")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_link_state(case: Case) -> None:
    case.verify()
