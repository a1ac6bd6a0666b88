"""`posdiag compare`: what changed between two reports?

Exit codes: 0 same or better, 1 worse or not certain to be no worse, 2 wrong use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import (
    help_text,
    language,
    put,
    refuse,
    spoken,
    wants_json,
    write,
)
from posdiag.commands.shared.outputs import width
from posdiag.texts.clean import clean

if TYPE_CHECKING:
    from posdiag.history.reading import Past
    from posdiag.texts.lang import Lang

EXIT = {"same": 0, "better": 0, "worse": 1, "unclear": 1}


def compare(
    before: Annotated[
        str, typer.Argument(metavar="A", help=help_text("option.compare-a"))
    ] = "last~1",
    after: Annotated[
        str, typer.Argument(metavar="B", help=help_text("option.compare-b"))
    ] = "last",
    format: options.ListFormat = "terminal",
    lang: options.Language = None,
) -> None:
    chosen = language(lang)
    for_programs = wants_json(format, chosen)
    from posdiag.history.compare import compare as compared
    from posdiag.model.limits import Limits
    from posdiag.report.past import comparison

    found = compared(_report(before, chosen), _report(after, chosen), Limits())
    if for_programs:
        put(comparison.as_json(found).encode())
    else:
        write(comparison.as_text(found, spoken(chosen), width()))
    raise typer.Exit(EXIT[found.change])


def _report(name: str, lang: Lang) -> Past:
    from posdiag.history import store

    if not name.strip():
        refuse(TEXTS("no-report.empty").of(lang))
    try:
        return store.find(name)
    except store.NoReport as trouble:
        why = TEXTS(f"no-report.{trouble.why}", name=clean(trouble.name))
        refuse(why.of(lang))
    except RuntimeError:  # no home folder
        refuse(TEXTS("no-report.missing", name=clean(name)).of(lang))
