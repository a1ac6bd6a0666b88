"""A bench on loopback: a till's server that can be switched off, for posdiag itself."""

import json
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

SERVER = """\
import socket, sys
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen(50)
open("ready", "w").close()
while True:
    server.accept()[0].close()
"""
ON = """\
[ -e pid ] && kill $(cat pid) 2>/dev/null
rm -f ready
{python} server.py {port} </dev/null >/dev/null 2>&1 &
echo $! > pid
for _ in $(seq 100); do [ -e ready ] && break; sleep 0.05; done
"""
#: Looks at the till as posdiag would, in a tenth of its time, for tests of what stands
#: around posdiag. Put before its command line, which it leaves alone.
LOOK = """\
import json, socket, sys
with socket.socket() as probe:
    down = probe.connect_ex(("127.0.0.1", int(sys.argv[1]))) != 0
cause = {"id": "target.unreachable", "confidence": 0.9, "severity": "degraded",
    "who": "technician", "facts": {}}
print(json.dumps({"schema": "posdiag.report/1", "checks": [],
    "verdict": "degraded" if down else "healthy", "causes": [cause] if down else []}))
sys.exit(down)
"""
OPTIONS = ("--select", "target.connect", "--skip", "link,isp,ip,router")


class Till:
    """One till in a folder of its own. `off` and `on` are its hooks."""

    def __init__(self, folder: Path, name: str = "till") -> None:
        self.folder, self.name = folder, name
        folder.mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        (folder / "server.py").write_text(SERVER)
        (folder / "look.py").write_text(LOOK)
        script = ON.format(python=sys.executable, port=self.port)
        (folder / "on.sh").write_text(script)
        (folder / "shop.toml").write_text(
            f'[[target]]\nname = "till"\nhost = "127.0.0.1"\nport = {self.port}\n'
            "tls = false\n"
        )
        self.on = f"cd {folder} && sh on.sh"
        self.off = f"cd {folder} && kill $(cat pid) && sleep 0.2"
        subprocess.run(["sh", "-c", self.on], check=True)

    @property
    def is_up(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self) -> None:
        subprocess.run(["sh", "-c", self.off], check=False, stderr=subprocess.DEVNULL)

    def bench(
        self,
        inject: str = "",
        restore: str = "",
        expect: str = "target.unreachable",
        settle: float = 0.0,
        more: str = "",
        whole: bool = False,
    ) -> str:
        """The bench as a table of lab.toml, with one fault, "server off". `whole`: with
        posdiag itself, not with what looks as it does."""
        run = json.dumps(OPTIONS)
        look = (sys.executable, "-I", "-S", f"{self.folder}/look.py", str(self.port))
        prefix = json.dumps(() if whole else look)
        return textwrap.dedent(f"""\
            [[bench]]
            name = "{self.name}"
            tags = ["wired", "{self.name}"]
            profile = "{self.folder}/shop.toml"
            run = {run}
            prefix = {prefix}
            {more}
            [[bench.fault]]
            name = "server off"
            inject = '{inject or self.off}'
            restore = '{restore or self.on}'
            expect = "{expect}"
            settle = {settle}
            """)


def lab(
    folder: Path, *arguments: str, kill: float | None = None, once: Path | None = None
) -> tuple[int, str]:
    """`posdiag lab ARGUMENTS` in a process of its own: exit code, both outputs. With
    `kill` it gets SIGKILL after so many seconds, counted from when `once` exists."""
    command = [sys.executable, "-m", "posdiag", "lab", *arguments, "--lang", "en"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        while once is not None and not once.exists() and run.poll() is None:
            time.sleep(0.02)
        try:
            out, _ = run.communicate(timeout=120 if kill is None else kill)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            out, _ = run.communicate()
    return run.returncode, out.decode()
