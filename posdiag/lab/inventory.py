"""Which benches are there, and which faults can each of them make?

The dataclasses are the schema of `lab.toml`.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval, Len

from posdiag.engine.registry import checks
from posdiag.lab import TEXTS
from posdiag.lab.plan import ALL, NONE
from posdiag.profile.load import tables
from posdiag.profile.reader import KeyPath, Reader
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.clean import clean
from posdiag.texts.nearest import near_enough
from posdiag.texts.pair import Pair

RESERVED = (ALL, NONE)  # of `--fault`
Text = Annotated[str, Len(1)]
TO_US = ("--no-keep", "--format", "json", "--output", "-")
"""Options of a run whose report is for the lab alone."""

Seconds = Annotated[float, Interval(ge=0, le=3600)]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a bench can make. `expect` is the id of its cause; `settle` seconds
    pass after `inject` and after `restore`."""

    name: Text
    inject: Text
    restore: Text
    expect: Text
    settle: Seconds = 5.0


@dataclass(frozen=True, slots=True)
class Power:
    """Commands that switch the bench on before its first trial, off after its last."""

    on: Text | None = None
    off: Text | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench. `profile` is a site profile, beside the inventory unless absolute;
    `run` are options of `posdiag run`, `prefix` stands before its command line (`ip
    netns exec bench`); `hardware` is for the reports. A hook is killed after
    `hook_timeout` seconds, a run of posdiag after `run_timeout`."""

    name: Text
    tags: tuple[Text, ...] = ()
    profile: Text | None = None
    run: tuple[Text, ...] = ()
    prefix: tuple[Text, ...] = ()
    hardware: str = ""
    power: Power | None = None
    fault: tuple[Fault, ...] = ()
    hook_timeout: Seconds = 120.0
    run_timeout: Seconds = 150.0

    @property
    def options(self) -> tuple[str, ...]:
        """What `posdiag run` gets."""
        profile = ("--profile", self.profile) if self.profile else ()
        return (*self.run, *profile, *TO_US)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All benches of one file. `folder` is where their commands run."""

    folder: Path
    benches: tuple[Bench, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    bench: tuple[Bench, ...] = ()


def load(
    file: str, refused: Callable[[Bench, Path], str] = lambda bench, folder: ""
) -> Inventory:
    """The inventory; `profile.load.BadProfile` with file, line and key where it is
    wrong. `refused` says what is wrong with the options of a bench, which lies in that
    folder."""
    known = Catalogue(checks().checks).cause_ids()
    folder = Path(file).absolute().parent

    def build(reader: Reader, data: Mapping[str, Any]) -> Tables:
        found: Tables = reader.table(Tables, data, ())
        if not found.bench and not reader.problems:
            reader.reject(("bench",), TEXTS("wrong.no-bench"))
        _names(reader, [bench.name for bench in found.bench], ("bench",))
        for at, bench in enumerate(found.bench):
            if wrong := refused(bench, folder):
                reader.reject(("bench", at, "run"), Pair.same(wrong))
            place: KeyPath = ("bench", at, "fault")
            _names(reader, [fault.name for fault in bench.fault], place)
            for number, fault in enumerate(bench.fault):
                _cause(reader, fault.expect, known, (*place, number, "expect"))
        return found

    return Inventory(folder, tables(file, build).bench)


def _names(reader: Reader, names: list[str], place: KeyPath) -> None:
    """Benches and the faults of a bench are chosen by name, and printed."""
    count: Counter[str] = Counter()
    for at, name in enumerate(names):
        if name in RESERVED or not name.isprintable():
            path = (*place, at, "name")
            shown = {"name": clean(name), "reserved": ", ".join(RESERVED)}
            reader.reject(path, TEXTS("wrong.name", **shown))
        count[name] += 1
        if count[name] == 2:
            reader.reject((*place, at, "name"), TEXTS("wrong.twice", name=name))


def _cause(reader: Reader, id: str, known: tuple[str, ...], path: KeyPath) -> None:
    if id in known:
        return
    near = near_enough(id, known)
    if near:
        reader.reject(path, TEXTS("wrong.cause-near", given=id, near=near))
    else:
        reader.reject(path, TEXTS("wrong.cause", given=id))
