"""`posdiag history`: which reports were kept?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import (
    language,
    put,
    refuse,
    spoken,
    wants_json,
    write,
)
from posdiag.commands.shared.outputs import width

if TYPE_CHECKING:
    from posdiag.history.reading import Past

SHOWN = 20


def history(
    count: Annotated[int, options.option("count", metavar="N")] = SHOWN,
    format: options.ListFormat = "terminal",
    lang: options.Language = None,
) -> None:
    chosen = language(lang)
    for_programs = wants_json(format, chosen)
    if count < 1:
        refuse(TEXTS("wrong.count").of(chosen))
    from posdiag.history import store
    from posdiag.report.past import listing

    known = store.ids()
    kept = [(id, _load(id)) for id in known[:count]]
    place = str(store.folder()) if known else ""
    if for_programs:
        put(listing.as_json(kept, place).encode())
    else:
        said = spoken(chosen)
        write(listing.as_text(kept, place, len(known), said, width()))


def _load(id: str) -> Past | None:
    from posdiag.history import store

    try:
        return store.load(id)
    except store.NoReport:
        return None
