"""Healthy shops whose way out is not the one plain default route."""

from tests.lab import arp, six, tunnel
from tests.lab.case import healthy
from tests.lab.netns import HERE, ip, nft, sysctl
from tests.lab.world import World


@healthy("rule-and-table")
def policy(w: World) -> None:
    """The default route stands in another table and is chosen by a rule."""
    ip("shop", "route del default",
       f"route add default via {w.plan.router} dev eth0 table 100",
       "rule add from all lookup 100 priority 1000")  # fmt: skip


@healthy("two-halves")
def halves(w: World) -> None:
    """0.0.0.0/1 and 128.0.0.0/1 for a default route, as VPN clients set them."""
    way = f"via {w.plan.router}"
    ip("shop", "route del default", f"route add 0.0.0.0/1 {way}",
       f"route add 128.0.0.0/1 {way}")  # fmt: skip


@healthy("route-to-acquirer", private=True)
def static(w: World) -> None:
    """One route, to the acquirer's network, and the acquirer given by address."""
    p = w.plan
    w.set("acquirer", host=p.acquirer, server_name=p.name)
    w.connectivity(False)
    w.resolv()
    ip("shop", "route del default", f"route add {p.acq} via {p.router}")


@healthy("onlink-32")
def onlink(w: World) -> None:
    """A /32, and the gateway is on the link all the same."""
    p = w.plan
    ip("shop", "addr flush dev eth0", f"addr add {p.shop}/32 dev eth0",
       f"route add {p.router} dev eth0 scope link src {p.shop}",
       f"route add default via {p.router} dev eth0 onlink")  # fmt: skip
    w.router_dns.dhcp = []


@healthy("bridge")
def bridge(w: World) -> None:
    """The cable is a port of a bridge, which has the address."""
    p = w.plan
    ip("shop", "link add br0 type bridge", "link set dev br0 up",
       "addr flush dev eth0", "link set dev eth0 master br0",
       f"addr add {p.shop}/{p.mask} dev br0",
       f"route add default via {p.router}")  # fmt: skip


@healthy("virtual-interfaces")
def virtual(w: World) -> None:
    """Containers and virtual machines have left bridges and a tap behind."""
    ip("shop", "link add docker0 type bridge", "addr add 172.17.0.1/16 dev docker0",
       "link set dev docker0 up", "link add virbr0 type bridge",
       "addr add 192.168.122.1/24 dev virbr0", "link set dev virbr0 up",
       "tuntap add dev tap0 mode tap", "link set dev tap0 up")  # fmt: skip


@healthy("two-addresses")
def two_addresses(w: World) -> None:
    """A second address of another network on the same port."""
    ip("shop", "addr add 192.168.250.7/24 dev eth0")


@healthy("translated-twice")
def cgnat(w: World) -> None:
    """The ISP translates addresses too."""
    chain = "type nat hook postrouting priority srcnat;"
    rule = 'oifname "core0" masquerade;'
    nft("isp", f"table ip nat {{\n chain post {{ {chain} {rule} }}\n}}\n")


@healthy("ipv6-leads-nowhere")
def dead_ipv6(w: World) -> None:
    """A global IPv6 address and route, and beyond the router nothing answers by it; the
    acquirer's name has an IPv6 address too."""
    off = {"ipv6__conf__all__disable_ipv6": 0, "ipv6__conf__lan0__disable_ipv6": 0}
    sysctl("router", **off, ipv6__conf__all__forwarding=1)
    ip("router", "addr add 2001:db8:1::1/64 dev lan0 nodad")
    ip("shop", "addr add 2001:db8:1::9/64 dev eth0 nodad",
       "route add default via 2001:db8:1::1 dev eth0 metric 10")  # fmt: skip
    w.resolver.options.append(f"--host-record={w.plan.name},2001:db8:77::5")
    w.drop("router", "ip6 daddr 2001:db8:77::/64 drop")


@healthy("vpn-works")
def vpn_works(w: World) -> None:
    """A VPN takes all traffic, and carries it."""
    vpn(w)
    ip("shop", "route add 0.0.0.0/1 via 10.8.0.1", "route add 128.0.0.0/1 via 10.8.0.1")


def vpn(w: World) -> None:
    """A tunnel to a machine beside the back office, which masquerades."""
    tunnel.connect(("shop", "tun0"), ("net", "vpn0"))
    sysctl("net", ipv4__ip_forward=1)
    ip("net", "addr add 10.8.0.1/24 dev vpn0", "link set dev vpn0 up")
    nft("net", "table ip vpn {\n chain post { type nat hook postrouting priority 100;\n"
        "ip saddr 10.8.0.0/24 masquerade\n}\n}\n")  # fmt: skip
    ip("shop", "addr add 10.8.0.6/24 dev tun0", "link set dev tun0 up",
       f"route add {w.plan.office} via {w.plan.router}")  # fmt: skip


@healthy("vpn-only-default")
def vpn_only(w: World) -> None:
    """The same, with the default route by the VPN alone."""
    vpn(w)
    ip("shop", "route del default", "route add default via 10.8.0.1")


@healthy("multipath", uplinks=2)
def multipath(w: World) -> None:
    """Traffic is spread over two lines that work."""
    p = w.plan
    w.resolv(p.router, str(p.second[1]))
    ip("shop", "route del default", "route del default",
       f"route add default nexthop via {p.router} dev eth0 weight 1 "
       f"nexthop via {p.second[1]} dev eth1 weight 1")  # fmt: skip


@healthy("container-network-beside")
def container(w: World) -> None:
    """Container networks and a route of their own that leave the acquirer alone."""
    ip("shop", "link add docker0 type bridge", "addr add 172.31.0.1/16 dev docker0",
       "link set dev docker0 up", "route add 10.255.0.0/16 via 172.31.0.9",
       "route add blackhole 10.254.0.0/16")  # fmt: skip


@healthy("route-by-second-router", uplinks=2)
def second_router(w: World) -> None:
    """A fixed route leads the acquirer by the second card, and that is right."""
    ip("shop", f"route add {w.plan.acq} via {w.plan.second[1]}")


@healthy("second-card-same-lan")
def second_card(w: World) -> None:
    """Two cards of this machine are plugged into the same switch."""
    p = w.plan
    ip(HERE, "link add port9 type veth peer name eth1 netns shop",
       "link set dev port9 master br0 up")  # fmt: skip
    ip("shop", "link set dev eth1 up", f"addr add {p.spare}/{p.mask} dev eth1",
       f"route del {p.lan} dev eth1")  # fmt: skip


@healthy("router-answers-for-all")
def answers_for_all(w: World) -> None:
    """The router answers every ARP question with its own hardware address, also about
    the asking machine's own, as access points with client isolation do."""
    w.later(lambda: arp.answer_for_all("router", "lan0"))


@healthy("own-card-mtu-1300")
def own_mtu(w: World) -> None:
    """This machine's own card is set to packets of 1300 bytes."""
    ip("shop", "link set dev eth0 mtu 1300")
    w.expect("path.mtu", variant="own-card", mtu=1300)


@healthy("own-card-jumbo")
def jumbo(w: World) -> None:
    """This machine's own card is set to jumbo frames, which nothing else here takes."""
    ip("shop", "link set dev eth0 mtu 9000")


@healthy("ipv6-only")
def six_only(w: World) -> None:
    """No IPv4 at all: the acquirer has both addresses and is reached by AAAA."""
    six.alone(w)
    w.resolver.options.append(f"--host-record={w.plan.name},{six.ACQUIRER}")
    w.resolver.options.append(f"--host-record=online.{w.plan.domain},{six.WEB}")
    w.resolv(six.RESOLVER)


@healthy("ipv6-acquirer-only")
def six_acquirer(w: World) -> None:
    """Both families; the acquirer's name has an AAAA record alone."""
    six.connect(w)
    w.later(lambda: six.serve(w))
    w.resolver.names.pop(w.plan.name)
    w.resolver.options.append(f"--host-record={w.plan.name},{six.ACQUIRER}")
