"""`posdiag explain`: what does a check ask, what does a cause or a code mean?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, pick, refuse, refuse_unknown, write

if TYPE_CHECKING:
    from posdiag.model import Check
    from posdiag.texts.catalogue import Catalogue, CauseText, Step
    from posdiag.texts.lang import Lang

SchemeOption = Annotated[
    str | None,
    typer.Option(
        metavar="unionpay|iso",
        help=pick("按哪一方的应答码表", "Whose table of response codes."),
    ),
]


def explain(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID|CODE",
            help=pick(
                "检查或原因的编号，或应答码（如 51）",
                "Id of a check or a cause, or a response code (51).",
            ),
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
        zh, en = "--scheme 只用于应答码", "--scheme is for response codes only"
        refuse(pick(zh, en, chosen))
    _explain_id(id.strip(), chosen)


def _is_response(id: str) -> bool:
    """Two letters may also be a group of checks, which is no id; its checks are."""
    from posdiag.engine.checklist import CHECKLIST
    from posdiag.texts.response_codes import lookup, normal

    groups = {check.partition(".")[0] for check in CHECKLIST}
    return bool(lookup(id)) or (bool(normal(id)) and id.strip() not in groups)


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
        yield _labelled("先要这些正常", "needs", ", ".join(check.needs), lang)
    if check.rights:
        rights = pick("管理员权限", "administrator rights", lang)
        yield _labelled("需要权限", "rights", rights, lang)
    causes = catalogue.causes_of(check)
    if causes:
        yield pick("可能查出的原因：", "Causes that it may find:", lang)
    for cause in causes:
        yield f"  {cause:<32} {catalogue.cause(cause).title.of(lang)}"


def _cause(id: str, owner: Check, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    from posdiag.texts.catalogue import word
    from posdiag.texts.explain import gated

    text = catalogue.cause(id, _named_fields(owner), (owner.id,))
    yield f"{id}  {text.title.of(lang)}"
    yield text.say.of(lang)
    yield from _optional(text, lang)
    yield _labelled("由谁处理", "who", word("who", text.who).of(lang), lang)
    yield _labelled("由哪项检查发现", "found by", owner.id, lang)
    if text.explains:
        known = ", ".join(text.explains)
        yield _labelled("由此引起", "it also causes", known, lang)
    yield pick("怎么办：", "What to do:", lang)
    yield from _steps(gated(text.steps), lang)


def _optional(text: CauseText, lang: Lang) -> Iterator[str]:
    if text.proof:
        yield _labelled("依据", "proof", text.proof.of(lang), lang)
    if text.decide:
        yield _labelled("怎样分辨", "to tell", text.decide.of(lang), lang)


def _steps(steps: Sequence[Step], lang: Lang) -> Iterator[str]:
    from posdiag.texts.catalogue import word

    for number, step in enumerate(steps, 1):
        by = "" if step.gate else f" [{word('by', step.by).of(lang)}]"
        yield f"  {number}. {step.text.of(lang)}{by}"
        if step.recheck:
            yield f"     {word('label', 'recheck').of(lang)} {step.recheck.of(lang)}"


def _named_fields(owner: Check) -> dict[str, str]:
    """Stand-ins for measured facts: without a run there is nothing but their names."""
    from posdiag.engine.registry import texts_of
    from posdiag.texts.fill import fields

    names = fields(texts_of(owner) or "")
    return {name: f"<{name}>" for name in names}


def _labelled(zh: str, en: str, what: str, lang: Lang) -> str:
    return pick(f"{zh}：{what}", f"{en}: {what}", lang)
