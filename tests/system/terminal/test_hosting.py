"""What is a hosted terminal told, and what may it reach?"""

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.formats.dhcp import ADDRESS, SERVER, request_frame
from posdiag.formats.traffic.frames import LENT, Lease, acknowledged_reset, ip_header
from posdiag.formats.traffic.messages import dhcp_of
from posdiag.system.terminal.hosting import Hosting, HostingConfig
from posdiag.system.terminal.passt import PasstConfig
from posdiag.system.terminal.port import VNET, Frame
from tests.formats.traffic.wire import OTHER, TERMINAL, arp, tcp, udp

LEASE = Lease(
    "192.168.214.10", "192.168.214.1", IPv4Network("192.168.214.0/24"), ("10.9.9.53",)
)
ORDER = HostingConfig(
    LEASE,
    own=("10.9.9.7",),
    reachable=("10.8.8.8",),
    servers=("10.9.9.53",),
    network="10.9.9.0/24",
)
OWN = "192.168.214.10"
MAC = bytes.fromhex(TERMINAL.replace(":", ""))


class Passt:
    """Keeps what would go out."""

    def __init__(self, *back: bytes) -> None:
        self.sent: list[bytes] = []
        self._back = list(back)

    def send(self, frame: bytes) -> None:
        self.sent.append(frame)

    def receive(self) -> list[bytes]:
        return self._back

    def fileno(self) -> int:
        return -1


def host(*back: bytes) -> tuple[Hosting, Passt]:
    made, out = Hosting(ORDER), Passt(*back)
    made._passt = out  # type: ignore[assignment]
    give(made, arp(TERMINAL, OWN, "192.168.214.1"))
    return made, out


def give(hosting: Hosting, frame: bytes) -> list[bytes]:
    return hosting.frame(Frame(frame, bytes(VNET.size)))


def gateway(address: str = "192.168.214.1") -> str:
    return (LENT + bytes(map(int, address.split(".")))).hex(":")


# -- ARP and DHCP ---------------------------------------------------------------------


def test_each_address_that_is_asked_for_has_a_hardware_address_of_its_own() -> None:
    made = Hosting(ORDER)
    answers = [
        give(made, arp(TERMINAL, OWN, address))[0][6:12].hex(":")
        for address in ("192.168.1.1", "192.168.1.254")
    ]

    assert answers == [gateway("192.168.1.1"), gateway("192.168.1.254")]


@pytest.mark.parametrize(
    "frame",
    [arp(TERMINAL, "0.0.0.0", OWN), arp(TERMINAL, OWN, OWN)],
    ids=["probe", "announcement"],
)
def test_nobody_has_the_terminals_own_address(frame: bytes) -> None:
    assert give(Hosting(ORDER), frame) == []


def test_one_terminal_is_served() -> None:
    made, _ = host()

    assert give(made, arp(OTHER, OWN, "192.168.214.1")) == []


def asked(kind: int, *options: tuple[int, bytes]) -> Any:
    made = Hosting(ORDER)
    return answer(made, kind, *options)


def answer(made: Hosting, kind: int, *options: tuple[int, bytes]) -> Any:
    frames = give(made, request_frame(MAC, 7, kind, options))
    return dhcp_of(frames[0][42:], 0.0)[2] if frames else None  # type: ignore[index]


ROUTER, LEASED = bytes([192, 168, 214, 1]), bytes([192, 168, 214, 10])


def test_a_lease_is_offered_and_granted() -> None:
    offer = asked(1)
    made = Hosting(ORDER)
    granted = answer(made, 3, (SERVER, ROUTER), (ADDRESS, LEASED))

    assert (offer.kind, offer.address, offer.dns) == ("offer", OWN, ("10.9.9.53",))
    assert (granted.kind, granted.router) == ("ack", "192.168.214.1")


def test_a_strangers_lease_is_refused() -> None:
    assert asked(3, (ADDRESS, bytes([10, 0, 0, 9]))).kind == "nak"


def test_a_request_to_another_server_is_let_alone() -> None:
    assert asked(3, (SERVER, bytes([10, 0, 0, 1])), (ADDRESS, LEASED)) is None


# -- what may pass --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "port", "passes"),
    [
        ("203.0.113.9", 443, True),
        ("10.8.8.8", 443, True),  # the profile's host
        ("10.9.9.53", 53, True),  # the uplink's name server
        ("10.9.9.53", 80, False),
        ("10.9.9.7", 22, False),  # this machine
        ("10.9.9.7", 53, False),
        ("127.0.0.1", 80, False),
        ("10.7.7.7", 443, False),
        ("10.7.7.7", 53, False),
        ("172.16.3.4", 443, False),
        ("169.254.169.254", 80, False),
        ("100.64.0.1", 80, False),
        ("224.0.0.1", 80, False),
        ("255.255.255.255", 80, False),
        ("0.0.0.0", 80, False),
    ],
)
def test_what_may_pass(target: str, port: int, passes: bool) -> None:
    made, out = host()
    give(made, tcp(TERMINAL, gateway(), (OWN, target), (5000, port), "S"))
    give(made, udp(TERMINAL, gateway(), (OWN, target), (5000, port)))

    assert len(out.sent) == (2 if passes else 0)


def test_a_frame_to_a_real_hardware_address_is_not_carried() -> None:
    made, out = host()
    give(made, udp(TERMINAL, OTHER, (OWN, "203.0.113.9"), (5000, 443)))

    assert out.sent == []


def test_a_refusal_is_believed() -> None:
    refusal = tcp(OTHER, TERMINAL, ("203.0.113.9", OWN), (443, 5000), "R", sequence=0)
    made, _ = host(refusal)
    give(made, tcp(TERMINAL, gateway(), (OWN, "203.0.113.9"), (5000, 443), "S"))
    (frame,) = made.frames_back()

    from scapy.layers.inet import TCP
    from scapy.layers.l2 import Ether

    read = Ether(frame)
    assert (read[TCP].flags, read[TCP].ack) == ("RA", 101)
    sent = read[TCP].chksum
    del read[TCP].chksum
    assert Ether(bytes(read))[TCP].chksum == sent


def test_what_comes_back_is_from_the_gateway_that_the_terminal_knows() -> None:
    back = udp(OTHER, TERMINAL, ("203.0.113.9", OWN), (443, 5000))
    made, _ = host(back, arp(OTHER, "192.168.214.1", OWN))
    give(made, udp(TERMINAL, gateway(), (OWN, "203.0.113.9"), (5000, 443)))

    assert [f[6:12].hex(":") for f in made.frames_back()] == [gateway()]


@settings(deadline=None)
@given(st.binary(max_size=120), st.integers(0, 60))
def test_no_frame_makes_it_raise(noise: bytes, at: int) -> None:
    made, _ = host()
    for frame in (
        noise,
        request_frame(MAC, 1, 1)[:at] + noise,
        tcp(TERMINAL, gateway(), (OWN, "203.0.113.9"), (1, 2), "S")[:at] + noise,
    ):
        give(made, frame)
        ip_header(frame)
        acknowledged_reset(frame, 1)


def test_a_checksum_left_to_the_hardware_is_made_up() -> None:
    from scapy.layers.inet import UDP
    from scapy.layers.l2 import Ether

    whole = udp(TERMINAL, OTHER, (OWN, "203.0.113.9"), (5000, 443))
    pseudo = sum(
        int.from_bytes(part, "big")
        for part in (whole[26:28], whole[28:30], whole[30:32], whole[32:34])
    )
    pseudo += 17 + (len(whole) - 34)
    pseudo = (pseudo & 0xFFFF) + (pseudo >> 16)
    partial = whole[:40] + pseudo.to_bytes(2, "big") + whole[42:]
    frame = Frame(partial, VNET.pack(1, 0, 0, 0, 34, 6))

    assert Ether(frame.complete())[UDP].chksum == Ether(whole)[UDP].chksum


def test_names_are_asked_of_the_uplink_where_the_gateway_is_not_there() -> None:
    command = PasstConfig(
        "192.168.1.60", "192.168.1.1", "", "192.168.1.1", ("9.9.9.9",)
    )

    assert command.command(3)[-4:] == [
        "--dns-forward", "192.168.1.1", "--dns", "9.9.9.9",
    ]  # fmt: skip
