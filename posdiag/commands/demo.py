"""`posdiag demo`: the real checks against a shop inside the program.

Nothing but loopback is used: no root, no network, no hardware.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import (
    help_text,
    language,
    put_json,
    reason,
    refuse_unknown,
    write,
)
from posdiag.commands.shared.exit_codes import (
    INTERRUPTED,
    SCALES,
    monitoring,
    verdict_code,
)
from posdiag.commands.shared.outputs import (
    Destination,
    deliver,
    destinations,
    explain_for_outputs,
)
from posdiag.commands.shared.screen import (
    Observer,
    announce,
    live_display,
    stdout_reserved,
)

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.model import Report
    from posdiag.system.process.signals import Stop
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

SCHEMA = "posdiag.demo/1"
NO_STAGE = 3  # exit code: could not tell, because loopback itself does not work


def demo(
    fault: Annotated[
        str | None, typer.Argument(metavar="FAULT", help=help_text("option.fault"))
    ] = None,
    list_: Annotated[bool, options.flag("faults", None, "--list")] = False,
    format: options.Format = None,
    output: options.Output = None,
    columns: options.Columns = None,
    exit_code: options.ExitCode = SCALES[0],
    lang: options.Language = None,
    quick: options.Quick = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    from posdiag.demo.faults import FAULTS, NOT_QUICK

    chosen = language(lang)
    outputs = destinations(format or (), output or (), chosen, columns)
    nagios = monitoring(exit_code, chosen)
    if fault is not None and fault not in FAULTS:
        refuse_unknown(fault, FAULTS, chosen, "posdiag demo --list")
    if list_:
        _list(tuple(FAULTS), outputs, chosen)
        return
    if quick and fault in NOT_QUICK:
        quick = False
        line = TEXTS("demo.in-full").of(chosen)
        typer.echo(f"posdiag: {line}", err=True)
    whole = (no_color, nagios, verbose)
    raise typer.Exit(_carry_out(fault, outputs, chosen, quick, *whole))


def _list(faults: Sequence[str], outputs: Sequence[Destination], lang: Lang) -> None:
    catalogue = _core()[0]
    titles = {id: catalogue.cause(id).title for id in faults}
    if any(destination.format == "json" for destination in outputs):
        rows = [{"id": id, "title": asdict(titles[id])} for id in faults]
        put_json({"schema": SCHEMA, "faults": rows})
        return
    width = max(map(len, faults))
    write("\n".join(f"{id:<{width}}  {titles[id].of(lang)}" for id in faults))


def _core() -> tuple[Catalogue, Order]:
    """The texts and the order for the checks of the core. Plugins are left out: they
    would measure the real machine."""
    from posdiag.engine.registry import core
    from posdiag.engine.session import Order
    from posdiag.model.site import Site
    from posdiag.texts.catalogue import Catalogue

    checks = core()
    catalogue = Catalogue(checks)
    order = Order(
        checks=checks,
        chosen=frozenset(check.id for check in checks),
        site=Site(),
        relations=catalogue,
        consent=frozenset(("echo", "join")),  # nothing leaves this program
        notes=("demo",),
    )
    return catalogue, order


def _carry_out(
    fault: str | None,
    outputs: Sequence[Destination],
    lang: Lang,
    quick: bool,
    no_color: bool,
    nagios: bool,
    verbose: bool,
) -> int:
    """Run and report; returns the exit code."""
    from posdiag.system.process.signals import Stop

    with Stop() as stop:
        with stdout_reserved(outputs) as lines:
            announce(outputs, lang, TEXTS("demo.progress"))
            catalogue, order = _core()
            live = live_display(outputs, order, catalogue, lang, no_color, lines)
            try:
                with live as observer:
                    report = _measure(fault, order, quick, observer, stop)
            except OSError as trouble:
                what = TEXTS("demo.no-loopback").of(lang)
                typer.echo(f"posdiag: {what}: {reason(trouble, lang)}", err=True)
                return NO_STAGE
            explained, view = explain_for_outputs(report, catalogue, "demo", verbose)
        deliver(explained, outputs, lang, no_color=no_color, lines=lines, view=view)
    return INTERRUPTED if stop.asked else verdict_code(report, nagios)


def _measure(
    fault: str | None, order: Order, quick: bool, observer: Observer, stop: Stop
) -> Report:
    from dataclasses import replace

    from posdiag.demo.faults import world_with
    from posdiag.demo.system import staged
    from posdiag.engine.session import conduct
    from posdiag.model.limits import Plan

    plan = Plan.QUICK if quick else Plan.DEFAULT
    with staged(world_with(fault)) as (system, site):
        shop = replace(order, site=site, plan=plan)
        return conduct(shop, system, observer, stop)
