"""`posdiag explain`: what does a check ask, what does a cause or a code mean?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands.explain import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import (
    help_text,
    language,
    refuse,
    refuse_unknown,
    spoken,
    write,
)

if TYPE_CHECKING:
    from posdiag.texts.lang import Lang

SchemeOption = Annotated[
    str | None, options.option("scheme", metavar="unionpay|iso|emv")
]


def describe(
    id: Annotated[
        str, typer.Argument(metavar="[ID|CODE]", help=help_text("option.id"))
    ] = "",
    scheme: SchemeOption = None,
    lang: options.Language = None,
) -> None:
    from posdiag.texts.path_code import is_code
    from posdiag.texts.response_codes import SCHEMES

    chosen = spoken(language(lang))
    reading = next((known for known in SCHEMES if known == scheme), None)
    if scheme and not reading:
        refuse_unknown(scheme, SCHEMES, chosen)
    if is_code(id):
        _explain_path(id, chosen)
        return
    if _is_response(id):
        from posdiag.commands.explain.response_code import page

        write(page(id, reading, chosen))
        return
    if reading:
        refuse(TEXTS("scheme-only-codes").of(chosen))
    _explain_id(id.strip(), chosen)


def _is_response(id: str) -> bool:
    """Is this a response code? Two letters may also name a group of checks (`ip`)."""
    from posdiag.engine.checklist import layers
    from posdiag.texts.response_codes import lookup, normal

    return bool(lookup(id)) or (bool(normal(id)) and id.strip() not in layers())


def _explain_path(id: str, chosen: Lang) -> None:
    from posdiag.commands.explain.path_code import page
    from posdiag.engine.registry import checks
    from posdiag.texts.catalogue import Catalogue

    write(page(id, Catalogue(checks().checks), chosen))


def _explain_id(name: str, lang: Lang) -> None:
    from posdiag.commands.explain import guide_causes, listing, pages
    from posdiag.commands.shared.selection import not_there
    from posdiag.engine.registry import checks
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.response_codes import table as codes

    everything = checks()
    registered = everything.checks
    catalogue = Catalogue(registered)
    ids = [check.id for check in registered]
    beyond = guide_causes.beyond_checks(catalogue)
    groups = {id.partition(".")[0] for id in (*ids, *beyond)}
    if not name:
        write(listing.page(registered, catalogue, lang))
    elif name in groups:
        write(listing.page(registered, catalogue, lang, group=name))
    elif name in {*ids, *catalogue.cause_ids()}:
        write(pages.page(name, registered, catalogue, lang))
    elif name in guide_causes.ids():
        write(guide_causes.page(name, lang))
    else:
        known = (*ids, *catalogue.cause_ids(), *guide_causes.ids(), *codes())
        not_there(name, known, everything.left_out, lang, "posdiag explain")
