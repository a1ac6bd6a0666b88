"""Which benches are there, and which faults can each of them make?

The dataclasses are the schema of `lab.toml`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval, Len

from posdiag.engine.checklist import reserved
from posdiag.engine.registry import checks
from posdiag.lab import TEXTS
from posdiag.lab.plan import ALL, NONE
from posdiag.model import LeftOut
from posdiag.profile import TEXTS as PROFILE
from posdiag.profile.load import BadProfile, Problem, tables
from posdiag.profile.reader import KeyPath, Reader
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.clean import clean
from posdiag.texts.lookup import left_out
from posdiag.texts.nearest import near_enough
from posdiag.texts.pair import Pair

RESERVED = (ALL, NONE)  # of `--fault`
Text = Annotated[str, Len(1)]
TO_US = ("--no-keep", "--exit-code", "posdiag", "--format", "json", "--output", "-")
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
    `hook_timeout` seconds, or once it has written nothing for `hook_silence`, a run of
    posdiag after `run_timeout`."""

    name: Text
    tags: tuple[Text, ...] = ()
    profile: Text | None = None
    run: tuple[Text, ...] = ()
    prefix: tuple[Text, ...] = ()
    hardware: str = ""
    power: Power | None = None
    fault: tuple[Fault, ...] = ()
    hook_timeout: Seconds = 120.0
    hook_silence: Seconds | None = None
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


class CannotTell(BadProfile):
    """Nothing is known to be wrong, but what stands there may belong to a plugin that
    was left out."""


Refused = Callable[[Bench, Path], tuple[str, bool]]
"""What is wrong with the options of a bench, which lies in that folder, or "", and
whether that is certain."""


def load(file: str, refused: Refused = lambda bench, folder: ("", True)) -> Inventory:
    """The inventory; `profile.load.BadProfile` with file, line and key where it is
    wrong, `CannotTell` where it may be."""
    known = expectable()
    folder = Path(file).absolute().parent
    unsure: list[Problem] = []

    def build(reader: Reader, data: Mapping[str, Any]) -> Tables:
        reader.strange = _strange
        found: Tables = reader.table(Tables, data, ())
        if not found.bench and not reader.problems:
            reader.reject(("bench",), TEXTS("wrong.no-bench"))
        _names(reader, [bench.name for bench in found.bench], ("bench",))
        for at, bench in enumerate(found.bench):
            wrong, certain = refused(bench, folder)
            if wrong:
                problems = reader.problems if certain else reader.unchecked
                problems.append((("bench", at, "run"), Pair.same(wrong)))
            place: KeyPath = ("bench", at, "fault")
            _names(reader, [fault.name for fault in bench.fault], place)
            for number, fault in enumerate(bench.fault):
                if strange := known.wrong(fault.expect):
                    certain = not known.maybe(fault.expect)
                    problems = reader.problems if certain else reader.unchecked
                    problems.append(((*place, number, "expect"), strange))
        return found

    found = Inventory(folder, tables(file, build, unchecked=unsure.append).bench)
    if unsure:
        raise CannotTell(file, tuple(unsure))
    return found


def _strange(key: str, known: Iterable[str], path: KeyPath) -> Pair:
    """An unknown key: the nearest of its table, or of a fault where a bench has none
    alike; else all of them."""
    own = tuple(known)
    near = near_enough(key, own)
    if not near and "fault" in own:
        below = near_enough(key, [field.name for field in fields(Fault)])
        near = f"fault.{below}" if below else ""
    if near:
        return PROFILE("unknown.key", near=near)
    return TEXTS("wrong.key", known=", ".join(own))


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


@dataclass(frozen=True, slots=True)
class Expectable:
    """What may be expected of a run: ids of causes, of plugins too, and `verdicts`.
    `left_out` are plugins whose causes are not known."""

    causes: tuple[str, ...]
    verdicts: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def wrong(self, id: str) -> Pair | None:
        """Why this cannot be expected, with the nearest that can; None where it can."""
        if id in self.causes or id in self.verdicts:
            return None
        if self.maybe(id):
            left = self.left_out[0]
            why, package = left_out(left), left.package
            return TEXTS("wrong.cause-unknown", given=id, package=package, why=why)
        if near := near_enough(id, (*self.causes, *self.verdicts)):
            return TEXTS("wrong.cause-near", given=id, near=near)
        return TEXTS("wrong.cause", given=id)

    def maybe(self, id: str) -> bool:
        """May a plugin that was left out have it?"""
        group, dot, _ = id.partition(".")
        return bool(self.left_out and dot) and group not in reserved()


def expectable(verdicts: tuple[str, ...] = ()) -> Expectable:
    """As this machine's checks have it."""
    found = checks()
    return Expectable(Catalogue(found.checks).cause_ids(), verdicts, found.left_out)
