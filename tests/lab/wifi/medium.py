"""The air of a world in which frames get lost: who hears whom, how well, and what not?

Speaks hwsim's generic netlink family, as wmediumd does: the kernel hands us every frame
that a radio sends; we hand it to each radio that hears it and tell the sender how many
tries it took and whether it was acknowledged. Runs in the guest as a process:

    python -m tests.lab.wifi.medium RULES.json   (prints "ready")
"""

import json
import math
import random
import socket
import struct
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

GENERIC, CONTROL = 16, 16
GET_FAMILY = 3
REGISTER, FRAME, TX_INFO_FRAME = 1, 2, 3
RECEIVER, TRANSMITTER, BYTES, FLAGS, RX_RATE, SIGNAL, TX_INFO, COOKIE = range(1, 9)
FREQ = 19
NO_ACK, ACKED = 2, 4
EAPOL = b"\xaa\xaa\x03\x00\x00\x00\x88\x8e"
SENSITIVITY = -92.0  # dBm at which the slowest rate loses half of its frames
STEP = 2.5  # dB that each faster rate needs more
SLOPE = 1.2


@dataclass(frozen=True)
class Rule:
    """From radio `source` to radio `target` (numbers): how strong, in dBm (varying by
    `spread`); `lost` of all tries beyond what that level costs. Of the EAPOL frames
    those of `drop` (message numbers) never arrive, though acknowledged if `acked`."""

    source: int
    target: int
    signal: float = -50.0
    spread: float = 0.0
    lost: float = 0.0
    drop: tuple[int, ...] = ()
    acked: bool = False


def attributes(data: bytes) -> dict[int, bytes]:
    """Netlink attributes by their type."""
    found, at = {}, 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("HH", data, at)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[at + 4 : at + size]
        at += (size + 3) & ~3
    return found


def attribute(kind: int, data: bytes) -> bytes:
    size = len(data) + 4
    return struct.pack("HH", size, kind) + data + bytes(-size % 4)


def eapol_message(frame: bytes) -> int | None:
    """Which message of the four-way handshake is this 802.11 frame? None: none."""
    if len(frame) < 34 or frame[0] & 0x0C != 0x08 or frame[1] & 0x40:
        return None
    start = 26 if frame[0] & 0x80 else 24
    if frame[start : start + 8] != EAPOL or len(frame) < start + 15:
        return None
    body = frame[start + 8 :]
    if body[1] != 3:
        return None
    info = int.from_bytes(body[5:7], "big")
    if not info & 0x08:  # pairwise
        return None
    if info & 0x80:  # acknowledgement wanted: from the access point
        return 3 if info & 0x40 else 1
    return 4 if info & 0x200 else 2


def loss(signal: float, rate: int) -> float:
    """Share of the frames of this rate that get lost at this level."""
    over = (signal - SENSITIVITY - STEP * max(rate, 0)) / SLOPE
    return 1 / (1 + math.exp(max(-50.0, min(50.0, over))))


def tries(
    rates: list[tuple[int, int]], rule: Rule, signal: float, dice: random.Random
) -> tuple[list[tuple[int, int]], bool]:
    """The tries that were needed, and whether the last one arrived."""
    used: list[tuple[int, int]] = []
    for rate, count in rates:
        if rate < 0 or count <= 0:
            break
        miss = 1 - (1 - loss(signal, rate)) * (1 - rule.lost)
        for n in range(1, count + 1):
            if dice.random() >= miss:
                return [*used, (rate, n)], True
        used.append((rate, count))
    return used, False


class Medium:
    """Netlink on one side, rules on the other."""

    def __init__(self, rules: list[Rule], radios: int, seed: str) -> None:
        self.rules = {(r.source, r.target): r for r in rules}
        self.radios = range(radios)
        self.dice = random.Random(seed)
        self.owners: dict[bytes, int] = {}  # whose address is this?
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.socket.bind((0, 0))
        self.family = CONTROL
        name = attribute(2, b"MAC80211_HWSIM\0")
        self._send(GET_FAMILY, name)
        self.family = self._resolved()
        self._send(REGISTER, b"")

    def _resolved(self) -> int:
        answer = attributes(self.socket.recv(8192)[20:])
        return int(struct.unpack("H", answer[1])[0])

    def _send(self, command: int, body: bytes) -> None:
        head = struct.pack("IHHII", 20 + len(body), self.family, 1, 0, 0)
        self.socket.sendto(head + struct.pack("BBH", command, 1, 0) + body, (0, 0))

    def run(self) -> None:
        while True:
            data, at = self.socket.recv(65536), 0
            while at + 20 <= len(data):
                size, kind = struct.unpack_from("IH", data, at)
                if size < 20:
                    break
                if kind == self.family and data[at + 16] == FRAME:
                    self.frame(attributes(data[at + 20 : at + size]))
                at += (size + 3) & ~3

    def frame(self, said: dict[int, bytes]) -> None:
        """A frame that a radio sends: to whom it comes, what the sender learns."""
        frame, radio = said[BYTES], said[TRANSMITTER][4]
        self.owners[frame[10:16]] = radio
        flags = struct.unpack("I", said[FLAGS])[0]
        info = said.get(TX_INFO, b"")
        rates = [struct.unpack_from("bB", info, i) for i in range(0, len(info) - 1, 2)]
        group, goal = bool(frame[4] & 1), self.owners.get(frame[4:10])
        used, done = (rates[:1], False) if not group else (rates[:1], True)
        for other in self.radios:
            if other == radio:
                continue
            rule = self.rules.get((radio, other)) or Rule(radio, other)
            signal = rule.signal + self.dice.uniform(-rule.spread, rule.spread)
            aimed = not group and other == goal
            mine, heard = tries(rates if aimed else rates[:1], rule, signal, self.dice)
            if eapol_message(frame) in rule.drop:
                heard, acked = False, rule.acked
            else:
                acked = heard
            if aimed:
                used, done = mine, acked
            if heard:
                self._deliver(other, said, signal, mine[-1][0] if mine else 0)
        self._status(said, flags, used, done and not group)

    def _deliver(
        self, radio: int, said: dict[int, bytes], signal: float, rate: int
    ) -> None:
        address = bytes((0x42, 0, 0, 0, radio, 0))
        body = attribute(RECEIVER, address) + attribute(BYTES, said[BYTES])
        body += attribute(RX_RATE, struct.pack("I", max(rate, 0)))
        body += attribute(SIGNAL, struct.pack("i", round(signal)))
        if FREQ in said:
            body += attribute(FREQ, said[FREQ])
        self._send(FRAME, body)

    def _status(
        self, said: dict[int, bytes], flags: int, used: list[tuple[int, int]], ok: bool
    ) -> None:
        flags = flags & ~ACKED | (ACKED if ok and not flags & NO_ACK else 0)
        table = b"".join(struct.pack("bB", r, n) for r, n in used[:4])
        table = (table + b"\xff\x00" * 4)[:8]
        body = attribute(TRANSMITTER, said[TRANSMITTER])
        body += attribute(FLAGS, struct.pack("I", flags)) + attribute(
            COOKIE, said[COOKIE]
        )
        body += attribute(SIGNAL, struct.pack("i", -50)) + attribute(TX_INFO, table)
        self._send(TX_INFO_FRAME, body)


def dump(rules: list[Rule], radios: int, seed: str) -> str:
    return json.dumps(
        {"rules": [asdict(r) for r in rules], "radios": radios, "seed": seed}
    )


def load(text: str) -> tuple[list[Rule], int, str]:
    said = json.loads(text)
    rules = [Rule(**{**r, "drop": tuple(r["drop"])}) for r in said["rules"]]
    return rules, int(said["radios"]), str(said["seed"])


if __name__ == "__main__":
    medium = Medium(*load(Path(sys.argv[1]).read_text("utf-8")))
    print("ready", flush=True)
    medium.run()
