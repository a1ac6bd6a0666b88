"""The router of the right address: dead, lossy or slow on the LAN."""

from tests.lab.case import fault
from tests.lab.netns import HERE, ip
from tests.lab.world import World


@fault("router-dead", "router.unreachable")
def dead(w: World) -> None:
    """No power; it was the DHCP server and the resolver too."""
    ip(HERE, "link set dev port3 down")


@fault("router-dead-public-dns", "router.unreachable")
def dead_dns(w: World) -> None:
    """No power; the resolver is a public one."""
    w.resolv(w.plan.resolver)
    ip("router", "link set dev lan0 down", "link set dev wan0 down")


@fault("router-dead-told", "router.unreachable")
def dead_told(w: World) -> None:
    """No power; the profile names it."""
    w.set("connection", gateway=w.plan.router, kind="ethernet")
    ip("router", "link set dev lan0 down", "link set dev wan0 down")


@fault("router-dead-no-profile", "router.unreachable")
def dead_untold(w: World) -> None:
    """No power, no profile."""
    w.profile = None
    ip(HERE, "link set dev port3 down")


@fault("router-dead-private", "router.unreachable", private=True)
def dead_private(w: World) -> None:
    """No power, in a private payment network."""
    w.set("connection", kind="private")
    w.connectivity(False)
    ip(HERE, "link set dev port3 down")


@fault("router-loss-20", "router.packet-loss", relays={"lan": {"loss_down": 0.2}})
def loss_20(w: World) -> None:
    """One packet in five is lost between switch and router."""


@fault("router-loss-10", "router.packet-loss", relays={"lan": {"loss_up": 0.1}})
def loss_10(w: World) -> None:
    """One packet in ten is lost between switch and router."""


@fault("router-loss-30-both", "router.packet-loss", relays={"shop": {"loss": 0.3}})
def loss_30(w: World) -> None:
    """30 % each way on the shop's own cable: half of all exchanges."""


@fault("router-loss-quick", "router.packet-loss", relays={"lan": {"loss": 0.13}})
def loss_quick(w: World) -> None:
    """A quarter of all exchanges is lost, judged by --quick."""
    w.args += ["--quick"]


@fault("router-loss-no-ping", "router.packet-loss", relays={"lan": {"loss": 0.12}})
def loss_no_ping(w: World) -> None:
    """A router that ignores ping, behind a bad cable."""
    w.drop("router", "icmp type echo-request drop", "input")


@fault("router-slow", "router.slow", relays={"lan": {"delay": 0.15}})
def slow(w: World) -> None:
    """300 ms to the router and back."""


@fault(
    "router-slow-jitter", "router.slow", relays={"shop": {"delay": 0.2, "jitter": 0.08}}
)
def slow_jitter(w: World) -> None:
    """About 400 ms, uneven."""


@fault("router-forbids-device", "isp.no-internet")
def forbids(w: World) -> None:
    """A block list of the router rejects what this one machine sends."""
    rule = "reject with icmp type admin-prohibited"
    w.drop("router", f"ip saddr {w.plan.shop} {rule}")


@fault("router-arp-only", "router.unreachable")
def arp_only(w: World) -> None:
    """The router hangs: it answers ARP and nothing else. It is the resolver too."""
    w.drop("router", 'iifname "lan0" drop', "prerouting")


@fault("router-arp-only-public-dns", "router.unreachable")
def arp_only_dns(w: World) -> None:
    """The same, and the resolver is a public one."""
    w.resolv(w.plan.resolver)
    w.drop("router", 'iifname "lan0" drop', "prerouting")


def astray(w: World) -> None:
    """The router believes that this machine's address has another hardware address."""
    neighbour = f"neigh replace {w.plan.shop} lladdr 02:00:00:00:00:77"
    ip("router", f"{neighbour} dev lan0 nud permanent")


@fault("router-replies-elsewhere", "router.unreachable")
def replies_elsewhere(w: World) -> None:
    """The router answers ARP, and its replies go to another hardware address; the
    switch floods them to every port."""
    astray(w)


@fault("router-replies-elsewhere-public-dns", "router.unreachable")
def replies_elsewhere_dns(w: World) -> None:
    """The same, and the resolver is a public one."""
    w.resolv(w.plan.resolver)
    astray(w)


@fault("router-quiet-line-dead", "isp.no-internet")
def quiet_line_dead(w: World) -> None:
    """The router ignores whatever is sent to itself, and forwards to a dead line."""
    w.resolv(w.plan.resolver)
    w.drop("router", "meta l4proto { tcp, icmp, udp } drop", "input")
    w.drop("isp", "drop")


@fault("host-firewall-drops-all", "host.firewall")
def own_firewall_drops(w: World) -> None:
    """This machine's own firewall lets nothing out, as a VPN's kill switch does."""
    w.drop("shop", 'oifname "eth0" drop', "output")
