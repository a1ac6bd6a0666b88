"""A wire that delays, loses, damages or swallows frames (the kernel has no netem).

Run as `python -I -S relay.py LEFT RIGHT JSON`: carries Ethernet frames between two
interfaces of its own namespace until it is killed. JSON keys, all optional: `delay` and
`jitter` (seconds each way; order is kept), `loss` (ratio each way), `loss_up` and
`loss_down` (ratio from LEFT to RIGHT and back), `corrupt` (ratio of frames that get one
bit flipped behind the Ethernet header), `mtu`, `mtu_up`, `mtu_down` (larger IP packets
vanish), `above` and `above_loss` (the ratio that is lost, each way, of IP packets that
are larger than so many bytes), `every` and `outage` (dead for so many seconds in every
so many), `burst` and `burst_rate` (the ratio of frames with which a run of so many lost
frames begins), `seed`. Uses only the standard library and few modules, so that it
starts fast.
"""

import json
import random
import selectors
import socket
import sys
from collections import deque
from time import monotonic

ETH_P_ALL = 3
OUTGOING = 4  # PACKET_OUTGOING: our own frames, seen again
HEADER = 14

Wire = tuple[socket.socket, socket.socket, float, float, deque[tuple[float, bytes]]]


class Spoiler:
    """What else is lost on one way: in outages, in bursts, or for its size."""

    def __init__(self, config: dict[str, float], dice: random.Random) -> None:
        self._config, self._dice = config, dice
        self._phase = dice.random() * config.get("every", 0.0)
        self._left = 0.0  # frames of a burst that are still to be lost

    def loses(self, length: int) -> bool:
        config, dice = self._config, self._dice
        every = config.get("every", 0.0)
        if every and (monotonic() + self._phase) % every < config["outage"]:
            return True
        if self._left <= 0 and dice.random() < config.get("burst_rate", 0.0):
            self._left = config["burst"]
        self._left -= 1
        if self._left >= 0:
            return True
        large = length > config.get("above", 65535)
        return large and dice.random() < config["above_loss"]


def open_wire(name: str) -> socket.socket:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    wire.bind((name, ETH_P_ALL))
    wire.setblocking(False)
    return wire


def damage(frame: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(HEADER, len(frame))
    bad = bytearray(frame)
    bad[at] ^= 1 << dice.randrange(8)
    return bytes(bad)


def take(
    way: Wire, config: dict[str, float], dice: random.Random, spoiler: Spoiler
) -> None:
    """Read what has come in on one side and decide its fate."""
    source, _, loss, mtu, queue = way
    while True:
        try:
            frame, where = source.recvfrom(65535)
        except BlockingIOError:
            return
        except OSError:
            return  # the interface is down
        if where[2] == OUTGOING or dice.random() < loss:
            continue
        if len(frame) - HEADER > mtu or spoiler.loses(len(frame) - HEADER):
            continue
        if dice.random() < config.get("corrupt", 0.0):
            frame = damage(frame, dice)
        wait = config.get("delay", 0.0)
        wait += dice.uniform(-1, 1) * config.get("jitter", 0.0)
        due = monotonic() + max(wait, 0.0)
        queue.append((max(due, queue[-1][0]) if queue else due, frame))


def give(way: Wire) -> float | None:
    """Send what is due; how long until the next one is."""
    _, sink, _, _, queue = way
    while queue:
        left = queue[0][0] - monotonic()
        if left > 0:
            return left
        _, frame = queue.popleft()
        try:
            sink.send(frame)
        except OSError:
            continue  # the far end is down: the frame is lost
    return None


def main(left: str, right: str, config: dict[str, float]) -> None:
    dice = random.Random(config.get("seed"))
    a, b = open_wire(left), open_wire(right)
    loss, mtu = config.get("loss", 0.0), config.get("mtu", 65535)
    ways: list[Wire] = [
        (a, b, config.get("loss_up", loss), config.get("mtu_up", mtu), deque()),
        (b, a, config.get("loss_down", loss), config.get("mtu_down", mtu), deque()),
    ]
    spoiler = Spoiler(config, dice)  # outages and bursts hit both ways at once
    chooser = selectors.DefaultSelector()
    chooser.register(a, selectors.EVENT_READ, ways[0])
    chooser.register(b, selectors.EVENT_READ, ways[1])
    print("ready", flush=True)
    while True:
        waits = [w for w in map(give, ways) if w is not None]
        for key, _ in chooser.select(min(waits) if waits else None):
            take(key.data, config, dice, spoiler)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
