"""Does the network that wpa_supplicant has joined grant a lease, and which IPv4
settings have to be restored afterwards?

Where a DHCP client of the system configures the interface, we wait for it. Else the
exchange is done here, and address, default route and name servers are set for as long
as the network is held.
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
from posdiag.system.link.dhcp_client import obtain
from posdiag.system.link.interfaces import attribute
from posdiag.system.link.netlink import with_netlink

# They configure an interface by themselves once it has a carrier.
DHCP_CLIENTS = frozenset({"dhcpcd", "systemd-network", "connmand"})
CLIENT_SHARE = 0.6  # of the time; the rest is for our own exchange
TICK = 0.2
RENEW_TIME = 10.0  # seconds that they get to restore the former address
RESOLV = Path("/etc/resolv.conf")
MARK = "# set by posdiag for a join test, and taken back after it\n"
KERNEL = 2  # RTPROT_KERNEL: routes that come with an address
STATIC = 4  # RTPROT_STATIC: what `configure` sets
MAIN_TABLE = 254
FOREVER = 2**32 - 1  # seconds, of a lifetime

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lease:
    """`address` is CIDR, "" unless `status` is ok."""

    status: Literal["ok", "none", "untried"]
    address: str = ""


class Ipv4Settings:
    """The IPv4 settings of one interface: saved, replaced, restored."""

    def __init__(self, interface: str, resolv: Path = RESOLV) -> None:
        self._interface = interface
        self._resolv = resolv
        self._before: list[str] = []
        self._has_dhcp_client = False

    async def save(self) -> Snapshot:
        found = await with_netlink(lambda ip: snapshot(ip, self._interface))
        saved: Snapshot = {} if isinstance(found, Unknown) else found
        self._has_dhcp_client = await asyncio.to_thread(has_dhcp_client)
        saved["dhcp_client"] = self._has_dhcp_client
        saved["resolv"] = self._read_resolv()
        saved["at"] = time.time()
        self._before = [a["address"] for a in saved.get("addresses", ())]
        return saved

    def _read_resolv(self) -> str | None:
        """In base64. None where it is no plain file: another program manages it."""
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
        client_end = loop.time() + seconds * CLIENT_SHARE
        while self._has_dhcp_client and loop.time() < client_end:
            addresses = await self._addresses()
            for address in addresses:
                if address["address"] not in self._before:
                    return Lease("ok", f"{address['address']}/{address['prefix']}")
            self._before = [a["address"] for a in addresses]
            await asyncio.sleep(TICK)
        try:
            left = max(end - loop.time(), 1.0)
            offer = await asyncio.to_thread(obtain, self._interface, left)
        except OSError:
            return Lease("untried")
        if offer is None:
            return Lease("none")
        if hold:
            await self._set(offer)
        return Lease("ok", f"{offer.address}/{prefix_length(offer)}")

    async def _set(self, offer: Offer) -> None:
        await with_netlink(lambda ip: configure(ip, self._interface, offer))
        if offer.dns and self._read_resolv() is not None:
            lines = "".join(f"nameserver {server}\n" for server in offer.dns[:3])
            with contextlib.suppress(OSError):
                self._resolv.write_text(MARK + lines)

    async def restore(self, saved: Snapshot) -> None:
        resolv = saved.get("resolv")
        with contextlib.suppress(OSError):
            if resolv and self._resolv.read_bytes().startswith(MARK.encode()):
                self._resolv.write_bytes(base64.b64decode(resolv))
        if not saved.get("dhcp_client") and "addresses" in saved:
            await with_netlink(lambda ip: restore_settings(ip, self._interface, saved))

    async def await_address(self, saved: Snapshot) -> bool:
        """Is a former address back in time? True where there was none."""
        loop = asyncio.get_running_loop()
        end = loop.time() + RENEW_TIME
        wanted = {a["address"] for a in saved.get("addresses", ())}
        while wanted and loop.time() < end:
            if wanted & {a["address"] for a in await self._addresses()}:
                return True
            await asyncio.sleep(TICK)
        return not wanted


def has_dhcp_client() -> bool:
    """Does one of `DHCP_CLIENTS` run?"""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if comm.read_text("utf-8", "replace").strip()[:15] in DHCP_CLIENTS:
                return True
    return False


def prefix_length(offer: Offer) -> int:
    with contextlib.suppress(ValueError):
        return IPv4Network(f"{offer.address}/{offer.mask}", strict=False).prefixlen
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


def configure(ip: Any, interface: str, offer: Offer) -> None:
    """Replace the addresses by the leased one, and set the default route."""
    index = socket.if_nametoindex(interface)
    ip.flush_addr(index=index, family=socket.AF_INET)
    network = IPv4Network(f"{offer.address}/{prefix_length(offer)}", strict=False)
    broadcast = str(network.broadcast_address)
    ip.addr(
        "add",
        index=index,
        address=offer.address,
        prefixlen=network.prefixlen,
        broadcast=broadcast,
    )
    for router in offer.routers[:1]:
        ip.route("replace", dst="0.0.0.0/0", gateway=router, oif=index)


def restore_settings(ip: Any, interface: str, saved: Snapshot) -> None:
    """Restore the addresses, with what is left of their lifetimes, and the routes."""
    from pyroute2.netlink.exceptions import NetlinkError

    index = socket.if_nametoindex(interface)
    now = snapshot(ip, interface)
    there = {a["address"] for a in now["addresses"]}
    former = {a["address"] for a in saved["addresses"]}
    for address in now["addresses"]:
        if address["address"] not in former:
            with contextlib.suppress(NetlinkError):
                extra = {"address": address["address"], "mask": address["prefix"]}
                ip.addr("del", index=index, family=socket.AF_INET, **extra)
    spent = max(int(time.time() - saved["at"]), 0)
    ours = {a["address"] for a in now["addresses"] if a["valid"] == FOREVER}
    for address in saved["addresses"]:
        # The former address, but set by us for ever: give it its lifetime again.
        mine = address["address"] in ours and address["valid"] != FOREVER
        if mine or address["address"] not in there:
            with contextlib.suppress(NetlinkError):
                ip.addr("replace", index=index, **_address_arguments(address, spent))
    # A route of ours outlives its address where that is the former one as well.
    for route in now["routes"]:
        if route not in saved["routes"] and route["proto"] == STATIC:
            with contextlib.suppress(NetlinkError):
                ip.route("del", oif=index, **_route_arguments(route))
    for route in saved["routes"]:
        with contextlib.suppress(NetlinkError):
            ip.route("replace", oif=index, **_route_arguments(route))


def _address_arguments(address: dict[str, Any], spent: int) -> dict[str, Any]:
    arguments = {"address": address["address"], "prefixlen": address["prefix"]}
    if address["broadcast"]:
        arguments["broadcast"] = address["broadcast"]
    valid, preferred = address["valid"], address["preferred"]
    if valid and preferred is not None and valid != FOREVER:
        arguments["valid_lft"] = max(valid - spent, 60)
        arguments["preferred_lft"] = max(preferred - spent, 30)
    return arguments


def _route_arguments(route: dict[str, Any]) -> dict[str, Any]:
    arguments = {"dst": f"{route['dst']}/{route['length']}", "proto": route["proto"]}
    arguments["scope"] = route["scope"]
    for key in ("gateway", "priority"):
        if route[key]:
            arguments[key] = route[key]
    return arguments
