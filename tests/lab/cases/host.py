"""This machine's own doing: routes, tunnels and packet filters that were left over."""

from tests.lab.case import fault, healthy
from tests.lab.dnsmasq import Dnsmasq
from tests.lab.netns import HERE, ip, nft
from tests.lab.world import World

TUN = ("tuntap add dev tun0 mode tun", "link set dev tun0 up")


def tunnel(w: World, *routes: str) -> None:
    """A tunnel whose far end is gone; nothing reads what goes into it."""
    ip("shop", *TUN, "addr add 10.8.0.6/24 dev tun0", *routes)


@fault("host-vpn-halves", "host.route")
def vpn_halves(w: World) -> None:
    """A VPN that is gone has left two /1 routes behind."""
    tunnel(w, "route add 0.0.0.0/1 dev tun0", "route add 128.0.0.0/1 dev tun0")


@fault("host-vpn-default", "host.route")
def vpn_default(w: World) -> None:
    """A dead VPN has the better default route."""
    tunnel(w, "route del default", f"route add default via {w.plan.router} metric 100",
           "route add default dev tun0 metric 50")  # fmt: skip


@fault("host-vpn-only-default", "host.route")
def vpn_only(w: World) -> None:
    """A dead VPN has the only default route; its server has one of its own."""
    tunnel(w, "route del default", f"route add {w.plan.office} via {w.plan.router}",
           "route add default dev tun0")  # fmt: skip


@fault("host-vpn-wireguard", "host.route")
def wireguard(w: World) -> None:
    """WireGuard as wg-quick sets it up, by a rule and a table; its peer is silent."""
    # The kernel need not have WireGuard: any tunnel is routed into like this.
    ip("shop", "tuntap add dev wg0 mode tun", "addr add 10.8.0.6/32 dev wg0",
       "link set dev wg0 up",
       "route add default dev wg0 table 51820",
       "rule add not fwmark 51820 lookup 51820",
       "rule add lookup main suppress_prefixlength 0")  # fmt: skip


@fault("host-vpn-acquirer", "host.route")
def vpn_acquirer(w: World) -> None:
    """A dead VPN takes the acquirer's network alone."""
    tunnel(w, f"route add {w.plan.acq} dev tun0")


@fault("host-vpn-ipsec", "host.route")
def ipsec(w: World) -> None:
    """An IPsec policy for all traffic, without any key: the peer is gone."""
    p = w.plan
    ip("shop", f"xfrm policy add src {p.shop} dst {p.acq} dir out tmpl "
       f"src {p.shop} dst {p.office} proto esp mode tunnel")  # fmt: skip


def mesh(w: World, *routes: str) -> None:
    """A mesh VPN as tailscale sets it up: marks, rules and a table of its own."""
    mark = "rule add fwmark 0x80000/0xff0000"
    ip("shop", "tuntap add dev tailscale0 mode tun",
       "addr add 100.101.1.7/32 dev tailscale0", "link set dev tailscale0 mtu 1280 up",
       *(f"route add {r} dev tailscale0 table 52" for r in routes),
       f"route add throw {w.plan.lan} table 52",
       f"{mark} lookup main priority 5210", f"{mark} unreachable priority 5250",
       "rule add lookup 52 priority 5270")  # fmt: skip


@fault("host-vpn-mesh-exit", "host.route")
def mesh_exit(w: World) -> None:
    """The exit node of a mesh VPN, chosen for all traffic, is gone."""
    mesh(w, "default")


@fault("host-vpn-mesh-subnet", "host.route")
def mesh_subnet(w: World) -> None:
    """A dead subnet router of a mesh VPN announces the acquirer's network."""
    mesh(w, "100.100.100.100/32", str(w.plan.acq))


@healthy("vpn-mesh-idle")
def mesh_idle(w: World) -> None:
    """A mesh VPN that carries nothing but its own addresses; its peers are gone."""
    mesh(w, "100.100.100.100/32", "100.64.0.9/32")


@fault("host-vpn-tap", "host.route")
def tap(w: World) -> None:
    """A dead VPN that carries Ethernet frames: nobody answers ARP in it."""
    way = "via 10.8.0.1"
    ip("shop", "tuntap add dev tap0 mode tap", "link set dev tap0 up",
       "addr add 10.8.0.6/24 dev tap0",
       f"route add {w.plan.office} via {w.plan.router}",
       f"route add 0.0.0.0/1 {way}", f"route add 128.0.0.0/1 {way}")  # fmt: skip


@fault("host-network-covers", "host.route")
def container(w: World) -> None:
    """The network of a container bridge holds the acquirer's address."""
    gateway = w.plan.acq[254]
    ip("shop", "link add docker0 type bridge", f"addr add {gateway}/24 dev docker0",
       "link set dev docker0 up")  # fmt: skip


@fault("host-network-covers-busy", "host.route")
def container_busy(w: World) -> None:
    """The same, with containers running in it, none of which has that address."""
    container(w)
    ip(
        HERE,
        "link add pod0 type veth peer name vnet0 netns shop",
        "link set dev pod0 up",
    )
    ip("shop", "link set dev vnet0 master docker0 up")


@fault("host-network-covers-resolver", "host.route")
def container_resolver(w: World) -> None:
    """A virtual network holds the address of the name server."""
    w.resolv(w.plan.resolver)
    gateway = w.plan.net[254]
    ip("shop", "link add virbr0 type bridge", f"addr add {gateway}/24 dev virbr0",
       "link set dev virbr0 up")  # fmt: skip


@fault("host-address-is-own", "host.route")
def own_address(w: World) -> None:
    """The acquirer's address was given to this machine itself."""
    ip("shop", f"addr add {w.plan.acquirer}/32 dev lo")


@fault("host-route-dead-hop", "host.route")
def dead_hop(w: World) -> None:
    """A fixed route to the acquirer by a router that is gone."""
    ip("shop", f"route add {w.plan.acq} via {w.plan.spare}")


@fault("host-route-wrong-hop", "host.route")
def wrong_hop(w: World) -> None:
    """A fixed route to the acquirer by a machine that forwards nothing."""
    ip("shop", f"route add {w.plan.acquirer} via {w.plan.host2}")


@fault("host-route-forbids-all", "host.route")
def forbids_all(w: World) -> None:
    """The kill switch of a VPN that is gone: two /1 routes that lead nowhere."""
    ip("shop", "route add blackhole 0.0.0.0/1", "route add blackhole 128.0.0.0/1")


@fault("host-route-unreachable", "host.route")
def unreachable(w: World) -> None:
    """A route that makes the acquirer's address unreachable."""
    ip("shop", f"route add unreachable {w.plan.acquirer}")


@fault("host-route-throw", "host.route")
def throw(w: World) -> None:
    """A route that throws the acquirer's network out of the table; no other has it."""
    ip("shop", f"route add throw {w.plan.acq}")


@fault("host-route-rule-user", "host.route")
def rule_user(w: World) -> None:
    """A policy rule swallows what this user sends to the acquirer's network."""
    ip("shop", f"rule add uidrange 0-0 to {w.plan.acq} blackhole")


@fault("host-route-rule", "host.route")
def rule(w: World) -> None:
    """A policy rule prohibits the acquirer's network."""
    ip("shop", f"rule add to {w.plan.acq} prohibit")


@fault("host-firewall-drops", "host.firewall")
def drops(w: World) -> None:
    """This machine's own firewall drops what goes to the acquirer's port."""
    w.drop("shop", f"tcp dport {w.plan.port} drop", "output")


@fault("host-firewall-resets", "host.firewall")
def resets(w: World) -> None:
    """This machine's own firewall answers in the acquirer's name, with a reset."""
    rule = f"tcp dport {w.plan.port} reject with tcp reset"
    w.drop("shop", f"meta l4proto tcp {rule}", "output")


@fault("host-firewall-drops-tcp", "host.firewall")
def drops_tcp(w: World) -> None:
    """This machine's own firewall drops all TCP that goes out; names and ping pass."""
    w.drop("shop", 'oifname "eth0" meta l4proto tcp drop', "output")


@fault("host-firewall-iptables", "host.firewall")
def iptables(w: World) -> None:
    """The same for the acquirer, by iptables and behind the routing decision."""
    w.drop("shop", f"ip daddr {w.plan.acquirer} drop", "postrouting")


@fault("host-firewall-user", "host.firewall")
def by_user(w: World) -> None:
    """This user's connections are dropped, by a mark that another rule sets."""
    w.drop("shop", f"meta skuid 0 tcp dport {w.plan.port} meta mark set 7", "output")
    w.drop("shop", "meta mark 7 drop", "postrouting")


@fault("host-firewall-drops-answers", "host.firewall")
def drops_answers(w: World) -> None:
    """What the acquirer answers is dropped on its way in."""
    w.drop("shop", f"ip saddr {w.plan.acquirer} drop", "input")


@fault("host-firewall-drops-all-answers", "host.firewall")
def drops_all_answers(w: World) -> None:
    """The firewall lets nothing in, not even answers."""
    w.drop("shop", 'iifname "eth0" drop', "input")


def on_card(w: World, hook: str, rule: str) -> None:
    """A filter of the network card itself, below all others (so is one of tc, or an
    eBPF program)."""
    chain = f"type filter hook {hook} device eth0 priority 0; policy accept;"
    nft("shop", f"table netdev lab {{ chain c {{ {chain}\n{rule}\n}}\n}}\n")


@fault("host-firewall-card-out", "host.firewall")
def card_out(w: World) -> None:
    """A filter of the network card drops what goes to the acquirer's port."""
    on_card(w, "egress", f"tcp dport {w.plan.port} drop")


@fault("host-firewall-card-in", "host.firewall")
def card_in(w: World) -> None:
    """A filter of the network card drops what the acquirer answers."""
    on_card(w, "ingress", f"tcp sport {w.plan.port} drop")


@fault("host-firewall-loopback", "host.firewall")
def loopback(w: World) -> None:
    """The resolver runs on this machine, whose firewall drops what goes to it."""
    server = Dnsmasq("shop", ["127.0.0.1"], upstream=[w.plan.resolver])
    w.resolv("127.0.0.1")
    w.later(lambda: server.start(w)())
    w.drop("shop", 'oifname "lo" th dport 53 drop', "output")


@fault("host-firewall-drops-names", "host.firewall")
def drops_names(w: World) -> None:
    """This machine's own firewall drops what goes to name servers."""
    w.drop("shop", "meta l4proto { tcp, udp } th dport 53 drop", "output")


@fault("multipath-leg-dead", "path.dead-uplink", uplinks=2)
def leg_dead(w: World) -> None:
    """Traffic is spread over two lines, one of which is dead."""
    multipath(w)
    w.drop("isp", 'iifname "cust0" drop')
    w.drop("isp", 'iifname "cust0" drop', "input")


def multipath(w: World) -> None:
    p = w.plan
    w.resolv(p.router, str(p.second[1]))
    ip("shop", "route del default", "route del default",
       f"route add default nexthop via {p.router} dev eth0 weight 1 "
       f"nexthop via {p.second[1]} dev eth1 weight 1")  # fmt: skip


@fault("multipath-leg-gateway-dead", "path.dead-uplink", uplinks=2)
def leg_gateway_dead(w: World) -> None:
    """The same; the router of the second leg is gone."""
    multipath(w)
    ip("router2", "link set dev lan0 down")


@fault("multipath-one-lan", "path.dead-uplink")
def leg_one_lan(w: World) -> None:
    """Both next hops are on the shop's own LAN; one is a machine that is gone."""
    p = w.plan
    ip("shop", "route del default",
       f"route add default nexthop via {p.router} dev eth0 "
       f"nexthop via {p.spare} dev eth0")  # fmt: skip


@fault("host-route-source", "host.route")
def old_source(w: World) -> None:
    """The default route sends from an address of the network before."""
    ip("shop", "addr add 192.168.99.5/32 dev eth0", "route del default",
       f"route add default via {w.plan.router} src 192.168.99.5")  # fmt: skip
