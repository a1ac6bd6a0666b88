"""Does the network that was joined by wpa_supplicant give an address, and what has to
be put back afterwards?

Where a DHCP client of the system watches the interface, it is waited for. Else the
exchange is done here, and the address, the default route and the name servers are set
for as long as the network is held.
"""

import asyncio
import base64
import contextlib
import socket
import time
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Literal

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import Offer
from posdiag.system.link.dhcp_client import obtain, prepare
from posdiag.system.link.interfaces import attribute
from posdiag.system.link.netlink import with_netlink

# Programs that configure an interface by themselves once it has a carrier.
WATCHERS = frozenset({"dhcpcd", "systemd-network", "connmand"})
SHARE = 0.6  # of the time goes to them
TICK = 0.2
BACK_TIME = 10.0  # seconds that they get to bring the former address back
RESOLV = Path("/etc/resolv.conf")
MARK = "# set by posdiag for a join test, and taken back after it\n"
KERNEL = 2  # RTPROT_KERNEL: routes that come with an address
STATIC = 4  # RTPROT_STATIC: what `configure` sets
MAIN_TABLE = 254

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lease:
    status: Literal["ok", "none", "untried"]
    address: str = ""


class Leasing:
    """The IPv4 settings of one interface: remembered, replaced, put back."""

    def __init__(self, interface: str, resolv: Path = RESOLV) -> None:
        self._interface = interface
        self._resolv = resolv
        self._preparing: asyncio.Task[None] | None = None
        self._before: list[str] = []
        self._watched = False

    async def remember(self) -> Snapshot:
        self._preparing = asyncio.create_task(asyncio.to_thread(prepare))
        found = await with_netlink(lambda ip: snapshot(ip, self._interface))
        kept: Snapshot = {} if isinstance(found, Unknown) else found
        kept["watched"] = self._watched = await asyncio.to_thread(watched)
        kept["resolv"] = self._read_resolv()
        kept["at"] = time.time()
        self._before = [a["address"] for a in kept.get("addresses", ())]
        return kept

    def _read_resolv(self) -> str | None:
        """None where it is not a plain file: then it is kept by another program."""
        with contextlib.suppress(OSError):
            if self._resolv.is_file() and not self._resolv.is_symlink():
                return base64.b64encode(self._resolv.read_bytes()[:65536]).decode()
        return None

    async def _addresses(self) -> list[dict[str, Any]]:
        found = await with_netlink(lambda ip: snapshot(ip, self._interface))
        return [] if isinstance(found, Unknown) else found["addresses"]

    async def obtain(self, seconds: float, hold: bool) -> Lease:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._watched and loop.time() < end - seconds * (1 - SHARE):
            for address in await self._addresses():
                if address["address"] not in self._before:
                    return Lease("ok", f"{address['address']}/{address['prefix']}")
            self._before = [a["address"] for a in await self._addresses()]
            await asyncio.sleep(TICK)
        try:
            left = max(end - loop.time(), 1.0)
            given = await asyncio.to_thread(obtain, self._interface, left)
        except OSError:
            return Lease("untried")
        if given is None:
            return Lease("none")
        if hold:
            await self._set(given)
        return Lease("ok", f"{given.address}/{prefix(given)}")

    async def _set(self, given: Offer) -> None:
        await with_netlink(lambda ip: configure(ip, self._interface, given))
        if given.dns and self._read_resolv() is not None:
            lines = "".join(f"nameserver {server}\n" for server in given.dns[:3])
            with contextlib.suppress(OSError):
                self._resolv.write_text(MARK + lines)

    async def restore(self, kept: Snapshot) -> None:
        resolv = kept.get("resolv")
        with contextlib.suppress(OSError):
            if resolv and self._resolv.read_bytes().startswith(MARK.encode()):
                self._resolv.write_bytes(base64.b64decode(resolv))
        if not kept.get("watched") and "addresses" in kept:
            await with_netlink(lambda ip: put_back(ip, self._interface, kept))

    async def back(self, kept: Snapshot) -> bool:
        """Is a former address there again? True where there was none."""
        loop = asyncio.get_running_loop()
        end = loop.time() + BACK_TIME
        wanted = {a["address"] for a in kept.get("addresses", ())}
        while wanted and loop.time() < end:
            if wanted & {a["address"] for a in await self._addresses()}:
                return True
            await asyncio.sleep(TICK)
        return not wanted

    async def close(self) -> None:
        if self._preparing is not None:
            await asyncio.wait((self._preparing,))


def watched() -> bool:
    """Does a program run that configures interfaces by itself?"""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if comm.read_text("utf-8", "replace").strip()[:15] in WATCHERS:
                return True
    return False


def prefix(given: Offer) -> int:
    with contextlib.suppress(ValueError):
        return IPv4Network(f"{given.address}/{given.mask}", strict=False).prefixlen
    return 24


def snapshot(ip: Any, interface: str) -> Snapshot:
    """IPv4 addresses and routes of an interface, as plain values. OSError for none."""
    index = socket.if_nametoindex(interface)
    addresses = []
    for message in ip.get_addr(family=socket.AF_INET, index=index):
        life = attribute(message, "IFA_CACHEINFO") or {}
        entry = {
            "address": attribute(message, "IFA_LOCAL"),
            "prefix": message["prefixlen"],
            "broadcast": attribute(message, "IFA_BROADCAST"),
            "valid": life.get("ifa_valid"),
            "preferred": life.get("ifa_preferred", life.get("ifa_prefered")),
        }
        addresses.append(entry)
    routes = []
    for message in ip.get_routes(family=socket.AF_INET, table=MAIN_TABLE, oif=index):
        if attribute(message, "RTA_OIF") != index or message["proto"] == KERNEL:
            continue
        entry = {
            "dst": attribute(message, "RTA_DST") or "0.0.0.0",  # noqa: S104 - a route
            "length": message["dst_len"],
            "gateway": attribute(message, "RTA_GATEWAY"),
            "priority": attribute(message, "RTA_PRIORITY"),
            "scope": message["scope"],
            "proto": message["proto"],
        }
        routes.append(entry)
    return {"addresses": addresses, "routes": routes}


def configure(ip: Any, interface: str, given: Offer) -> None:
    """Set the address and the default route in place of what there is."""
    index = socket.if_nametoindex(interface)
    ip.flush_addr(index=index, family=socket.AF_INET)
    network = IPv4Network(f"{given.address}/{prefix(given)}", strict=False)
    broadcast = str(network.broadcast_address)
    ip.addr(
        "add",
        index=index,
        address=given.address,
        prefixlen=network.prefixlen,
        broadcast=broadcast,
    )
    for router in given.routers[:1]:
        ip.route("replace", dst="0.0.0.0/0", gateway=router, oif=index)


def put_back(ip: Any, interface: str, kept: Snapshot) -> None:
    """Make addresses and routes those of the snapshot again."""
    from pyroute2.netlink.exceptions import NetlinkError

    index = socket.if_nametoindex(interface)
    now = snapshot(ip, interface)
    there = {a["address"] for a in now["addresses"]}
    former = {a["address"] for a in kept["addresses"]}
    for address in now["addresses"]:
        if address["address"] not in former:
            with contextlib.suppress(NetlinkError):
                words = {"address": address["address"], "mask": address["prefix"]}
                ip.addr("del", index=index, family=socket.AF_INET, **words)
    spent = max(int(time.time() - kept["at"]), 0)
    ours = {a["address"] for a in now["addresses"] if a["valid"] == FOREVER}
    for address in kept["addresses"]:
        # The same address as before, but set by us: it must end with its lease again.
        mine = address["address"] in ours and address["valid"] != FOREVER
        if mine or address["address"] not in there:
            with contextlib.suppress(NetlinkError):
                ip.addr("replace", index=index, **_address_words(address, spent))
    # One of ours outlives its address where that is the same as before.
    for route in now["routes"]:
        if route not in kept["routes"] and route["proto"] == STATIC:
            with contextlib.suppress(NetlinkError):
                ip.route("del", oif=index, **_route_words(route))
    for route in kept["routes"]:
        with contextlib.suppress(NetlinkError):
            ip.route("replace", oif=index, **_route_words(route))


FOREVER = 2**32 - 1


def _address_words(address: dict[str, Any], spent: int) -> dict[str, Any]:
    words = {"address": address["address"], "prefixlen": address["prefix"]}
    if address["broadcast"]:
        words["broadcast"] = address["broadcast"]
    valid, preferred = address["valid"], address["preferred"]
    if valid and preferred is not None and valid != FOREVER:
        words["valid_lft"] = max(valid - spent, 60)
        words["preferred_lft"] = max(preferred - spent, 30)
    return words


def _route_words(route: dict[str, Any]) -> dict[str, Any]:
    words = {"dst": f"{route['dst']}/{route['length']}", "proto": route["proto"]}
    words["scope"] = route["scope"]
    for key in ("gateway", "priority"):
        if route[key]:
            words[key] = route[key]
    return words
