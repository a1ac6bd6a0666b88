"""One site with its radios, access points, router, ISP and acquirer, in the guest.

    (radio) wlan0 ))) (( access points = lan0 router wan0 -- cust0 isp net0 -- eth0 net
              |                                  (NAT)
         posdiag, in the root namespace          neighbours: `air`; others: `other`

A case's setup changes the attributes before anything is built; it is also called on the
host, where only the number of radios is asked for, so it touches nothing outside.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from tests.lab import services
from tests.lab.dnsmasq import Dnsmasq
from tests.lab.wifi.air import Air, Ap, bssid, draw_air, hotspot
from tests.lab.wifi.case import Way
from tests.lab.wifi.medium import Rule
from tests.lab.wifi.processes import Processes

START = 30.0  # the guest's seconds until an access point must be on the air
FAINT = -78  # below this frames are lost, which only the medium does


@dataclass
class Placed:
    """An access point on its radio, in a namespace."""

    ap: Ap
    space: str
    radio: int

    @property
    def interface(self) -> str:
        return f"wlan{self.radio}"


@dataclass
class Station:
    """Another client, on its radio, in a namespace of its own."""

    name: str
    radio: int
    network: str  # a network block of wpa_supplicant
    later: bool = False  # a case starts it itself


@dataclass
class Before:
    """What the machine is joined to before posdiag is started."""

    ap: Ap
    passphrase: str


@dataclass
class World:
    air: Air
    way: Way
    folder: Path = Path("/run/lab")
    certs: Path = Path("/certs")
    placed: list[Placed] = field(default_factory=list)
    stations: list[Station] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    args: list[str] = field(default_factory=lambda: ["--allow-join"])
    before: Before | None = None
    unmanaged: bool = False  # no program manages the machine's adapter
    monitor: int | None = None  # the channel that a capture is made on
    wired: bool = False  # the machine is online by a cable of the shop, too
    terminal: bool = False  # one comes to the access point that posdiag opens
    verb: tuple[str, ...] = ("run",)
    radios: int = 1
    seed: str = ""
    steps: list[Callable[["World"], None]] = field(default_factory=list)
    """After the servers have started."""
    last: list[Callable[["World"], None]] = field(default_factory=list)
    """When the client is up, just before posdiag is."""
    after: list[Callable[["World"], str]] = field(default_factory=list)
    """When posdiag has ended: "" or what is wrong."""
    patience: float = 150.0  # the guest's seconds for one run of posdiag

    def __post_init__(self) -> None:
        plan = self.air.plan
        self.main = self.place(self.air.ap, "router")
        self.plan = plan
        self.acquirer: services.Talk | None = services.hold
        self.tls = True
        self.web: services.Talk | None = services.http()
        self.router = Dnsmasq("router", [plan.router], upstream=[plan.resolver])
        self.resolver = Dnsmasq("net", [plan.resolver])
        self.forwards = True
        self.drops: list[tuple[str, str, str]] = []
        self.files: dict[str, str] = {}
        self.others: list[Dnsmasq] = []
        self.trial_security = ""  # how the lab's own client joins; "": as the profile
        self.profile: dict[str, dict[str, Any]] = {
            "site": {"name": "Lab shop"},
            "connection": {"kind": "wifi", "interface": "wlan0"},
            "wifi": {
                "ssid": self.air.ap.ssid.decode(),
                "passphrase": self.air.ap.passphrase,
                "security": "wpa2",
            },
            "acquirer": {
                "host": plan.name, "port": plan.port,
                "ca_file": str(self.certs / "ca.pem"),
            },
            "connectivity": {"url": plan.url},
        }  # fmt: skip
        self.processes = Processes(self.folder)

    # For the cases

    @property
    def ap(self) -> Ap:
        return self.main.ap

    def change(self, **values: Any) -> Ap:
        """Another kind of access point than was drawn."""
        self.main.ap = replace(self.main.ap, **values)
        return self.main.ap

    def place(self, ap: Ap, space: str = "air") -> Placed:
        """One more access point; `router`: a part of the shop's own network."""
        found = Placed(ap, space, self.radios)
        self.radios += 1
        self.placed.append(found)
        return found

    def neighbour(self, channel: int, signal: int, **values: Any) -> Placed:
        dice = self.air.dice
        ap = Ap(
            ssid=f"Neighbour-{len(self.placed)}".encode(), bssid=bssid(dice),
            channel=channel, passphrase="none-of-our-business-7", signal=signal,
        )  # fmt: skip
        return self.place(replace(ap, **values))

    def station(self, network: str, later: bool = False) -> Station:
        found = Station(f"sta{self.radios}", self.radios, network, later)
        self.radios += 1
        self.stations.append(found)
        return found

    def wifi(self, **values: object) -> None:
        """Keys of the profile's table; None removes one."""
        self.set("wifi", **values)

    def set(self, table: str, **values: object) -> None:
        entry = self.profile.setdefault(table, {})
        for key, value in values.items():
            entry.pop(key, None)
            if value is not None:
                entry[key] = value

    def connected(self, ap: Ap | None = None, passphrase: str | None = None) -> None:
        """Joined to the shop's access point (or another) before posdiag starts."""
        goal = ap or self.ap
        secret = goal.passphrase if passphrase is None else passphrase
        self.before = Before(goal, secret)

    def passive(self) -> None:
        """posdiag may not leave the network."""
        self.args.remove("--allow-join")

    def drop(self, name: str, rule: str, hook: str = "forward") -> None:
        self.drops.append((name, rule, hook))

    def phone(self, network: str, router: int) -> None:
        """A phone is the router, with its own address range."""
        self.plan = hotspot(self.plan, network, router, router + 5)
        self.router.addresses = [self.plan.router]

    def other_network(self) -> Ap:
        """Another access point with a network of its own behind it, and no Internet."""
        found = self.neighbour(11, -48, ssid=b"Technician", passphrase="other-house-5")
        found.space = "other"
        server = Dnsmasq("other", ["192.168.219.1"], upstream=[])
        server.dhcp = [
            "--dhcp-range=192.168.219.50,192.168.219.90,255.255.255.0,1h",
            "--dhcp-authoritative", "--no-ping",
        ]  # fmt: skip
        self.others.append(server)
        return found.ap

    def lease(self, server: Dnsmasq, first: int = 100, last: int = 180) -> None:
        """A pool, as a router has it: other devices take addresses too."""
        lan: IPv4Network = self.plan.lan
        if lan.num_addresses < 200:
            first, last = 2, lan.num_addresses - 2
        pool = [str(lan[i]) for i in range(first, last + 1)]
        free = [a for a in pool if a != self.plan.router]
        server.dhcp = [
            f"--dhcp-range={free[0]},{free[-1]},{lan.netmask},1h",
            f"--dhcp-option=option:router,{self.plan.router}",
            f"--dhcp-option=option:dns-server,{self.plan.router}",
            "--dhcp-authoritative", "--no-ping", "--interface=lan0",
        ]  # fmt: skip

    def needs_medium(self) -> bool:
        """Where frames get lost. It costs time, and it acknowledges frames also for a
        radio that is away on another channel, scanning; so only where it must be."""
        return bool(self.rules) or any(
            p.ap.uplink is not None or (p.ap.signal < FAINT and p.space == "router")
            for p in self.placed
        )

    def all_rules(self) -> list[Rule]:
        """What the access points' levels say, unless a case says it itself."""
        found = {}
        for p in self.placed:
            up = p.ap.signal if p.ap.uplink is None else p.ap.uplink
            found[p.radio, 0] = Rule(p.radio, 0, p.ap.signal, spread=2)
            found[0, p.radio] = Rule(0, p.radio, up, spread=2)
        return [*(found | {(r.source, r.target): r for r in self.rules}).values()]

    # For those who build it

    def spawn(self, name: str, *command: str) -> subprocess.Popen[str]:
        return self.processes.spawn(name, *command)


def make(case_id: str, seed: int, way: Way) -> World:
    """The world of a case, not built yet."""
    from tests.lab.wifi.case import load

    key = f"{case_id}/{seed}"
    world = World(draw_air(key), way, seed=key)
    load()[case_id].setup(world)
    return world
