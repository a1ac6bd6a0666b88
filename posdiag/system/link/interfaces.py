"""Interfaces and addresses, by netlink and /sys.

Pure functions over netlink messages as pyroute2 gives them (`{"attrs": [(name, value),
...], ...}`) and one reader of /sys/class/net. Speeds in Mbit/s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from posdiag.model.questions.machine import Address, Counters, Interface
from posdiag.system.core.files import read_text

Message = Mapping[str, Any]
Kind = Literal["ethernet", "wifi", "cellular", "tunnel", "loopback", "virtual"]

SYS = Path("/sys/class/net")

IFF_UP = 0x1
# linux/if_arp.h
ARPHRD_ETHER = 1
ARPHRD_LOOPBACK = 772
ARPHRD_WIFI = (801, 802, 803)
# ppp, ipip, ip6ip6, sit, ipgre, ip6gre, rawip, none (tun, wireguard)
ARPHRD_TUNNEL = (512, 768, 769, 776, 778, 823, 519, 65534)

# rtnetlink kinds (IFLA_INFO_KIND). What is in none of these sets is classified by its
# hardware type: veth, vlan, bond and macvlan carry Ethernet like a port of their own.
TUNNELS = {
    "tun", "wireguard", "ppp", "gre", "gretap", "ip6gre", "ip6gretap", "ipip", "ip6tnl",
    "sit", "vti", "vti6", "xfrm", "erspan", "ovpn",
}  # fmt: skip
CELLULAR = {"wwan", "rmnet"}
VIRTUAL = {
    "bridge", "dummy", "ifb", "vxlan", "geneve", "vrf", "nlmon", "netkit", "vcan",
    "vxcan", "netdevsim", "hsr", "batadv",
}  # fmt: skip
CELLULAR_NAMES = ("wwan", "rmnet", "ccmni")
CELLULAR_DRIVERS = {
    "qmi_wwan", "cdc_mbim", "huawei_cdc_ncm", "sierra_net", "hso", "mtk_t7xx", "iosm",
    "mhi_net", "GobiNet",
}  # fmt: skip

# linux/if_addr.h
ADDRESS_FLAGS = ((0x40, "tentative"), (0x08, "dadfailed"), (0x20, "deprecated"))
PERMANENT = 0x80
SCOPES: Mapping[int, Literal["global", "link", "host"]] = {253: "link", 254: "host"}


@dataclass(frozen=True, slots=True)
class Sysfs:
    """What /sys/class/net/NAME adds to netlink."""

    wireless: bool = False
    cellular: bool = False
    speed_mbps: int | None = None
    duplex: Literal["full", "half"] | None = None


def attribute(message: Message, *names: str) -> Any:
    """The value of an attribute (of an attribute ...), None where there is none."""
    found: Any = message
    for name in names:
        if not isinstance(found, Mapping):
            return None
        pairs = found.get("attrs") or ()
        found = next((pair[1] for pair in pairs if pair[0] == name), None)
    return found


def read_sysfs(name: str, index: int, root: Path = SYS) -> Sysfs:
    folder = root / name
    # /sys shows the network namespace that it was mounted in, which need not be ours.
    if "/" in name or read_text(folder / "ifindex") != str(index):
        return Sysfs()
    driver = folder / "device" / "driver"
    speed = read_text(folder / "speed")
    duplex = read_text(folder / "duplex")
    return Sysfs(
        wireless=(folder / "wireless").exists() or (folder / "phy80211").exists(),
        cellular="DEVTYPE=wwan" in read_text(folder / "uevent")
        or (driver.exists() and driver.resolve().name in CELLULAR_DRIVERS),
        speed_mbps=int(speed) if speed.isdecimal() and int(speed) > 0 else None,
        duplex="full" if duplex == "full" else "half" if duplex == "half" else None,
    )


def kind_of(name: str, hardware: int, kind: str, sysfs: Sysfs) -> Kind:
    """`hardware` is the ARPHRD number, `kind` the rtnetlink kind or ""."""
    if hardware == ARPHRD_LOOPBACK:
        return "loopback"
    if sysfs.wireless or hardware in ARPHRD_WIFI:
        return "wifi"
    if sysfs.cellular or kind in CELLULAR or name.startswith(CELLULAR_NAMES):
        return "cellular"
    if kind in TUNNELS or hardware in ARPHRD_TUNNEL:
        return "tunnel"
    if kind in VIRTUAL or hardware != ARPHRD_ETHER:
        return "virtual"
    return "ethernet"


def address(message: Message) -> Address:
    """One RTM_NEWADDR."""
    # On a point-to-point link IFA_ADDRESS is the peer and IFA_LOCAL is ours.
    end = attribute(message, "IFA_ADDRESS")
    text = attribute(message, "IFA_LOCAL") or end
    flags = attribute(message, "IFA_FLAGS") or message.get("flags") or 0
    names = tuple(name for bit, name in ADDRESS_FLAGS if flags & bit)
    return Address(
        str(text),
        int(message["prefixlen"]),
        6 if ":" in str(text) else 4,
        SCOPES.get(int(message.get("scope") or 0), "global"),
        names if flags & PERMANENT else ("dynamic", *names),
        peer="" if end in (None, text) else str(end),
    )


def _counters(message: Message) -> Counters | None:
    stats = attribute(message, "IFLA_STATS64") or attribute(message, "IFLA_STATS")
    if not stats:
        return None
    names = ("rx_packets", "tx_packets", "rx_errors", "collisions")
    return Counters(*(int(stats.get(name, 0)) for name in names))


def _carrier(message: Message, enabled: bool) -> bool | None:
    """None while the interface is disabled: its carrier is not monitored then."""
    if not enabled:
        return None
    carrier = attribute(message, "IFLA_CARRIER")
    if carrier is not None:
        return bool(carrier)
    state = attribute(message, "IFLA_OPERSTATE")
    return None if state in (None, "UNKNOWN") else state in ("UP", "DORMANT")


def interface(message: Message, own: tuple[Address, ...], sysfs: Sysfs) -> Interface:
    """One RTM_NEWLINK with its addresses and attributes of /sys."""
    name = str(attribute(message, "IFLA_IFNAME"))
    enabled = bool(message["flags"] & IFF_UP)
    kind = attribute(message, "IFLA_LINKINFO", "IFLA_INFO_KIND") or ""
    return Interface(
        name=name,
        kind=kind_of(name, int(message["ifi_type"]), str(kind), sysfs),
        enabled=enabled,
        carrier=_carrier(message, enabled),
        mtu=int(attribute(message, "IFLA_MTU") or 0),
        mac=str(attribute(message, "IFLA_ADDRESS") or ""),
        addresses=own,
        speed_mbps=sysfs.speed_mbps,
        duplex=sysfs.duplex,
        carrier_changes=attribute(message, "IFLA_CARRIER_CHANGES"),
        counters=_counters(message),
    )
