"""One site with its radios, access points, router, ISP and acquirer, in the guest.

    (radio) wlan0 ))) (( access points = lan0 router wan0 -- cust0 isp net0 -- eth0 net
              |                                  (NAT)
         posdiag, in the root namespace          neighbours: `air`; others: `other`

A case's setup changes the attributes before anything is built; it is also called on the
host, where only the number of radios is asked for, so it touches nothing outside.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from tests.lab import services
from tests.lab.dnsmasq import Dnsmasq
from tests.lab.netns import HERE, ip, nft, run, sysctl, wrap
from tests.lab.wifi.air import Air, Ap, bssid, draw_air, frequency
from tests.lab.wifi.case import Way
from tests.lab.wifi.medium import Rule
from tests.lab.wifi.medium import dump as dump_medium
from tests.lab.world import MASQUERADE

START = 30.0  # the guest's seconds until an access point must be on the air
FAINT = -78  # below this only the medium can say what is heard


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
    monitor: int | None = None  # the channel that a capture is made on
    radios: int = 1
    seed: str = ""
    steps: list[Callable[["World"], None]] = field(default_factory=list)
    """After the servers have started."""
    last: list[Callable[["World"], None]] = field(default_factory=list)
    """When the client is up, just before posdiag is."""
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
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._logs = 0

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

    # Building

    def build(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        run(HERE, "iw", "reg", "set", "CN")
        spaces = {"router", "isp", "net", *(p.space for p in self.placed)}
        spaces |= {s.name for s in self.stations}
        if self.monitor is not None:
            spaces.add("sniffer")
        ip(HERE, *(f"netns add {s}" for s in sorted(spaces)))
        for space in sorted(spaces):
            forwards = space in ("router", "isp") and (self.forwards or space == "isp")
            sysctl(space, ipv6__conf__default__disable_ipv6=1, ipv4__ip_forward=int(forwards))
        self._radios()
        self._wires()
        for name, rule, hook in self.drops:
            kind = f"type filter hook {hook} priority -5; policy accept;"
            chain = f"chain c {{ {kind}\n{rule}\n}}"
            nft(name, f"table inet lab{abs(hash((name, rule, hook)))} {{ {chain}\n}}\n")

    def _radios(self) -> None:
        for placed in self.placed:
            self._move(placed.radio, placed.space, placed.ap.bssid)
        for station in self.stations:
            self._move(station.radio, station.name, "")
        if self.monitor is not None:
            self._move(self.radios, "sniffer", "")
        if self.needs_medium():
            path = self.folder / "medium.json"
            path.write_text(
                dump_medium(self.all_rules(), self.radios + 1, self.seed), "utf-8"
            )
            child = self.spawn(HERE, "python3", "-m", "tests.lab.wifi.medium", str(path))
            self.await_log(child, "ready", START)

    def _move(self, radio: int, space: str, address: str) -> None:
        run(HERE, "iw", "phy", f"phy{radio}", "set", "netns", "name", space)
        if address:
            ip(space, f"link set dev wlan{radio} address {address}")

    def needs_medium(self) -> bool:
        return bool(self.rules) or any(
            p.ap.signal < FAINT or p.ap.uplink is not None for p in self.placed
        )

    def all_rules(self) -> list[Rule]:
        """What the access points' levels say, unless a case says it itself."""
        found = {}
        for p in self.placed:
            up = p.ap.signal if p.ap.uplink is None else p.ap.uplink
            found[p.radio, 0] = Rule(p.radio, 0, p.ap.signal, spread=2)
            found[0, p.radio] = Rule(0, p.radio, up, spread=2)
        return [*(found | {(r.source, r.target): r for r in self.rules}).values()]

    def _wires(self) -> None:
        p = self.plan
        ip(
            HERE,
            "link add name wan0 netns router type veth peer name cust0 netns isp",
            "link add name net0 netns isp type veth peer name eth0 netns net",
        )
        ip(
            "router", "link set dev lo up", "link add lan0 type bridge",
            f"addr add {p.router}/{p.mask} dev lan0", "link set dev lan0 up",
            f"addr add {p.wan[2]}/30 dev wan0", "link set dev wan0 up",
            f"route add default via {p.wan[1]}",
        )  # fmt: skip
        nft("router", MASQUERADE)
        unknown = "blackhole" if p.unknown_silent else "unreachable"
        ip(
            "isp", "link set dev lo up", f"addr add {p.wan[1]}/30 dev cust0",
            f"addr add {p.net[1]}/24 dev net0", f"addr add {p.acq[1]}/24 dev net0",
            "link set dev cust0 up", "link set dev net0 up",
            f"route add {unknown} default",
        )  # fmt: skip
        hosts = [f"{h}/24" for h in (p.resolver, p.web, p.office, p.acquirer)]
        ip(
            "net", "link set dev lo up", *(f"addr add {h} dev eth0" for h in hosts),
            "link set dev eth0 up", f"route add default via {p.net[1]}",
        )  # fmt: skip

    # Running

    def start(self) -> None:
        """Access points, servers, other clients; then what the case wants besides."""
        for space in dict.fromkeys(p.space for p in self.placed):
            self._hostapd(space)
        self._levels()
        self._servers()
        for station in self.stations:
            if not station.later:
                self.start_station(station)
        for step in self.steps:
            step(self)

    def _hostapd(self, space: str) -> None:
        files = []
        mine = [p for p in self.placed if p.space == space]
        for p in mine:
            text = p.ap.config(p.interface)
            if space == "router":
                text += "bridge=lan0\n"
            path = self.folder / f"hostapd-{p.radio}.conf"
            path.write_text(text, "utf-8")
            files.append(str(path))
        child = self.spawn(space, "hostapd", "-t", *files)
        for p in mine:
            self.await_log(child, f"{p.interface}: AP-ENABLED", START)

    def _levels(self) -> None:
        """What the receivers read is the sender's level here, plus its power."""
        if self.needs_medium():
            return
        for p in self.placed:
            told = run(p.space, "iw", "dev", p.interface, "info")
            power = float(told.partition("txpower ")[2].split()[0] or 20)
            self.level(p.radio, round(p.ap.signal - power))
        self.level(0, round((self.ap.uplink or self.ap.signal) - 20))

    def level(self, radio: int, value: int) -> None:
        path = Path(f"/sys/kernel/debug/ieee80211/phy{radio}/hwsim/rx_rssi")
        # This kernel's debugfs takes no minus sign: as 64 bits without one.
        path.write_text(str(max(-100, min(-1, value)) % (1 << 64)), "ascii")

    def _servers(self) -> None:
        p = self.plan
        talk = self.acquirer
        if talk is services.hold and self.tls:
            talk = services.tls(self.certs / "good.pem")
        if talk is not None:
            services.listen("net", p.acquirer, p.port, talk)
        if self.web is not None:
            services.listen("net", p.web, 80, self.web)
        names = {p.name: p.acquirer, f"online.{p.domain}": p.web}
        self.resolver.names.update(names)
        if self.router.wanted and not self.router.dhcp:
            self.lease(self.router)
        for server in (self.router, self.resolver):
            if server.wanted:
                server.start(self)()

    def lease(self, server: Dnsmasq, first: int = 100, last: int = 180) -> None:
        """A pool, as a router has it: other devices take addresses too."""
        lan: IPv4Network = self.plan.lan
        pool = [lan[i] for i in range(first, min(last, lan.num_addresses - 2) + 1)]
        free = [str(a) for a in pool if str(a) != self.plan.router]
        server.dhcp = [
            f"--dhcp-range={free[0]},{free[-1]},{lan.netmask},1h",
            f"--dhcp-option=option:router,{self.plan.router}",
            f"--dhcp-option=option:dns-server,{self.plan.router}",
            "--dhcp-authoritative", "--no-ping", "--interface=lan0",
        ]  # fmt: skip

    def start_station(self, station: Station) -> None:
        conf = self.folder / f"{station.name}.conf"
        conf.write_text(f"country=CN\n{station.network}", "utf-8")
        self.spawn(
            station.name, "wpa_supplicant", "-D", "nl80211", "-i",
            f"wlan{station.radio}", "-c", str(conf),
        )  # fmt: skip

    def spawn(self, name: str, *command: str) -> subprocess.Popen[str]:
        """A process of the world; its output goes to a file."""
        self._logs += 1
        label = Path(command[0]).name
        log = self.folder / f"{self._logs:02d}-{name or 'here'}-{label}.log"
        with log.open("w") as out:
            child = subprocess.Popen(
                wrap(name, command), text=True, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._children[str(log)] = child
        return child

    def log_of(self, child: subprocess.Popen[str]) -> Path:
        return next(Path(n) for n, c in self._children.items() if c is child)

    def await_log(
        self, child: subprocess.Popen[str], sign: str, patience: float
    ) -> None:
        """Until the process has written `sign`; the lab's own trouble if it does not."""
        end, path = time.monotonic() + patience, self.log_of(child)
        while time.monotonic() < end and child.poll() is None:
            if sign in path.read_text("utf-8", "replace"):
                return
            time.sleep(0.02)
        text = path.read_text("utf-8", "replace")
        if sign not in text:
            raise RuntimeError(f"{path.name}: no {sign!r}: {text[-600:]}")


def make(case_id: str, seed: int, way: Way) -> World:
    """The world of a case, not built yet."""
    from tests.lab.wifi.case import load

    key = f"{case_id}/{seed}"
    world = World(draw_air(key), way, seed=key)
    load()[case_id].setup(world)
    return world


__all__ = ["Placed", "Station", "World", "frequency", "make"]
