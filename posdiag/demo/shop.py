"""The healthy shop of the demonstration, in one description.

Machine, router, provider, the Internet, an acquirer with a spare, a back office. The
addresses are private (RFC 1918), shared (RFC 6598) or for documentation (RFC 5737);
nothing is ever sent to any of them.
"""

from dataclasses import replace
from pathlib import Path

from posdiag.demo.world import Clock, Dns, Host, Page, Segment, Tls, World
from posdiag.model.questions.lan import Offer
from posdiag.model.questions.machine import Address, Interface, Route
from posdiag.model.site import (
    Acquirer,
    Connection,
    Iso8583,
    Site,
    SiteInfo,
    Target,
    Wifi,
)

NAME = "演示店 / Demo shop"
OWN, ROUTER, OTHER = "192.168.1.23", "192.168.1.1", "192.168.1.77"
ISP, BACKBONE = "100.64.0.1", "198.51.100.1"
RESOLVER, OFFICE, WEB = "198.51.100.53", "198.51.100.90", "198.51.100.80"
STRANGER = "198.51.100.66"
ACQUIRER, SPARE = "203.0.113.10", "203.0.113.20"
ACQUIRER_NAME, SPARE_NAME = "pos.acquirer.example", "pos2.acquirer.example"
OFFICE_NAME, WEB_NAME = "office.shop.example", "online.example"
# posdiag's own public anchors (limits.toml): here they are simulators like the rest.
PUBLIC = ("223.5.5.5", "119.29.29.29", "114.114.114.114")
OWN_MAC, ROUTER_MAC, OTHER_MAC = (f"02:00:5e:10:00:{n:02x}" for n in (23, 1, 77))

LOOPBACK = Interface(
    name="lo",
    kind="loopback",
    enabled=True,
    carrier=True,
    mtu=65536,
    mac="",
    addresses=(Address("127.0.0.1", 8, 4, "host"),),
)
ETHERNET = Interface(
    name="eth0",
    kind="ethernet",
    enabled=True,
    carrier=True,
    mtu=1500,
    mac=OWN_MAC,
    addresses=(Address(OWN, 24, 4, "global", ("dynamic",)),),
    speed_mbps=1000,
    duplex="full",
    carrier_changes=1,
)
WIRELESS = replace(ETHERNET, name="wlan0", kind="wifi", speed_mbps=None, duplex=None)
LEASE = Offer(
    ROUTER, OWN, "255.255.255.0", (ROUTER,), (ROUTER,), lease=86_400, mac=ROUTER_MAC
)


def healthy() -> World:
    """Nothing is wrong: 26 ms to the acquirer."""
    names = Dns()
    return World(
        interfaces=(LOOPBACK, ETHERNET),
        routes=(
            Route("default", ROUTER, "eth0", 100),
            Route("192.168.1.0/24", None, "eth0", 100),
        ),
        resolvers=(ROUTER,),
        offers=(LEASE,),
        segments={
            "lan.eth0": Segment(ROUTER, 0.001),
            "line": Segment(ISP, 0.010),
            "core": Segment(BACKBONE, 0.008),
            "acquirer": Segment(delay=0.007),
            "spare": Segment(delay=0.009),
            "others": Segment(delay=0.004),
        },
        hosts=(
            Host(
                address=ROUTER,
                services={53: names, 123: Clock()},
                mac=ROUTER_MAC,
                link="eth0",
                via=(),
                uplink=("line",),
            ),
            Host("192.168.1.50", {}, "02:00:5e:10:00:50", "eth0"),  # a receipt printer
            Host(RESOLVER, {53: names}, via=("core", "others")),
            Host(WEB, {80: Page()}, via=("core", "others")),
            Host(OFFICE, {443: Tls("office")}, via=("core", "others")),
            Host(STRANGER, {443: Tls("stranger")}, via=("core", "others")),
            Host(ACQUIRER, {443: Tls()}, via=("core", "acquirer")),
            Host(SPARE, {443: Tls()}, via=("core", "spare")),
            *(Host(a, {53: names}, via=("core", "others")) for a in PUBLIC),
        ),
        names={
            "localhost": "127.0.0.1",
            ACQUIRER_NAME: ACQUIRER,
            SPARE_NAME: SPARE,
            OFFICE_NAME: OFFICE,
            WEB_NAME: WEB,
        },
    )


def over_wifi(world: World) -> World:
    """The same machine, joined to the shop's Wi-Fi in place of the cable."""
    cable, radio = ETHERNET.name, WIRELESS.name

    def renamed(name: str) -> str:
        return radio if name == cable else name

    return replace(
        world,
        interfaces=(LOOPBACK, WIRELESS),
        routes=tuple(replace(r, interface=renamed(r.interface)) for r in world.routes),
        segments={**world.segments, f"lan.{radio}": world.segments[f"lan.{cable}"]},
        hosts=tuple(replace(host, link=renamed(host.link)) for host in world.hosts),
    )


def not_joined(world: World) -> World:
    """The same machine with Wi-Fi switched on, outside every network."""
    idle = replace(WIRELESS, carrier=False, addresses=(), carrier_changes=0)
    return replace(
        over_wifi(world),
        interfaces=(LOOPBACK, idle),
        routes=(),
        resolvers=(),
        offers=(),
    )


def site(certificates: Path, wifi: Wifi | None = None) -> Site:
    """The profile of this shop; `certificates` is the folder of `certificates.make`.
    `wifi`: the network of the terminal, where it comes in by Wi-Fi."""
    return Site(
        site=SiteInfo(NAME, "000000000000001", "00000001", None, "counter"),
        connection=Connection("wifi", WIRELESS.name) if wifi else Connection(),
        wifi=wifi or Wifi(),
        acquirer=Acquirer(
            ACQUIRER_NAME,
            443,
            ca_file=str(certificates / "ca.pem"),
            backup=(f"{SPARE_NAME}:443",),
            iso8583=Iso8583(tpdu="6000030000", terminal_id="00000001"),
        ),
        target=(Target("后台 / Back office", OFFICE_NAME),),
        connectivity=(f"http://{WEB_NAME}/generate_204",),
    )
