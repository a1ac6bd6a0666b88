"""Frames of a small LAN, built by scapy."""

from typing import Any

TERMINAL, OTHER, ROUTER = "54:81:2d:00:00:01", "02:00:00:00:00:09", "02:00:00:00:00:fe"
ALL = "ff:ff:ff:ff:ff:ff"


def arp(
    source: str, sender: str, target: str, *, reply: bool = False, to: str = ALL
) -> bytes:
    from scapy.layers.l2 import ARP, Ether

    asked: Any = ARP(
        op=2 if reply else 1,
        hwsrc=source,
        psrc=sender,
        pdst=target,
        hwdst=to if reply else "00:00:00:00:00:00",
    )
    return bytes(Ether(src=source, dst=to) / asked)


def udp(source: str, to: str, ends: tuple[str, str], ports: tuple[int, int]) -> bytes:
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    packet = IP(src=ends[0], dst=ends[1]) / UDP(sport=ports[0], dport=ports[1])
    return bytes(Ether(src=source, dst=to) / packet / b"x")


def tcp(
    source: str,
    to: str,
    ends: tuple[str, str],
    ports: tuple[int, int],
    flags: str,
    payload: bytes = b"",
    sequence: int = 100,
    acknowledged: int = 0,
) -> bytes:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    segment = TCP(
        sport=ports[0], dport=ports[1], flags=flags, seq=sequence, ack=acknowledged
    )
    packet = IP(src=ends[0], dst=ends[1]) / segment / payload
    return bytes(Ether(src=source, dst=to) / packet)
