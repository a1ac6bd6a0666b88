"""A knock is a sound packet, and only its own answer counts."""

import asyncio
import json
import struct
import subprocess
import sys
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.icmp import checksum, ip_packet
from posdiag.formats.traffic.frames import TCP, UDP
from posdiag.formats.traffic.layers import ACK, RST, SYN
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Knock
from posdiag.system.wire.raw.knock import _request, knock, read_answer

OWN, FAR, PORT = "192.168.1.50", "203.0.113.9", 40000
TO_TCP = Knock("eth0", "02:00:00:00:00:01", OWN, FAR, 443)
TO_DNS = Knock("eth0", "02:00:00:00:00:01", OWN, FAR, 53, dns=True)


def segment(flags: int, port: int = 443, to: int = PORT, by: str = FAR) -> bytes:
    body = struct.pack("!HHIIBBHHH", port, to, 1, 2, 5 << 4, flags, 100, 0, 0)
    return ip_packet(IPv4Address(by).packed, IPv4Address(OWN).packed, TCP, body)


def datagram(protocol: int = UDP) -> bytes:
    body = struct.pack("!4H", 53, PORT, 8, 0)
    return ip_packet(IPv4Address(FAR).packed, IPv4Address(OWN).packed, protocol, body)


@pytest.mark.parametrize(
    ("packet", "question", "expected"),
    [
        (segment(SYN | ACK), TO_TCP, "open"),
        (segment(RST | ACK), TO_TCP, "refused"),
        (segment(ACK), TO_TCP, None),
        (segment(SYN | ACK, port=80), TO_TCP, None),
        (segment(SYN | ACK, to=1), TO_TCP, None),
        (segment(SYN | ACK, by="203.0.113.8"), TO_TCP, None),
        (datagram(), TO_DNS, "open"),
        (datagram(), TO_TCP, None),
        (datagram(1), TO_DNS, None),
        (segment(SYN | ACK)[:30], TO_TCP, None),
    ],
    ids=range(10),
)
def test_only_its_own_answer_counts(
    packet: bytes, question: Knock, expected: str | None
) -> None:
    assert read_answer(packet, question, PORT) == expected


@given(st.binary(max_size=80))
def test_any_bytes_may_come_in(packet: bytes) -> None:
    assert read_answer(packet, TO_TCP, PORT) in ("open", "refused", None)


@given(st.binary(max_size=80))
def test_data_with_its_checksum_sums_up_to_nothing(data: bytes) -> None:
    even = data + b"\0" * (len(data) % 2)

    assert checksum(even + struct.pack("!H", checksum(even))) == 0


def test_two_families_are_no_question() -> None:
    asked = Knock("eth0", "", "192.0.2.1", "2001:db8::2", 443)

    assert asyncio.run(knock(asked, Meter())) == Unknown("unsupported")


def test_a_knock_has_the_options_of_an_ordinary_connection() -> None:
    """Else a firewall that drops one of these on the way looks like this machine's."""
    sent = _request(TO_TCP, PORT)
    ends = IPv4Address(OWN).packed + IPv4Address(FAR).packed
    kinds, at = [], 20

    while at < len(sent):
        kinds.append(sent[at])
        at += 1 if sent[at] == 1 else sent[at + 1]

    assert kinds == [2, 4, 8, 1, 3]  # segment size, SACK, timestamps, no-op, scale
    assert (sent[12] >> 4) * 4 == len(sent) == at
    assert checksum(ends + struct.pack("!BBH", 0, TCP, len(sent)) + sent) == 0


# Two hosts in namespaces; the first has a filter and an IPsec policy of its own.
WORLD = """
unshare -n sleep 60 & far=$!
trap 'kill $far' EXIT
until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do
  sleep 0.01; done
ip link add eth0 type veth peer name eth1 netns $far
ip link set lo up && ip link set eth0 up && ip addr add 192.168.1.50/24 dev eth0
nsenter -n -t $far sh -ec '
  ip link set lo up && ip link set eth1 up && ip addr add 192.168.1.9/24 dev eth1
  ip addr add 203.0.113.9/32 dev lo && ip route add default via 192.168.1.50'
nsenter -n -t $far "$1" -S -c '
import socket, time
held = [socket.create_server(("203.0.113.9", 443))]
held.append(socket.create_server(("::", 443), family=socket.AF_INET6))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("203.0.113.9", 53))
print("ready", flush=True)
while True:
    data, by = udp.recvfrom(2048); udp.sendto(data, by)' >/tmp/ready.$$ &
trap "kill $far $!; rm /tmp/ready.$$" EXIT
until grep -q ready /tmp/ready.$$; do sleep 0.02; done
ip route add 203.0.113.9 via 192.168.1.9 && ip route add blackhole 203.0.113.10
own=$(ip -o link show eth0 | sed 's/.*ether \\([^ ]*\\).*/\\1/')
ip addr add 2001:db8::50/64 dev eth0 nodad
nsenter -n -t $far ip addr add 2001:db8:9::9/128 dev lo
nsenter -n -t $far ip addr add 2001:db8::9/64 dev eth1 nodad
nsenter -n -t $far ip neigh add 2001:db8::50 lladdr $own dev eth1  # no answer leaves us
nft "table inet t { chain c { type filter hook output priority 0; drop; }; }"
mac=$(nsenter -n -t $far ip -o link show eth1 | sed 's/.*ether \\([^ ]*\\).*/\\1/')
"$1" -c "$2" "$mac" true '
nft "table netdev t { chain in { type filter hook ingress device eth0 priority 0;
  tcp sport 443 drop; }; chain out { type filter hook egress device eth0 priority 0;
  tcp dport 444 drop; }; }"' "
nsenter -n -t $far ip neigh replace 192.168.1.50 lladdr 02:00:00:00:00:99 dev eth1"
"""
ASK = """
import asyncio, json, subprocess, sys
from posdiag.model.questions.machine import AskRouteTo
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Knock
from posdiag.system.link.netlink import route_for
from posdiag.system.wire.raw.knock import knock

def asked(port, dns=False, mac=sys.argv[1]):
    return Knock("eth0", mac, "192.168.1.50", "203.0.113.9", port, dns, timeout=1.0)

async def main():
    meter = Meter()
    heard = [(await knock(q, meter)).reply for q in (
        asked(443), asked(444), asked(53, True), asked(443, mac="02:00:00:00:00:77"))]
    six = await knock(Knock(
        "eth0", sys.argv[1], "2001:db8::50", "2001:db8:9::9", 443, timeout=1.0), meter)
    closed = await knock(Knock(
        "eth0", sys.argv[1], "2001:db8::50", "2001:db8:9::9", 445, timeout=1.0), meter)
    heard += [six.reply, closed.reply]
    barred = (await route_for(AskRouteTo("203.0.113.10"), meter)).barred
    return heard, barred, meter.sent > 0
for change in sys.argv[2:]:
    subprocess.run(["sh", "-ec", change], check=True)
    print(json.dumps(asyncio.run(main())))
"""


SIX = ["open", "refused"]  # by IPv6, behind the same filters


def test_a_knock_passes_this_machines_own_filter_and_is_answered() -> None:
    command = ["unshare", "-rn", "sh", "-ec", WORLD, "sh", sys.executable, ASK]
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": path, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    plain, filtered, astray = map(json.loads, done.stdout.splitlines())

    assert plain == [["open", "refused", "open", "silent", *SIX], "blackhole", True]
    # Filters of the interface itself: the answer is seen before the one, and what the
    # other drops is known to be kept back here.
    assert filtered == [["open", "kept", "open", "silent", *SIX], "blackhole", True]
    # The router sends its answers to another hardware address: nobody gets them here.
    assert astray == [["silent", "kept", "silent", "silent", *SIX], "blackhole", True]
