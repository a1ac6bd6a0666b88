"""A response code as `posdiag explain` prints it, on a screen of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from posdiag.commands.explain import TEXTS
from posdiag.commands.explain.lines import INDENT, wrap_all
from posdiag.texts import response_codes as codes
from posdiag.texts.explain.money import gate

if TYPE_CHECKING:
    from posdiag.texts.lang import Lang
    from posdiag.texts.response_codes import Code, Scheme


def page(id: str, scheme: Scheme | None, lang: Lang) -> str:
    """Everything about the code `id`, which `codes.normal` has accepted."""
    name = codes.normal(id) or ""
    found = codes.lookup(name, scheme)
    parts = _known(found, scheme, lang) if found else _unknown(name, scheme, lang)
    return wrap_all(list(parts), lang)


def _known(code: Code, scheme: Scheme | None, lang: Lang) -> Iterator[str]:
    if code.differs and scheme is None:
        yield TEXTS("code.differs", code=code.code).of(lang)
        yield from _meanings(code, lang)
    else:
        yield f"{code.code}  {code.meaning.of(lang)}"
    if code.query_first:
        yield f"! {codes.query_first().of(lang)}"
    yield TEXTS("code.class", kind=code.kind, meaning=code.class_text).of(lang)
    yield TEXTS("code.cause", family=code.cause).of(lang)
    yield TEXTS("steps").of(lang)
    yield from _steps(code, lang)
    yield TEXTS("code.line", line=code.line).of(lang)
    yield TEXTS("code.source", source=code.source).of(lang)


def _steps(code: Code, lang: Lang) -> Iterator[str]:
    """Downloading and updating may lose unsent sales: the gate first."""
    if code.interrupts:
        yield f"{INDENT}! {gate().text.of(lang)}"
    yield f"{INDENT}1. {code.action.of(lang)}"


def _unknown(name: str, scheme: Scheme | None, lang: Lang) -> Iterator[str]:
    other = codes.lookup(name)
    if other is None or scheme is None:
        yield f"{name}  {codes.unknown('meaning').of(lang)}"
    else:
        title = codes.scheme_text(scheme)
        yield TEXTS("code.reserved", code=name, scheme=title).of(lang)
        yield from _meanings(other, lang)
    yield f"! {codes.query_first().of(lang)}"
    yield TEXTS("steps").of(lang)
    yield f"{INDENT}1. {codes.unknown('action').of(lang)}"
    yield TEXTS("code.line", line=codes.unknown("line")).of(lang)
    yield TEXTS("code.source", source=codes.unknown("source")).of(lang)


def _meanings(code: Code, lang: Lang) -> Iterator[str]:
    for scheme, meaning in code.meanings.items():
        title = codes.scheme_text(scheme)
        yield INDENT + TEXTS("code.meaning", scheme=title, meaning=meaning).of(lang)
