"""A terminal of our own, to type at a program and read its screen."""

import os
import pty
import re
import select
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from fcntl import ioctl
from termios import TIOCSWINSZ

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|.)")


class Terminal:
    """`posdiag` with these words on a terminal of `columns` x 24."""

    def __init__(
        self,
        words: list[str],
        env: Mapping[str, str],
        *,
        columns: int = 80,
        encoding: str = "utf-8",
    ) -> None:
        self.encoding = encoding
        self.seen = ""
        # The size is the terminal's, whatever an earlier test has left behind.
        env = {k: v for k, v in env.items() if k not in ("COLUMNS", "LINES")}
        self._master, slave = pty.openpty()
        ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.child = subprocess.Popen(
            [sys.executable, "-m", "posdiag", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={"TERM": "xterm-256color", **env},
            start_new_session=True,
        )
        os.close(slave)

    def until(self, text: str, seconds: float = 60.0) -> str:
        """Read until this text is on the screen, after what was read before."""
        ends = time.monotonic() + seconds
        start = len(self.seen)
        while text not in self.seen[start:]:
            left = ends - time.monotonic()
            ready, _, _ = select.select([self._master], [], [], max(left, 0))
            assert ready, (text, self.seen[-1500:])
            self._more()
        return self.seen[start:]

    def _more(self) -> bool:
        try:
            data = os.read(self._master, 4096)
        except OSError:
            data = b""
        if b"\x1b[6n" in data:  # "where is the cursor?"
            self.type("\x1b[1;1R")
        self.seen += ESCAPES.sub("", data.decode(self.encoding, "replace"))
        return bool(data)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode(self.encoding))

    def end(self, seconds: float = 30.0) -> int:
        """Read to its end; its exit code."""
        ends = time.monotonic() + seconds
        while self.child.poll() is None and time.monotonic() < ends:
            if select.select([self._master], [], [], 0.2)[0] and not self._more():
                break
        code = self.child.wait(5)
        os.close(self._master)
        return code
