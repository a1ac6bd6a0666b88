"""`posdiag lab list` and `run`: which benches are there, and are they told right?"""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posdiag.commands import TEXTS as COMMANDS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import (
    language,
    put_json,
    refuse,
    refuse_unknown,
    spoken,
    wants_json,
    write,
)
from posdiag.commands.shared.exit_codes import UNKNOWN
from posdiag.commands.shared.outputs import refuse_reused, writable, writable_folder
from posdiag.commands.shared.sites import refuse_file
from posdiag.lab import TEXTS
from posdiag.lab.plan import ALL, NONE

if TYPE_CHECKING:
    from posdiag.commands.lab.perform import Files
    from posdiag.lab.inventory import Inventory
    from posdiag.lab.plan import Choice, Trial
    from posdiag.texts.lang import Lang

FILE = "lab.toml"
MOST = 10_000  # benches at once, rounds
SHARD = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")

InventoryFile = Annotated[
    str, options.option("inventory", "lab", metavar="FILE", envvar="POSDIAG_LAB")
]
BenchNames = Annotated[list[str] | None, options.option("bench", "lab", metavar="NAME")]
Tags = Annotated[list[str] | None, options.option("tag", "lab", metavar="TAG")]
FaultNames = Annotated[
    list[str] | None, options.option("bench-fault", "lab", metavar="NAME|all|none")
]


def listing(
    inventory: InventoryFile = FILE,
    tag: Tags = None,
    format: options.ListFormat = "terminal",
    lang: options.Language = None,
) -> None:
    from posdiag.lab.plan import Choice, chosen

    reader = language(lang)
    for_programs = wants_json(format, reader)
    found = _inventory(inventory, reader)
    benches = chosen(found.benches, Choice(tags=tuple(tag or ())))
    if not benches:
        refuse(TEXTS("wrong.nothing").of(reader))
    if for_programs:
        rows = [_object(bench) for bench in benches]
        put_json({"schema": "posdiag.lab-list/1", "benches": rows})
        return
    said = spoken(reader)
    write("\n".join(line for bench in benches for line in _lines(bench, said)))


def _lines(bench: Any, lang: Lang) -> list[str]:
    held = _held(bench.name)
    state = TEXTS("list.held", who=held) if held else TEXTS("list.free")
    tags = f"[{' '.join(bench.tags)}]" if bench.tags else ""
    found = ["  ".join(filter(None, (bench.name, tags, state.of(lang))))]
    if bench.profile:
        found.append("  " + TEXTS("list.profile", profile=bench.profile).of(lang))
    for fault in bench.fault:
        text = TEXTS("list.fault", name=fault.name, expected=fault.expect)
        found.append("  " + text.of(lang))
    return found


def _object(bench: Any) -> dict[str, Any]:
    return {
        "name": bench.name,
        "tags": bench.tags,
        "hardware": bench.hardware,
        "profile": bench.profile,
        "faults": [{"name": f.name, "expect": f.expect} for f in bench.fault],
        "held_by": _held(bench.name) or None,
    }


def _held(name: str) -> str:
    from posdiag.system.process.lock import holder

    try:
        found = holder(name)
    except OSError:
        return ""
    return str(found) if found else ""


def _inventory(file: str, lang: Lang) -> Inventory:
    from posdiag.commands.lab.run_options import problem_with
    from posdiag.lab.inventory import CannotTell, load
    from posdiag.profile.load import BadProfile

    try:
        return load(file, lambda bench, folder: problem_with(bench, folder, lang))
    except CannotTell as maybe:
        for line in maybe.show(lang):
            typer.echo(line, err=True)
        raise typer.Exit(UNKNOWN) from None
    except BadProfile as bad:
        refuse_file(bad, lang)


def run(
    inventory: InventoryFile = FILE,
    bench: BenchNames = None,
    tag: Tags = None,
    fault: FaultNames = None,
    jobs: Annotated[int, options.option("jobs", "lab", metavar="N")] = 1,
    repeat: Annotated[int, options.option("repeat", "lab", metavar="N")] = 1,
    shard: Annotated[str | None, options.option("shard", "lab", metavar="K/N")] = None,
    wait: Annotated[float, options.option("wait", "lab", metavar="SECONDS")] = 0.0,
    timeout: Annotated[
        float | None, options.option("lab-timeout", "lab", metavar="SECONDS")
    ] = None,
    junit: Annotated[
        str | None, options.option("junit", "output", metavar="FILE")
    ] = None,
    json_: Annotated[
        str | None, options.option("lab-json", "output", "--json", metavar="FILE")
    ] = None,
    html: Annotated[
        str | None, options.option("html", "output", metavar="FILE")
    ] = None,
    artifacts: Annotated[
        str | None, options.option("artifacts", "output", metavar="DIR")
    ] = None,
    baseline: Annotated[
        str | None, options.option("baseline", "output", metavar="FILE")
    ] = None,
    lang: options.Language = None,
) -> None:
    from posdiag.commands.lab.perform import Files, LabOptions, perform
    from posdiag.lab.plan import Choice

    reader = language(lang)
    for option, number in (("--jobs", jobs), ("--repeat", repeat)):
        if not 1 <= number <= MOST:
            refuse(TEXTS("wrong.count", option=option, most=MOST).of(reader))
    if timeout is not None and not timeout > 0:
        refuse(COMMANDS("wrong.timeout").of(reader))
    if not 0 <= wait < inf:
        refuse(TEXTS("wrong.wait").of(reader))
    files = Files(junit, json_, html, artifacts)
    _writable(files, {"--inventory": inventory, "--baseline": baseline}, reader)
    found = _inventory(inventory, reader)
    choice = Choice(
        benches=tuple(bench or ()),
        tags=tuple(tag or ()),
        faults=tuple(fault or ()),
        rounds=repeat,
        shard=_shard(shard, reader),
    )
    trials = _trials(found, choice, reader)
    _profiles(found, trials, reader)
    wanted = LabOptions(found, trials, jobs, wait, timeout, files, baseline, reader)
    raise typer.Exit(perform(wanted))


def _writable(files: Files, read: dict[str, str | None], lang: Lang) -> None:
    """Refuse, before anything is injected, results that cannot be written."""
    results = {option: file for option, file in files.named() if file is not None}
    paths = {option: file for option, file in results.items() if file != "-"}
    if len(results) - len(paths) > 1:
        options = ", ".join(o for o in results if o not in paths)
        refuse(TEXTS("wrong.one-stdout", options=options).of(lang))
    for option, file in paths.items():
        writable(file, option, lang)
    refuse_reused(paths, read, lang)
    if files.artifacts is not None:
        writable_folder(files.artifacts, "--artifacts", lang)


def _profiles(inventory: Inventory, trials: tuple[Trial, ...], lang: Lang) -> None:
    """A bench whose profile cannot be used is wrong use, not an invalid trial."""
    from posdiag.profile.load import BadProfile, load

    for name in dict.fromkeys(trial.bench.profile for trial in trials):
        try:
            if name:
                load(str(inventory.folder / name))
        except BadProfile as bad:
            refuse_file(bad, lang)


def _shard(text: str | None, lang: Lang) -> tuple[int, int]:
    match = SHARD.fullmatch(text or "1/1")
    if match is None or int(match[1]) > int(match[2]):
        refuse(TEXTS("wrong.shard").of(lang))
    return int(match[1]), int(match[2])


def _trials(inventory: Inventory, choice: Choice, lang: Lang) -> tuple[Trial, ...]:
    """The trials that were asked for; names that no bench has are refused."""
    from posdiag.lab.plan import chosen, trials

    names = [bench.name for bench in inventory.benches]
    for name in choice.benches:
        if name not in names:
            refuse_unknown(name, names, lang, "posdiag lab list", "--bench")
    benches = chosen(inventory.benches, choice)
    known = {fault.name for bench in benches for fault in bench.fault} | {ALL, NONE}
    for name in choice.faults:
        if name not in known:
            refuse_unknown(name, sorted(known), lang, "posdiag lab list", "--fault")
    found = trials(inventory.benches, choice)
    # A shard may have nothing to do; a choice that leaves nothing is a mistake.
    if not found and choice.shard == (1, 1):
        refuse(TEXTS("wrong.nothing").of(lang))
    return found
