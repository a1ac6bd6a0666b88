"""Which fault changes what in the healthy shop? One line for each cause id.

A change is a function from world to world. No check knows of it: each has to find its
cause by measuring.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from posdiag.demo import shop
from posdiag.demo.devices.equipment import EQUIPMENT
from posdiag.demo.devices.surveys import SURVEYS
from posdiag.demo.world import (
    Dns,
    Filtered,
    HangUp,
    Host,
    Mute,
    OldTls,
    Page,
    Payment,
    Segment,
    Service,
    Tls,
    World,
)
from posdiag.model.questions.lan import Offer
from posdiag.model.questions.machine import Address, Interface, Route

Change = Callable[[World], World]

DAY = 86_400.0
NOTHING: tuple[Route, ...] = ()
LOGIN = f"http://{shop.ROUTER}/login"
SECOND = "192.168.8.1"  # a 4G router beside the first


def machine(**settings: Any) -> Change:
    """Other settings of the machine or of the world as a whole."""
    return lambda world: replace(world, **settings)


def port(**settings: Any) -> Change:
    """Another state of the machine's network port."""
    return machine(interfaces=(shop.LOOPBACK, replace(shop.ETHERNET, **settings)))


def addressed(address: str, prefix: int) -> Interface:
    """The machine's port with another IPv4 address."""
    local = address.startswith("169.254.")
    scope = Address(address, prefix, 4, "link" if local else "global")
    return replace(shop.ETHERNET, addresses=(scope,))


def segment(name: str, **settings: Any) -> Change:
    """Another state of one segment of the way."""

    def change(world: World) -> World:
        other = replace(world.segments[name], **settings)
        return replace(world, segments={**world.segments, name: other})

    return change


def service(address: str, number: int, other: Service | None) -> Change:
    """Another service on one port of one host; None: nobody listens there."""

    def changed(host: Host) -> Host:
        if host.address != address:
            return host
        kept = {p: s for p, s in host.services.items() if p != number}
        return replace(host, services=kept | ({number: other} if other else {}))

    return lambda world: replace(world, hosts=tuple(map(changed, world.hosts)))


def acquirer(other: Service | None) -> Change:
    return service(shop.ACQUIRER, 443, other)


def name_server(other: Service | None) -> Change:
    return service(shop.ROUTER, 53, other)


def gateway(address: str) -> Change:
    return machine(
        routes=(
            Route("default", address, "eth0", 100),
            Route("192.168.1.0/24", None, "eth0", 100),
        )
    )


def with_hosts(*hosts: Host) -> Change:
    return lambda world: replace(world, hosts=(*world.hosts, *hosts))


def without(address: str) -> Change:
    return lambda world: replace(
        world, hosts=tuple(h for h in world.hosts if h.address != address)
    )


def all_of(*changes: Change) -> Change:
    def change(world: World) -> World:
        for one in changes:
            world = one(world)
        return world

    return change


WRONG_LAN = machine(
    interfaces=(shop.LOOPBACK, addressed("192.168.0.23", 24)),
    routes=(
        Route("default", "192.168.0.1", "eth0", 100),
        Route("192.168.0.0/24", None, "eth0", 100),
    ),
    resolvers=("192.168.0.1",),
)
INTRUDER = Offer(
    shop.OTHER,
    "192.168.1.150",
    "255.255.255.0",
    (shop.OTHER,),
    (shop.OTHER,),
    lease=7200,
    mac=shop.OTHER_MAC,
)
STRANGE_BOX = Host(shop.OTHER, {}, shop.OTHER_MAC, "eth0")
PORTAL = all_of(
    service(shop.WEB, 80, Page(302, location=LOGIN)),
    acquirer(Tls("stranger")),
    service(shop.OFFICE, 443, Tls("stranger")),
)


def two_uplinks(world: World) -> World:
    """The line of the preferred router is dead; beside it stands a 4G router."""
    second = replace(
        shop.ETHERNET,
        name="eth1",
        mac="02:00:5e:20:00:17",
        addresses=(Address("192.168.8.23", 24, 4, "global", ("dynamic",)),),
    )
    return replace(
        segment("line", state="refused")(world),
        interfaces=(*world.interfaces, second),
        routes=(
            *world.routes,
            Route("default", SECOND, "eth1", 200),
            Route("192.168.8.0/24", None, "eth1", 200),
        ),
        resolvers=(shop.ROUTER, SECOND),
        segments={
            **world.segments,
            "line": replace(world.segments["line"], state="refused"),
            "lan.eth1": Segment(SECOND, 0.001),
            "line.4g": Segment("100.64.8.1", 0.030),
        },
        hosts=(
            *world.hosts,
            Host(
                address=SECOND,
                services={53: Dns()},
                mac="02:00:5e:20:00:01",
                link="eth1",
                via=(),
                uplink=("line.4g",),
            ),
        ),
    )


def off_the_air(fault: str) -> Change:
    """The machine stands outside the shop's Wi-Fi; the air is the one recorded."""
    return all_of(shop.not_joined, machine(air=fault))


def on_the_air(fault: str) -> Change:
    """The machine is in the shop's Wi-Fi; the air is the one recorded."""
    return all_of(shop.over_wifi, machine(air=fault))


def routed_past_a_tunnel(world: World) -> World:
    """A tunnel that works, and an acquirer whose packets do not enter it."""
    tunnel = Interface(
        name="wg0",
        kind="tunnel",
        enabled=True,
        carrier=True,
        mtu=1420,
        addresses=(Address("10.9.0.2", 24, 4, "global"),),
    )
    return replace(
        world,
        interfaces=(*world.interfaces, tunnel),
        routes=(*world.routes, Route("10.9.0.0/24", None, "wg0")),
        segments={**world.segments, "lan.wg0": Segment("10.9.0.1", 0.02)},
        hosts=(*world.hosts, Host("10.9.0.1", {}, shop.OTHER_MAC, "wg0")),
        equipment="vpn.no-route",
    )


FAULTS: dict[str, Change] = {
    "link.no-adapter": machine(interfaces=(shop.LOOPBACK,), routes=NOTHING),
    "link.down": port(carrier=False),
    "link.errors": segment("lan.eth0", damage=0.06),
    "wifi.not-found": off_the_air("wifi.not-found"),
    "wifi.name-mismatch": off_the_air("wifi.name-mismatch"),
    "wifi.wrong-passphrase": off_the_air("wifi.wrong-passphrase"),
    "wifi.terminal-wrong-passphrase": on_the_air("wifi.terminal-wrong-passphrase"),
    "wifi.security-mismatch": off_the_air("wifi.security-mismatch"),
    "wifi.refused": off_the_air("wifi.refused"),
    "wifi.full": off_the_air("wifi.full"),
    "wifi.no-lease": off_the_air("wifi.no-lease"),
    "wifi.weak-signal": on_the_air("wifi.weak-signal"),
    "wifi.interference": on_the_air("wifi.interference"),
    "wifi.insecure": on_the_air("wifi.insecure"),
    "wifi.evil-twin": on_the_air("wifi.evil-twin"),
    "ip.no-address": machine(
        interfaces=(shop.LOOPBACK, addressed("169.254.7.9", 16)),
        routes=(Route("169.254.0.0/16", None, "eth0", 1000),),
        resolvers=(),
        offers=(),
    ),
    "ip.wrong-address": WRONG_LAN,
    "ip.duplicate-address": with_hosts(Host(shop.OWN, {}, shop.OTHER_MAC, "eth0")),
    "ip.wrong-netmask": machine(
        interfaces=(shop.LOOPBACK, addressed(shop.OWN, 28)),
        routes=(
            Route("default", shop.ROUTER, "eth0", 100),
            Route("192.168.1.16/28", None, "eth0", 100),
            Route(f"{shop.ROUTER}/32", None, "eth0", 100),
        ),
    ),
    "ip.wrong-gateway": gateway("192.168.1.254"),
    "ip.no-gateway": machine(routes=(Route("192.168.1.0/24", None, "eth0", 100),)),
    "ip.rogue-dhcp": all_of(
        with_hosts(STRANGE_BOX), machine(offers=(shop.LEASE, INTRUDER))
    ),
    "router.unreachable": all_of(without(shop.ROUTER), machine(offers=())),
    "router.packet-loss": segment("lan.eth0", loss=1 / 6),
    "router.slow": segment("lan.eth0", delay=0.55),
    "isp.no-internet": segment("line", state="refused"),
    "isp.captive-portal": PORTAL,
    "isp.packet-loss": segment("line", loss=1 / 6),
    "isp.slow": segment("line", delay=0.6),
    "dns.no-server": machine(resolvers=()),
    "dns.server-unreachable": name_server(Mute()),
    "dns.server-failure": name_server(Dns(rcode="SERVFAIL")),
    "dns.slow": all_of(
        name_server(Mute()), machine(resolvers=(shop.ROUTER, shop.RESOLVER))
    ),
    "dns.acquirer-not-found": all_of(
        *(
            service(server, 53, Dns({shop.ACQUIRER_NAME: None}))
            for server in (shop.ROUTER, *shop.PUBLIC)
        )
    ),
    "dns.hijack": name_server(Dns({shop.ACQUIRER_NAME: shop.STRANGER})),
    "clock.skew": machine(clock=300 * DAY),
    "path.mtu-black-hole": segment("line", largest=1400),
    "path.dead-uplink": two_uplinks,
    "acquirer.unreachable": segment("acquirer", state="refused"),
    "acquirer.port-blocked": acquirer(Filtered()),
    "acquirer.port-closed": acquirer(None),
    "acquirer.closed-connection": acquirer(HangUp()),
    "acquirer.tls-expired": acquirer(Tls("expired")),
    "acquirer.tls-untrusted": acquirer(Tls("stranger")),
    "acquirer.tls-name": acquirer(Tls("other-name")),
    "acquirer.tls-client-certificate": acquirer(Tls(wants_client=True)),
    "acquirer.tls-version": acquirer(OldTls()),
    "acquirer.tls-timeout": acquirer(Mute()),
    "acquirer.packet-loss": segment("acquirer", loss=1 / 6),
    "acquirer.slow": segment("acquirer", delay=0.7),
    "acquirer.no-answer": acquirer(Tls(says=Mute())),
    "acquirer.bad-answer": acquirer(Tls(says=Page(400))),
    "acquirer.declined": acquirer(Tls(says=Payment("03"))),
    "target.unreachable": service(shop.OFFICE, 443, None),
    **{fault: machine(terminal=fault) for fault in SURVEYS},
    **{fault: machine(equipment=fault) for fault in EQUIPMENT},
    "vpn.no-route": routed_past_a_tunnel,
}


NOT_QUICK = frozenset(
    ("ip.duplicate-address", "ip.rogue-dhcp", "pstn.busy", "pstn.no-carrier")
)
"""Faults whose checks a quick run leaves out: it has no time for them."""


def world_with(fault: str | None) -> World:
    """The shop with one fault, or healthy. KeyError for an unknown fault."""
    return FAULTS[fault](shop.healthy()) if fault else shop.healthy()
