"""Faults of a shop that has no IPv4 at all."""

from tests.lab import services, six
from tests.lab.case import fault
from tests.lab.netns import HERE, ip
from tests.lab.symptom import sale
from tests.lab.world import World

PATIENCE = 2.0  # seconds: both ends look each other up first


def alone(w: World) -> None:
    """The acquirer, the connectivity page and the resolver have IPv6 addresses."""
    six.alone(w)
    for name, address in {
        w.plan.name: six.ACQUIRER, f"online.{w.plan.domain}": six.WEB
    }.items():  # fmt: skip
        w.resolver.options.append(f"--host-record={name},{address}")
    w.resolv(six.RESOLVER)
    w.sign = no_sale


def no_sale(w: World) -> str:
    try:
        sale.pay(w, PATIENCE)
    except sale.NoSale as stopped:
        return f"no sale: {stopped}"
    return ""


@fault("ipv6-router-dead", "router.unreachable")
def router_dead(w: World) -> None:
    """The router has no power."""
    alone(w)
    w.later(lambda: ip(HERE, "link set dev port3 down"))


@fault("ipv6-no-gateway", "ip.no-gateway")
def no_gateway(w: World) -> None:
    """No default route."""
    alone(w)
    ip("shop", f"route del default via {six.ROUTER}")


@fault("ipv6-blackhole", "isp.no-internet")
def blackhole(w: World) -> None:
    """The provider swallows everything."""
    alone(w)
    w.drop("isp", "drop")


@fault("ipv6-dns-dead", "dns.server-unreachable")
def dns_dead(w: World) -> None:
    """The resolver is an address of the Internet that nobody has."""
    alone(w)
    w.resolv(f"{six.NET}99")


@fault("ipv6-mtu-1300", "path.mtu-black-hole")
def mtu(w: World) -> None:
    """More than 1300 bytes vanish at the provider."""
    alone(w)
    w.drop("isp", "meta length > 1300 drop")


@fault("ipv6-acquirer-gone", "acquirer.unreachable")
def gone(w: World) -> None:
    """The acquirer's host swallows everything."""
    alone(w)
    w.drop("acq", "drop", "input")


@fault("ipv6-port-dropped", "acquirer.port-blocked")
def port_dropped(w: World) -> None:
    """Packets to the acquirer's port vanish; the host answers ping."""
    alone(w)
    w.drop("core", f"tcp dport {w.plan.port} drop")


@fault("ipv6-port-closed", "acquirer.port-closed")
def port_closed(w: World) -> None:
    """No service on the acquirer's port."""
    w.acquirer = None
    alone(w)


@fault("ipv6-tls-expired", "acquirer.tls-expired")
def expired(w: World) -> None:
    """The acquirer's certificate ran out three days ago."""
    w.acquirer = services.tls(w.certs / "expired.pem")
    alone(w)


@fault("ipv6-host-route", "host.route")
def own_route(w: World) -> None:
    """A route of this machine swallows what goes to the acquirer's network."""
    alone(w)
    ip("shop", f"route add blackhole {six.ACQ}/64")


@fault("ipv6-host-vpn", "host.route")
def own_vpn(w: World) -> None:
    """A VPN that is gone has left two /1 routes behind."""
    alone(w)
    ip("shop", "tuntap add dev tun0 mode tun", "link set dev tun0 up",
       "addr add fd00:8::6/64 dev tun0 nodad", "route add ::/1 dev tun0",
       "route add 8000::/1 dev tun0")  # fmt: skip


@fault("ipv6-host-firewall", "host.firewall")
def own_filter(w: World) -> None:
    """This machine's own firewall drops what goes to the acquirer's port."""
    alone(w)
    w.drop("shop", f"tcp dport {w.plan.port} drop", "output")


@fault("ipv6-acquirer-line-dead", "acquirer.unreachable")
def line_dead(w: World) -> None:
    """Both families; the acquirer has IPv6 alone, and the line carries none. Nothing
    tells the two apart here, and the report names the line as well."""
    six.connect(w)
    w.later(lambda: six.serve(w))
    w.resolver.names.pop(w.plan.name)
    w.resolver.options.append(f"--host-record={w.plan.name},{six.ACQUIRER}")
    w.drop("isp", "meta protocol ip6 drop")
    w.sign = no_sale
