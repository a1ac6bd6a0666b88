"""One shop with its LAN, router, ISP, acquirer and Internet, in network namespaces.

    shop --+                                    +-- net (resolver, web, back office)
           +-- switch -- router -- isp -- core -+
    host2 -+            (NAT)                   +-- acq (payment host)

With two uplinks the shop has a second interface to `router2`, which has a line of its
own to the ISP. A case's setup is called when the wires lie and before the servers
start: it changes attributes, namespaces and profile; `later` is for after the start.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.lab import services
from tests.lab.case import Shape
from tests.lab.dnsmasq import Dnsmasq
from tests.lab.netns import HERE, ip, ip_json, nft, plain_frames, sysctl, wrap
from tests.lab.plan import Plan

ROUTERS = ("router", "router2", "isp", "core")
SPACES = ("shop", "host2", "router", "isp", "core", "net", "acq")
End = tuple[str, str]
LINKS: dict[str, tuple[End, End]] = {
    "shop": (("shop", "eth0"), (HERE, "port1")),
    "host2": (("host2", "eth0"), (HERE, "port2")),
    "lan": ((HERE, "port3"), ("router", "lan0")),
    "wan": (("router", "wan0"), ("isp", "cust0")),
    "core": (("isp", "core0"), ("core", "isp0")),
    "net": (("core", "net0"), ("net", "eth0")),
    "acq": (("core", "acq0"), ("acq", "eth0")),
}
LINKS2: dict[str, tuple[End, End]] = {
    "shop2": (("shop", "eth1"), ("router2", "lan0")),
    "wan2": (("router2", "wan0"), ("isp", "cust1")),
}
MASQUERADE = """table ip nat {
 chain post { type nat hook postrouting priority srcnat; oifname "wan0" masquerade; }
}
"""


class World:
    """The running network and what will be asked about it."""

    def __init__(self, plan: Plan, shape: Shape, folder: Path, seed: int) -> None:
        self.plan, self.shape, self.folder, self.seed = plan, shape, folder, seed
        self.certs = folder / "certs"
        self.profile: dict[str, dict[str, Any]] | None = {
            "site": {"name": "Lab shop"},
            "acquirer": {
                "host": plan.name,
                "port": plan.port,
                "ca_file": str(self.certs / "ca.pem"),
            },
            "connectivity": {"url": plan.url},
        }
        self.targets: list[dict[str, Any]] = []
        self.args: list[str] = []
        self.env: dict[str, str] = {}
        self.prefix: list[str] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.sign: Callable[[World], str] | None = None  # of this fault (symptom/)
        self.sign_after = False  # it is looked for after the run, which it would spoil
        self.acquirer: services.Talk | None = services.tls(self.certs / "good.pem")
        self.web: services.Talk | None = services.http()
        self.router_dns = Dnsmasq("router", [plan.router], upstream=[plan.resolver])
        self.router_dns.lease(plan, router=plan.router, dns=plan.router)
        self.resolver = Dnsmasq("net", [plan.resolver])
        for name, address in {
            plan.name: plan.acquirer,
            f"online.{plan.domain}": plan.web,
            f"office.{plan.domain}": plan.office,
        }.items():
            self.resolver.names[name] = address
        self._chains = 0
        self._later: list[Callable[[], None]] = []
        self._children: list[subprocess.Popen[str]] = []

    # Building

    def build(self) -> None:
        """Wires, addresses, routes: everything but the servers."""
        spaces = [*SPACES, *(["router2"] if self.shape.uplinks > 1 else [])]
        links = {**LINKS, **(LINKS2 if self.shape.uplinks > 1 else {})}
        ip(HERE, *(f"netns add {s}" for s in spaces))
        for space in (HERE, *spaces):
            quiet = int(space != "shop")
            sysctl(space, ipv6__conf__default__disable_ipv6=quiet)
            sysctl(
                space, ipv4__ip_forward=int("router" in space or space in "isp core")
            )
        sysctl("host2", ipv4__ip_forward=0)
        sysctl(HERE, ipv4__ip_forward=0)
        self._wires(links)
        self._addresses()
        self._acquaint(links)
        self.resolv(self.plan.router)

    def _wires(self, links: dict[str, tuple[End, End]]) -> None:
        lines, ends = ["link add br0 type bridge", "link set dev br0 up"], []
        for name, (a, b) in links.items():
            if name in self.shape.relays:
                pairs = [(a, (HERE, f"{name}-a")), ((HERE, f"{name}-b"), b)]
            else:
                pairs = [(a, b)]
            for one, two in pairs:
                lines.append(f"link add {_end(*one)} type veth peer {_end(*two)}")
                ends += [one, two]
        here = [i for s, i in ends if s == HERE]
        lines += [f"link set dev {i} master br0" for i in here if i.startswith("port")]
        lines += [f"link set dev {i} up" for i in here]
        ip(HERE, *lines)
        for space, interface in ends:
            plain_frames(space, interface)
        for name, impairment in self.shape.relays.items():
            self._relay(name, {"seed": self.seed, **impairment})

    def _relay(self, name: str, config: dict[str, float]) -> None:
        script = str(Path(__file__).with_name("relay.py"))
        command = [sys.executable, "-I", "-S", script, f"{name}-a", f"{name}-b"]
        relay = self.spawn(HERE, *command, json.dumps(config))
        if relay.stdout is None or relay.stdout.readline() != "ready\n":
            raise RuntimeError(f"the relay of {name} does not start")

    def _addresses(self) -> None:
        p = self.plan
        up = ["link set dev lo up", "link set dev eth0 up"]
        home = f"default via {p.router}"
        ip("shop", *up, f"addr add {p.shop}/{p.mask} dev eth0", f"route add {home}")
        ip("host2", *up, f"addr add {p.host2}/{p.mask} dev eth0", f"route add {home}")
        self._router("router", f"{p.router}/{p.mask}", str(p.wan[2]), str(p.wan[1]))
        unknown = "blackhole" if p.unknown_silent else "unreachable"
        self._pass("isp", cust0=f"{p.wan[1]}/30", core0=f"{p.transit[1]}/30")
        ip("isp", f"route add default via {p.transit[2]}")
        self._pass(
            "core", isp0=f"{p.transit[2]}/30", net0=f"{p.net[1]}/24",
            acq0=f"{p.acq[1]}/24",
        )  # fmt: skip
        ip(
            "core",
            f"route add {p.wan} via {p.transit[1]}",
            f"route add {unknown} default",
        )
        hosts = [p.resolver, p.web, p.office, p.parking]
        inside_net = [f"addr add {h}/24 dev eth0" for h in hosts]
        ip("net", *up, *inside_net, f"route add default via {p.net[1]}")
        acq = f"addr add {p.acquirer}/24 dev eth0"
        ip("acq", *up, acq, f"route add default via {p.acq[1]}")
        if self.shape.uplinks > 1:
            self._second_uplink()

    def _acquaint(self, links: dict[str, tuple[End, End]]) -> None:
        """Both ends of a bad wire beyond the shop have spoken before: theirs is a line
        in use, and only the shop's machine has just been plugged in."""
        for name in self.shape.relays.keys() & {"wan", "core", "net", "acq"}:
            known = [
                ip_json(space, "addr", "show", "dev", i) for space, i in links[name]
            ]
            for (space, interface), (other,) in zip(
                links[name], reversed(known), strict=True
            ):
                own = [a["local"] for a in other["addr_info"] if a["family"] == "inet"]
                mac = f"lladdr {other['address']} dev {interface} nud reachable"
                ip(space, *(f"neigh replace {address} {mac}" for address in own))

    def _second_uplink(self) -> None:
        p = self.plan
        self._router("router2", f"{p.second[1]}/24", str(p.wan2[2]), str(p.wan2[1]))
        self._pass("isp", cust1=f"{p.wan2[1]}/30")
        ip("core", f"route add {p.wan2} via {p.transit[1]}")
        ip(
            "shop", f"route del default via {p.router}",
            f"route add default via {p.router} metric 100",
            f"addr add {p.second[9]}/24 dev eth1", "link set dev eth1 up",
            f"route add default via {p.second[1]} dev eth1 metric 200",
        )  # fmt: skip

    def _pass(self, name: str, **interfaces: str) -> None:
        """A router's interfaces with their addresses."""
        lines = ["link set dev lo up"]
        for interface, address in interfaces.items():
            lines += [
                f"addr add {address} dev {interface}",
                f"link set dev {interface} up",
            ]
        ip(name, *lines)

    def _router(self, name: str, lan: str, wan: str, isp: str) -> None:
        self._pass(name, lan0=lan, wan0=f"{wan}/30")
        ip(name, f"route add default via {isp}")
        nft(name, MASQUERADE)

    # For the cases

    def resolv(self, *servers: str) -> None:
        """What the shop's resolv.conf says."""
        text = "".join(f"nameserver {s}\n" for s in servers)
        Path("/etc/resolv.conf").write_text(text, "ascii")

    def hosts(self, **names: str) -> None:
        text = "127.0.0.1 localhost\n"
        text += "".join(f"{a} {n.replace('_', '.')}\n" for n, a in names.items())
        Path("/etc/hosts").write_text(text, "ascii")

    def connectivity(self, url: str | bool | None) -> None:
        """`None`: the profile does not say."""
        if self.profile is None:
            return
        self.profile.pop("connectivity", None)
        if url is not None:
            self.profile["connectivity"] = {"url": url}

    def set(self, table: str, **values: object) -> None:
        """Keys of a table of the profile; None removes one."""
        if self.profile is None:
            raise RuntimeError("this case has no profile")
        entry = self.profile.setdefault(table, {})
        for key, value in values.items():
            entry.pop(key, None)
            if value is not None:
                entry[key] = value

    def drop(self, name: str, rule: str, hook: str = "forward") -> None:
        """One nft rule in a chain of its own: `drop("isp", "icmp type 8 drop")`."""
        self._chains += 1
        kind = f"type filter hook {hook} priority -5; policy accept;"
        chain = f"chain c {{ {kind}\n{rule}\n}}"
        nft(name, f"table inet lab{self._chains} {{ {chain}\n}}\n")

    def expect(self, check: str, **facts: Any) -> None:
        """What that check must have found, beside the first cause of the report."""
        self.facts.setdefault(check, {}).update(facts)

    def later(self, action: Callable[[], None]) -> None:
        self._later.append(action)

    def spawn(self, name: str, *command: str) -> subprocess.Popen[str]:
        """A server of the world; it ends with the container."""
        child = subprocess.Popen(
            wrap(name, command), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._children.append(child)
        return child

    # Running

    def start(self) -> None:
        """The servers, then what the case wants after them."""
        p = self.plan
        if self.acquirer is not None:
            services.listen("acq", p.acquirer, p.port, self.acquirer)
        if self.web is not None:
            services.listen("net", p.web, 80, self.web)
        services.listen("net", p.office, 443, services.tls(self.certs / "good.pem"))
        running = [d.start(self) for d in (self.router_dns, self.resolver) if d.wanted]
        if self.shape.uplinks > 1:
            second = Dnsmasq("router2", [str(p.second[1])], upstream=[p.resolver])
            running.append(second.start(self))
        for wait in running:
            wait()
        for action in self._later:
            action()


def _end(space: str, interface: str) -> str:
    where = f" netns {space}" if space != HERE else ""
    return f"name {interface}{where}"
