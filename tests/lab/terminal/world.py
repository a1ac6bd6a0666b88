"""A shop of the lab with a terminal on a wire of its own.

    pos -- switch            (`listen`: on the LAN beside the laptop)
    pos -- pos0 of the shop  (`inline`, `host`: in the laptop's second socket)

The laptop is the `shop` of the lab's world; everything else is as there.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.lab import services
from tests.lab.case import Shape
from tests.lab.netns import HERE, inside, ip, ip_json, run, sysctl
from tests.lab.plan import Plan
from tests.lab.world import World

WATCHING = 60.0  # seconds: on a busy machine a start takes long
ANSWER = b"0810 approved".ljust(180, b".")


def answering(
    pem: Path,
    *,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    client_ca: Path | None = None,
    silent: bool = False,
) -> services.Talk:
    """A payment host that answers a sale, or takes it and says nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(pem)
    context.minimum_version, context.maximum_version = oldest, newest
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)

    def talk(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as channel:
            while data := channel.recv(4096):
                if not silent:
                    time.sleep(0.05)
                    channel.sendall(ANSWER + bytes(len(data) % 7))

    return talk


def plain(peer: socket.socket) -> None:
    """A payment host without TLS."""
    while peer.recv(4096):
        peer.sendall(ANSWER)


class TerminalWorld(World):
    """`mode` is how posdiag is asked to watch. `pos` is the terminal's configuration
    (`tests.lab.terminal.pos`), by default a healthy one with a lease."""

    def __init__(
        self, plan: Plan, folder: Path, seed: int, mode: str, shape: Shape | None = None
    ) -> None:
        super().__init__(plan, shape or Shape(lan="small"), folder, seed)
        self.mode = mode
        self.acquirer = answering(self.certs / "good.pem")
        self.spare = str(plan.lan[250])
        self.pos: dict[str, Any] = {
            "dhcp": "udhcpc",
            "host": plan.name,
            "port": plan.port,
            "ca": str(self.certs / "ca.pem"),
            "folder": str(folder / "pos"),
        }
        self.mac = f"54:81:2d:{seed & 255:02x}:{seed >> 8 & 255:02x}:07"
        self.named = True
        self.absent = False  # off, or its cable is out
        self.early = False  # it has been in use before posdiag is started
        # By the monotonic clock: when the terminal began, and when posdiag was heard
        # to listen.
        self.tried: float | None = None
        self.listened: float | None = None
        self.seconds = 40
        self.options: list[str] = []
        # A pool of several, as a shop's router has.
        first, last = plan.lan[200], plan.lan[240]
        self.router_dns.dhcp[0] = f"--dhcp-range={first},{last},{plan.lan.netmask},1h"

    def build(self) -> None:
        super().build()
        ip(HERE, "netns add pos")
        peer = "pos0 netns shop" if self.mode in ("inline", "host") else "port9"
        ip(HERE, f"link add eth0 netns pos type veth peer name {peer}")
        ip("pos", f"link set dev eth0 address {self.mac}")
        if self.mode in ("inline", "host"):
            ip("shop", "link set dev pos0 up")
        else:
            ip(HERE, "link set dev port9 master br0", "link set dev port9 up")
        sysctl("pos", ipv6__conf__all__disable_ipv6=1)

    def fixed(self, address: str = "", **more: Any) -> None:
        """A terminal with fixed settings, those of the shop by default."""
        self.pos.pop("dhcp", None)
        self.pos |= {
            "address": f"{address or self.spare}/{self.plan.mask}",
            "gateway": self.plan.router,
            "dns": [self.plan.router],
            **more,
        }

    def start(self) -> None:
        super().start()
        if self.early and not self.absent:
            self.terminal(self.pos)

    def plug(self) -> None:
        """Plug the terminal in, as posdiag asks for when it has begun to watch."""
        watched = "eth0" if self.mode in ("listen", "run") else "pos0"
        end = time.monotonic() + WATCHING
        while time.monotonic() < end:
            links = ip_json("shop", "-d", "link", "show", "dev", watched)
            if links[0].get("promiscuity"):
                self.listened = time.monotonic()
                break
            time.sleep(0.1)
        time.sleep(1.0)
        if not self.early and not self.absent:
            self.terminal(self.pos)

    def terminal(
        self, config: dict[str, Any], space: str = "pos"
    ) -> subprocess.Popen[str]:
        self.tried = self.tried or time.monotonic()
        script = str(Path(__file__).with_name("pos.py"))
        return self.spawn(space, sys.executable, "-I", script, json.dumps(config))

    def command(self) -> list[str]:
        """`posdiag terminal ...` as it is typed in the shop."""
        said = ["--format", "json", "--lang", "en"]
        if self.mode == "run":
            return ["run", "--no-keep", *said, *self.options]
        args = ["terminal", self.mode, *said]
        if self.mode == "listen":
            args += ["--interface", "eth0"]
        elif self.mode == "inline":
            args += ["--interface", "pos0", "--uplink", "eth0"]
        elif self.mode == "host":
            args += ["--interface", "pos0", "--uplink", "eth0", "--yes"]
        if self.named and self.mode == "listen":
            args += ["--mac", self.mac]
        return [*args, "--seconds", str(self.seconds), *self.options]

    def state(self) -> dict[str, Any]:
        """What of the laptop must be the same before and after."""
        links = ip_json("shop", "-4", "-d", "addr", "show")
        with inside("shop"):
            forwarding = Path("/proc/sys/net/ipv4/ip_forward").read_text("ascii")
        return {
            "links": [(i["ifname"], i.get("promiscuity")) for i in links],
            "addresses": [
                (i["ifname"], a.get("local")) for i in links for a in i["addr_info"]
            ],
            "routes": ip_json("shop", "-4", "route", "show"),
            "rules": ip_json("shop", "-4", "rule", "show"),
            "filters": run("shop", "nft", "list", "ruleset"),
            "forwarding": forwarding,
        }
