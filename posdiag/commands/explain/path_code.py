"""A path code as `posdiag explain` prints it: one line for each digit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from posdiag.texts.path_code import explain

if TYPE_CHECKING:
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang


def page(code: str, catalogue: Catalogue, lang: Lang) -> str:
    """What each digit of `code`, which `pathcode.is_code` has accepted, says."""
    return "\n".join([code.strip(), *_lines(code, catalogue, lang)])


def _lines(code: str, catalogue: Catalogue, lang: Lang) -> Iterator[str]:
    digits = code.strip().replace("-", "")
    colon = "：" if lang == "zh" else ": "
    for digit, (name, said, causes) in zip(digits, explain(code), strict=True):
        if not causes:
            yield f"  {digit}  {name.of(lang)}{colon}{said.of(lang)}"
            continue
        yield f"  {digit}  {name.of(lang)}{colon}"
        for cause in causes:
            yield f"       {cause:<32} {catalogue.cause(cause).title.of(lang)}"
