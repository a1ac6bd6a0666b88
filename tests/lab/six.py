"""IPv6 from the shop to the acquirer, and servers that are reached by it.

    shop ::9 - lan - ::1 router - wan - isp - core - net, acq

Documentation addresses (RFC 3849); no translation, as IPv6 needs none.
"""

from tests.lab.netns import ip, sysctl
from tests.lab.world import World

LAN, WAN, CORE, NET, ACQ = (f"2001:db8:{n}::" for n in ("a", "b", "c", "d", "e"))
SHOP, ROUTER = f"{LAN}9", f"{LAN}1"
ACQUIRER, RESOLVER, WEB = f"{ACQ}5", f"{NET}53", f"{NET}80"


def connect(w: World) -> None:
    """Addresses and routes on the whole way, beside those of IPv4."""
    for space in ("router", "isp", "core", "net", "acq"):
        sysctl(space, ipv6__conf__all__disable_ipv6=0)
        sysctl(space, ipv6__conf__all__forwarding=int(space not in ("net", "acq")))
    for space, interfaces in {
        "router": {"lan0": ROUTER, "wan0": f"{WAN}2"},
        "isp": {"cust0": f"{WAN}1", "core0": f"{CORE}1"},
        "core": {"isp0": f"{CORE}2", "net0": f"{NET}1", "acq0": f"{ACQ}1"},
        "net": {"eth0": RESOLVER},
        "acq": {"eth0": ACQUIRER},
        "shop": {"eth0": SHOP},
    }.items():
        for interface, address in interfaces.items():
            # Without a link-local address, which waits for its own detection of
            # duplicates, a router asks for no neighbour: two seconds of silence.
            sysctl(space, **{f"ipv6__conf__{interface}__accept_dad": 0})
            sysctl(space, **{f"ipv6__conf__{interface}__disable_ipv6": 0})
            ip(space, f"addr add {address}/64 dev {interface} nodad")
    ip("net", f"addr add {WEB}/64 dev eth0 nodad")
    for space, *routes in (
        ("shop", f"default via {ROUTER} metric 1024"),
        ("router", f"default via {WAN}1"),
        ("isp", f"default via {CORE}2", f"{LAN}/64 via {WAN}2"),
        ("core", f"{LAN}/64 via {CORE}1", f"{WAN}/64 via {CORE}1"),
        ("net", f"default via {NET}1"),
        ("acq", f"default via {ACQ}1"),
    ):
        ip(space, *(f"route add {route}" for route in routes))


def serve(w: World) -> None:
    """The acquirer, the web server and the resolver by IPv6 as well."""
    from tests.lab import services

    talk, web = w.acquirer, w.web
    if talk is not None:
        services.listen("acq", ACQUIRER, w.plan.port, talk)
    if web is not None:
        services.listen("net", WEB, 80, web)


def alone(w: World) -> None:
    """No IPv4 in the shop: what an IPv6-only network gives."""
    ip("shop", "addr flush dev eth0 scope global")
    connect(w)
    w.resolver.addresses.append(RESOLVER)
    w.later(lambda: serve(w))
