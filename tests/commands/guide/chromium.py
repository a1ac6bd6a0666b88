"""A headless Chromium that is spoken to over a pair of pipes (DevTools protocol)."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
# The browser reads commands from descriptor 3 and answers on 4.
MOVE = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)
START = [sys.executable, "-c", MOVE]
WIDTH = 360  # CSS pixels: a phone


class Chromium:
    """One tab, as wide as a phone."""

    def __init__(self, profile: Path) -> None:
        assert PROGRAM is not None, "scripts/setup dev installs chromium"
        (there, self._out), (self._in, here) = os.pipe(), os.pipe()
        moved = [os.dup(there), os.dup(here)]
        os.close(there)
        os.close(here)
        options = (
            "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
            "--no-first-run --disable-extensions --remote-debugging-pipe"
        )
        command = [*START, *map(str, moved), PROGRAM, *options.split()]
        self.child = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=moved,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in moved:
            os.close(fd)
        self._rest, self._number, self._session = b"", 0, ""
        targets = self.call("Target.getTargets")["targetInfos"]
        tab = next(t["targetId"] for t in targets if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=tab, flatten=True)
        self._session = attached["sessionId"]
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=740,
            deviceScaleFactor=1,
            mobile=True,
        )

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                found: dict[str, Any] = answer["result"]
                return found

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._in, 65536)
            assert more, "chromium has ended"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def tell(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    def until(self, script: str, seconds: float = 60.0) -> Any:
        """Wait until the expression is true."""
        ends = time.monotonic() + seconds
        while not (found := self.tell(script)):
            assert time.monotonic() < ends, (script, self.text())
            time.sleep(0.1)
        return found

    def text(self) -> str:
        return str(self.tell("document.body.innerText"))

    def press(self, label: str, seconds: float = 60.0) -> None:
        """Press the button whose text begins so."""
        name = json.dumps(label)
        found = (
            "[...document.querySelectorAll('button')].find(b => "
            f"b.textContent.startsWith({name}) && !b.disabled)"
        )
        self.until(f"!!{found}", seconds)
        self.tell(f"{found}.click()")

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        os.close(self._in)
        os.close(self._out)
