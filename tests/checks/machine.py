"""An ordinary shop to ask questions of, and ways to alter one thing about it.

Laptop eth0 192.168.1.50/24 · router 192.168.1.1 · ISP 100.64.0.1 · DNS 198.51.100.53 ·
acquirer pay.example 203.0.113.9:443. By Wi-Fi (`wireless()`): wlan0 on SHOP-POS, WPA2,
channel 6, access point 02:00:00:00:01:00.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from posdiag.model.questions import wifi as wq
from posdiag.model.questions import wifi_answers as wa
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import (
    AskBluetooth,
    AskPrinter,
    AskReaders,
    AskWireguard,
    Bluetooth,
    BluetoothAdapter,
    CardReader,
    CardReaders,
    Dialled,
    DialLine,
    PrinterDialogue,
    PrinterReply,
    Wireguard,
)
from posdiag.model.questions.lan import (
    ArpReplies,
    ArpReply,
    AskNeighbour,
    AskSweep,
    DiscoverDhcp,
    Neighbour,
    Offer,
    Offers,
    ProbeArp,
    Sweep,
)
from posdiag.model.questions.machine import (
    Address,
    AskDamage,
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    AskRoutes,
    AskTime,
    Counters,
    Damage,
    Interface,
    Interfaces,
    LocalName,
    Resolvers,
    Route,
    Routes,
    WallClock,
)
from posdiag.model.questions.tls import Certificate, Handshake, Shake
from posdiag.model.questions.wire import (
    AskNetworkTime,
    Connect,
    Connection,
    DnsReply,
    Echoes,
    Fetch,
    Hop,
    Hops,
    HttpReply,
    Lookup,
    MeasureSpeed,
    Ping,
    Speed,
    TimeReply,
    Trace,
)
from posdiag.model.site import Acquirer, Site
from posdiag.system.core.replay import Replay

OWN, MAC, GATEWAY, ROUTER_MAC = "192.168.1.50", "02:01", "192.168.1.1", "02:fe"
ISP, DNS, DNS2 = "100.64.0.1", "198.51.100.53", "198.51.100.54"
HOST, ACQUIRER, PORTAL, PROBE = "pay.example", "203.0.113.9", "192.0.2.80", "192.0.2.44"
NOW = 1_796_083_200.0  # 2026-12-01 00:00 UTC
DAY = 86_400.0
SITE = Site(acquirer=Acquirer(host=HOST))
Answers = Mapping[Any, Any]


# -- the machine ----------------------------------------------------------------------


def port(name: str = "eth0", address: str = f"{OWN}/24", **more: Any) -> Interface:
    """One interface; `address` "" for none."""
    ip, _, prefix = address.partition("/")
    scope: Any = "link" if ip.startswith(("169.254.", "fe80")) else "global"
    family = 6 if ":" in ip else 4
    had = (Address(ip, int(prefix), family, scope),) if ip else ()
    kept = {"kind": "ethernet", "enabled": True, "carrier": True, "mtu": 1500}
    kept |= {"mac": MAC, "addresses": had, "counters": Counters(100, 100)}
    return Interface(name, **{**kept, **more})


LO = Interface(name="lo", kind="loopback", enabled=True, carrier=True, mtu=65536)


def ports(*all: Interface) -> Interfaces:
    return Interfaces((LO, *all))


def way(gateway: str | None = GATEWAY, interface: str = "eth0", **more: Any) -> Route:
    return Route("default", gateway, interface, **more)


def ways(*all: Route) -> Routes:
    return Routes(all)


# -- who answers ----------------------------------------------------------------------


def alive(*addresses: str) -> Callable[[AskNeighbour], Neighbour]:
    """These are on the link; for any other address the kernel gives up after 3 s."""

    def neighbour(asked: AskNeighbour) -> Neighbour:
        if asked.address in addresses:
            return Neighbour(asked.address, "alive", ROUTER_MAC)
        given_up = asked.timeout > 3.0
        return Neighbour(asked.address, "failed" if given_up else "pending")

    return neighbour


def arp(*replies: ArpReply) -> Callable[[ProbeArp], ArpReplies]:
    """Replies to those of the asked addresses that somebody has."""

    def probe(asked: ProbeArp) -> ArpReplies:
        told = (r for r in replies if r.address in asked.addresses)
        kept = (r if asked.beyond else replace(r, forwards=None) for r in told)
        return ArpReplies(tuple(kept))

    return probe


class Dice:
    """About every nth packet to an address is lost, as chance has it."""

    def __init__(self, nth: Mapping[str, int]) -> None:
        self._nth, self._random = nth, random.Random(2)

    def lost(self, address: str) -> bool:
        nth = self._nth.get(address, 0)
        return nth > 0 and self._random.random() * nth < 1


def echoes(
    deaf: tuple[str, ...] = (),
    *,
    delay: Mapping[str, float] | None = None,
    every: Mapping[str, int] | None = None,
    limit: int = 0,
    says: int | None = None,
) -> Callable[[Ping], Echoes]:
    """Ping: `deaf` addresses are silent, about `every` nth echo is lost, packets above
    `limit` bytes are, and `says` is the MTU that is announced for them."""
    dice = Dice(every or {})

    def ping(asked: Ping) -> Echoes:
        to = asked.address
        trip = (delay or {}).get(to, 0.02)
        if limit and asked.whole and asked.size + 28 > limit:
            return Echoes(to, (None,) * asked.count, too_big=says)
        trips: list[float | None] = []
        for _ in range(asked.count):
            lost = to in deaf or "*" in deaf or dice.lost(to)
            trips.append(None if lost else trip)
        return Echoes(to, tuple(trips))

    return ping


def connects(
    says: Mapping[tuple[str, int] | str, Connection],
    rest: Connection | None = None,
    *,
    every: Mapping[str, int] | None = None,
) -> Callable[[Connect], Connection]:
    """TCP by (address, port), then by address, then `rest` (open); about `every` nth
    SYN and FIN is lost."""
    dice = Dice(every or {})

    def connect(asked: Connect) -> Connection:
        to = asked.address
        found = says.get((to, asked.port), says.get(to)) or rest or OPEN
        again = int(dice.lost(to))
        unasked = found.fin_acked is None or not asked.check_fin
        fin_acked = None if unasked else found.fin_acked and not dice.lost(to)
        return replace(
            found,
            seconds=found.seconds + again,  # a SYN is sent again after a second
            retransmits=found.retransmits + again,
            fin_acked=fin_acked,
        )

    return connect


OPEN = Connection("ok", 0.03, fin_acked=True)
REFUSED = Connection("refused", 0.03)
SILENT = Connection("silent", 4.0, tries=5)
CERTIFICATE = Certificate(
    subject=f"CN={HOST}",
    issuer="CN=Good CA",
    names=(HOST,),
    not_before=NOW - 90 * DAY,
    not_after=NOW + 90 * DAY,
    self_signed=False,
)
GOOD = Handshake(
    tcp=OPEN,
    step="done",
    outcome="ok",
    seconds=0.09,
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    received=4000,
    segment=1448,
    certificate=CERTIFICATE,
)
NO_TCP = Handshake(SILENT, "tcp", "silent", 4.0)
STALLED = Handshake(OPEN, "hello", "silent", 5.0)


def zone(
    names: Mapping[str, tuple[str, ...]] | None = None,
    servers: Mapping[str, DnsReply | None] | None = None,
) -> Callable[[Lookup], DnsReply]:
    """DNS: `names` beside the ordinary ones; a server may answer in its own way (None:
    as ordinary)."""
    known = {HOST: (ACQUIRER,), "connect.rom.miui.com": (PROBE,), **(names or {})}

    def lookup(asked: Lookup) -> DnsReply:
        own = (servers or {}).get(asked.server)
        if own is not None:
            return own
        if asked.name not in known:
            return DnsReply("ok", "NXDOMAIN", (), 0.02)
        six = asked.kind == "AAAA"
        found = tuple(x for x in known[asked.name] if (":" in x) is six)
        return DnsReply("ok", "NOERROR", found, 0.02)

    return lookup


DNS_SILENT = DnsReply("silent", seconds=4.0, tries=6)
PAGE = HttpReply("ok", 204, date=NOW, seconds=0.05)


def hops(*by: str | None, reached: str = "") -> Hops:
    """The answers to packets that die after 1, 2, 3... hops."""
    found = [
        Hop(i, who, 0.01, "expired" if who else "silent")
        for i, who in enumerate(by, start=1)
    ]
    if reached:
        found.append(Hop(len(by) + 1, reached, 0.01, "reached"))
    return Hops(tuple(found))


def offer(router: str = GATEWAY, address: str = OWN, **more: Any) -> Offer:
    kept = {"server": router, "mask": "255.255.255.0", "dns": (DNS,)}
    return Offer(address=address, routers=(router,), **{**kept, **more})


def offers(*all: Offer) -> Offers:
    return Offers(all, 3.3)


# -- Wi-Fi ----------------------------------------------------------------------------

SSID, BSSID, PASSPHRASE = "SHOP-POS", "02:00:00:00:01:00", "correct-horse-42"


def ap(name: str | bytes = SSID, signal: float | None = -50.0, **more: Any) -> Any:
    """One access point, WPA2 on channel 6."""
    octets = name.encode() if isinstance(name, str) else name
    kept: dict[str, Any] = {"bssid": BSSID, "frequency": 2437, "age": 0.2, "width": 20}
    kept |= {"protocols": ("rsn",), "akms": ("psk",), "ciphers": ("ccmp",)}
    kept |= {"group": "ccmp", "pmf": "no", "standard": "n"}
    return wa.AccessPoint(ssid=octets.hex(), signal=signal, **{**kept, **more})


def scanned(*all: wa.AccessPoint, **more: Any) -> Answers:
    """The answer of a scan."""
    return {wq.ScanWifi: wa.WifiScan(all, **{"seconds": 2.0, **more})}


def on_air(name: str = SSID, **more: Any) -> wa.WifiLink:
    """This machine's association."""
    kept: dict[str, Any] = {"state": "connected", "bssid": BSSID, "frequency": 2437}
    kept |= {"signal": -50.0, "average": -50.0, "authorized": True}
    return wa.WifiLink(ssid=name.encode().hex(), **{**kept, **more})


OFF_AIR = wa.WifiLink("disconnected")
CHANNELS = tuple(
    wa.RadioChannel(frequency)
    for frequency in (*range(2412, 2473, 5), *range(5180, 5241, 20))
)


def wireless(joined: bool = True) -> Answers:
    """The machine comes in by Wi-Fi alone, or would if it were joined."""
    if joined:
        return {
            AskInterfaces: ports(port("wlan0", kind="wifi")),
            AskRoutes: ways(way(interface="wlan0")),
            wq.AskWifiLink: on_air(),
        }
    return {
        AskInterfaces: ports(port("wlan0", "", kind="wifi", carrier=False)),
        AskRoutes: ways(),
        wq.AskWifiLink: OFF_AIR,
    }


READY = tuple(PrinterReply(n, "12") for n in (1, 2, 3, 4))
EQUIPMENT: Answers = {
    AskWireguard: Wireguard(spoken=False),
    AskPrinter: PrinterDialogue("open", READY),
    AskReaders: CardReaders((CardReader("ACS ACR39U 00 00", "none"),)),
    DialLine: Dialled("answers", "connect", "heard", 12.0),
    AskBluetooth: Bluetooth((BluetoothAdapter("hci0", True),)),
    MeasureSpeed: Speed(40e6, 8e6, "iperf.example:5201"),
}
"""What stands beside the network card: nothing, in the ordinary shop."""

ORDINARY: Answers = {
    AskInterfaces: ports(port()),
    AskDamage: Damage(0, 1000),
    AskRoutes: ways(way()),
    AskNeighbour: alive(GATEWAY),
    AskSweep: Sweep((Neighbour(GATEWAY, "alive", ROUTER_MAC),), 253),
    AskResolvers: Resolvers((DNS,)),
    AskLocalName: LocalName(()),
    AskTime: WallClock(NOW),
    Ping: lambda asked: echoes()(asked),
    Connect: connects({}),
    Shake: GOOD,
    Lookup: zone(),
    Fetch: PAGE,
    Trace: hops(GATEWAY, ISP, reached=ACQUIRER),
    AskNetworkTime: TimeReply(0.0),
    DiscoverDhcp: offers(offer()),
    ProbeArp: arp(ArpReply(GATEWAY, ROUTER_MAC, True)),
    wq.AskRadio: wa.Radio("wlan0", "iwlwifi", country="CN", channels=CHANNELS),
    wq.ScanWifi: wa.WifiScan((ap(),), seconds=2.0),
    wq.AskWifiLink: OFF_AIR,
    wq.AskSurvey: wa.Survey(()),
    wq.WatchWifi: wa.WifiEvents((), 3.0),
    wq.JoinWifi: wa.Joined(
        manager="wpa_supplicant",
        attempts=(
            wa.JoinAttempt("joined", 1.2, signal=-50.0, sent=20, retries=1, failed=0),
        ),
        lease="ok",
        address=f"{OWN}/24",
        lease_seconds=1.1,
        former="",
        after="held",
        seconds=3.0,
    ),
    wq.ReadHandshakes: wa.Handshakes(()),
    **EQUIPMENT,
}
UNTOLD: Answers = {kind: Unknown("unsupported") for kind in ORDINARY}


def shop(*changes: Answers) -> Replay:
    """The ordinary shop with some answers changed; later changes win."""
    known: dict[Any, Any] = dict(ORDINARY)
    for change in changes:
        known.update(change)
    return Replay(known)


def site(**more: Any) -> Site:
    """The ordinary site with other tables."""
    return replace(SITE, **more)
