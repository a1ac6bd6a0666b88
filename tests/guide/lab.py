"""The guide in the fault lab: real faults, a hand that mends them, the transcript read.

`python -m tests.guide.lab [CASE...] [-v]` as root. Each case is a container of its own,
as in `tests.lab`. The fault is made for real, `posdiag guide --answers ...
--on-action ...` is started in the shop, and the hand carries out the action that the
case allows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.guide.transcripts import broken_rules
from tests.lab import netns
from tests.lab.netns import HERE, ip
from tests.lab.runner import certificates, contain

if TYPE_CHECKING:
    from tests.lab.world import World

LIMIT = 150  # seconds for one walk
INSIDE = "--inside"  # we are process 1 of a container


@dataclass(frozen=True)
class Case:
    """`hand`: shell commands by action id, run in the container's own namespace;
    `late` is for how many seconds the hand's work takes effect."""

    make: Callable[[World], None]
    facts: dict[str, str]
    hand: dict[str, str] = field(default_factory=dict)
    helped: dict[str, str] = field(default_factory=dict)
    symptom: str = "no-network"
    cause: str | None = None
    who: str = ""
    outcome: str = "fixed"
    code: int = 0
    steps: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def _router_off(w: World) -> None:
    w.resolv(w.plan.resolver)
    ip("router", "link set dev lan0 down", "link set dev wan0 down")


def _router_hung(w: World) -> None:
    ip("router", "link set dev lan0 down")


def _cable_out(w: World) -> None:
    ip(HERE, "link set dev port1 down")


def _unpaid(w: World) -> None:
    w.drop("isp", "drop")


def _healthy(w: World) -> None:
    pass


ROUTER_UP = (
    "ip -n router link set dev lan0 up && ip -n router link set dev wan0 up && "
    "ip -n router route replace default via {isp} dev wan0"
)
PAY = "ip netns exec isp nft flush ruleset"

CASES = {
    "router-off": Case(
        _router_off,
        {"router.power-lamp": "off"},
        {"router.power-on": ROUTER_UP},
        cause="router.unreachable",
        steps=("router.power-lamp", "router.power-on"),
        never=("sales.pending", "router.restart"),
    ),
    "router-off-comes-back-late": Case(
        _router_off,
        {"router.power-lamp": "off"},
        {"router.power-on": f"(sleep 20; {ROUTER_UP}) &"},
        cause="router.unreachable",
    ),
    "router-hung": Case(
        _router_hung,
        {"router.power-lamp": "on", "router.reachable-by-others": "no"},
        {"router.restart": "ip -n router link set dev lan0 up"},
        cause="router.unreachable",
        steps=("router.restart",),
        never=("router.power-on",),
    ),
    "router-dead": Case(
        _router_hung,
        {"router.power-lamp": "on", "router.reachable-by-others": "no"},
        {"router.restart": "true"},
        cause="router.unreachable",
        who="technician",
        outcome="call",
        code=1,
    ),
    "cable-out": Case(
        _cable_out,
        {"cable.seated": "no", "terminal.connection": "wired"},
        {"cable.reseat": "ip link set dev port1 up"},
        cause="link.down",
        steps=("cable.reseat",),
    ),
    "unpaid": Case(
        _unpaid,
        {"bill.paid": "no", "neighbours.online": "yes", "router.internet-lamp": "red"},
        {"bill.pay": PAY},
        cause="isp.no-internet",
        steps=("bill.pay",),
    ),
    "outage": Case(
        _unpaid,
        {"bill.paid": "yes", "neighbours.online": "no", "router.internet-lamp": "red"},
        cause="isp.no-internet",
        who="isp",
        outcome="call",
        code=1,
    ),
    "nobody-knows": Case(
        _unpaid, {}, cause="isp.no-internet", who="isp", outcome="call", code=1
    ),
    "nothing-wrong": Case(
        _healthy,
        {
            "terminal.power": "on",
            "terminal.responds": "yes",
            "terminal.message": "none",
        },
        symptom="unsure",
        who="merchant",
        outcome="told",
    ),
    "no-paper": Case(
        _healthy,
        {"printer.paper": "no", "printer.cover": "closed"},
        {"printer.load-paper": "true"},
        {"printer.load-paper": "yes"},
        symptom="no-print",
        cause="printer.no-paper",
        steps=("printer.paper", "printer.load-paper", "helped.printer.load-paper"),
        never=("sales.pending",),
    ),
    "frozen": Case(
        _healthy,
        {"terminal.responds": "no", "sales.pending": "none"},
        {"terminal.restart": "true"},
        {"terminal.restart": "yes"},
        symptom="frozen",
        cause="terminal.frozen",
        steps=("sales.pending", "terminal.restart"),
    ),
    "frozen-with-sales": Case(
        _healthy,
        {"terminal.responds": "no", "sales.pending": "unsent"},
        {"terminal.restart": "true"},
        symptom="frozen",
        cause="terminal.frozen",
        who="terminal-service",
        outcome="call",
        code=1,
        never=("terminal.restart",),
    ),
    "code-51": Case(
        _healthy,
        {"terminal.code": "51", "cards.affected": "one"},
        symptom="error-code",
        cause="code.account",
        who="merchant",
        outcome="told",
        code=1,
        never=("terminal.restart", "router.restart"),
    ),
    "not-signed-in": Case(
        _healthy,
        {
            "sign-in.today": "no",
            "terminal.message": "sign-in",
            "sales.pending": "unsent",
        },
        {"terminal.sign-in": "true"},
        {"terminal.sign-in": "yes"},
        symptom="error-code",
        cause="terminal.not-signed-in",
        steps=("terminal.sign-in",),
        never=("sales.pending",),
    ),
}


def script(world: World, case: Case) -> Path:
    """The hand: a program that carries out the actions of the case, and no others."""
    path = world.folder / "hand.sh"
    rows = "\n".join(
        f"  {id}) exec nsenter -t 1 -n -m sh -c '{command.format(isp=_isp(world))}' ;;"
        for id, command in case.hand.items()
    )
    path.write_text(f'#!/bin/sh\ncase "$1" in\n{rows}\n  *) exit 1 ;;\nesac\n', "utf-8")
    path.chmod(0o755)
    return path


def _isp(world: World) -> str:
    routes = netns.run("router", "ip", "route", "show", "default")
    return routes.split(" via ")[1].split()[0] if " via " in routes else "127.0.0.1"


def walk(world: World, case: Case, hand: Path) -> dict[str, Any]:
    """Run the guide in the shop: exit code and transcript."""
    from tests.lab.toml import dump
    from tests.lab.worker import environment

    profile, answers = world.folder / "site.toml", world.folder / "answers.toml"
    profile.write_text(dump(world.profile or {}, world.targets), "utf-8")
    lines = [f'symptom = "{case.symptom}"', "[facts]"]
    lines += [f'"{fact}" = "{value}"' for fact, value in case.facts.items()]
    lines += ["[helped]", *(f'"{a}" = "{v}"' for a, v in case.helped.items())]
    answers.write_text("\n".join(lines), "utf-8")
    command = [
        sys.executable, "-m", "posdiag", "guide", "--profile", str(profile),
        "--answers", str(answers), "--on-action", str(hand), "--format", "json",
        "--output", "-",
    ]  # fmt: skip
    begin = time.monotonic()
    done = subprocess.run(
        netns.wrap("shop", command), capture_output=True, text=True, timeout=LIMIT,
        check=False, cwd="/", env=environment(world, {}), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    told = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return {
        "code": done.returncode,
        "seconds": round(time.monotonic() - begin, 1),
        "stderr": done.stderr[-1000:],
        "transcript": told,
    }


def wrong_with(case: Case, got: dict[str, Any]) -> list[str]:
    """What is not as the case has it, and each broken rule of the walk."""
    told = got["transcript"]
    if not told:
        return [f"no transcript: {got['stderr']}"]
    said, steps = told["conclusion"], told["steps"]
    names = [s.get("fact") or s.get("id") for s in steps]
    expected = (case.cause, case.outcome, case.code)
    found = (said["cause"], said["outcome"], got["code"])
    problems = [] if found == expected else [f"{found}, not {expected}"]
    if case.who and said["who"] != case.who:
        problems.append(f"{said['who']} is called, not {case.who}")
    problems += [f"{name} is no step" for name in case.steps if name not in names]
    problems += [f"{name} is a step" for name in case.never if name in names]
    return problems + broken_rules(told)


def main(name: str, certs: str) -> None:
    """Process 1 of a container."""
    from tests.lab.worker import die_with_parent, make_world

    die_with_parent()
    case = CASES[name]
    world = make_world("healthy-plain", 1, certs)
    hand = script(world, case)
    case.make(world)
    print(json.dumps(walk(world, case, hand)), flush=True)


def run(name: str, certs: str) -> dict[str, Any]:
    """One case in a container of its own."""
    out, errors = contain("tests.guide.lab", INSIDE, name, certs, timeout=LIMIT + 30)
    if not out:
        raise RuntimeError(errors)
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def all_cases(names: list[str]) -> int:
    bad = 0
    with certificates() as certs, ThreadPoolExecutor(2) as pool:
        for name, got in zip(
            names, pool.map(lambda n: run(n, certs), names), strict=True
        ):
            problems = wrong_with(CASES[name], got)
            bad += bool(problems)
            asked = got["transcript"].get("asked")
            mark = "right" if not problems else "; ".join(problems)
            print(f"{name:28} {got['seconds']:6.1f} s  {asked} asked  {mark}")
            if problems and "-v" in sys.argv:
                for step in got["transcript"].get("steps", []):
                    print("   ", {k: v for k, v in step.items() if k != "text"})
    return int(bool(bad))


if __name__ == "__main__":
    if sys.argv[1:2] == [INSIDE]:
        main(*sys.argv[2:])
        os._exit(0)
    wanted = [n for n in sys.argv[1:] if n in CASES] or list(CASES)
    sys.exit(all_cases(wanted))
