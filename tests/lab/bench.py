"""What does a healthy run cost, and what does a technician's own way cost?

Runs in a container of its own, in the same shop: posdiag by default and with --quick,
then what is typed today, one command after another. Times are wall time; bytes come
from the counters of the shop's card (with Ethernet headers) and from the report. In a
second shop, whose payment host answers echoes: what does leave to send one add?
"""

from __future__ import annotations

import json
import os
import pty
import resource
import select
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from tests.lab import netns
from tests.lab.runner import contain

if TYPE_CHECKING:
    from tests.lab.world import World

ROUNDS = 5
PAIRS = 9  # runs with and without an echo, in turns
ECHO_SHOP = "healthy-echo-unionpay-tls"


def bench(certs: str) -> int:
    """Print the table of a run in a container."""
    for part in ("table", "echo"):
        out, errors = contain("tests.lab.bench", certs, part, timeout=600)
        print(out or errors)
        if not out:
            return 1
    return 0


def timed(world: World, *command: str) -> tuple[float, int, str]:
    """Seconds, bytes on the wire, stdout."""
    from tests.lab.worker import environment

    before, start = netns.octets("shop", "eth0"), time.monotonic()
    done = subprocess.run(
        netns.wrap("shop", command), capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env=environment(world, {}), cwd="/", timeout=120,
    )  # fmt: skip
    seconds = time.monotonic() - start
    return seconds, netns.octets("shop", "eth0") - before, done.stdout


def first_line(world: World) -> float:
    """Seconds until something can be read on the screen (a terminal of 80 columns)."""
    from tests.lab.worker import command, environment

    words = [w for w in command(world, {}) if w not in ("--format", "json")]
    master, slave = pty.openpty()
    start = time.monotonic()
    child = subprocess.Popen(
        netns.wrap("shop", words), stdin=slave, stdout=slave, stderr=slave, cwd="/",
        env={**environment(world, {}), "TERM": "xterm", "COLUMNS": "80"},
    )  # fmt: skip
    os.close(slave)
    seen, seconds = b"", 0.0
    while True:
        ready, _, _ = select.select([master], [], [], 40)
        try:
            more = os.read(master, 4096) if ready else b""
        except OSError:
            more = b""  # the other side is closed: the run is over
        if not more:
            break
        seen += more
        if not seconds and any(c > 32 for c in _bare(seen)):
            seconds = time.monotonic() - start
    child.wait()
    os.close(master)
    return seconds


def _bare(text: bytes) -> bytes:
    """Without the control sequences of a terminal."""
    import re

    return re.sub(rb"\x1b(\[[?0-9;]*[a-zA-Z]|\][^\x07]*\x07|.)", b"", text)


def typed(world: World) -> list[list[str]]:
    """What a technician types today."""
    p = world.plan
    return [
        ["ping", "-c", "10", p.router],
        ["ping", "-c", "10", p.acquirer],
        ["dig", p.name],
        ["curl", "-sS", "-o", "/dev/null", p.url],
        [
            "openssl", "s_client", "-connect", f"{p.acquirer}:{p.port}", "-servername",
            p.name, "-CAfile", str(world.certs / "ca.pem"),
        ],
        ["tracepath", "-n", p.acquirer],
    ]  # fmt: skip


def runs(world: World, *options: str) -> dict[str, Any]:
    """Several runs of posdiag: medians."""
    from tests.lab.worker import command

    rows, told, state = [], [], set()
    for _ in range(ROUNDS):
        seconds, wire, out = timed(world, *command(world, {"args": list(options)}))
        rows.append((seconds, wire))
        report = json.loads(out) if out.startswith("{") else {}
        state.add(str(report.get("verdict")))
        cost = report.get("bytes") or {}
        told.append(int(cost.get("sent", 0)) + int(cost.get("received", 0)))
    return {
        "seconds": statistics.median(r[0] for r in rows),
        "worst": max(r[0] for r in rows),
        "wire": int(statistics.median(r[1] for r in rows)),
        "told": int(statistics.median(told)),
        "verdicts": ", ".join(sorted(state)),
    }


def start_up(world: World, *command: str) -> float:
    return statistics.median(timed(world, *command)[0] for _ in range(ROUNDS))


def table(world: World) -> None:
    full, quick = runs(world), runs(world, "--quick")
    # Only posdiag has run so far: the largest of our children is one of its runs.
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    screen = first_line(world)
    for label, row in (("posdiag run", full), ("posdiag run --quick", quick)):
        print(
            f"{label:24} {row['seconds']:6.2f} s (worst {row['worst']:.2f})  "
            f"{row['wire']:6} bytes on the wire, {row['told']:6} in the report  "
            f"[{row['verdicts']}]"
        )
    print(f"{'first line on screen':24} {screen:6.2f} s")
    print(f"{'peak memory':24} {memory / 1024:6.1f} MB")
    version = start_up(world, sys.executable, "-m", "posdiag", "--version")
    typer = start_up(world, sys.executable, "-c", "import typer")
    print(
        f"{'posdiag --version':24} {version:6.2f} s = {version / typer:.1f} x "
        f"import typer ({typer:.2f} s)"
    )
    print("\nwhat a technician types today, one after another, in the same shop:")
    total, weight = 0.0, 0
    for words in typed(world):
        seconds, wire, _ = timed(world, *words)
        total, weight = total + seconds, weight + wire
        print(f"  {' '.join(words)[:52]:54} {seconds:6.2f} s {wire:7} bytes")
    print(f"  {'all':54} {total:6.2f} s {weight:7} bytes")
    print(
        f"ratio: {total / full['seconds']:.1f} times as long as posdiag run, "
        f"{total / quick['seconds']:.1f} times as long as posdiag run --quick"
    )


def one_run(world: World, *options: str) -> tuple[float, float | None]:
    """Seconds of a whole run, and of the echo within it; None where none was sent."""
    from tests.lab.worker import command

    seconds, _, out = timed(world, *command(world, {"args": list(options)}))
    report = json.loads(out)
    if report["verdict"] != "healthy":
        raise RuntimeError(f"this shop is healthy, not {report['verdict']}")
    echo = next(c for c in report["checks"] if c["id"] == "acquirer.echo")
    return seconds, echo["duration_s"] if echo["status"] == "ok" else None


def echo_cost(world: World) -> None:
    """What leave to send an echo adds to a run: the same run with and without it."""
    world.args.remove("--allow-echo")
    print(f"what an echo adds, {PAIRS} pairs of runs in turns (medians):")
    for label, options in (("posdiag run", ()), ("posdiag run --quick", ("--quick",))):
        without, with_echo = list[float](), list[float]()
        own = list[float]()
        for _ in range(PAIRS):
            without.append(one_run(world, *options)[0])
            seconds, echo = one_run(world, *options, "--allow-echo")
            if echo is None:
                raise RuntimeError("no echo was answered")
            with_echo.append(seconds)
            own.append(echo)
        pairs = zip(with_echo, without, strict=True)
        print(
            f"{label:24} {statistics.median(without):6.2f} s without, "
            f"{statistics.median(with_echo):.2f} s with one: "
            f"{statistics.median(a - b for a, b in pairs):+.2f} s "
            f"(the check itself {statistics.median(own):.2f} s)"
        )


def main(certs: str, part: str) -> None:
    from tests.lab.worker import die_with_parent, make_world

    die_with_parent()
    world = make_world("healthy-plain" if part == "table" else ECHO_SHOP, 1, certs)
    # Compile the modules, as an installation does.
    timed(world, sys.executable, "-m", "posdiag", "--version")
    if part == "table":
        table(world)
    else:
        echo_cost(world)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
    os._exit(0)
