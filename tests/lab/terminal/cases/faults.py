"""Wrong settings of a terminal, and faults that are none of its own."""

from tests.lab.netns import ip, sysctl
from tests.lab.terminal.case import ANY, case
from tests.lab.terminal.world import TerminalWorld


@case("no-lease", "terminal.no-lease", "listen", "inline")
def no_lease(w: TerminalWorld) -> None:
    """No DHCP server answers it."""
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


@case("no-lease-dhclient", "terminal.no-lease", "listen", "inline")
def no_lease_dhclient(w: TerminalWorld) -> None:
    w.pos["dhcp"] = "dhclient"
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


@case("no-lease-dhcpcd", "terminal.no-lease", "listen", "inline")
def no_lease_dhcpcd(w: TerminalWorld) -> None:
    """dhcpcd, which takes an address of 169.254/16 after 5 s."""
    w.pos["dhcp"] = "dhcpcd"
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


@case("wrong-address", "terminal.wrong-address", "listen", "inline", "host")
def wrong_address(w: TerminalWorld) -> None:
    """Fixed settings of another network."""
    w.fixed("10.77.5.9", gateway="10.77.5.1", dns=["10.77.5.1"])


@case("wrong-gateway", "terminal.wrong-gateway", "listen", "inline", "host")
def wrong_gateway(w: TerminalWorld) -> None:
    """The right network, a gateway that is not there."""
    w.fixed(gateway=str(w.plan.lan[253]), dns=[w.plan.resolver])


@case("duplicate", "terminal.duplicate-address", "listen", "inline")
def duplicate(w: TerminalWorld) -> None:
    """The address of the second machine in the shop."""
    w.fixed(w.plan.host2)


@case("wrong-dns", "terminal.wrong-dns", *ANY)
def wrong_dns(w: TerminalWorld) -> None:
    """A name server that is not there."""
    w.fixed(dns=[w.plan.nobody])


@case("wrong-dns-near", "terminal.wrong-dns", "host")
def wrong_dns_near(w: TerminalWorld) -> None:
    """The right gateway, and a name server on the LAN that is not there."""
    w.fixed(dns=[str(w.plan.lan[252])])


@case("other-gateway", None, "host", verdict="unknown")
def other_gateway(w: TerminalWorld) -> None:
    """Its gateway is another machine of the shop, which the laptop stands in for."""
    w.fixed(gateway=w.plan.host2, dns=[w.plan.resolver])


@case("no-such-name", "terminal.name-not-found", *ANY)
def no_such_name(w: TerminalWorld) -> None:
    w.fixed(host="pso.lab.test")


@case("wrong-host", "terminal.wrong-host", *ANY)
def wrong_host(w: TerminalWorld) -> None:
    """It goes to the host of another acquirer."""
    w.fixed(host=f"office.{w.plan.domain}", port=443, check_name=False)


@case("wrong-port", "terminal.wrong-host", *ANY)
def wrong_port(w: TerminalWorld) -> None:
    w.fixed(port=w.plan.port + 1)


@case("router-off", "router.unreachable", "listen", "inline")
def router_off(w: TerminalWorld) -> None:
    w.router_dns.wanted = False
    w.later(lambda: ip("router", "link set dev lan0 down"))


@case("line-down", "isp.no-internet", "listen", "inline", "host")
def line_down(w: TerminalWorld) -> None:
    w.later(lambda: w.drop("isp", "drop"))


@case("proxy-arp", None, "inline", "host")
def proxy_arp(w: TerminalWorld) -> None:
    """The router answers ARP for every address."""
    w.later(lambda: sysctl("router", ipv4__conf__lan0__proxy_arp=1))
    w.fixed()
