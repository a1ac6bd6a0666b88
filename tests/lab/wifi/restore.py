"""`--restore N`: is the former connection back after each of N join tests, or (with
`--hosting`) of N access points that were killed?"""

import argparse
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.lab.wifi.case import WAYS, Way
from tests.lab.wifi.restore_guest import make
from tests.lab.wifi.runner import Options, boot
from tests.lab.wifi.vm import PREFIX

PER_RUN, BESIDES = 60.0, 180.0  # seconds of our clock
HEAD = f"{'way':10} {'run':>4} {'pass':6} {'killed':8} {'s':>6} {'exit':>5} {'back':>6}"


def line(way: Way, run: dict[str, Any]) -> str:
    back = "never" if run["back"] is None else f"{run['back']:.1f}"
    right = "right" if run["right"] else "wrong"
    text = f"{way:10} {run['number']:4} {right:6} {run['killed'] or '-':8} "
    text += (
        f"{run['seconds']:6.1f} {run['exit'] if run['exit'] is not None else '-':>5} "
    )
    text += f"{back:>6}"
    return " ".join([text, *run["faults"]])


def passed(run: dict[str, Any]) -> bool:
    return run["back"] is not None and not run["faults"]


def one_way(
    way: Way, count: int, seed: int, what: str, options: Options
) -> dict[str, Any]:
    said = {**options, "limit": max(options["limit"], BESIDES + PER_RUN * count)}
    arguments = [str(count), way, str(seed), what]
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as name:
        kept = options.get("keep")
        out = Path(kept, f"restore.{way}.{seed}") if kept else Path(name)
        out.mkdir(parents=True, exist_ok=True)
        radios = make(way, seed).radios
        raw, ended = boot("tests.lab.wifi.restore_guest", arguments, radios, said, out)
    raw["stderr"], raw["wall"] = ended.stderr, ended.wall
    return raw


def restore(options: argparse.Namespace, said: Options) -> int:
    """Both ways at once, one machine each."""
    ways = [w for w in WAYS if options.way in (None, w)]
    count, seed = options.restore, options.seed
    what = "host" if options.hosting else "join"
    print(f"seed {seed}, {what}, {count} each by {' and '.join(ways)}\n{HEAD}")
    good = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda w: (w, one_way(w, count, seed, what, said)), ways)
        for way, raw in results:
            runs = raw.get("runs", [])
            for run in runs:
                print(line(way, run))
            good += sum(map(passed, runs))
            if len(runs) < count:
                print(
                    f"{way}: ended early: {raw.get('trouble') or raw['stderr'][-600:]}"
                )
            if options.keep:
                text = json.dumps(raw, indent=1, ensure_ascii=False)
                Path(options.keep, f"restore.{way}.json").write_text(text, "utf-8")
    print(f"{good} passed, {count * len(ways) - good} failed")
    return int(good != count * len(ways))
