"""Address, netmask and gateway of the shop are wrong."""

import threading
import time
from ipaddress import IPv4Network

from tests.lab.case import fault
from tests.lab.netns import ip, ip_json
from tests.lab.world import World


def readdress(address: str, *lines: str) -> None:
    """Another address for the shop; routes as given."""
    add = [f"addr add {address} dev eth0"] if address else []
    ip("shop", "addr flush dev eth0 scope global", *add, *lines)


def elsewhere(w: World) -> IPv4Network:
    """A private network that is not the LAN."""
    other = IPv4Network("192.168.100.0/24")
    return other if other != w.plan.lan else IPv4Network("192.168.101.0/24")


@fault("ip-none", "ip.no-address")
def none(w: World) -> None:
    """No address, no DHCP server either."""
    w.router_dns.dhcp = []
    readdress("")


@fault("ip-none-dhcp-offers", "ip.no-address")
def none_offered(w: World) -> None:
    """No address although a DHCP server would give one."""
    readdress("")


@fault("ip-link-local", "ip.no-address")
def link_local(w: World) -> None:
    """DHCP gave nothing; the machine made up an address."""
    w.router_dns.dhcp = []
    readdress("169.254.37.9/16")


@fault("ip-link-local-route", "ip.no-address")
def link_local_route(w: World) -> None:
    """The same with an on-link default route, as avahi-autoipd leaves one."""
    w.router_dns.dhcp = []
    readdress("169.254.200.3/16", "route add default dev eth0 metric 1002")


@fault("ip-other-network", "ip.wrong-address")
def other_network(w: World) -> None:
    """Fixed settings of another shop; this LAN has DHCP."""
    net = elsewhere(w)
    readdress(f"{net[20]}/24", f"route add default via {net[1]}")
    w.resolv(str(net[1]))


@fault("ip-other-network-public-dns", "ip.wrong-address")
def other_network_dns(w: World) -> None:
    """The same, with a resolver that is not the router."""
    net = elsewhere(w)
    readdress(f"{net[77]}/24", f"route add default via {net[254]}")
    w.resolv(w.plan.resolver)


@fault("ip-other-network-profile", "ip.wrong-address")
def other_network_profile(w: World) -> None:
    """Another network than the profile says; no DHCP here."""
    w.router_dns.dhcp = []
    w.set("connection", address=f"{w.plan.shop}/{w.plan.mask}", gateway=w.plan.router)
    net = elsewhere(w)
    readdress(f"{net[20]}/24", f"route add default via {net[1]}")


@fault("ip-mask-narrow-dhcp", "ip.wrong-netmask")
def narrow(w: World) -> None:
    """A /30 where DHCP says /24: the gateway lies outside and is reached on-link.

    The second host, which sells the goods, can not be reached directly.
    """
    readdress(
        f"{w.plan.shop}/30", f"route add default via {w.plan.router} dev eth0 onlink"
    )


@fault("ip-mask-narrow-profile", "ip.wrong-netmask")
def narrow_profile(w: World) -> None:
    """A /30 where the profile says /24; no DHCP."""
    w.router_dns.dhcp = []
    w.set("connection", address=f"{w.plan.shop}/{w.plan.mask}", gateway=w.plan.router)
    readdress(
        f"{w.plan.shop}/30", f"route add default via {w.plan.router} dev eth0 onlink"
    )


@fault("ip-mask-wide", "ip.wrong-netmask", lan="ten", private=True)
def wide(w: World) -> None:
    """A /8 that makes the acquirer look local; DHCP says /24."""
    readdress(f"{w.plan.shop}/8", f"route add default via {w.plan.router}")


@fault("ip-mask-wide-no-dhcp", "ip.wrong-netmask", lan="ten", private=True)
def wide_no_dhcp(w: World) -> None:
    """The same without DHCP: only the silence of the acquirer tells."""
    w.router_dns.dhcp = []
    readdress(f"{w.plan.shop}/8", f"route add default via {w.plan.router}")


@fault("ip-mask-wide-profile", "ip.wrong-netmask", lan="ten", private=True)
def wide_profile(w: World) -> None:
    """The same, with the right mask in the profile."""
    w.router_dns.dhcp = []
    w.set("connection", address=f"{w.plan.shop}/{w.plan.mask}")
    readdress(f"{w.plan.shop}/8", f"route add default via {w.plan.router}")


@fault("ip-no-gateway", "ip.no-gateway")
def no_gateway(w: World) -> None:
    """No default route."""
    ip("shop", "route del default")


@fault("ip-no-gateway-no-dhcp", "ip.no-gateway")
def no_gateway_fixed(w: World) -> None:
    """No default route, fixed settings, resolver beyond the router."""
    w.router_dns.dhcp = []
    w.resolv(w.plan.resolver)
    ip("shop", "route del default")


def gateway(address: str, *options: str) -> None:
    ip(
        "shop",
        "route del default",
        f"route add default via {address} {' '.join(options)}",
    )


@fault("ip-gateway-outside", "ip.wrong-gateway")
def gateway_outside(w: World) -> None:
    """A gateway of another network."""
    gateway(str(elsewhere(w)[1]), "dev eth0 onlink")


@fault("ip-gateway-outside-no-dhcp", "ip.wrong-gateway")
def gateway_outside_fixed(w: World) -> None:
    """A gateway of another network, fixed settings."""
    w.router_dns.dhcp = []
    gateway(str(elsewhere(w)[1]), "dev eth0 onlink")


@fault("ip-gateway-silent-dhcp", "ip.wrong-gateway")
def gateway_silent(w: World) -> None:
    """Nobody has the gateway's address; DHCP names the router."""
    gateway(w.plan.spare)


@fault("ip-gateway-silent-no-dhcp", "ip.wrong-gateway")
def gateway_silent_fixed(w: World) -> None:
    """Nobody has the gateway's address; the router is the resolver and lives."""
    w.router_dns.dhcp = []
    gateway(w.plan.spare)


@fault("ip-gateway-silent-profile", "ip.wrong-gateway")
def gateway_profile(w: World) -> None:
    """Nobody has the gateway's address; the profile names the router."""
    w.router_dns.dhcp = []
    w.resolv(w.plan.resolver)
    w.set("connection", gateway=w.plan.router)
    gateway(w.plan.spare)


@fault("ip-gateway-is-a-host", "ip.wrong-gateway")
def gateway_host(w: World) -> None:
    """The gateway is the till next door, which forwards nothing; DHCP knows better."""
    gateway(w.plan.host2)


@fault("ip-gateway-is-a-host-no-dhcp", "ip.wrong-gateway")
def gateway_host_fixed(w: World) -> None:
    """The same; the router is known only as the resolver."""
    w.router_dns.dhcp = []
    gateway(w.plan.host2)


@fault("ip-gateway-is-a-host-profile", "ip.wrong-gateway")
def gateway_host_profile(w: World) -> None:
    """The same; the profile names the router."""
    w.router_dns.dhcp = []
    w.resolv(w.plan.resolver)
    w.set("connection", gateway=w.plan.router)
    gateway(w.plan.host2)


@fault("ip-duplicate", "ip.duplicate-address")
def duplicate(w: World) -> None:
    """The second host has the shop's address too."""
    ip("host2", f"addr add {w.plan.shop}/{w.plan.mask} dev eth0")


@fault("ip-duplicate-steals", "ip.duplicate-address")
def duplicate_steals(w: World) -> None:
    """The same, and the router believes the second host."""
    ip("host2", f"addr add {w.plan.shop}/{w.plan.mask} dev eth0")
    w.later(lambda: _steal(w))


def _steal(w: World) -> None:
    """The router takes the other host's card for ours, again and again."""
    (link,) = ip_json("host2", "link", "show", "dev", "eth0")
    theirs = f"lladdr {link['address']} dev lan0 nud reachable"

    def chatter() -> None:
        while True:
            ip("router", f"neigh replace {w.plan.shop} {theirs}")
            time.sleep(0.7)

    threading.Thread(target=chatter, daemon=True).start()


@fault("ip-duplicate-gateway", "ip.duplicate-address")
def duplicate_gateway(w: World) -> None:
    """The second host has the router's address."""
    ip("host2", f"addr add {w.plan.router}/{w.plan.mask} dev eth0")


@fault("ip-duplicate-is-routers", "ip.duplicate-address")
def routers_own(w: World) -> None:
    """This machine was given the router's own address."""
    readdress(f"{w.plan.router}/{w.plan.mask}", "route add default dev eth0")
