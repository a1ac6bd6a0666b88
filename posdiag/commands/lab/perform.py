"""Carry out a lab run and write what came of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands.shared.common import put, reason, refuse
from posdiag.commands.shared.exit_codes import INTERRUPTED
from posdiag.lab import TEXTS
from posdiag.lab.forms import LabRun, as_json, as_junit
from posdiag.lab.forms import reason as reason_of
from posdiag.lab.outcome import Look, Outcome
from posdiag.lab.score import compare, exit_code
from posdiag.lab.summary import as_html, lines, row

if TYPE_CHECKING:
    from posdiag.lab.inventory import Bench, Inventory
    from posdiag.lab.plan import Trial
    from posdiag.system.process.lock import Holder
    from posdiag.texts.lang import Lang

UNSAFE = re.compile(r"^\.|[^\w.-]+")

LARGEST = 50_000_000  # bytes of a baseline


@dataclass(frozen=True, slots=True)
class Files:
    """Where the results go; "-" is stdout, which then holds nothing else."""

    junit: str | None
    json: str | None
    html: str | None
    artifacts: str | None

    def named(self) -> Iterator[tuple[str, str | None]]:
        yield from (
            ("--junit", self.junit),
            ("--json", self.json),
            ("--html", self.html),
        )

    @property
    def own_stdout(self) -> bool:
        return "-" in (self.junit, self.json, self.html)


@dataclass(frozen=True, slots=True)
class LabOptions:
    """The command line, validated."""

    inventory: Inventory
    trials: tuple[Trial, ...]
    jobs: int
    wait: float
    timeout: float | None
    files: Files
    baseline: str | None
    lang: Lang


def perform(wanted: LabOptions) -> int:
    """Returns the exit code."""
    earlier = _baseline(wanted)
    started, begin = datetime.now().astimezone(), monotonic()
    outcomes, stopped = asyncio.run(_conduct(wanted))
    run = LabRun(
        started_at=started.isoformat(timespec="seconds"),
        duration_s=monotonic() - begin,
        outcomes=tuple(outcomes),
        compared=compare(outcomes, earlier) if earlier is not None else None,
    )
    _say(wanted, "")
    for line in lines(run):
        _say(wanted, line.of(wanted.lang))
    _write(wanted, run)
    return INTERRUPTED if stopped else exit_code(outcomes)


def _baseline(wanted: LabOptions) -> dict[str, Any] | None:
    """The baseline, which must be one before anything is begun."""
    if wanted.baseline is None:
        return None
    from posdiag.system.core.files import read_regular
    from posdiag.texts.clean import clean

    try:
        found = json.loads(read_regular(wanted.baseline, LARGEST))
        earlier: dict[str, Any] = found if isinstance(found, dict) else {}
        compare((), earlier)
    except OSError as trouble:
        refuse(f"--baseline {clean(wanted.baseline)}: {reason(trouble, wanted.lang)}")
    except (ValueError, KeyError, RecursionError):
        file = clean(wanted.baseline)
        refuse(TEXTS("wrong.baseline", file=file).of(wanted.lang))
    return earlier


async def _conduct(wanted: LabOptions) -> tuple[list[Outcome], bool]:
    from posdiag.lab.runner import Lab, conduct
    from posdiag.system.process.signals import on_stop

    places = _places(wanted.trials)
    lab = Lab(
        folder=wanted.inventory.folder,
        ends=float("inf") if wanted.timeout is None else monotonic() + wanted.timeout,
        wait=wanted.wait,
        observe=lambda outcome: _observe(wanted, outcome, places[outcome.trial]),
        waiting=lambda bench, holder: _waiting(wanted, bench, holder),
        left_on=lambda bench, why: _left_on(wanted, bench, why),
    )
    on_stop(lab.stop.set)
    outcomes = await conduct(wanted.trials, wanted.jobs, lab)
    return outcomes, lab.stop.is_set()


def _say(wanted: LabOptions, line: str) -> None:
    typer.echo(line, err=wanted.files.own_stdout)


def _observe(wanted: LabOptions, outcome: Outcome, place: Path) -> None:
    _say(wanted, row(outcome, wanted.lang))
    if outcome.broken:
        bench, why = outcome.trial.bench.name, reason_of(outcome)
        line = TEXTS("broken", bench=bench, why=why or outcome.broken)
        typer.echo(f"posdiag: {line.of(wanted.lang)}", err=True)
    if wanted.files.artifacts:
        _save_reports(Path(wanted.files.artifacts) / place, outcome)


def _waiting(wanted: LabOptions, bench: Bench, holder: Holder) -> None:
    text = TEXTS("waiting", bench=bench.name, who=str(holder))
    typer.echo(text.of(wanted.lang), err=True)


def _left_on(wanted: LabOptions, bench: Bench, why: str) -> None:
    text = TEXTS("left-on", bench=bench.name, why=why)
    typer.echo(f"posdiag: {text.of(wanted.lang)}", err=True)


def _places(trials: Iterable[Trial]) -> dict[Trial, Path]:
    """A folder of its own for the reports of each trial, whatever its name."""
    found: dict[Trial, Path] = {}
    taken: set[str] = set()
    for trial in trials:
        names = (UNSAFE.sub("-", name)[:80] for name in (trial.bench.name, trial.name))
        place = Path(*names)
        while str(place).casefold() in taken:
            place = place.with_name(f"{place.name}+")
        taken.add(str(place).casefold())
        found[trial] = place
    return found


def _save_reports(place: Path, outcome: Outcome) -> None:
    """The reports of one trial, each in a file of its own."""
    from posdiag.system.core.files import replace_file

    looks = {"run": outcome.look, "before": outcome.before, "after": outcome.after}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, look in looks.items():
            if isinstance(look, Look) and look.report:
                text = json.dumps(look.report, ensure_ascii=False, indent=2) + "\n"
                replace_file(place / f"{name}.json", text.encode())
    except OSError as trouble:
        typer.echo(f"posdiag: --artifacts {place}: {reason(trouble)}", err=True)


def _write(wanted: LabOptions, run: LabRun) -> None:
    from posdiag.system.core.files import replace_file

    forms = {
        "--junit": lambda: as_junit(run, wanted.lang),
        "--json": lambda: as_json(run),
        "--html": lambda: as_html(run, wanted.lang),
    }
    failed: list[str] = []
    for option, file in wanted.files.named():
        if file is None:
            continue
        content = forms[option]().encode("utf-8", "backslashreplace")
        if file == "-":
            put(content)
            continue
        try:
            replace_file(Path(file).absolute(), content)
        except OSError as trouble:
            failed.append(f"{option} {file}: {reason(trouble, wanted.lang)}")
    if failed:
        refuse(*failed)
