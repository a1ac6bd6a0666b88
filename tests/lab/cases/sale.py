"""Loss that small, steady echoes do not feel: by size, by connection, by the moment.

All packets of an outage or a burst are lost, both ways; phases are drawn at random.
"""

from tests.lab.case import fault, healthy
from tests.lab.netns import sysctl
from tests.lab.world import World

LARGE = {"above": 600, "above_loss": 0.4}
SHORT_OUTAGES = {"every": 2.0, "outage": 0.3}
LONG_OUTAGES = {"every": 5.0, "outage": 1.5}
BURSTS = {"burst": 10, "burst_rate": 0.02}


def larger(w: World, check: str = "acquirer.loss") -> None:
    w.expect(check, kind="large")


@fault("isp-loss-large", "isp.packet-loss", relays={"wan": LARGE})
def isp_large(w: World) -> None:
    """40 % of the packets above 600 bytes are lost on the shop's line."""
    larger(w)


@fault("isp-loss-large-up", "isp.packet-loss")
def isp_large_up(w: World) -> None:
    """60 % of the packets above 600 bytes that leave the shop are lost on the line."""
    rule = 'oifname "wan0" meta length > 600 numgen random mod 100 < 60 drop'
    w.drop("router", rule)
    larger(w)


@fault("router-loss-large", "router.packet-loss", relays={"lan": LARGE})
def router_large(w: World) -> None:
    """40 % of the packets above 600 bytes are lost between switch and router."""
    larger(w)


@fault("acquirer-loss-large", "acquirer.packet-loss", relays={"acq": LARGE})
def acquirer_large(w: World) -> None:
    """40 % of the packets above 600 bytes are lost on the acquirer's line."""
    larger(w)


@fault("acquirer-loss-syn", "acquirer.packet-loss")
def acquirer_syn(w: World) -> None:
    """Half of the connections to the acquirer are lost before it; all else passes."""
    syn = f"ip daddr {w.plan.acquirer} tcp flags & (syn|ack) == syn"
    w.drop("core", f"{syn} numgen random mod 100 < 50 drop")
    w.expect("acquirer.loss", kind="connections")


@fault("acquirer-loss-syn-ack", "acquirer.packet-loss")
def acquirer_syn_ack(w: World) -> None:
    """Half of the acquirer's answers to a SYN are lost before it; all else passes."""
    answer = f"ip saddr {w.plan.acquirer} tcp flags & (syn|ack) == syn|ack"
    w.drop("core", f"{answer} numgen random mod 100 < 50 drop")
    w.expect("acquirer.loss", kind="connections")


@fault("isp-loss-syn", "isp.packet-loss")
def isp_syn(w: World) -> None:
    """Half of all new connections are lost on the shop's line; all else passes."""
    syn = "tcp flags & (syn|ack) == syn"
    w.drop("isp", f"{syn} numgen random mod 100 < 50 drop")
    w.expect("acquirer.loss", kind="connections")


@fault("router-outages-short", "router.packet-loss", relays={"lan": SHORT_OUTAGES})
def router_short(w: World) -> None:
    """The LAN is gone for 0.3 s in every 2 s."""


@fault("isp-outages-short", "isp.packet-loss", relays={"wan": SHORT_OUTAGES})
def isp_short(w: World) -> None:
    """The shop's line is gone for 0.3 s in every 2 s."""


@fault("acquirer-outages-short", "acquirer.packet-loss", relays={"acq": SHORT_OUTAGES})
def acquirer_short(w: World) -> None:
    """The acquirer's line is gone for 0.3 s in every 2 s."""


@fault("router-outages-long", "router.packet-loss", relays={"lan": LONG_OUTAGES})
def router_long(w: World) -> None:
    """The LAN is gone for 1.5 s in every 5 s."""


@fault("isp-outages-long", "isp.packet-loss", relays={"wan": LONG_OUTAGES})
def isp_long(w: World) -> None:
    """The shop's line is gone for 1.5 s in every 5 s."""


@fault("acquirer-outages-long", "acquirer.packet-loss", relays={"acq": LONG_OUTAGES})
def acquirer_long(w: World) -> None:
    """The acquirer's line is gone for 1.5 s in every 5 s."""


@fault("isp-bursts", "isp.packet-loss", relays={"wan": BURSTS})
def isp_bursts(w: World) -> None:
    """Ten packets in a row are lost on the shop's line, again and again."""


@fault("router-bursts", "router.packet-loss", relays={"lan": BURSTS})
def router_bursts(w: World) -> None:
    """Ten packets in a row are lost on the LAN, again and again."""


@fault(
    "acquirer-loss-hotspot",
    "acquirer.packet-loss",
    relays={"acq": {"delay": 0.125, "loss_down": 0.3}},
)
def metered(w: World) -> None:
    """A metered line: 30 % is lost at the acquirer's end, 250 ms away."""
    w.set("connection", kind="cellular")


@healthy("large-pings-dropped")
def large_pings(w: World) -> None:
    """The acquirer takes no pings above 200 bytes."""
    w.drop("acq", "icmp type echo-request meta length > 200 drop", "input")


@healthy("jitter", relays={"wan": {"delay": 0.05, "jitter": 0.04}})
def jitter(w: World) -> None:
    """An uneven line that loses nothing."""


@healthy("mtu-1400-large", relays={"acq": {"delay": 0.02}})
def mtu_announced(w: World) -> None:
    """The next hop is no bottleneck, but the path's MTU is 1400, and announced."""
    from tests.lab.netns import ip

    ip("isp", "link set dev core0 mtu 1400")
    ip("core", "link set dev isp0 mtu 1400")
    sysctl("shop", ipv4__tcp_mtu_probing=0)
