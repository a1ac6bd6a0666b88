"""What do ordinary tools see in the shop? Shows that a fault is really there.

No verdict: a row of signs for the person who writes a case.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from tests.lab.netns import wrap

if TYPE_CHECKING:
    from tests.lab.world import World


def _ask(world: World, *command: str) -> tuple[int, str]:
    try:
        done = subprocess.run(
            wrap("shop", [*world.prefix, *command]), capture_output=True, text=True,
            timeout=12, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return -1, "timeout"
    return done.returncode, done.stdout + done.stderr


def _ping(world: World, address: str, *options: str) -> str:
    _, text = _ask(world, "ping", "-nq", "-i.05", "-c20", "-W1.5", *options, address)
    loss = re.search(r"([\d.]+)% packet loss", text)
    rtt = re.search(r"= [\d.]+/([\d.]+)/", text)
    return f"{loss[1] if loss else '?'}%/{rtt[1] if rtt else '-'}ms"


def symptoms(world: World) -> dict[str, str]:
    """A few signs, by the tools that a technician types."""
    p = world.plan
    _, links = _ask(world, "ip", "-br", "link", "show", "dev", "eth0")
    _, dig = _ask(world, "dig", "+tries=1", "+time=3", "+noall", "+comments", "+answer",
                  p.name)  # fmt: skip
    status = re.search(r"status: (\w+)", dig)
    answer = re.search(r"\sA\s+([\d.]+)", dig)
    _, web = _ask(world, "curl", "-sSm5", "-o/dev/null", "-w%{http_code}", p.url)
    ca = str(world.certs / "ca.pem")
    _, tls = _ask(
        world, "timeout", "6", "openssl", "s_client", "-connect",
        f"{p.acquirer}:{p.port}", "-servername", p.name, "-verify_hostname", p.name,
        "-CAfile", ca,
    )  # fmt: skip
    verdict = re.findall(r"Verify return code: (\d+ \([^)]*\))", tls)
    error = re.search(r"(refused|No route|unreachable|alert [\w ]+|errno=\d+)", tls)
    _, big = _ask(world, "ping", "-nqc1", "-W1", "-Mdo", "-s1472", p.acquirer)
    gateway = _ask(world, "ip", "route", "get", p.acquirer)[1]
    via = re.search(r"via ([\d.]+)", gateway)
    return {
        "link": " ".join(links.split()[1:2]),
        "gateway": _ping(world, via[1]) if via else "none",
        "dns": f"{status[1] if status else 'none'} {answer[1] if answer else ''}",
        "web": web.strip()[-60:],
        "acquirer": _ping(world, p.acquirer),
        "full size": "passes" if " 0% packet" in big else "lost",
        "tls": verdict[-1] if verdict else (error[1] if error else tls[-60:].strip()),
    }
