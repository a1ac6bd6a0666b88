"""The network is joined, and what lies behind it is at fault."""

import time

from tests.lab.wifi import events
from tests.lab.wifi.case import case
from tests.lab.wifi.world import World

JOINED = "CTRL-EVENT-CONNECTED"
NO_LEASE = (JOINED, "^no lease")
NM_NO_LEASE = "IP configuration could not be reserved"
UP = "successfully activated"


@case("dhcp-silent", "wifi.no-lease", sign=NO_LEASE, nm=NM_NO_LEASE)
def dhcp_silent(w: World) -> None:
    """The router's DHCP server is off."""
    w.router.wanted = False


@case("dhcp-pool-empty", "wifi.no-lease", sign=NO_LEASE, nm=NM_NO_LEASE)
def pool_empty(w: World) -> None:
    """Every address of the pool is taken."""
    w.lease(w.router, first=100, last=100)
    only = w.plan.lan[100]
    w.router.options.append(f"--dhcp-host=5c:02:14:aa:bb:cc,{only}")


@case(
    "dns-dead",
    "dns.server-unreachable",
    sign=(JOINED, "name not found"),
    nm=(UP, "name not found"),
)
def dns_dead(w: World) -> None:
    """The router gives out addresses but answers no DNS."""
    w.router.dns = False
    w.drop("router", "udp dport 53 drop; tcp dport 53 drop", "input")


@case("dns-dead-joined", "dns.server-unreachable", sign="name not found")
def dns_dead_joined(w: World) -> None:
    """The same, joined beforehand and left alone."""
    dns_dead(w)
    w.connected()
    w.passive()


@case(
    "not-forwarding",
    "isp.no-internet",
    sign=(JOINED, "gateway answers", "acquirer silent"),
    nm=(UP, "acquirer silent"),
)
def not_forwarding(w: World) -> None:
    """The router answers but passes nothing on."""
    w.drop("router", "oifname wan0 drop")
    w.drop("router", "oifname wan0 drop", "output")


@case("hotspot-no-data", "isp.no-internet", sign=("gateway answers", "acquirer silent"))
def hotspot_no_data(w: World) -> None:
    """A phone's hotspot whose mobile data is off."""
    w.phone("192.168.43.0/24", 1)
    w.drop("router", "oifname wan0 drop")
    w.drop("router", "oifname wan0 drop", "output")
    w.connected()
    w.passive()


@case(
    "gateway-dead", "router.unreachable",
    sign=("gateway silent", "acquirer silent"),
)  # fmt: skip
def gateway_dead(w: World) -> None:
    """The router hangs while the access point goes on; joined beforehand."""
    w.connected()
    w.passive()
    w.last.append(events.silence_router)
    w.last.append(lambda world: events.drop_all(world, "router"))
    # It has answered while the world was made: that must not be just now.
    w.last.append(lambda world: time.sleep(5))


@case(
    "acquirer-closed",
    "acquirer.port-closed",
    sign=(JOINED, "acquirer refused"),
    nm=(UP, "acquirer refused"),
)
def acquirer_closed(w: World) -> None:
    """All is well up to the acquirer, whose port is closed."""
    w.acquirer = None


@case(
    "acquirer-blocked",
    "acquirer.port-blocked",
    sign=(JOINED, "acquirer silent"),
    nm=(UP, "acquirer silent"),
)
def acquirer_blocked(w: World) -> None:
    """Packets to the acquirer's port vanish."""
    w.drop("net", f"tcp dport {w.plan.port} drop", "input")
