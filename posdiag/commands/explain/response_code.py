"""A response code as `posdiag explain` prints it, on a screen of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from posdiag.commands.shared.common import pick
from posdiag.texts import response_codes as codes

if TYPE_CHECKING:
    from posdiag.texts.lang import Lang
    from posdiag.texts.response_codes import Code, Scheme

WIDTH = 80
INDENT = "  "
# What stands before a text: the code, a mark, a number, an indent.
MARK = re.compile(r" *(?:[0-9A-Z]{2}  |! |[0-9]\. )?")


def page(id: str, scheme: Scheme | None, lang: Lang) -> str:
    """All that is known of the code `id`, which `codes.normal` has accepted."""
    name = codes.normal(id) or ""
    found = codes.lookup(name, scheme)
    parts = _known(found, scheme, lang) if found else _unknown(name, scheme, lang)
    return "\n".join(line for part in parts for line in _wrapped(part, lang))


def _known(code: Code, scheme: Scheme | None, lang: Lang) -> Iterator[str]:
    if code.differs and scheme is None:
        yield f"{code.code}  {pick('各方含义不同：', 'differs by scheme:', lang)}"
        yield from _meanings(code, lang)
    else:
        yield f"{code.code}  {code.meaning.of(lang)}"
    if code.query_first:
        yield f"! {codes.text('query_first').of(lang)}"
    kind = f"{code.kind} {codes.class_text(code.kind).of(lang)}"
    yield pick(f"类别：{kind}", f"class: {kind}", lang)
    family = codes.family_text(code.family).of(lang)
    yield pick(f"原因在：{family}", f"cause: {family}", lang)
    yield pick("怎么办：", "What to do:", lang)
    yield from _steps(code, lang)
    line = codes.text("line").of(lang)
    yield pick(f"线路：{line}", f"line: {line}", lang)
    yield _source(lang)


def _steps(code: Code, lang: Lang) -> Iterator[str]:
    """Signing in, downloading and settling may lose what was not sent: that first."""
    from posdiag.texts.catalogue import word

    gate = [word("gate").of(lang)] if code.interrupts else []
    steps = [*gate, code.action.of(lang)]
    for number, step in enumerate(steps, 1):
        yield f"{INDENT}{number}. {step}"


def _unknown(name: str, scheme: Scheme | None, lang: Lang) -> Iterator[str]:
    other = codes.lookup(name)
    if other is None or scheme is None:
        yield f"{name}  {codes.unknown('meaning').of(lang)}"
    else:
        title = codes.scheme_text(scheme).of(lang)
        reserved = pick("没有定义它，留给各家自定", "leaves it to private use", lang)
        yield f"{name}  {title} {reserved}"
        yield from _meanings(other, lang)
    yield f"! {codes.text('query_first').of(lang)}"
    yield pick("怎么办：", "What to do:", lang)
    yield f"{INDENT}1. {codes.unknown('action').of(lang)}"
    line = codes.unknown("line").of(lang)
    yield pick(f"线路：{line}", f"line: {line}", lang)
    yield _source(lang)


def _meanings(code: Code, lang: Lang) -> Iterator[str]:
    """What each scheme means by it."""
    for scheme, meaning in code.meanings.items():
        name, said = codes.scheme_text(scheme), meaning.of(lang)
        yield INDENT + pick(f"{name.zh}：{said}", f"{name.en}: {said}", lang)


def _source(lang: Lang) -> str:
    source = codes.text("source").of(lang)
    return pick(f"出处：{source}", f"source: {source}", lang)


def _wrapped(part: str, lang: Lang) -> Iterator[str]:
    """Later lines hang under the text, not under the mark or the number before it."""
    from posdiag.report.terminal.wrap import wrap

    mark = MARK.match(part)
    head = mark[0] if mark else ""
    hang = len(head) if head.strip() else len(head + INDENT)
    first, *rest = wrap(part[len(head) :], WIDTH - hang, wide=lang == "zh")
    yield head + first
    for line in rest:
        yield " " * hang + line
