"""Large packets vanish; the preferred of two uplinks is dead."""

from tests.lab.case import fault
from tests.lab.netns import HERE, ip
from tests.lab.world import World


@fault("mtu-1400", "path.mtu-black-hole")
def mtu_1400(w: World) -> None:
    """More than 1400 bytes vanish at the ISP, both ways."""
    w.drop("isp", "meta length > 1400 drop")


@fault("mtu-1280", "path.mtu-black-hole")
def mtu_1280(w: World) -> None:
    """More than 1280 bytes vanish at the ISP, both ways."""
    w.drop("isp", "meta length > 1280 drop")


@fault("mtu-1492", "path.mtu-black-hole")
def mtu_1492(w: World) -> None:
    """PPPoE without a word: more than 1492 bytes vanish."""
    w.drop("isp", "meta length > 1492 drop")


@fault("mtu-down-only", "path.mtu-black-hole")
def down_only(w: World) -> None:
    """Only what comes from the acquirer is too large."""
    w.drop("isp", 'oifname "cust0" meta length > 1360 drop')


@fault("mtu-icmp-filtered", "path.mtu-black-hole")
def icmp_filtered(w: World) -> None:
    """A narrow link whose router announces it, and a firewall that eats that."""
    ip("router", "link set dev wan0 mtu 1280")
    ip("isp", "link set dev cust0 mtu 1280")
    w.drop("router", "icmp type destination-unreachable drop", "output")
    w.drop("isp", "icmp type destination-unreachable drop", "output")


@fault("mtu-no-ping", "path.mtu-black-hole")
def no_ping(w: World) -> None:
    """The acquirer ignores ping: only TLS shows it."""
    w.drop("acq", "icmp type echo-request drop", "input")
    w.drop("isp", "meta length > 1300 drop")


@fault("mtu-relay", "path.mtu-black-hole", relays={"wan": {"mtu": 1420}})
def relay(w: World) -> None:
    """A tunnel on the line that swallows more than 1420 bytes."""


@fault("uplink-gateway-dead", "path.dead-uplink", uplinks=2)
def gateway_dead(w: World) -> None:
    """The preferred of two routers is dead."""
    ip(HERE, "link set dev port3 down")
    w.resolv(str(w.plan.second[1]))


@fault("uplink-line-dead", "path.dead-uplink", uplinks=2)
def line_dead(w: World) -> None:
    """The preferred router lives, its line does not."""
    w.drop("isp", 'iifname "cust0" drop')
    w.drop("isp", 'iifname "cust0" drop', "input")
    w.resolv(w.plan.router, str(w.plan.second[1]))


@fault("uplink-line-down", "path.dead-uplink", uplinks=2)
def line_down(w: World) -> None:
    """The preferred router says that its line is down."""
    ip("router", "link set dev wan0 down")
    w.resolv(str(w.plan.second[1]))
