"""`posdiag explain`: what does a check ask, what does a cause or a code mean?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands.explain import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import (
    help_text,
    language,
    refuse,
    refuse_unknown,
    write,
)
from posdiag.report import TEXTS as REPORT
from posdiag.texts.lookup import WORDS

if TYPE_CHECKING:
    from posdiag.model import Check
    from posdiag.texts.catalogue import Catalogue, CauseText, Step
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

SchemeOption = Annotated[
    str | None,
    typer.Option(
        metavar="unionpay|iso",
        help=help_text("option.scheme"),
    ),
]


def describe(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID|CODE",
            help=help_text("option.id"),
        ),
    ],
    scheme: SchemeOption = None,
    lang: options.Language = None,
) -> None:
    from posdiag.texts.path_code import is_code
    from posdiag.texts.response_codes import SCHEMES

    chosen = language(lang)
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


def _explain_id(name: str, chosen: Lang) -> None:
    from posdiag.engine.registry import checks
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.response_codes import table as codes

    registered = {check.id: check for check in checks().checks}
    catalogue = Catalogue(tuple(registered.values()))
    causes = catalogue.cause_ids()
    lines: list[str] = []
    if name in registered:
        lines += _check(registered[name], catalogue, chosen)
    if name in causes:
        owner = registered[catalogue.owner(name) or ""]
        lines += [""] * bool(lines)
        lines += _cause(name, owner, catalogue, chosen)
    if not lines:
        refuse_unknown(name, (*registered, *causes, *codes()), chosen)
    write("\n".join(lines))


def _check(check: Check, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    yield f"{check.id}  {catalogue.check_title(check).of(lang)}"
    if check.needs:
        yield TEXTS("check.needs", checks=", ".join(check.needs)).of(lang)
    if check.rights:
        yield TEXTS("check.rights").of(lang)
    causes = catalogue.causes_of(check)
    if causes:
        yield TEXTS("check.causes").of(lang)
    for cause in causes:
        yield f"  {cause:<32} {catalogue.cause(cause).title.of(lang)}"


def _cause(id: str, owner: Check, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    from posdiag.texts.explain import gated

    text = catalogue.cause(id, _field_names(owner), (owner.id,))
    yield f"{id}  {text.title.of(lang)}"
    yield text.say.of(lang)
    for detail in _details(text, owner):
        yield detail.of(lang)
    yield TEXTS("steps").of(lang)
    yield from _steps(gated(text.steps), lang)


def _details(text: CauseText, owner: Check) -> Iterator[Pair]:
    if text.proof:
        yield TEXTS("cause.proof", text=text.proof)
    if text.decide:
        yield TEXTS("cause.decide", text=text.decide)
    yield TEXTS("cause.who", who=WORDS(f"who.{text.who}"))
    yield TEXTS("cause.found-by", check=owner.id)
    if text.explains:
        yield TEXTS("cause.explains", causes=", ".join(text.explains))


def _steps(steps: Sequence[Step], lang: Lang) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        by = "" if step.gate else f" [{WORDS(f'by.{step.by}').of(lang)}]"
        yield f"  {number}. {step.text.of(lang)}{by}"
        if step.recheck:
            yield f"     {REPORT('label.recheck').of(lang)} {step.recheck.of(lang)}"


def _field_names(owner: Check) -> dict[str, str]:
    """Placeholders for facts: without a run there is only their name."""
    from posdiag.engine.registry import texts_of
    from posdiag.texts.fill import fields

    names = fields(texts_of(owner) or "")
    return {name: f"<{name}>" for name in names}
