"""`posdiag run`: which cause keeps this site offline?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, refuse
from posdiag.commands.shared.exit_codes import (
    INTERRUPTED,
    SCALES,
    UNKNOWN,
    monitoring,
    verdict_code,
)
from posdiag.commands.shared.machine import machine, system_name
from posdiag.commands.shared.orders import order_for
from posdiag.commands.shared.outputs import (
    Destination,
    deliver,
    destinations,
    explain_for_outputs,
    refuse_reused,
    writable,
)
from posdiag.commands.shared.screen import (
    Lines,
    announce,
    live_display,
    stdout_reserved,
)
from posdiag.commands.shared.selection import is_named, names
from posdiag.commands.shared.sites import site_of

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.model import LeftOut, Report
    from posdiag.model.questions.base import System
    from posdiag.model.site import Site
    from posdiag.system.process.signals import Stop
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.explain import Explained
    from posdiag.texts.lang import Lang

# Skipped for want of a second line to compare, or of an option that asks for it.
BY_OPTION = ("skip.one-uplink", "skip.thorough", "skip.not-asked-for")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The command line, validated as far as possible without measuring."""

    lang: Lang
    outputs: tuple[Destination, ...]
    selected: tuple[str, ...]
    skipped: tuple[str, ...]
    profile: str | None
    acquirer: str | None
    plan: str
    seconds: float | None
    consent: frozenset[str]
    strict: bool
    verbose: bool
    no_color: bool
    system: str | None
    record: str | None
    replay: str | None
    monitoring: bool
    kept: bool
    commissioning: bool


def run(
    checks: options.Checks = None,
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    select: options.Select = None,
    skip: options.Skip = None,
    format: options.Format = None,
    output: options.Output = None,
    columns: options.Columns = None,
    exit_code: options.ExitCode = SCALES[0],
    lang: options.Language = None,
    quick: options.Quick = False,
    thorough: options.Thorough = False,
    timeout: options.Timeout = None,
    allow_join: options.AllowJoin = False,
    allow_echo: options.AllowEcho = False,
    allow_speed: options.AllowSpeed = False,
    strict: options.Strict = False,
    commissioning: options.Commissioning = False,
    no_keep: options.NoKeep = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
    system: options.System = None,
    record: options.Record = None,
    replay: options.Replay = None,
) -> None:
    given = options_from(locals())
    try:
        code = carry_out(given)
    except typer.Exit as refused:  # wrong use, which to Nagios is UNKNOWN
        code = UNKNOWN if given.monitoring else refused.exit_code
    raise typer.Exit(code)


def options_from(params: Mapping[str, Any]) -> RunOptions:
    """The parameters of `run` by name, as its parser gives them; refuses what cannot be
    meant."""
    p, lang = SimpleNamespace(**params), language(params["lang"])
    consent = {"join": p.allow_join, "echo": p.allow_echo, "speed": p.allow_speed}
    given = RunOptions(
        lang=lang,
        outputs=destinations(p.format or (), p.output or (), lang, p.columns),
        selected=_selected((*(p.checks or ()), *(p.select or ())), lang),
        skipped=names(p.skip or ()),
        profile=p.profile,
        acquirer=p.acquirer,
        plan=_plan(p.quick, p.thorough, lang),
        seconds=p.timeout,
        consent=frozenset(name for name, given in consent.items() if given),
        strict=p.strict,
        verbose=p.verbose,
        no_color=p.no_color,
        system=system_name(p.system, p.replay, lang),
        record=p.record,
        replay=p.replay,
        monitoring=monitoring(p.exit_code, lang),
        kept=not p.no_keep and p.replay is None,
        commissioning=p.commissioning,
    )
    if p.timeout is not None and not (math.isfinite(p.timeout) and p.timeout > 0):
        refuse(TEXTS("wrong.timeout").of(lang))
    _check_files(given)
    return given


def _check_files(given: RunOptions) -> None:
    if given.record is not None:
        writable(given.record, "--record", given.lang)
    files = {f"--output {n}": o.path for n, o in enumerate(given.outputs, start=1)}
    refuse_reused(
        {**files, "--record": given.record},
        {"--profile": given.profile, "--replay": given.replay},
        given.lang,
    )


def _selected(given: tuple[str, ...], lang: Lang) -> tuple[str, ...]:
    """An option without a name in it (`--select "$NONE"`) is a mistake, not all."""
    found = names(given)
    if given and not found:
        refuse(TEXTS("wrong.nothing-left").of(lang))
    return found


def _plan(quick: bool, thorough: bool, lang: Lang) -> str:
    if quick and thorough:
        refuse(TEXTS("wrong.both", one="--quick", other="--thorough").of(lang))
    return "quick" if quick else "thorough" if thorough else "default"


def time_limit(given: RunOptions, site: Site) -> float:
    """The time limit of the run: as it was given, else what this site may take."""
    if given.seconds is not None:
        return given.seconds
    return (
        options.LONGEST
        + options.JOINING * ("join" in given.consent)
        + options.SPEED_TEST * ("speed" in given.consent)
        + options.DIALLING * bool(site.pstn.port and site.pstn.number)
    )


def carry_out(given: RunOptions) -> int:
    """Run and report; returns the exit code."""
    from posdiag.system.process.signals import Stop
    from posdiag.texts.explain import commissioned

    with Stop() as stop:
        with stdout_reserved(given.outputs) as lines:
            site = site_of(given.profile, given.acquirer, given.lang)
            system, save = machine(given.system, given.record, given.replay, given.lang)
            names_given = given.selected or given.skipped
            if not names_given:  # the registry takes a moment
                announce(given.outputs, given.lang)
            order, catalogue = order_for(
                site,
                given.lang,
                selected=given.selected,
                skipped=given.skipped,
                plan=given.plan,
                consent=given.consent,
                seconds=time_limit(given, site),
            )
            if names_given:  # a wrong name is refused before anything is announced
                announce(given.outputs, given.lang)
            if "speed" in order.consent and not site.metered:
                _say_cost(given.lang)
            report = _measure(given, order, catalogue, system, stop, lines)
            whole = given.verbose or given.commissioning
            explained, view = explain_for_outputs(report, catalogue, "run", whole)
            if given.commissioning:
                explained = commissioned(explained, site)
        deliver(
            explained,
            given.outputs,
            given.lang,
            no_color=given.no_color,
            lines=lines,
            view=view,
        )
        save()
        if given.kept:
            keep(explained)
    if stop.asked:
        return INTERRUPTED
    code = verdict_code(report, given.monitoring)
    page = explained.handover
    missing = _not_carried_out(given, report) if given.strict else ()
    if missing and not code:
        line = TEXTS("run.strict", checks=", ".join(missing)).of(given.lang)
        typer.echo(f"posdiag: {line}", err=True)
    return code or (UNKNOWN if missing or (page and not page.ready) else 0)


def keep(explained: Explained) -> None:
    """Keep the report for `history` and `compare`. A folder that cannot be written to
    is no reason to disturb a run."""
    from posdiag.history import store
    from posdiag.report.json import render

    with suppress(OSError, RuntimeError):
        store.save(render(explained).encode(), explained.started_at)


def _say_cost(lang: Lang) -> None:
    """What the speed test may cost, before it begins."""
    from posdiag.model.questions.wire import SPEED_COST
    from posdiag.texts.fill import size

    line = TEXTS("run.speed-cost", cost=size(SPEED_COST)).of(lang)
    typer.echo(f"posdiag: {line}", err=True)


def _not_carried_out(given: RunOptions, report: Report) -> tuple[str, ...]:
    """What was selected and not carried out. Without a selection that is everything
    which applies to this site and needs no further option, plugins that could not be
    used among it."""
    from posdiag.engine.proof import NO_MATTER
    from posdiag.model import Status

    plugins = tuple(
        dict.fromkeys(
            left.check or left.package
            for left in report.left_out
            if not given.selected and not _skipped(left, given.skipped)
        )
    )
    return plugins + tuple(
        result.check
        for result in report.results
        if result.finding.status in (Status.SKIP, Status.ERROR)
        and (
            is_named(result.check, given.selected)
            if given.selected
            else result.finding.code not in (*NO_MATTER, *BY_OPTION)
        )
    )


def _skipped(left: LeftOut, skipped: tuple[str, ...]) -> bool:
    names = (left.package, *((left.check,) if left.check else ()))
    return any(is_named(name, skipped) for name in names)


def _measure(
    given: RunOptions,
    order: Order,
    catalogue: Catalogue,
    system: System,
    stop: Stop,
    lines: Lines | None,
) -> Report:
    from posdiag.engine.session import conduct

    outputs, lang = given.outputs, given.lang
    live = live_display(outputs, order, catalogue, lang, given.no_color, lines)
    with live as observer:
        return conduct(order, system, observer, stop)
