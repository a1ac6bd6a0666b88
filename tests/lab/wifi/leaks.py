"""Is a passphrase where it must not be: a command line, a log, a stored profile?"""

import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

PLACES = (
    Path("/etc/NetworkManager/system-connections"),
    Path("/run/NetworkManager"),
    Path("/var/lib/NetworkManager"),
    Path("/var/log"),
    Path("/tmp"),
    Path("/root"),
    Path("/out"),
)
OURS = ("Before.nmconnection", "script", "site.toml")
PERIOD = 0.25
MOST = 5_000_000


class Watch:
    """Reads all command lines and environments meanwhile."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.secrets = [s.encode() for s in secrets]
        self.found: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            self.look()
            time.sleep(PERIOD)

    def look(self) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                line = path.read_bytes()
                if any(s in line for s in self.secrets):
                    shown = line.split(b"\0")[0].decode("utf-8", "replace")
                    self.found.append(f"command line of {shown}")


def stored(
    secrets: Sequence[str], folder: Path, *texts: str, places: Sequence[Path] = PLACES
) -> list[str]:
    """Files and texts that hold a secret; of `folder`, the world's, the logs."""
    found = [f"output {n}" for n, t in enumerate(texts) if _holds(t.encode(), secrets)]
    files = [Path(d, n) for p in places for d, _, names in os.walk(p) for n in names]
    for path in [*files, *folder.glob("*.log")]:
        if path.name in OURS or not path.is_file():
            continue
        with suppress(OSError), path.open("rb") as file:
            if _holds(file.read(MOST), secrets):
                found.append(f"file {path}")
    return found


def _holds(data: bytes, secrets: Sequence[str]) -> bool:
    return any(s.encode() in data for s in secrets)
