"""A second DHCP server on the LAN."""

from tests.lab.case import fault
from tests.lab.cases.ip import gateway
from tests.lab.dnsmasq import Dnsmasq
from tests.lab.netns import ip
from tests.lab.world import World


def second(
    w: World,
    router: str,
    dns: str,
    address: str = "",
    mask: str = "",
    *,
    pings: bool = False,
) -> None:
    """The second host hands out settings; with `pings` only after it has made sure,
    for three seconds, that nobody has the address (dnsmasq's own default)."""
    server = Dnsmasq("host2", [w.plan.host2])
    server.dns = False
    server.lease(w.plan, router, dns, address or w.plan.offered, mask)
    if pings:
        server.dhcp.remove("--no-ping")
    w.later(lambda: server.start(w)())


@fault("dhcp-rogue-gateway", "ip.rogue-dhcp")
def rogue_gateway(w: World) -> None:
    """A private Wi-Fi box in the LAN offers itself as the router."""
    second(w, w.plan.host2, w.plan.host2)


@fault("dhcp-rogue-late", "ip.rogue-dhcp")
def rogue_late(w: World) -> None:
    """The same, and its offer comes three seconds later than the router's."""
    second(w, w.plan.host2, w.plan.host2, pings=True)
    w.sign_after = True  # for half a minute it remembers that nobody has the address


@fault("dhcp-rogue-network", "ip.rogue-dhcp")
def rogue_network(w: World) -> None:
    """A second router hands out another network."""
    ip("host2", "addr add 192.168.150.1/24 dev eth0")
    second(w, "192.168.150.1", "192.168.150.1", "192.168.150.44", "255.255.255.0")


@fault("dhcp-rogue-dns", "ip.rogue-dhcp")
def rogue_dns(w: World) -> None:
    """A second server with the right gateway and a resolver of its own."""
    second(w, w.plan.router, w.plan.host2)


@fault("dhcp-rogue-ours", "ip.rogue-dhcp")
def rogue_ours(w: World) -> None:
    """This shop took its settings from the intruder, which leads nowhere."""
    second(w, w.plan.host2, w.plan.host2, w.plan.shop)
    gateway(w.plan.host2)
    w.resolv(w.plan.host2)
