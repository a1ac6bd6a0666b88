"""`python -m tests.lab.terminal.marker`: is what a terminal says in any output of ours?

A marker stands in the terminal's sale (without TLS), in its DHCP hostname and in a
datagram; it is watched in every way, and a capture of its wire is read. The marker may
be in no format, on no screen and in no file that was written.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.lab import netns
from tests.lab.plan import draw
from tests.lab.runner import certificates, contain
from tests.lab.terminal.worker import keep
from tests.lab.terminal.world import TerminalWorld, plain
from tests.lab.toml import dump
from tests.lab.worker import die_with_parent, environment, own_files

MARKER = "PAN6217859900001234"
MODES = ("listen", "inline", "host")
FORMATS = (
    "terminal", "json", "junit", "html", "markdown", "receipt", "ndjson", "nagios",
    "prometheus",
)  # fmt: skip


def commands(world: TerminalWorld, capture: str) -> list[list[str]]:
    """The watch, and the same of a capture, each in all formats."""
    folder = world.folder / "out"
    folder.mkdir()
    said = world.command()
    watch = [w for w in said if w not in ("--format", "json")]
    read = ["terminal", "read", capture, "--lang", "en", *world.options]
    found = []
    for number, command in enumerate((watch, read)):
        outputs = [
            word
            for kind in FORMATS
            for word in ("--format", kind, "--output", f"{folder}/{number}{kind}")
        ]
        found.append([*command, *outputs])
    return found


def inside(mode: str, seed: int, certs: str) -> None:
    die_with_parent()
    folder = own_files(certs)
    world = TerminalWorld(draw(f"marker/{seed}", "small"), folder, seed, mode)
    world.acquirer = plain
    world.set("acquirer", tls=False)
    world.seconds = 20
    world.pos |= {
        "client": "plain", "marker": MARKER, "hostname": MARKER, "every": 2.0,
        "chatter": [["udp", world.plan.web, 9000, MARKER]],
    }  # fmt: skip
    world.build()
    world.start()
    profile = folder / "site.toml"
    profile.write_text(dump(world.profile or {}, world.targets), "utf-8")
    world.options += ["--profile", str(profile)]
    capture = f"{folder}/wire.pcap"
    keep(world, capture)
    threading.Thread(target=world.plug, daemon=True).start()
    texts = []
    for command in commands(world, capture):
        done = subprocess.run(
            netns.wrap("shop", [sys.executable, "-m", "posdiag", *command]),
            capture_output=True, check=False, cwd="/", env=environment(world, {}),
            stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        texts.append(done.stdout + done.stderr)
    written = sorted((folder / "out").iterdir())
    texts += [path.read_bytes() for path in written]
    told = {
        "mode": mode,
        "on_the_wire": Path(capture).read_bytes().count(MARKER.encode()),
        "outputs": len(written),
        "bytes": sum(map(len, texts)),
        "found": sum(MARKER.encode() in text for text in texts),
    }
    print(json.dumps(told), flush=True)


def main() -> int:
    if sys.argv[1:2] == ["inside"]:
        inside(sys.argv[2], int(sys.argv[3]), sys.argv[4])
        os._exit(0)
    wrong = 0
    with certificates() as certs:
        for seed, mode in enumerate(MODES):
            out, errors = contain(
                "tests.lab.terminal.marker", "inside", mode, str(seed), certs,
                timeout=300.0,
            )  # fmt: skip
            lines = out.strip().splitlines()
            print(lines[-1] if lines else errors[-1500:], flush=True)
            told = json.loads(lines[-1]) if lines else {}
            whole = told.get("outputs") == 2 * len(FORMATS) and told["on_the_wire"] > 2
            wrong += not whole or bool(told["found"])
    print(f"{wrong} of {len(MODES)} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
