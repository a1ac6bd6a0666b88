"""A path code as `posdiag explain` prints it: one line for each digit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from posdiag.commands.explain import TEXTS
from posdiag.texts.path_code import decode

if TYPE_CHECKING:
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang


def page(code: str, catalogue: Catalogue, lang: Lang) -> str:
    """The meaning of each digit of `code`, which `is_code` has accepted."""
    return "\n".join([code.strip(), *_lines(code, catalogue, lang)])


def _lines(code: str, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    digits = code.strip().replace("-", "")
    decoded = decode(code, catalogue.digits)
    for digit, (part, meaning, causes) in zip(digits, decoded, strict=True):
        if not causes:
            line = TEXTS("path.digit", part=part, meaning=meaning)
            yield f"  {digit}  {line.of(lang)}"
            continue
        yield f"  {digit}  {TEXTS('path.causes', part=part).of(lang)}"
        for cause in causes:
            yield f"       {cause:<32} {catalogue.cause(cause).title.of(lang)}"
