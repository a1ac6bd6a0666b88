"""Other devices on the terminal's LAN, and what they send all day; or a hostile one.

    neighbours.py noise|flood INTERFACE SECONDS SEED LAN ROUTER TERMINAL MAC

Runs in a namespace of its own, by a packet socket; knows nothing of posdiag.
"""

import random
import socket
import struct
import sys
import time
from collections.abc import Callable
from ipaddress import IPv4Network

ALL = b"\xff" * 6
PAUSE = (0.05, 0.6)  # seconds between two devices' turns
BURST = 200  # hostile frames between two looks at the clock
Send = Callable[[bytes], None]


def arp(mac: bytes, sender: str, target: str, kind: int = 1, to: bytes = ALL) -> bytes:
    ends = mac + socket.inet_aton(sender) + bytes(6) + socket.inet_aton(target)
    return to + mac + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x800, 6, 4, kind) + ends


def ip(
    mac: bytes, to: bytes, source: str, target: str, protocol: int, body: bytes
) -> bytes:
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 7, 0, 64, protocol, 0,
        socket.inet_aton(source), socket.inet_aton(target),
    )  # fmt: skip
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:]
    return to + mac + b"\x08\x00" + head + body


def udp(
    mac: bytes, source: str, target: str, ports: tuple[int, int], body: bytes
) -> bytes:
    segment = struct.pack(">HHHH", *ports, 8 + len(body), 0) + body
    return ip(mac, ALL, source, target, 17, segment)


def dhcp(
    mac: bytes, kind: int, *, reply: bool = False, source: str = "0.0.0.0"
) -> bytes:
    """Of another device than the terminal; `kind` as in RFC 2132, 9.6."""
    head = struct.pack(">BBBBIHH", 2 if reply else 1, 1, 6, 0, 77, 30, 0)
    options = b"\x63\x82\x53\x63\x35\x01" + bytes([kind]) + b"\xff"
    body = head + bytes(16) + mac + bytes(202) + options
    ports = (67, 68) if reply else (68, 67)
    return udp(mac, source, "255.255.255.255", ports, body)


class Neighbours:
    """Each method is one device's turn."""

    def __init__(self, dice: random.Random, lan: str, router: str, own: str) -> None:
        self.dice, self.lan = dice, IPv4Network(lan)
        self.router, self.own = router, own
        # Addresses that the shop's own hosts and the pool do not use.
        self.hosts = [str(self.lan[i]) for i in range(60, 100)]
        self.macs = [self.mac() for _ in self.hosts]

    def mac(self, local: bool = False) -> bytes:
        first = 0x02 if local else 0x00
        return bytes([first, *self.dice.randbytes(5)])

    def one(self) -> tuple[bytes, str]:
        at = self.dice.randrange(len(self.hosts))
        return self.macs[at], self.hosts[at]

    def looks_for_the_dead(self) -> list[bytes]:
        mac, own = self.one()
        return [arp(mac, own, str(self.lan[101 + self.dice.randrange(30)]))] * 3

    def announces(self) -> list[bytes]:
        mac, own = self.one()
        return [arp(mac, own, own)]

    def two_have_one(self) -> list[bytes]:
        own = str(self.lan[140])
        return [arp(m, own, self.router) for m in (self.macs[0], self.macs[1])]

    def other_subnet(self) -> list[bytes]:
        return [arp(self.macs[2], "10.77.5.9", "10.77.5.1")] * 3

    def device_tracking(self) -> list[bytes]:
        """A switch that asks for each host in nobody's name."""
        return [arp(self.macs[3], "0.0.0.0", self.own)]

    def virtual_router(self) -> list[bytes]:
        mac = bytes.fromhex("00005e000107")
        body = struct.pack(">BBBBBBH", 0x21, 7, 100, 1, 0, 1, 0)
        hello = ip(
            mac, bytes.fromhex("01005e000012"), self.hosts[5], "224.0.0.18", 112, body
        )
        return [hello, arp(mac, self.hosts[6], self.hosts[6])]

    def phone(self) -> list[bytes]:
        mac, address = self.mac(local=True), self.dice.choice(self.hosts)
        return [dhcp(mac, 1), arp(mac, "0.0.0.0", address), arp(mac, address, address)]

    def no_lease(self) -> list[bytes]:
        """A device that asks for an address by a protocol of its own time."""
        return [dhcp(self.macs[7], 1)]

    def refused(self) -> list[bytes]:
        return [dhcp(self.macs[8], 6, reply=True, source=self.hosts[9])]

    def link_local(self) -> list[bytes]:
        return [arp(self.macs[10], "169.254.7.7", "169.254.1.1")]

    def chatter(self) -> list[bytes]:
        mac, own = self.one()
        ports = self.dice.choice([(5353, 5353), (1900, 1900), (137, 137), (138, 138)])
        return [udp(mac, own, str(self.lan.broadcast_address), ports, b"x" * 60)]

    def scanner(self) -> list[bytes]:
        mac, own = self.one()
        return [arp(mac, own, str(h)) for h in list(self.lan.hosts())[:254]]

    def oddities(self) -> list[bytes]:
        kind = self.dice.choice([b"\x88\xcc", b"\x88\x8e", b"\x00\x26", b"\x86\xdd"])
        return [ALL + self.mac() + kind + self.dice.randbytes(50)]

    def turn(self) -> list[bytes]:
        # Seldom: what nobody's LAN has all the time.
        if self.dice.random() < 0.03:
            return self.scanner()
        return self.dice.choice(
            [
                self.looks_for_the_dead, self.announces, self.two_have_one,
                self.other_subnet, self.device_tracking, self.virtual_router,
                self.phone, self.no_lease, self.refused, self.link_local,
                self.chatter, self.oddities,
            ]
        )()  # fmt: skip

    def hostile(self) -> bytes:
        """A frame that is nearly right: a good one with some of it overwritten."""
        mac = self.mac() if self.dice.random() < 0.5 else self.macs[0]
        tls = b"\x16\x03\x01" + self.dice.randbytes(90)
        tcp = struct.pack(">HHIIBBHHH", 40001, 443, 5, 5, 0x50, 0x18, 9, 0, 0)
        dns, noise = self.dice.randbytes(40), self.dice.randbytes(60)
        sender, kind = self.dice.choice(self.hosts), self.dice.choice([1, 2])
        frames = [
            arp(mac, sender, self.router, kind),
            dhcp(mac, self.dice.randrange(1, 9)),
            ip(mac, ALL, self.hosts[0], "203.0.113.9", 6, tcp + tls),
            udp(mac, self.hosts[0], self.router, (40002, 53), dns),
            udp(mac, self.router, self.hosts[0], (53, 40002), dns),
            ip(mac, ALL, self.hosts[0], self.router, 1, b"\3" + noise),
        ]  # fmt: skip
        data = bytearray(self.dice.choice(frames))
        for _ in range(self.dice.randrange(4)):
            data[self.dice.randrange(14, len(data))] = self.dice.randrange(256)
        return bytes(data[: self.dice.randrange(14, len(data) + 1)]).ljust(14, b"\0")


def main() -> None:
    kind, interface, seconds, seed, lan, router, own, mac = sys.argv[1:9]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((interface, 0))
    devices = Neighbours(random.Random(seed), lan, router, own)
    if kind == "flood":  # half of it comes from the terminal itself
        devices.macs[0] = bytes.fromhex(mac.replace(":", ""))
    end, sent = time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        if kind == "noise":
            frames = devices.turn()
        else:
            frames = [devices.hostile() for _ in range(BURST)]
        for frame in frames:
            try:
                sock.send(frame)
                sent += 1
            except OSError:  # its queue is full
                continue
        if kind == "noise":
            time.sleep(devices.dice.uniform(*PAUSE))
    print(sent, flush=True)


if __name__ == "__main__":
    main()
