"""One text in Chinese and English, and the files that hold such texts.

A package keeps its texts in a TOML file beside its modules: tables with `zh` and `en`,
fields in braces. `posdiag.texts.lookup` is how other modules get at them.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pkgutil import get_data
from typing import Any

from posdiag.texts.lang import Lang


@dataclass(frozen=True, slots=True)
class Pair:
    """One text in both languages."""

    zh: str
    en: str

    def of(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def as_object(self) -> dict[str, str]:
        """As JSON has it."""
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def same(cls, text: str) -> "Pair":
        """A text that needs no translation: an id, an address, a name."""
        return cls(text, text)


@cache
def read_toml(package: str, file: str) -> Mapping[str, Any]:
    """The whole TOML file `file` of a package, read once."""
    found = get_data(package, file)
    if found is None:
        raise FileNotFoundError(f"{package}: {file}")
    return tomllib.loads(found.decode())


@cache
def pairs(package: str, file: str) -> Mapping[str, Pair]:
    """Every text of that file by its dotted key. KeyError: one lacks a language."""
    return dict(_flat(read_toml(package, file), ""))


def _flat(found: Mapping[str, Any], path: str) -> Iterator[tuple[str, Pair]]:
    if "zh" in found or "en" in found:
        yield path, Pair(found["zh"], found["en"])
    for name, inner in found.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{path}.{name}" if path else name)
