"""Is the tunnel up and alive, and does the acquirer's traffic go through it?"""

from collections.abc import Callable
from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskWireguard, Peer, Wireguard
from posdiag.model.questions.machine import (
    Address,
    AskInterfaces,
    AskRoutes,
    AskRouteTo,
    Counters,
    Interface,
    Interfaces,
    Route,
    RouteTo,
)
from posdiag.model.questions.wire import Connect, Connection, Ping
from posdiag.model.site import Connection as Kind
from posdiag.model.site import Site, Vpn
from posdiag_checks.vpn.traffic import far_end
from posdiag_checks.vpn.tunnel import vpn_tunnel
from tests.checks import machine as m
from tests.checks.running import FAIL, OK, SKIP, Case, of, play

row = of(vpn_tunnel)
NAMED = m.site(vpn=Vpn(interface="wg0"))
PRIVATE = m.site(connection=Kind(kind="private"))
HERE = Address("10.9.0.2", 24, 4, "global")
LINK = Address("10.9.0.2", 32, 4, "global", peer="10.9.0.1")


def tunnel(**more: Any) -> Interface:
    kept = {"kind": "tunnel", "enabled": True, "carrier": None, "mtu": 1420}
    kept |= {"addresses": (HERE,), "counters": Counters(9, 9)}
    return Interface("wg0", **{**kept, **more})


def ports(sent: int = 3, received: int = 0, ever: int = 9, **more: Any) -> Any:
    """The interfaces; packets go out, and come in or not, after the first look."""

    def look(asked: AskInterfaces) -> Interfaces:
        later = asked.series == "vpn" and asked.number > 0
        counters = Counters(ever + received * later, 9 + sent * later)
        return m.ports(m.port(), tunnel(counters=counters, **more))

    return look


def peers(
    age: float | None,
    sent: int = 592,
    received: int = 0,
    allowed: tuple[str, ...] = ("0.0.0.0/0",),
) -> Any:
    """WireGuard's own view: bytes go out, and come in or not, after the first look."""

    def state(asked: AskWireguard) -> Wireguard:
        later = asked.number > 0
        peer = Peer(age, 900 + sent * later, 800 + received * later)
        return Wireguard((peer,), allowed)

    return state


def out(by: str = "wg0") -> Callable[[AskRouteTo], RouteTo]:
    return lambda asked: RouteTo(by)


INSIDE: dict[Any, Any] = {
    AskInterfaces: ports(received=3),
    AskRouteTo: out(),
    AskWireguard: peers(40.0, received=300),
}
DEAF: dict[Any, Any] = {Ping: m.echoes(("*",)), Connect: m.SILENT}
SILENT = {**INSIDE, **DEAF, AskInterfaces: ports()}
OTHER = {**SILENT, AskWireguard: Wireguard(spoken=False)}
NO_RIGHTS = Unknown("no-rights", "sudo posdiag run")

CASES = [
    row(name="no tunnel in the profile", status=SKIP, code="skip.not-configured"),
    row(
        name="alive",
        status=OK,
        variant="handshake",
        site=NAMED,
        change=INSIDE,
        facts={"interface": "wg0", "handshake": 40.0, "mtu": 1420},
    ),
    row(
        name="an old handshake of an idle tunnel is renewed",
        status=OK,
        variant="handshake",
        site=NAMED,
        change={
            **INSIDE,
            AskWireguard: lambda asked: peers(0.1 if asked.number else 9000.0, 600, 92)(
                asked
            ),
        },
    ),
    row(
        name="the peer's keep-alive is enough",
        status=OK,
        variant="handshake",
        site=NAMED,
        change={**SILENT, AskWireguard: peers(40.0, received=32)},
    ),
    row(
        name="the acquirer refuses, through the tunnel",
        status=OK,
        variant="handshake",
        site=NAMED,
        change={**INSIDE, **DEAF, Connect: m.REFUSED},
    ),
    row(
        name="not there",
        status=FAIL,
        code="vpn.down",
        variant="absent",
        site=NAMED,
        facts={"interface": "wg0", "present": ()},
    ),
    row(
        name="switched off",
        status=FAIL,
        code="vpn.down",
        variant="disabled",
        site=NAMED,
        change={AskInterfaces: ports(enabled=False)},
    ),
    row(
        name="no program behind it",
        status=FAIL,
        code="vpn.down",
        variant="no-carrier",
        site=NAMED,
        change={AskInterfaces: ports(carrier=False)},
    ),
    row(
        name="no address",
        status=FAIL,
        code="vpn.down",
        variant="no-address",
        site=NAMED,
        change={AskInterfaces: ports(addresses=())},
    ),
    row(
        name="no handshake ever",
        status=FAIL,
        code="vpn.down",
        variant="never",
        site=NAMED,
        change={**SILENT, AskWireguard: peers(None)},
        rivals=("isp.no-internet",),
    ),
    row(
        name="data goes out, nothing comes back, the handshake is old",
        status=FAIL,
        code="vpn.down",
        variant="stale",
        site=NAMED,
        change={**SILENT, AskWireguard: peers(400.0)},
        facts={"handshake": 400.0, "sent": 592},
    ),
    row(
        name="the handshake is fresh, but no keep-alive comes",
        status=FAIL,
        code="vpn.down",
        variant="silent",
        site=NAMED,
        change={**SILENT, AskWireguard: peers(60.0)},
    ),
    row(
        name="the other end calls again and again, and does not hear us",
        status=FAIL,
        code="vpn.down",
        variant="silent",
        site=NAMED,
        change={**SILENT, AskWireguard: peers(60.0, received=148)},
    ),
    row(
        name="routed past the tunnel",
        status=FAIL,
        code="vpn.no-route",
        site=NAMED,
        change={**INSIDE, AskRouteTo: out("eth0")},
        facts={"address": m.ACQUIRER, "other": "eth0", "interface": "wg0"},
    ),
    row(
        name="routed past a dead tunnel",
        status=FAIL,
        code="vpn.down",
        variant="stale",
        site=NAMED,
        change={**SILENT, AskRouteTo: out("eth0"), AskWireguard: peers(400.0)},
    ),
    row(
        name="no peer takes the address",
        status=FAIL,
        code="vpn.no-route",
        variant="no-peer",
        site=NAMED,
        change={
            **INSIDE,
            AskWireguard: peers(60.0, received=32, allowed=("10.9.0.0/24", "::/0")),
        },
        facts={"address": m.ACQUIRER},
    ),
    row(
        name="nothing could be sent",
        status=SKIP,
        code="skip.vpn-untold",
        site=NAMED,
        change={
            **SILENT,
            AskInterfaces: ports(sent=0),
            AskWireguard: peers(60.0, sent=0),
        },
    ),
    row(
        name="another kind of tunnel, alive",
        status=OK,
        site=NAMED,
        change={**INSIDE, AskWireguard: Wireguard(spoken=False)},
    ),
    row(
        name="another kind, nothing ever came in",
        status=FAIL,
        code="vpn.down",
        variant="mute",
        site=NAMED,
        change={**OTHER, AskInterfaces: ports(ever=0)},
        facts={"far": "10.9.0.1", "sent": 3},
    ),
    row(
        name="another kind, its other end is silent as well",
        status=FAIL,
        code="vpn.down",
        variant="mute",
        site=NAMED,
        change={**OTHER, AskInterfaces: ports(addresses=(LINK,))},
    ),
    row(
        name="another kind, the other end is not known",
        status=SKIP,
        code="skip.vpn-untold",
        site=NAMED,
        change=OTHER,
    ),
    row(
        name="no right to ask WireGuard, but it carries traffic",
        status=OK,
        site=NAMED,
        change={**INSIDE, AskWireguard: NO_RIGHTS},
    ),
    row(
        name="no right to ask WireGuard, silence",
        status=SKIP,
        code="skip.no-rights",
        site=NAMED,
        change={**SILENT, AskWireguard: NO_RIGHTS},
    ),
    row(
        name="a private network that begins at the router",
        status=SKIP,
        code="skip.not-applicable",
        site=PRIVATE,
        change={AskRouteTo: out("eth0")},
    ),
    row(
        name="a private network through a tunnel of this machine",
        status=OK,
        variant="handshake",
        site=PRIVATE,
        change=INSIDE,
        facts={"interface": "wg0"},
    ),
    row(
        name="without an acquirer the other end is asked",
        status=OK,
        variant="handshake",
        site=Site(vpn=Vpn(interface="wg0")),
        change=INSIDE,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_vpn_tunnel(case: Case) -> None:
    case.verify()


def test_an_answer_of_the_acquirer_ends_the_wait() -> None:
    from tests.checks.running import timed

    _, seconds = timed(vpn_tunnel, INSIDE, NAMED)

    assert seconds < 1


@pytest.mark.parametrize(
    ("interface", "routes", "wanted"),
    [
        (tunnel(addresses=(LINK,)), (), ("10.9.0.1", True)),
        (tunnel(), (Route("10.0.0.0/8", "10.9.0.254", "wg0"),), ("10.9.0.254", True)),
        (tunnel(), (), ("10.9.0.1", False)),
        (
            tunnel(addresses=(Address("10.9.0.2", 32, 4, "global"),)),
            (Route("172.16.0.0/12", None, "wg0"),),
            ("172.16.0.1", False),
        ),
        (
            tunnel(addresses=(Address("10.9.0.2", 32, 4, "global"),)),
            (Route("default", None, "wg0"),),
            ("", False),
        ),
    ],
)
def test_the_other_end(
    interface: Interface, routes: tuple[Route, ...], wanted: tuple[str, bool]
) -> None:
    from posdiag.model import Context
    from posdiag.model.limits import Limits

    known = m.shop({AskRoutes: m.ways(*routes)})

    assert play(far_end(Context(known, NAMED, Limits()), interface)) == wanted


def test_a_refused_connection_counts_only_from_the_host_itself() -> None:
    from posdiag.model.questions.wire import IcmpError

    router = Connection("refused", error=IcmpError(3, 3, "192.0.2.1"), tries=1)
    case = row(
        name="a router refuses",
        status=FAIL,
        code="vpn.down",
        variant="stale",
        site=NAMED,
        change={**SILENT, Connect: router, AskWireguard: peers(400.0)},
    )

    case.verify()
