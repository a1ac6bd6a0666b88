"""What netlink and /sys say is read right."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    Address,
    AskDamage,
    AskInterfaces,
    AskRoutes,
    AskRouteTo,
    Counters,
    Damage,
    Route,
    RouteTo,
)
from posdiag.model.questions.meter import Meter
from posdiag.system.link import netlink
from posdiag.system.link.interfaces import (
    Sysfs,
    address,
    interface,
    kind_of,
    read_sysfs,
)
from posdiag.system.link.neighbour_table import Entry, entry
from posdiag.system.link.routes import route_to, routes

NAMES = {2: "eth0", 3: "wlan0"}


def message(fields: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return {**fields, "attrs": list(attributes.items())}


def route_message(length: int = 0, **attributes: Any) -> dict[str, Any]:
    fields = {"family": 2, "dst_len": length, "type": 1, "flags": 0, "table": 254}
    return message(fields, **{"RTA_TABLE": 254, **attributes})


def link_message(
    flags: int = 1, hardware: int = 1, **attributes: Any
) -> dict[str, Any]:
    fields = {"flags": flags, "ifi_type": hardware, "index": 2}
    return message(fields, **{"IFLA_IFNAME": "eth0", "IFLA_MTU": 1500, **attributes})


@pytest.mark.parametrize(
    ("name", "hardware", "kind", "sysfs", "expected"),
    [
        ("lo", 772, "", Sysfs(), "loopback"),
        ("eth0", 1, "", Sysfs(), "ethernet"),
        ("v0", 1, "veth", Sysfs(), "ethernet"),
        ("bond0", 1, "bond", Sysfs(), "ethernet"),
        ("wlan0", 1, "", Sysfs(wireless=True), "wifi"),
        ("wwan0", 65534, "", Sysfs(), "cellular"),
        ("usb0", 1, "", Sysfs(cellular=True), "cellular"),
        ("tun0", 65534, "tun", Sysfs(), "tunnel"),
        ("tap0", 1, "tun", Sysfs(), "tunnel"),
        ("ppp0", 512, "ppp", Sysfs(), "tunnel"),
        ("wg0", 65534, "wireguard", Sysfs(), "tunnel"),
        ("docker0", 1, "bridge", Sysfs(), "virtual"),
        ("ifb0", 1, "ifb", Sysfs(), "virtual"),
        ("can0", 280, "", Sysfs(), "virtual"),
    ],
)
def test_the_kind_of_an_interface(
    name: str, hardware: int, kind: str, sysfs: Sysfs, expected: str
) -> None:
    actual = kind_of(name, hardware, kind, sysfs)

    assert expected == actual


@pytest.mark.parametrize(
    ("flags", "attributes", "expected"),
    [
        (1, {"IFLA_CARRIER": 1}, True),
        (1, {"IFLA_CARRIER": 0}, False),
        (0, {"IFLA_CARRIER": 0}, None),
        (1, {"IFLA_OPERSTATE": "UP"}, True),
        (1, {"IFLA_OPERSTATE": "LOWERLAYERDOWN"}, False),
        (1, {"IFLA_OPERSTATE": "UNKNOWN"}, None),
        (1, {}, None),
    ],
)
def test_carrier_is_known_only_where_the_kernel_looks_for_it(
    flags: int, attributes: dict[str, Any], expected: bool | None
) -> None:
    actual = interface(link_message(flags, **attributes), (), Sysfs())

    assert expected == actual.carrier
    assert bool(flags) == actual.enabled


def test_the_counters_are_those_of_64_bits() -> None:
    stats = {"rx_packets": 5, "tx_packets": 4, "rx_errors": 3}
    stats |= {"rx_crc_errors": 1, "collisions": 9}
    found = interface(
        link_message(
            IFLA_STATS64=stats, IFLA_STATS={"rx_packets": 1}, IFLA_CARRIER_CHANGES=7
        ),
        (),
        Sysfs(speed_mbps=100, duplex="half"),
    )

    assert found.counters == Counters(
        rx_packets=5, tx_packets=4, rx_errors=3, collisions=9
    )
    assert (found.carrier_changes, found.speed_mbps, found.duplex) == (7, 100, "half")


def test_no_counters_are_not_zero_counters() -> None:
    assert interface(link_message(), (), Sysfs()).counters is None


def test_an_address_on_a_point_to_point_link_is_ours_not_the_peers() -> None:
    fields = {"prefixlen": 32, "scope": 0, "flags": 0x80, "index": 2}
    found = address(message(fields, IFA_ADDRESS="10.0.0.1", IFA_LOCAL="10.0.0.2"))

    assert Address("10.0.0.2", 32, 4, "global", peer="10.0.0.1") == found


def test_the_flags_of_an_address() -> None:
    fields = {"prefixlen": 64, "scope": 253, "flags": 0, "index": 2}
    found = address(message(fields, IFA_ADDRESS="fe80::1", IFA_FLAGS=0x48))

    expected = Address(
        address="fe80::1",
        prefix=64,
        family=6,
        scope="link",
        flags=("dynamic", "tentative", "dadfailed"),
    )
    assert expected == found


def make_sysfs(root: Path, speed: str, index: str = "2") -> None:
    folder = root / "eth0"
    folder.mkdir()
    (folder / "ifindex").write_text(f"{index}\n")
    (folder / "speed").write_text(f"{speed}\n")
    (folder / "duplex").write_text("full\n")


@pytest.mark.parametrize(
    ("speed", "expected"), [("1000", 1000), ("-1", None), ("", None)]
)
def test_a_speed_that_is_not_known_is_none(
    tmp_path: Path, speed: str, expected: int | None
) -> None:
    make_sysfs(tmp_path, speed)

    found = read_sysfs("eth0", 2, tmp_path)

    assert Sysfs(speed_mbps=expected, duplex="full") == found


def test_sys_of_another_namespace_is_not_believed(tmp_path: Path) -> None:
    make_sysfs(tmp_path, "1000", index="7")

    assert Sysfs() == read_sysfs("eth0", 2, tmp_path)


def test_default_routes_come_first_by_metric() -> None:
    found = routes(
        [
            route_message(24, RTA_DST="10.0.0.0", RTA_OIF=2),
            route_message(RTA_GATEWAY="10.1.0.1", RTA_OIF=3, RTA_PRIORITY=600),
            route_message(RTA_GATEWAY="10.0.0.1", RTA_OIF=2, RTA_PRIORITY=100),
        ],
        NAMES,
    )

    expected = (
        Route("default", "10.0.0.1", "eth0", 100),
        Route("default", "10.1.0.1", "wlan0", 600),
        Route("10.0.0.0/24", None, "eth0"),
    )
    assert expected == found


def test_each_hop_of_a_multipath_route_is_a_route() -> None:
    hops = [
        {"oif": 2, "flags": 4, "attrs": [("RTA_GATEWAY", "10.0.0.1")]},
        {"oif": 3, "flags": 16, "attrs": [("RTA_GATEWAY", "10.1.0.1")]},
    ]
    found = routes([route_message(RTA_MULTIPATH=hops)], NAMES)

    expected = (
        Route("default", "10.0.0.1", "eth0", shared=True),
        Route("default", "10.1.0.1", "wlan0", dead=True, shared=True),
    )
    assert expected == found


def test_a_blackhole_is_a_dead_route_without_interface() -> None:
    found = routes([{**route_message(16, RTA_DST="10.9.0.0"), "type": 6}], NAMES)

    assert (Route("10.9.0.0/16", None, "", dead=True),) == found


def test_an_ipv4_route_may_go_through_an_ipv6_neighbour() -> None:
    via = {"family": 10, "addr": "fe80::1"}
    found = routes([route_message(RTA_VIA=via, RTA_OIF=2)], NAMES)

    assert (Route("default", "fe80::1", "eth0"),) == found


@pytest.mark.parametrize(
    "noise",
    [
        {"dst": "fe80::", "length": 64},
        {"dst": "ff00::", "length": 8},
        {"dst": "fd00::1", "length": 128, "flags": 0x200},
        {"dst": "fd00::1", "length": 128, "type": 2},
        {"dst": "fd00::", "length": 64, "table": 255},
        {"dst": None, "length": 0, "type": 7, "metric": 0xFFFFFFFF},
    ],
)
def test_routes_that_no_packet_of_ours_takes_are_left_out(
    noise: dict[str, Any],
) -> None:
    sent = route_message(
        noise["length"],
        RTA_DST=noise["dst"],
        RTA_OIF=2,
        RTA_TABLE=noise.get("table", 254),
        RTA_PRIORITY=noise.get("metric", 256),
    )
    sent |= {"family": 10, "type": noise.get("type", 1), "flags": noise.get("flags", 0)}

    assert routes([sent], NAMES) == ()


def test_the_mtu_of_a_route_outranks_that_of_the_interface() -> None:
    way = {"RTA_OIF": 2, "RTA_GATEWAY": "10.0.0.1", "RTA_PREFSRC": "10.0.0.2"}
    metrics = {"attrs": [("RTAX_MTU", 1400)]}
    learned = route_to(route_message(32, **way, RTA_METRICS=metrics), NAMES, {2: 1500})
    plain = route_to(route_message(32, **way), NAMES, {2: 1500})

    assert RouteTo("eth0", "10.0.0.1", "10.0.0.2", 1400) == learned
    assert RouteTo("eth0", "10.0.0.1", "10.0.0.2", 1500) == plain


def test_a_refusing_route_is_no_way() -> None:
    refused = {**route_message(128, RTA_OIF=1), "type": 7}

    assert RouteTo(None, barred="unreachable") == route_to(refused, NAMES, {})


def test_a_neighbour_entry() -> None:
    sent = message(
        {"state": 2},
        NDA_LLADDR="02:00:00:00:00:01",
        NDA_CACHEINFO={"ndm_confirmed": 150},
    )

    assert Entry(2, "02:00:00:00:00:01", 1.5) == entry(sent)
    assert Entry(0x20, "", float("inf")) == entry(message({"state": 0x20}))


SNMP = """Ip: Forwarding InReceives
Ip: 1 1000
Icmp: InMsgs InCsumErrors
Icmp: 5 1
Tcp: RtoMin InCsumErrors MaxConn
Tcp: 200 2 -1
Udp: InErrors InCsumErrors
Udp: 9 4
"""
NETSTAT = """TcpExt: InCsumErrors SyncookiesSent
TcpExt: 64 0
IpExt: InNoRoutes InCsumErrors
IpExt: 0 8
"""


def test_damage_adds_up_the_wrong_checksums_only() -> None:
    assert Damage(15, 1000) == netlink.count_damage(SNMP, NETSTAT)


@pytest.mark.parametrize("text", ["", "Ip:\nIp:\n", "Ip: InReceives\nTcp: 5\n", "\n\n"])
def test_damage_without_a_count_is_unknown(text: str) -> None:
    assert Unknown("unsupported") == netlink.count_damage(text, "")


def test_this_machine_has_a_loopback_and_says_so() -> None:
    meter = Meter()
    found = asyncio.run(netlink.interfaces(AskInterfaces(), meter))

    assert not isinstance(found, Unknown)
    loopback = next(i for i in found.all if i.name == "lo")
    assert loopback.kind == "loopback"
    assert Address("127.0.0.1", 8, 4, "host") in loopback.addresses
    assert meter.total == 0


def test_the_way_to_loopback_is_loopback() -> None:
    found = asyncio.run(netlink.route_for(AskRouteTo("127.0.0.1"), Meter()))

    assert not isinstance(found, Unknown)
    assert (found.interface, found.source) == ("lo", "127.0.0.1")


def test_this_machines_own_routes_and_damage_can_be_read() -> None:
    async def both() -> tuple[object, object]:
        return (
            await netlink.all_routes(AskRoutes(), Meter()),
            await netlink.damage(AskDamage(), Meter()),
        )

    found, damage = asyncio.run(both())

    assert not isinstance(found, Unknown)
    assert isinstance(damage, Damage)


def test_a_dump_without_end_is_not_known() -> None:
    closed = []

    async def endless() -> AsyncGenerator[Any, None]:
        async def numbers() -> AsyncGenerator[int, None]:
            try:
                while True:
                    yield 1
            finally:
                closed.append(True)

        return numbers()

    found = asyncio.run(netlink.query_kernel(lambda route: netlink.dump(endless())))

    assert found == Unknown("trouble", "netlink: more than 3000 entries")
    assert closed


MANY = """
ip link set lo up
python3 -c 'for n in range(30_000): print(f"route add 2001:db8:{n:x}::/48 dev lo")' |
  ip -6 -batch -
exec "$1" -c "$2"
"""
ASK = """
import asyncio, json, resource, time
from posdiag.model.questions.machine import AskRoutes, AskRouteTo
from posdiag.model.questions.meter import Meter
from posdiag.system.link.netlink import all_routes, route_for

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def main():
    to = await route_for(AskRouteTo("2001:db8:77::1"), Meter())  # imports pyroute2
    before, begun = peak(), time.process_time()
    found = await all_routes(AskRoutes(), Meter())
    spent = time.process_time() - begun
    return [to.interface, found.why, found.hint, peak() - before, spent]
print(json.dumps(asyncio.run(main())))
"""


def test_a_kernel_with_30_000_routes_costs_little_and_is_not_known() -> None:
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-ec", MANY, "sh", sys.executable, ASK],
        capture_output=True, text=True, timeout=180, check=False,
        env={"PATH": path, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    interface, why, hint, kilobytes, seconds = json.loads(done.stdout)

    assert interface == "lo"
    assert (why, hint) == ("trouble", "netlink: more than 3000 entries")
    assert kilobytes < 64 * 1024  # 621 MB, 26 s without the limit
    assert seconds < 5  # of this process


def test_a_question_that_is_given_up_leaves_no_socket() -> None:
    async def give_up() -> int:
        await netlink.interfaces(AskInterfaces(), Meter())
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            asked = asyncio.create_task(netlink.interfaces(AskInterfaces(), Meter()))
            await asyncio.sleep(0.001)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
        return len(os.listdir("/proc/self/fd")) - before

    assert asyncio.run(give_up()) <= 0
