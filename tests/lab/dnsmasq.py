"""A real dnsmasq: DNS forwarder and DHCP server of a router, or a resolver."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tests.lab.plan import Plan

START = 5.0  # seconds until a server must listen


class Host(Protocol):
    """The world that it runs in."""

    @property
    def folder(self) -> Path: ...

    def spawn(self, name: str, *command: str) -> subprocess.Popen[str]: ...


class Dnsmasq:
    """With `upstream` it forwards; without, it knows `names` and nothing else."""

    def __init__(
        self, space: str, addresses: list[str], upstream: list[str] | None = None
    ) -> None:
        self.space, self.addresses, self.upstream = space, addresses, upstream
        self.names: dict[str, str] = {}
        self.options: list[str] = []
        self.wanted = True
        self.dns = True
        self.dhcp: list[str] = []

    def lease(
        self, plan: Plan, router: str, dns: str, address: str = "", mask: str = ""
    ) -> None:
        """Offer the shop `address` (its own by default) with these settings."""
        give = address or plan.shop
        net = mask or str(plan.lan.netmask)
        self.dhcp = [
            f"--dhcp-range={give},{give},{net},1h",
            f"--dhcp-option=option:router,{router}",
            f"--dhcp-option=option:dns-server,{dns}",
            "--dhcp-authoritative",
            "--no-ping",
        ]

    def command(self, folder: Path, label: str) -> list[str]:
        known = [
            f"--{'address' if '*' in n else 'host-record'}={_record(n, a)}"
            for n, a in self.names.items()
        ]
        forward = [f"--server={u}" for u in self.upstream or []]
        # With DHCP it must hear broadcasts; without, it leaves other addresses alone.
        bind = (
            [f"--listen-address={a}" for a in self.addresses] if not self.dhcp else []
        )
        bind += ["--bind-interfaces"] if bind else []
        rest = forward if self.upstream is not None else ["--address=/#/"]
        return [
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
            "--no-hosts", "--user=root", f"--pid-file={folder}/{label}.pid",
            f"--dhcp-leasefile={folder}/{label}.leases", "--no-negcache",
            f"--port={53 if self.dns else 0}", *known, *rest, *bind,
            *self.dhcp, *self.options,
        ]  # fmt: skip

    def start(self, world: Host) -> Callable[[], None]:
        """Start; the result waits until it listens."""
        label = f"{self.space}-{len(world.folder.parts)}-{id(self):x}"
        child = world.spawn(self.space, *self.command(world.folder, label))
        ports = ([":0035"] if self.dns else []) + ([":0043"] if self.dhcp else [])

        def wait() -> None:
            table = Path(f"/proc/{child.pid}/net/udp")
            end = time.monotonic() + START
            while time.monotonic() < end:
                if child.poll() is not None:
                    raise RuntimeError(f"dnsmasq of {self.space} died")
                # The child is `ip netns exec` for a moment, still in our namespace.
                owned = Path(f"/proc/{child.pid}/comm").read_text("ascii").strip()
                text = table.read_text("ascii")
                if owned == "dnsmasq" and all(p in text for p in ports):
                    return
                time.sleep(0.005)
            raise RuntimeError(f"dnsmasq of {self.space} does not listen")

        return wait


def _record(name: str, address: str) -> str:
    return f"/{name.lstrip('*.')}/{address}" if "*" in name else f"{name},{address}"
