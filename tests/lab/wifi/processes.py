"""The processes of a world, each with a log file."""

import subprocess
import time
from pathlib import Path

from tests.lab.netns import wrap


class Processes:
    """Those that were started in the folder's world."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._children: dict[str, subprocess.Popen[str]] = {}

    def spawn(self, name: str, *command: str) -> subprocess.Popen[str]:
        """A process of the world; its output goes to a file."""
        label = Path(command[0]).name
        log = (
            self.folder / f"{len(self._children) + 1:02d}-{name or 'here'}-{label}.log"
        )
        with log.open("w") as out:
            child = subprocess.Popen(
                wrap(name, command), text=True, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._children[str(log)] = child
        return child

    def kill(self, program: str, space: str) -> None:
        """Without a chance to say goodbye."""
        for label, child in self._children.items():
            if label.endswith(f"-{space}-{program}.log"):
                child.kill()
                child.wait()

    def log_of(self, child: subprocess.Popen[str]) -> Path:
        return next(Path(n) for n, c in self._children.items() if c is child)

    def await_log(
        self, child: subprocess.Popen[str], sign: str, patience: float
    ) -> None:
        """Until the process has written `sign`; else the lab's own trouble."""
        end, path = time.monotonic() + patience, self.log_of(child)
        while time.monotonic() < end and child.poll() is None:
            if sign in path.read_text("utf-8", "replace"):
                return
            time.sleep(0.02)
        text = path.read_text("utf-8", "replace")
        if sign not in text:
            raise RuntimeError(f"{path.name}: no {sign!r}: {text[-600:]}")
