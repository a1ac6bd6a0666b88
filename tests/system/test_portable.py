"""What psutil and the system's own programs say is read right, or is unknown."""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.desktop.interface_name import kind_of
from posdiag.formats.desktop.netstat import (
    Entry,
    neighbours,
    unix_routes,
    windows_routes,
)
from posdiag.model.questions.base import Question, Unknown
from posdiag.model.questions.lan import AskNeighbour, AskSweep, Neighbour
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
    AskTime,
    Interfaces,
    LocalName,
    Resolvers,
    Route,
    Routes,
    RouteTo,
    WallClock,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Ping, Trace
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.link.portable_neighbour import _send
from posdiag.system.portable import portable
from posdiag.system.process.command import Output, run, text
from posdiag.system.process.launcher import environment
from posdiag.system.process.tools import Tools, here
from posdiag.system.wire.icmp.ping_command import (
    command,
    is_truncated,
    too_big,
    trouble,
    unix_trips,
    windows_trip,
)

posix = pytest.mark.skipif(os.name != "posix", reason="makes shell scripts")

IPUTILS = """PING 192.0.2.1 (192.0.2.1) 16(44) bytes of data.
24 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.421 ms
From 192.0.2.9 icmp_seq=2 Destination Host Unreachable
24 bytes from 192.0.2.1: icmp_seq=4 ttl=64 time=12 ms
24 bytes from 192.0.2.1: icmp_seq=3 ttl=64 time=400 ms
24 bytes from 192.0.2.1: icmp_seq=4 ttl=64 time=50.5 ms (DUP!)
24 bytes from 192.0.2.66: icmp_seq=5 ttl=64 time=1.0 ms (DIFFERENT ADDRESS!)

--- 192.0.2.1 ping statistics ---
5 packets transmitted, 3 received, +1 duplicates, +1 errors, 40% packet loss, time 812ms
rtt min/avg/max/mdev = 0.421/137.473/400.000/185.735 ms
"""
MACOS = """PING 192.168.1.1 (192.168.1.1): 56 data bytes
64 bytes from 192.168.1.1: icmp_seq=0 ttl=64 time=3.214 ms
Request timeout for icmp_seq 1
64 bytes from 192.168.1.1: icmp_seq=2 ttl=64 time=2.5 ms

--- 192.168.1.1 ping statistics ---
3 packets transmitted, 2 packets received, 33.3% packet loss
round-trip min/avg/max/stddev = 2.5/3.106/3.214/0.108 ms
"""
BUSYBOX = """PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.063 ms
64 bytes from 127.0.0.1: seq=1 ttl=64 time=0.081 ms

--- 127.0.0.1 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.063/0.072/0.081 ms
"""
WINDOWS = """\r
Pinging 192.168.1.1 with 32 bytes of data:\r
Reply from 192.168.1.1: bytes=32 time=14ms TTL=64\r
\r
Ping statistics for 192.168.1.1:\r
    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),\r
Approximate round trip times in milli-seconds:\r
    Minimum = 14ms, Maximum = 14ms, Average = 14ms\r
"""
WINDOWS_ZH = """\r
正在 Ping 192.168.1.1 具有 32 字节的数据:\r
来自 192.168.1.1 的回复: 字节=32 时间<1ms TTL=64\r
\r
192.168.1.1 的 Ping 统计信息:\r
    数据包: 已发送 = 1，已接收 = 1，丢失 = 0 (0% 丢失)，\r
往返行程的估计时间(以毫秒为单位):\r
    最短 = 0ms，最长 = 0ms，平均 = 0ms\r
"""
WINDOWS_ZH_LOST = """\r
正在 Ping 192.168.1.9 具有 32 字节的数据:\r
请求超时。\r
\r
192.168.1.9 的 Ping 统计信息:\r
    数据包: 已发送 = 1，已接收 = 0，丢失 = 1 (100% 丢失)，\r
"""
WINDOWS_UNREACHABLE = """\r
Pinging 192.168.1.9 with 32 bytes of data:\r
Reply from 192.168.1.20: Destination host unreachable.\r
\r
Ping statistics for 192.168.1.9:\r
    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),\r
"""
WINDOWS_FR = """\r
Envoi d'une requête 'Ping'  192.168.1.1 avec 32 octets de données :\r
Réponse de 192.168.1.1 : octets=32 temps=3 ms TTL=64\r
\r
Statistiques Ping pour 192.168.1.1:\r
"""

LINUX_ROUTES = """Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         192.168.1.1     0.0.0.0         UG    600    0        0 wlan0
0.0.0.0         10.0.0.1        0.0.0.0         UG    100    0        0 eth0
10.0.0.0        0.0.0.0         255.255.255.0   U     100    0        0 eth0
10.9.0.0        -               255.255.0.0     !     0      -        0 -
192.168.1.0     0.0.0.0         255.255.255.0   U     600    0        0 wlan0
"""
LINUX_ROUTES_6 = """Kernel IPv6 routing table
Destination                    Next Hop                   Flag Met Ref  Use If
fd00::/64                      [::]                       U    256 1      0 eth0
[::]/0                         fe80::1                    UG   1024 2      0 eth0
::1/128                        ::                         Un   0   2      0 lo
fd00::2/128                    ::                         Un   0   3      0 eth0
ff00::/8                       ::                         U    256 3      0 eth0
::/0                           ::                         !n   -1  1      0 lo
"""
MACOS_ROUTES = """Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.1.1        UGScg                 en0
default            link#15            UCSIg           bridge100      !
127                127.0.0.1          UCS                   lo0
169.254            link#6             UCS                   en0      !
192.168.1          link#6             UCS                   en0      !
192.168.1.1/32     link#6             UCS                   en0      !
192.168.1.1        3c:37:86:aa:b:cc   UHLWIir               en0   1180
128.0/1            10.8.0.1           UGSc                utun3
224.0.0/4          link#6             UmCS                  en0      !

Internet6:
Destination                    Gateway                 Flags               Netif Expire
default                        fe80::1%en0             UGcg                  en0
fe80::%en0/64                  link#6                  UCI                   en0
"""
OLD_MACOS_ROUTES = """Routing tables

Internet:
Destination        Gateway            Flags        Refs      Use   Netif Expire
default            192.168.1.1        UGSc           54        0     en0
"""
WINDOWS_ROUTES = """\
===========================================================================
Interface List
 12...00 1c 42 aa bb cc ......Intel(R) Ethernet Connection I219-LM
 18...00 1c 42 aa bb dd ......Intel(R) Wi-Fi 6 AX201 160MHz
  1...........................Software Loopback Interface 1
===========================================================================

IPv4 Route Table
===========================================================================
Active Routes:
Network Destination        Netmask          Gateway       Interface  Metric
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.23     25
          0.0.0.0          0.0.0.0         10.0.0.1         10.0.0.7     35
      192.168.1.0    255.255.255.0         On-link      192.168.1.23    281
        224.0.0.0        240.0.0.0         On-link      192.168.1.23    281
===========================================================================
Persistent Routes:
  Network Address          Netmask  Gateway Address  Metric
          0.0.0.0          0.0.0.0      192.168.1.1  Default
===========================================================================

IPv6 Route Table
===========================================================================
Active Routes:
 If Metric Network Destination      Gateway
 12    281 ::/0                     fe80::1
  1    331 ::1/128                  On-link
===========================================================================
Persistent Routes:
  None
"""
WINDOWS_ROUTES_ZH = """\
===========================================================================
接口列表
 12...00 1c 42 aa bb cc ......Intel(R) Ethernet Connection I219-LM
===========================================================================

IPv4 路由表
===========================================================================
活动路由:
网络目标        网络掩码          网关       接口   跃点数
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.23     25
      192.168.1.0    255.255.255.0            在链路上      192.168.1.23    281
===========================================================================
永久路由:
  无
"""
OWNERS = {"192.168.1.23": "以太网", "00:1c:42:aa:bb:cc": "以太网", "10.0.0.7": "WLAN"}

ARP_LINUX = """? (192.0.2.1) at 02:fc:00:00:00:05 [ether] on eth0
? (192.0.2.77) at <incomplete> on eth0
? (192.0.2.8) at 02:fc:00:00:00:08 [ether] PERM on wlan0
"""
ARP_MACOS = """? (192.168.1.1) at 3c:37:86:aa:b:cc on en0 ifscope [ethernet]
? (192.168.1.9) at (incomplete) on en0 ifscope [ethernet]
? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]
"""
ARP_WINDOWS = """\r
接口: 192.168.1.23 --- 0xc\r
  Internet 地址         物理地址              类型\r
  192.168.1.1           3c-37-86-aa-0b-cc     动态        \r
  192.168.1.255         ff-ff-ff-ff-ff-ff     静态        \r
  224.0.0.22            01-00-5e-00-00-16     静态        \r
"""


def test_ping_of_iputils_is_read_by_sequence() -> None:
    assert unix_trips(IPUTILS, 5) == (0.000421, None, 0.4, 0.012, None)


INETUTILS = """PING 192.0.2.1 (192.0.2.1): 16 data bytes
24 bytes from 192.0.2.1: icmp_seq=0 ttl=64 time=0.500 ms
24 bytes from 192.0.2.1: icmp_seq=2 ttl=64 time=0.700 ms
"""
WINDOWS_RU = """
Обмен пакетами с 8.8.8.8 по с 32 байтами данных:
Ответ от 8.8.8.8: число байт=32 время=14мс TTL=117

Статистика Ping для 8.8.8.8:
"""
WINDOWS_RU_LOST = """
Обмен пакетами с 8.8.8.8 по с 32 байтами данных:
Превышен интервал ожидания для запроса.
"""


def test_ping_of_inetutils_counts_from_zero() -> None:
    assert unix_trips(INETUTILS, 3) == (0.0005, None, 0.0007)


def test_ping_of_macos_and_busybox_counts_from_zero() -> None:
    assert unix_trips(MACOS, 3, first=0) == (0.003214, None, 0.0025)
    assert unix_trips(BUSYBOX, 2) == (0.000063, 0.000081)


@pytest.mark.parametrize(
    ("printed", "trip"),
    [
        (WINDOWS, 0.014),
        (WINDOWS_RU, 0.014),
        (WINDOWS_RU_LOST, None),
        (WINDOWS_ZH, 0.001),
        (text(WINDOWS_ZH.encode("gbk")), 0.001),
        (WINDOWS_FR, 0.003),
        (WINDOWS_ZH_LOST, None),
        (WINDOWS_UNREACHABLE, None),
        ("", None),
    ],
)
def test_ping_of_windows_is_read_in_any_language(
    printed: str, trip: float | None
) -> None:
    assert trip == windows_trip(printed)


def test_an_announced_mtu_is_read_in_every_dialect() -> None:
    linux = "From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)"
    macos = "36 bytes from 10.0.0.1: frag needed and DF set (MTU 1380)"

    assert too_big(linux) == 1400
    assert too_big(macos) == 1380
    assert too_big("ping: local error: message too long, mtu=1500") == 1500
    assert too_big(IPUTILS) is None


def test_a_shortened_answer_is_an_answer() -> None:
    line = "76 bytes from 192.0.2.1: icmp_seq=1 ttl=57 (truncated)"

    assert is_truncated(
        f"PING 192.0.2.1 (192.0.2.1) 1472(1500) bytes of data.\n{line}\n"
    )
    assert not is_truncated(IPUTILS)


def test_why_nothing_was_sent_is_told() -> None:
    def said(err: str) -> Unknown | None:
        return trouble(Output(2, "", err))

    assert said("ping: connect: Network is unreachable") is None
    assert said("ping: socket: Operation not permitted") == Unknown(
        "no-rights", RUN_AS_ROOT
    )
    assert said("ping: invalid argument: 'x'") == Unknown(
        "trouble", "ping: ping: invalid argument: 'x'"
    )
    assert trouble(Output(1, IPUTILS)) is None


def test_every_option_is_spoken_in_the_dialect_of_the_system() -> None:
    asked = Ping(
        address="192.0.2.1",
        count=3,
        interval=0.05,
        timeout=1.5,
        size=1400,
        ttl=7,
        whole=True,
        device="eth0",
    )
    linux = "ping -n -c 3 -i 0.2 -s 1400 -W 1.5 -M do -t 7 -I eth0 192.0.2.1"
    macos = "ping -n -c 3 -i 0.1 -s 1400 -W 1500 -D -m 7 -b eth0 192.0.2.1"
    windows = "ping -n 1 -w 1500 -l 1400 -f -i 7 -S 192.0.2.5 192.0.2.1"

    assert linux.split() == command(asked, "linux")
    assert macos.split() == command(asked, "macos")
    assert windows.split() == command(asked, "windows", "192.0.2.5")
    assert command(Ping("fe80::1"), "macos")[0] == "ping6"


def test_routes_of_linux_have_their_metric() -> None:
    assert (
        Route("default", "192.168.1.1", "wlan0", 600),
        Route("default", "10.0.0.1", "eth0", 100),
        Route("10.0.0.0/24", None, "eth0", 100),
        Route("192.168.1.0/24", None, "wlan0", 600),
    ) == unix_routes(LINUX_ROUTES)
    assert (
        Route(
            destination="fd00::/64",
            gateway=None,
            interface="eth0",
            metric=256,
            family=6,
        ),
        Route(
            destination="default",
            gateway="fe80::1",
            interface="eth0",
            metric=1024,
            family=6,
        ),
    ) == unix_routes(LINUX_ROUTES_6)


def test_routes_of_macos_keep_their_order() -> None:
    assert (
        Route("default", "192.168.1.1", "en0", 0),
        Route("default", None, "bridge100", 1),
        Route("127.0.0.0/8", "127.0.0.1", "lo0"),
        Route("169.254.0.0/16", None, "en0"),
        Route("192.168.1.0/24", None, "en0"),
        Route("192.168.1.1/32", None, "en0"),
        Route("128.0.0.0/1", "10.8.0.1", "utun3"),
        Route(
            destination="default",
            gateway="fe80::1",
            interface="en0",
            metric=0,
            family=6,
        ),
        Route(
            destination="fe80::/64", gateway=None, interface="en0", metric=0, family=6
        ),
    ) == unix_routes(MACOS_ROUTES)
    assert (Route("default", "192.168.1.1", "en0"),) == unix_routes(OLD_MACOS_ROUTES)


def test_routes_of_windows_are_read_in_any_language() -> None:
    assert (
        Route("default", "192.168.1.1", "以太网", 25),
        Route("default", "10.0.0.1", "WLAN", 35),
        Route("192.168.1.0/24", None, "以太网", 281),
        Route(
            destination="default",
            gateway="fe80::1",
            interface="以太网",
            metric=281,
            family=6,
        ),
    ) == windows_routes(WINDOWS_ROUTES, OWNERS)
    for printed in (WINDOWS_ROUTES_ZH, text(WINDOWS_ROUTES_ZH.encode("gbk"))):
        assert (
            Route("default", "192.168.1.1", "以太网", 25),
            Route("192.168.1.0/24", None, "以太网", 281),
        ) == windows_routes(printed, OWNERS)


def test_arp_tables_hold_who_was_heard() -> None:
    assert (
        Entry("192.0.2.1", "02:fc:00:00:00:05", "eth0"),
        Entry("192.0.2.8", "02:fc:00:00:00:08", "wlan0"),
    ) == neighbours(ARP_LINUX)
    assert (Entry("192.168.1.1", "3c:37:86:aa:0b:cc", "en0"),) == neighbours(ARP_MACOS)
    assert (Entry("192.168.1.1", "3c:37:86:aa:0b:cc", ""),) == neighbours(ARP_WINDOWS)


SAMPLES = (
    IPUTILS,
    MACOS,
    WINDOWS_ZH,
    LINUX_ROUTES,
    LINUX_ROUTES_6,
    MACOS_ROUTES,
    WINDOWS_ROUTES,
    ARP_LINUX,
    ARP_WINDOWS,
)
WORDS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(sorted({word for s in SAMPLES for word in s.split()})),
    st.sampled_from(["\n", " ", "\u0663", "²", "1.1.1.1/99", "::/999", "%", "[", "-1"]),
)
PARSERS: tuple[Callable[[str], object], ...] = (
    lambda printed: unix_trips(printed, 3),
    windows_trip,
    is_truncated,
    too_big,
    unix_routes,
    lambda printed: windows_routes(printed, OWNERS),
    neighbours,
)


@given(st.lists(WORDS, max_size=30), st.sampled_from(SAMPLES))
def test_no_output_of_a_program_makes_a_parser_raise(
    words: list[str], sample: str
) -> None:
    cut = sample[: len(words) * 9]
    for printed in (" ".join(words), cut + " ".join(words), "\n".join(words) + cut):
        for parser in PARSERS:
            parser(printed)


@given(st.binary(max_size=64))
def test_any_bytes_are_some_text(printed: bytes) -> None:
    assert isinstance(text(printed), str)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lo", "loopback"),
        ("lo0", "loopback"),
        ("Loopback Pseudo-Interface 1", "loopback"),
        ("wlp3s0", "wifi"),
        ("Wi-Fi 2", "wifi"),
        ("WLAN", "wifi"),
        ("无线网络连接", "wifi"),
        ("utun3", "tunnel"),
        ("ppp0", "tunnel"),
        ("wg0", "tunnel"),
        ("wwan0", "cellular"),
        ("wwp0s20u4", "cellular"),
        ("蜂窝", "cellular"),
        ("docker0", "virtual"),
        ("br-3f2a", "virtual"),
        ("vEthernet (WSL)", "virtual"),
        ("VirtualBox Host-Only Network", "virtual"),
        ("本地连接* 1", "virtual"),
        ("eth0", "ethernet"),
        ("enp0s31f6", "ethernet"),
        ("veth0", "ethernet"),
        ("以太网", "ethernet"),
    ],
)
def test_the_kind_of_an_interface_is_guessed_from_its_name(
    name: str, kind: str
) -> None:
    assert kind == kind_of(name)


def ask(tools: Tools, *questions: Question[Any]) -> list[Any]:
    async def story() -> list[Any]:
        system = portable(tools)
        return [await system.ask(question) for question in questions]

    return asyncio.run(story())


def program(folder: Path, name: str, printed: str, code: int = 0) -> None:
    """A program that prints this and ends."""
    (folder / f"{name}.txt").write_text(printed)
    script = folder / name
    script.write_text(f"#!/bin/sh\n/bin/cat {folder / name}.txt\nexit {code}\n")
    script.chmod(0o755)


def test_without_any_program_everything_is_unknown_and_nothing_raises(
    tmp_path: Path,
) -> None:
    for system in ("linux", "macos", "windows"):
        answers = ask(
            Tools(system, str(tmp_path), tmp_path / "hosts"),
            AskRoutes(),
            AskNeighbour("127.0.0.1", "nowhere", 0.1),
            AskSweep("127.0.0.0/30", "nowhere", 0.1),
            Ping("127.0.0.1", 2),
        )

        assert [answer.why for answer in answers] == ["no-tool"] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="names a Debian package")
def test_a_missing_program_comes_with_the_command_that_installs_it(
    tmp_path: Path,
) -> None:
    routes, ping = ask(Tools("linux", str(tmp_path)), AskRoutes(), Ping("127.0.0.1"))

    assert Unknown("no-tool", "sudo apt install net-tools") == routes
    assert Unknown("no-tool", "sudo apt install iputils-ping") == ping


def test_what_cannot_be_done_is_unsupported(tmp_path: Path) -> None:
    tools = Tools(here(), str(tmp_path))
    questions = (
        AskDamage(),
        Trace("127.0.0.1"),
        AskNeighbour("fe80::1", "nowhere"),
        AskSweep("10.0.0.0/8", "nowhere"),
    )

    assert [Unknown("unsupported")] * 4 == ask(tools, *questions)


def test_what_is_no_address_is_trouble_and_reaches_no_command_line() -> None:
    tools = Tools(here())
    questions = (
        Ping("-f"),
        Ping("127.0.0.1", device="-f"),
        Ping("127.0.0.1", 10_000),
        AskRouteTo("pay.test"),
        AskNeighbour("pay.test", "nowhere"),
        AskSweep("pay.test", "nowhere"),
    )

    assert [answer.why for answer in ask(tools, *questions)] == ["trouble"] * 6


def test_this_machine_can_be_asked_without_any_program(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("192.0.2.7 pay.test # local\n")
    tools = Tools(here(), str(tmp_path), tmp_path / "hosts")
    links, clock, name, way, resolvers = ask(
        tools,
        AskInterfaces(),
        AskTime(),
        AskLocalName("pay.test"),
        AskRouteTo("127.0.0.1"),
        AskResolvers(),
    )

    assert isinstance(links, Interfaces)
    loopback = next(link for link in links.all if link.kind == "loopback")
    assert loopback.enabled
    assert ("127.0.0.1", 8, "host") in [
        (a.address, a.prefix, a.scope) for a in loopback.addresses
    ]
    assert isinstance(clock, WallClock)
    assert abs(clock.seconds - time.time()) < 60
    assert LocalName(("192.0.2.7",)) == name
    assert isinstance(way, RouteTo)
    assert (loopback.name, "127.0.0.1") == (way.interface, way.source)
    assert isinstance(resolvers, Resolvers | Unknown)


@posix
def test_the_programs_of_this_machine_are_asked(tmp_path: Path) -> None:
    program(tmp_path, "netstat", LINUX_ROUTES)
    program(tmp_path, "ping", IPUTILS, code=1)
    routes, echoes = ask(
        Tools("linux", str(tmp_path)), AskRoutes(), Ping("192.0.2.1", 5)
    )

    assert isinstance(routes, Routes)
    assert routes.all[0].gateway == "10.0.0.1"
    assert list(dict.fromkeys(r.interface for r in routes.defaults)) == [
        "eth0",
        "wlan0",
    ]
    assert (
        Echoes("192.0.2.1", (0.000421, None, 0.4, 0.012, None), method="command")
        == echoes
    )


@posix
def test_windows_and_macos_are_asked_in_their_way(tmp_path: Path) -> None:
    program(tmp_path, "ping", WINDOWS_ZH)
    program(tmp_path, "netstat", WINDOWS_ROUTES)
    windows = Tools("windows", str(tmp_path))
    echoes, other, routes = ask(
        windows, Ping("192.168.1.1", 3, 0.01), Ping("192.168.1.2"), AskRoutes()
    )

    assert Echoes("192.168.1.1", (0.001,) * 3, method="command") == echoes
    assert other.why == "trouble"
    assert routes.defaults[0].gateway == "192.168.1.1"

    program(tmp_path, "ping", MACOS)
    (echoes,) = ask(Tools("macos", str(tmp_path)), Ping("192.168.1.1", 3))
    assert echoes.trips == (0.003214, None, 0.0025)


@posix
def test_a_remembered_neighbour_is_not_proof_but_a_refusal_is(tmp_path: Path) -> None:
    # 127.0.0.1 stands for the neighbour: it refuses, which only a live host does.
    program(tmp_path, "arp", "? (127.0.0.1) at 02:00:00:00:00:01 [ether] on shop0\n")
    program(tmp_path, "ping", "PING 127.0.0.1\n")
    (found,) = ask(
        Tools("linux", str(tmp_path)), AskNeighbour("127.0.0.1", "shop0", 0.5)
    )

    assert Neighbour("127.0.0.1", "alive", "02:00:00:00:00:01") == found


def outcome(folder: Path, body: str, timeout: float, limit: int = 64_000) -> Any:
    script = folder / "tool"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return asyncio.run(run([str(script)], timeout, limit))


@posix
def test_a_program_is_ended_when_its_time_is_up(tmp_path: Path) -> None:
    started = time.monotonic()
    found = outcome(tmp_path, "echo begun\nsleep 30 & sleep 30", 0.3)

    assert Output(None, "begun\n") == found
    assert time.monotonic() - started < 5


@posix
def test_a_program_that_floods_is_ended(tmp_path: Path) -> None:
    found = outcome(tmp_path, "while :; do echo aaaaaaaaaaaaaaa; done", 20, 1000)

    assert (found.code, found.flooded, len(found.out)) == (None, True, 1000)


@posix
def test_a_program_gets_no_input_and_no_environment_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_SECRET", "hunter2")
    found = outcome(tmp_path, 'read x; echo "$POS_SECRET,$LC_ALL,$x"; exit 3', 10)

    assert (found.code, found.out) == (3, ",C,\n")
    assert {"PATH", "LC_ALL"} >= set(environment()) - {"SYSTEMROOT"}


@posix
def test_a_program_that_may_not_be_run_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")

    found = asyncio.run(run([str(tmp_path / "tool")], 1))
    assert Unknown("no-rights") == found
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "tool").write_text("\x7fELF nonsense")
    odd = asyncio.run(run([str(tmp_path / "tool")], 1))
    assert isinstance(odd, Unknown)
    assert odd.why == "trouble"


@posix
def test_a_cancelled_question_leaves_no_program_behind(tmp_path: Path) -> None:
    script = tmp_path / "tool"
    script.write_text(
        f"#!/bin/sh\ncd {tmp_path}\necho $$ > new\nmv new pid\nexec sleep 30\n"
    )
    script.chmod(0o755)

    async def story() -> int:
        task = asyncio.create_task(run([str(script)], 30))
        while not (tmp_path / "pid").exists():  # noqa: ASYNC110 (another process's)
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return int((tmp_path / "pid").read_text())

    gone = asyncio.run(story())
    with pytest.raises(ProcessLookupError):
        os.kill(gone, 0)


def test_a_datagram_that_cannot_be_sent_leaves_no_socket() -> None:
    """One that is left open is warned of when it is collected, which fails a test."""
    meter = Meter()

    with pytest.raises(OSError, match=r"."):
        _send("no address", "", meter)
    gc.collect()

    assert meter.total == 0
