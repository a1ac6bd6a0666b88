"""The pytest plugin: fixtures `posdiag` and `posdiag_bench`.

    def test_the_router(posdiag):
        posdiag.expect("healthy", profile="shop.toml")

    def test_benches(posdiag_bench):
        with posdiag_bench.fault("router off"):
            posdiag_bench.expect("router.unreachable")

    def test_a_whole_trial(posdiag_bench):
        posdiag_bench.trial("router off")

`posdiag_bench` runs its test once for each bench of the inventory (`--posdiag-lab` or
POSDIAG_LAB, by default `lab.toml` in the root folder) and holds the bench's lock
meanwhile.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from posdiag.lab.found import FoundReport
    from posdiag.lab.inventory import Bench, Fault
    from posdiag.lab.probe import Probe, Record
    from posdiag.system.process.guardian import Guardian
    from posdiag.system.process.hook import CommandResult

INVENTORY = "lab.toml"
TICK = 0.5  # seconds between two tries at a lock


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("posdiag", "payment terminals on benches (posdiag)")
    group.addoption(
        "--posdiag-lab", metavar="FILE", help="inventory of benches (lab.toml)"
    )
    group.addoption(
        "--posdiag-bench", metavar="NAME", action="append", help="only this bench"
    )
    group.addoption(
        "--posdiag-tag", metavar="TAG", action="append", help="only benches so tagged"
    )
    group.addoption(
        "--posdiag-wait",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="how long to wait for a bench that is held (0)",
    )


@pytest.fixture
def posdiag(request: pytest.FixtureRequest) -> "Probe":
    """`run(profile=, select=, options=)` gives the report, `expect(cause, ...)` asserts
    its first cause. Paths are relative to the test's own folder."""
    from posdiag.lab.probe import Probe

    return Probe(Path(request.path).parent, _recorder(request))


def _recorder(request: pytest.FixtureRequest) -> "Record":
    """As the fixture `record_property`, but each name once, and without its warning:
    the schema of pytest's default family has no properties of a test."""
    properties: list[tuple[str, object]] = request.node.user_properties

    def record(name: str, value: object) -> None:
        properties[:] = [found for found in properties if found[0] != name]
        if value is not None:
            properties.append((name, value))

    return record


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "posdiag_bench" not in metafunc.fixturenames:
        return
    benches = _benches(metafunc.config)
    ids = [bench.name for bench in benches]
    metafunc.parametrize("posdiag_bench", benches, ids=ids, indirect=True)


@pytest.fixture
def posdiag_bench(request: pytest.FixtureRequest) -> Iterator["HeldBench"]:
    """One bench of the inventory, locked, powered on, and put right afterwards."""
    from posdiag.lab.probe import Probe
    from posdiag.system.process.guardian import Guardian
    from posdiag.system.process.hook import RunContext

    bench: Bench = request.param
    folder = _file(request.config).parent
    record = _recorder(request)
    record("posdiag.bench", bench.name)
    record("posdiag.tags", " ".join(bench.tags))
    record("posdiag.hardware", bench.hardware)
    with ExitStack() as undo:
        lock = _locked(bench, request.config.getoption("--posdiag-wait"))
        undo.callback(lock.release)
        guardian = undo.enter_context(Guardian(folder, bench.hook_timeout, lock.handle))
        place = RunContext(
            folder, (lock.handle,), bench.prefix, guardian.track, guardian.untrack
        )
        probe = Probe(
            folder, record, bench.profile, bench.run, place, bench.run_timeout
        )
        held = HeldBench(bench, probe, guardian, folder)
        if bench.power and bench.power.off:
            guardian.add(bench.power.off)
            undo.callback(held.undo, bench.power.off, "power off")
        if bench.power and bench.power.on:
            held.hook(bench.power.on, "power on")
        yield held


@dataclass(slots=True)
class HeldBench:
    """A bench while one test holds it."""

    bench: "Bench"
    probe: "Probe"
    guardian: "Guardian"
    folder: Path

    @property
    def name(self) -> str:
        return self.bench.name

    @property
    def tags(self) -> tuple[str, ...]:
        return self.bench.tags

    def run(self, **arguments: Any) -> "FoundReport":
        """As `posdiag.run`, with the bench's profile and options."""
        return self.probe.run(**arguments)

    def expect(self, *causes: str, **arguments: Any) -> "FoundReport":
        """As `posdiag.expect`, with the bench's profile and options."""
        return self.probe.expect(*causes, **arguments)

    @contextmanager
    def fault(self, name: str) -> Iterator["Fault"]:
        """Make a fault of the inventory; it is restored whatever happens. RuntimeError
        where a hook fails."""
        import time

        fault = next((f for f in self.bench.fault if f.name == name), None)
        if fault is None:
            known = ", ".join(f.name for f in self.bench.fault) or "none"
            raise KeyError(f"{self.name} has no fault {name!r}; it has: {known}")
        self.guardian.add(fault.restore)
        try:
            self.hook(fault.inject, f"inject {name}")
            time.sleep(fault.settle)
            yield fault
        finally:
            self.undo(fault.restore, f"restore {name}")
            time.sleep(fault.settle)

    def trial(self, name: str) -> "FoundReport":
        """Healthy before, fault, its expected cause, restored, healthy after. A test
        whose bench was not healthy is skipped: it counts for nothing."""
        self._healthy("before")
        with self.fault(name) as fault:
            report = self.run()
        self._healthy("after")
        return self.expect(fault.expect, report=report)

    def _healthy(self, when: str) -> None:
        found = self.probe.measured()
        self.probe.note(found, f"posdiag.{when}")
        if found.verdict != "healthy":
            why = f"invalid: {self.name} not healthy {when}: {found.first}"
            pytest.skip(why)  # the bench, not posdiag: the trial counts for nothing

    def undo(self, command: str, what: str) -> None:
        try:
            self.hook(command, what)
        finally:
            self.guardian.remove(command)

    def hook(self, command: str, what: str) -> "CommandResult":
        """Run a command of the bench. RuntimeError where it fails."""
        import asyncio

        from posdiag.system.process.hook import RunContext, shell

        watch = self.guardian
        place = RunContext(self.folder, (), (), watch.track, watch.untrack)
        bench = self.bench
        ended = asyncio.run(
            shell(command, bench.hook_timeout, place, bench.hook_silence)
        )
        if ended.code != 0:
            output = (ended.err or ended.out).strip()
            raise RuntimeError(f"{self.name}: {what}: exit code {ended.code}: {output}")
        return ended


def _file(config: pytest.Config) -> Path:
    given = config.getoption("--posdiag-lab") or os.environ.get("POSDIAG_LAB")
    return (Path(given) if given else config.rootpath / INVENTORY).absolute()


def _benches(config: pytest.Config) -> "tuple[Bench, ...]":
    from posdiag.lab.inventory import load
    from posdiag.lab.plan import Choice, chosen
    from posdiag.profile.load import BadProfile

    try:
        found = load(str(_file(config)))
    except BadProfile as bad:
        raise pytest.UsageError(*bad.show("en")) from None
    names = tuple(config.getoption("--posdiag-bench") or ())
    known = [bench.name for bench in found.benches]
    if strange := [name for name in names if name not in known]:
        text = f"--posdiag-bench: no bench {strange[0]!r}; there are: {known}"
        raise pytest.UsageError(text)
    tags = tuple(config.getoption("--posdiag-tag") or ())
    return chosen(found.benches, Choice(names, tags))


def _locked(bench: "Bench", wait: float) -> Any:
    import time

    from posdiag.system.process.lock import Holder, take

    until = time.monotonic() + wait
    lock = take(bench.name)
    while isinstance(lock, Holder) and time.monotonic() < until:
        time.sleep(TICK)
        lock = take(bench.name)
    if isinstance(lock, Holder):
        pytest.skip(f"{bench.name}: held by {lock}")  # another's run is no failure here
    return lock
