"""Boots the guest, runs one shell script in it and gives what came out.

    python -m tests.lab.wifi.vm --shell 'iw dev; uname -a'
    python -m tests.lab.wifi.vm --script FILE --checkout /work/wt/NAME --out DIR

In the guest: /work is the checkout, /lab the lab's own checkout, /site site-packages
(PYTHONPATH has /work and /site), /out a folder of the host that may be written to.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.lab.wifi import cache

PREFIX = "posdiag-wifi-lab-"
MEMORY = 320  # MB; what is free of it holds files
MEMORY_FILES = "/dev/shm"
LIMIT = 240.0  # seconds of the host's clock
PREAMBLE = "export PYTHONPATH=/work:/work/checks:/site PYTHONDONTWRITEBYTECODE=1\n"


class Processors:
    """Gives each machine a processor of its own, as long as there are enough.

    The guest's kernel and its programs take turns all the time. On one processor that
    is a switch; on two each turn wakes the other, which took 2.2 times as long.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._load = dict.fromkeys(os.sched_getaffinity(0), 0)

    @contextmanager
    def one(self) -> Iterator[int]:
        with self._lock:
            processor = min(self._load, key=lambda p: self._load[p])
            self._load[processor] += 1
        try:
            yield processor
        finally:
            with self._lock:
                self._load[processor] -= 1


PROCESSORS = Processors()


@dataclass(frozen=True)
class Ended:
    """`rc` None: the script did not come to its end (time limit, or the guest died).

    `guest` counts the guest's own seconds, which leap while all sleep; `wall` ours.
    """

    rc: int | None
    stdout: str
    stderr: str
    console: str
    guest: float | None
    wall: float
    memory: float = 0.0  # MB, the most
    timed_out: bool = False


@dataclass(frozen=True)
class Machine:
    """How the guest is made; `mounts` are further folders, by name in the root."""

    checkout: Path = cache.REPO
    mounts: dict[str, Path] = field(default_factory=dict)
    radios: int = 8
    memory: int = MEMORY
    limit: float = LIMIT
    time_travel: bool = True

    def run(self, script: str, out: Path | None = None) -> Ended:
        """Boot, run, power off. `out` keeps what the guest wrote into /out."""
        where = cache.ensure()
        sweep()
        prefix = f"{PREFIX}{os.getpid()}-"
        with tempfile.TemporaryDirectory(prefix=prefix) as name:
            scratch = Path(name)
            (scratch / "out").mkdir()
            (scratch / "out" / "script").write_text(PREAMBLE + script, "utf-8")
            try:
                return self._boot(where, scratch)
            finally:
                if out is not None:
                    shutil.copytree(scratch / "out", out, dirs_exist_ok=True)

    def _command(self, where: Path, scratch: Path, processor: int) -> list[str]:
        # By way of links: a path on a kernel's command line has no blanks.
        folders = {
            "work": self.checkout, "lab": cache.REPO, "boot": cache.HERE,
            "site": cache.site_packages(where), **self.mounts,
        }  # fmt: skip
        for name, path in folders.items():
            (scratch / name).symlink_to(path.resolve())
        (scratch / "root").symlink_to(where / "root")
        words = [f"lab.{n}={scratch / n}" for n in (*folders, "out")]
        start = f"mount -t hostfs -o {scratch}/boot none /mnt && exec sh /mnt/init.sh"
        return [
            "taskset", "--cpu-list", str(processor),
            *cache.CONTAINER, str(where / "linux"), f"mem={self.memory}M",
            "root=/dev/root", "rootfstype=hostfs", f"rootflags={scratch}/root", "ro",
            "con0=null,fd:1", "con=null", "quiet", "panic=-1",
            f"uml_dir={scratch}/uml", "seccomp=auto",
            f"mac80211_hwsim.radios={self.radios}",
            *(["time-travel"] if self.time_travel else []), *words,
            "init=/bin/sh", "--", "-c", f'"{start}"',
        ]  # fmt: skip

    def _boot(self, where: Path, scratch: Path) -> Ended:
        started, out = time.monotonic(), scratch / "out"
        with PROCESSORS.one() as processor, (scratch / "console").open("wb") as console:
            child = subprocess.Popen(
                self._command(where, scratch, processor),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                env={**os.environ, "TMPDIR": MEMORY_FILES},
            )
            try:
                memory, timed_out = _wait(child, started + self.limit)
            finally:
                end_group(child)
        return Ended(
            rc=_number(out / "rc"),
            stdout=_text(out / "stdout"),
            stderr=_text(out / "stderr"),
            console=_text(scratch / "console"),
            guest=_seconds(out / "guest-seconds"),
            wall=time.monotonic() - started,
            memory=memory,
            timed_out=timed_out,
        )


def _wait(child: subprocess.Popen[bytes], end: float) -> tuple[float, bool]:
    """Until it ends or time is up: the most memory (MB) of the guest meanwhile."""
    most = 0.0
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.5)
            return most, False
        most = max(most, guest_memory(child.pid))
        if time.monotonic() > end:
            return most, True


def guest_memory(root: int) -> float:
    """MB of the guest's memory that were used: the file that holds it is sparse."""
    with suppress(psutil.Error, OSError):
        for process in psutil.Process(root).children(recursive=True):
            for link in Path(f"/proc/{process.pid}/fd").iterdir():
                if str(link.readlink()).startswith(f"{MEMORY_FILES}/#"):
                    return link.stat().st_blocks * 512 / (1 << 20)
    return 0.0


def end_group(child: subprocess.Popen[bytes]) -> None:
    """The container's processes end with its first one, which is in this group."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def sweep() -> None:
    """Remove the scratch folders of labs that were killed: all that they can leave."""
    for scratch in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = scratch.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(scratch, ignore_errors=True)


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.exists() else ""


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _seconds(path: Path) -> float | None:
    text = _text(path).strip()
    return float(text) if text else None


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab.wifi.vm", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--script", type=Path, metavar="FILE")
    what.add_argument("--shell", metavar="COMMANDS")
    add = parser.add_argument
    add("--checkout", type=Path, default=cache.REPO, help="what is /work in the guest")
    add("--out", type=Path, metavar="DIR", help="keep the guest's /out in this folder")
    add("--limit", type=float, default=LIMIT, help="seconds of our clock")
    add("--radios", type=int, default=8)
    add("--real-time", action="store_true", help="without time travel")
    add("--console", action="store_true", help="show the kernel's messages")
    options = parser.parse_args()
    script = options.shell or options.script.read_text("utf-8")
    machine = Machine(
        options.checkout, radios=options.radios, limit=options.limit,
        time_travel=not options.real_time,
    )  # fmt: skip
    ended = machine.run(script, options.out)
    sys.stdout.write(ended.stdout)
    sys.stderr.write(ended.stderr)
    if options.console or ended.rc is None:
        sys.stderr.write(ended.console)
    print(
        f"wi-fi lab: rc {ended.rc}{', time limit' if ended.timed_out else ''}, guest "
        f"{ended.guest} s, ours {ended.wall:.1f} s, {ended.memory:.0f} MB",
        file=sys.stderr,
    )
    return 125 if ended.rc is None else ended.rc


if __name__ == "__main__":
    sys.exit(main())
