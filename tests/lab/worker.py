"""Process 1 of a container: builds one world, runs one case, prints one line of JSON.

Arguments: case id, seed, options as JSON (`system`, `user`, `oracle`, `certs`).
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.lab import netns
from tests.lab.case import load
from tests.lab.plan import draw
from tests.lab.symptom.confirm import confirm, settings, untouched
from tests.lab.symptom.tools import symptoms
from tests.lab.toml import dump
from tests.lab.world import World

REPO = Path(__file__).resolve().parents[2]
LIMIT = 60  # seconds; the product promises 30


def die_with_parent() -> None:
    """The lab's end of our standard input closes: end, and everything with us."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def own_files(certs: str) -> Path:
    """/run, /etc/resolv.conf and others of our own, with the certificates in it."""
    sh = (
        "mount --make-rprivate / && mount -t tmpfs -o mode=755 lab /run && "
        # faketime's semaphores are named by PID, and each container has a PID 1.
        "mount -t tmpfs -o mode=1777 lab /dev/shm && "
        'mkdir -p /run/netns /run/lab/etc && cp -r "$0" /run/lab/certs && '
        "cd /run/lab/etc && : >resolv.conf && echo 127.0.0.1 localhost >hosts && "
        "echo 'hosts: files dns' >nsswitch.conf && "
        "for f in *; do t=$(readlink -m /etc/$f); "
        "mkdir -p $(dirname $t) && { [ -e $t ] || : >$t; } && "
        "mount --bind $f $t; done"
    )
    subprocess.run(["sh", "-ec", sh, certs], check=True)
    return Path("/run/lab")


def make_world(case_id: str, seed: int, certs: str) -> World:
    case = load()[case_id]
    folder = own_files(certs)
    plan = draw(f"{case_id}/{seed}", case.shape.lan, case.shape.private)
    world = World(plan, case.shape, folder, seed)
    world.build()
    case.setup(world)
    world.start()
    return world


def command(world: World, options: dict[str, Any]) -> list[str]:
    """The posdiag command line of this case, as it is typed in the shop."""
    args = ["run", "--format", "json", "--lang", "en", *world.args]
    if world.profile is not None:
        path = world.folder / "site.toml"
        path.write_text(dump(world.profile, world.targets), "utf-8")
        args += ["--profile", str(path)]
    prefix = list(world.prefix)
    if options.get("user"):
        user = str(options["user"])
        prefix += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return [*prefix, sys.executable, "-m", "posdiag", *args, *options.get("args", [])]


def environment(world: World, options: dict[str, Any]) -> dict[str, str]:
    base = {
        "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        "PYTHONPATH": f"{REPO}:{REPO / 'checks'}",
        "LANG": "C.UTF-8",
        "HOME": "/run/lab",
    }
    if options.get("system"):
        base["POSDIAG_SYSTEM"] = str(options["system"])
    return {**base, **world.env}


def posdiag(world: World, options: dict[str, Any]) -> dict[str, Any]:
    """Run it and keep what matters of the answer."""
    before, start = netns.octets("shop", "eth0"), time.monotonic()
    try:
        done = subprocess.run(
            netns.wrap("shop", command(world, options)), capture_output=True,
            text=True, timeout=LIMIT, check=False, cwd="/",
            env=environment(world, options), stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"trouble": f"no end within {LIMIT} s", "seconds": LIMIT}
    outcome: dict[str, Any] = {
        "seconds": round(time.monotonic() - start, 2),
        "wire": netns.octets("shop", "eth0") - before,
        "exit": done.returncode,
        "stderr": done.stderr[-2000:],
    }
    try:
        outcome["report"] = json.loads(done.stdout)
    except ValueError:
        outcome["trouble"] = f"stdout is not JSON: {done.stdout[:200]!r}"
    else:
        unmet = unlike(world, outcome["report"])
        if unmet:
            outcome["trouble"] = unmet
    return outcome


def trial(
    world: World, expected: str | None, options: dict[str, Any]
) -> dict[str, Any]:
    """Confirm the world, run posdiag, and see that it left the machine as it was.

    `sign` is what the world showed, "" where it did not behave; `changed` what the run
    changed; `confirmed_s` what both looks took."""
    start = time.monotonic()
    sign = "" if world.sign_after else confirm(world, expected)
    before = untouched()
    spent = time.monotonic() - start
    wanted = (sign or world.sign_after) and not options.get("world_only")
    outcome = posdiag(world, options) if wanted else {}
    start = time.monotonic()
    changed = set(before) ^ set(settings())
    if world.sign_after:
        sign = confirm(world, expected)
    spent += time.monotonic() - start
    return {
        **outcome, "sign": sign, "changed": sorted(changed),
        "confirmed_s": round(spent, 2),
    }  # fmt: skip


def unlike(world: World, report: dict[str, Any]) -> str:
    """What some check did not find although the case made it; "" for nothing."""
    found = {c["id"]: c.get("facts", {}) for c in report.get("checks", [])}
    return "; ".join(
        f"{check}: {name} is {found.get(check, {}).get(name)!r}, not {value!r}"
        for check, facts in world.facts.items()
        for name, value in facts.items()
        if found.get(check, {}).get(name) != value
    )


def main(case_id: str, seed: int, options: dict[str, Any]) -> None:
    die_with_parent()
    start = time.monotonic()
    world = make_world(case_id, seed, options["certs"])
    built = round(time.monotonic() - start, 2)
    if options.get("symptoms"):
        outcome: dict[str, Any] = {"symptoms": symptoms(world)}
    else:
        outcome = trial(world, load()[case_id].expected, options)
    outcome["built"] = built
    print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
    os._exit(0)  # threads and servers end with the container
