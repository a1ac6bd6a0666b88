"""`python -m tests.lab.terminal.copying`: how fast and how whole are frames copied?

A terminal whose wire leaves checksums and segmentation to the hardware sends and
receives some megabytes through `inline`; the last line has the rates, and the longest
time that a frame was held.
"""

import hashlib
import json
import os
import socket
import sys
import time

from tests.lab import netns, services
from tests.lab.plan import draw
from tests.lab.runner import certificates, contain
from tests.lab.terminal.endings import start
from tests.lab.terminal.world import TerminalWorld
from tests.lab.toml import dump
from tests.lab.worker import die_with_parent, own_files

SIZE, PORT = 8_000_000, 9999
TEXT = bytes(range(251)) * (SIZE // 251)


def mirror(peer: socket.socket) -> None:
    """Takes the text, says what it was, and sends it back."""
    peer.settimeout(60.0)
    took = hashlib.sha256()
    left = len(TEXT)
    while left and (data := peer.recv(65536)):
        took.update(data)
        left -= len(data)
    peer.sendall(took.digest() + TEXT)


def transfer(world: TerminalWorld) -> dict[str, object]:
    with netns.inside("pos"):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(60.0)
    sock.connect((world.plan.acquirer, PORT))
    begun = time.monotonic()
    sock.sendall(TEXT)
    digest = b""
    while len(digest) < 32:
        digest += sock.recv(32 - len(digest))
    sent = time.monotonic()
    back = b""
    while len(back) < len(TEXT) and (data := sock.recv(1 << 20)):
        back += data
    done = time.monotonic()
    return {
        "whole": digest == hashlib.sha256(TEXT).digest() and back == TEXT,
        "sent_mbit_s": round(len(TEXT) * 8 / 1e6 / (sent - begun)),
        "received_mbit_s": round(len(TEXT) * 8 / 1e6 / (done - sent)),
    }


def inside(certs: str) -> None:
    die_with_parent()
    folder = own_files(certs)
    world = TerminalWorld(draw("copying", "small"), folder, 5, "inline")
    world.fixed(every=1.0)
    world.seconds = 25
    world.build()
    world.start()
    services.listen("acq", world.plan.acquirer, PORT, mirror)
    profile = folder / "site.toml"
    profile.write_text(dump({"site": {"name": "copying"}}, []), "utf-8")
    world.options += ["--profile", str(profile)]
    watch = start(world)
    world.plug()
    time.sleep(3.0)
    outcome = transfer(world)
    out, _ = watch.communicate(timeout=90)
    seen = next(c for c in json.loads(out)["checks"] if c["id"] == "terminal.seen")
    print(json.dumps({**outcome, "held_s": seen["facts"].get("held")}), flush=True)


def main() -> int:
    if sys.argv[1:2] == ["inside"]:
        inside(sys.argv[2])
        os._exit(0)
    with certificates() as certs:
        out, errors = contain("tests.lab.terminal.copying", "inside", certs)
    print(out.strip() or errors[-1500:])
    return int('"whole": true' not in out)


if __name__ == "__main__":
    sys.exit(main())
