"""`posdiag advise`: cable, Wi-Fi or SIM for this shop?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands.guide import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, put_json, wants_json, write
from posdiag.commands.shared.outputs import width
from posdiag.guide import WORDS
from posdiag.report.terminal.wrap import wrap

if TYPE_CHECKING:
    from posdiag.guide.suit import Suits
    from posdiag.texts.lang import Lang

SCHEMA = "posdiag.advise/1"


def advise(
    profile: options.Profile = None,
    acquirer: options.Acquirer = None,
    format: options.ListFormat = "terminal",
    lang: options.Language = None,
    quick: options.Quick = False,
    timeout: options.TimeoutAdvise = None,
) -> None:
    from posdiag.commands.guide.measuring import measurer
    from posdiag.commands.shared.sites import site_of
    from posdiag.guide.suit import suits
    from posdiag.guide.walk.steps import Measure

    chosen = language(lang)
    for_programs = wants_json(format, chosen)
    site = site_of(profile, acquirer, chosen)
    plan = "quick" if quick else "default"
    measure = measurer(site, chosen, plan, timeout or options.LONGEST)
    typer.echo(TEXTS("measuring.first").of(chosen), err=True)
    seen = measure(Measure())
    if measure.last is None or seen.interrupted:
        raise typer.Exit(130)
    found = suits(measure.last)
    if for_programs:
        put_json(as_object(found))
    else:
        write("\n".join(page(found, chosen, width())))


def as_object(found: Suits) -> dict[str, Any]:
    """The advice as plain values."""
    return {
        "schema": SCHEMA,
        "best": found.best,
        "ways": [
            {"id": w.id, "steady": w.steady, "reasons": [asdict(r) for r in w.reasons]}
            for w in found.ways
        ],
        "notes": [asdict(note) for note in found.notes],
        "plan": [asdict(item) for item in found.plan],
    }


def page(found: Suits, lang: Lang, columns: int) -> list[str]:
    """The advice in lines."""
    lines = []
    for number, way in enumerate(found.ways, 1):
        lines.append(f"{number}. {WORDS(f'suit.way.{way.id}').of(lang)}")
        for reason in way.reasons:
            lines += [f"   {line}" for line in wrap(reason.of(lang), columns - 3)]
    for note in found.notes:
        lines += ["", *wrap(note.of(lang), columns)]
    lines += ["", WORDS("suit.plan-heading").of(lang)]
    for item in found.plan:
        first, *rest = wrap(item.of(lang), columns - 2)
        lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return lines
