"""Which interfaces does psutil know, and what are they?"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any, Literal

from posdiag.formats.desktop.interface_name import kind_of
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    Address,
    AskInterfaces,
    Counters,
    Interface,
    Interfaces,
)
from posdiag.model.questions.meter import Meter
from posdiag.system.process.tools import Tools, key

WifiAdapters = Callable[[Tools], Awaitable[frozenset[str]]]
"""Names and hardware addresses of the Wi-Fi adapters."""

# psutil's own named tuples, whose module differs from version to version.
PsutilTuple = Any


async def interfaces(
    tools: Tools, wifi_adapters: WifiAdapters, question: AskInterfaces, meter: Meter
) -> Interfaces | Unknown:
    import psutil

    wireless = await wifi_adapters(tools)
    try:
        addresses = psutil.net_if_addrs()
        stats = psutil.net_if_stats()
        counters = psutil.net_io_counters(pernic=True)
    except PermissionError:
        return Unknown("no-rights")
    except (OSError, psutil.Error) as error:
        return Unknown("trouble", f"psutil: {error}"[:200])
    found = (
        _interface(name, state, addresses.get(name, ()), counters.get(name))
        for name, state in stats.items()
    )
    return Interfaces(
        tuple(
            replace(one, kind="wifi") if {one.name, one.mac} & wireless else one
            for one in found
        )
    )


def _interface(
    name: str, state: PsutilTuple, entries: Iterable[PsutilTuple], io: PsutilTuple
) -> Interface:
    duplexes: dict[int, Literal["full", "half"]] = {2: "full", 1: "half"}
    flags = state.flags.split(",") if state.flags else []
    own = (_address(entry) for entry in entries)
    macs = (
        key(e.address) for e in entries if e.family.name in ("AF_PACKET", "AF_LINK")
    )
    return Interface(
        name,
        kind_of(name),
        enabled="up" in flags if flags else True,  # Windows lists only enabled ones
        carrier=bool(state.isup),
        mtu=state.mtu,
        mac=next((mac for mac in macs if mac.strip("0:")), ""),
        addresses=tuple(address for address in own if address is not None),
        speed_mbps=state.speed if 0 < state.speed < 4_000_000 else None,
        duplex=duplexes.get(int(state.duplex)),
        counters=io and Counters(io.packets_recv, io.packets_sent, io.errin, io.errout),
    )


def _address(entry: PsutilTuple) -> Address | None:
    try:
        address = ip_address(entry.address.partition("%")[0])
        if address.version == 4:
            prefix = ip_network(f"0.0.0.0/{entry.netmask or 32}").prefixlen
        else:  # Windows has no mask for IPv6; "ffff:ffff::" elsewhere
            mask = int(ip_address(entry.netmask or "ffff:ffff:ffff:ffff::"))
            prefix = mask.bit_count()
    except ValueError:
        return None
    scope: Literal["global", "link", "host"] = "global"
    if address.is_loopback:
        scope = "host"
    elif address.is_link_local:
        scope = "link"
    return Address(str(address), prefix, address.version, scope)
