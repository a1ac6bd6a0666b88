"""How does a module get the text that it wants to show?

    TEXTS = Texts("posdiag.profile", "profile.toml")
    TEXTS("unknown.key", near="ssid").of("en")

A missing key is a bug of ours and raises KeyError; tests/texts/test_interface.py
proves that every key used exists. The texts of checks, which plugins bring too, are
read by `posdiag.texts.catalogue`, which never raises.
"""

from collections.abc import Mapping
from errno import errorcode
from typing import TYPE_CHECKING

from posdiag.texts.clean import clean
from posdiag.texts.fill import LONGEST, filled
from posdiag.texts.pair import Pair, pairs

if TYPE_CHECKING:
    from posdiag.model import LeftOut, Value


#: Names of errno that have words, `trouble.NAME` of words.toml.
TROUBLES = (
    "ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "EEXIST", "ENOSPC", "EDQUOT",
    "EFBIG", "EROFS", "ENAMETOOLONG", "ELOOP", "EBUSY", "EIO", "ENXIO", "ENODEV",
    "EINVAL", "EPIPE", "EBADF",
)  # fmt: skip


class Texts:
    """The texts of one TOML file of a package. The file is read at the first use."""

    def __init__(self, package: str, file: str) -> None:
        self.package, self.file = package, file

    def __call__(self, key: str, /, **facts: "Value | Pair") -> Pair:
        """The text with its fields filled in; what does not print is escaped."""
        pair = pairs(self.package, self.file)[key]
        return filled(pair, {name: _printable(fact) for name, fact in facts.items()})

    def __contains__(self, key: str) -> bool:
        return key in pairs(self.package, self.file)

    def all(self) -> Mapping[str, Pair]:
        """Every text as it stands in the file, by dotted key."""
        return pairs(self.package, self.file)


def _printable(fact: "Value | Pair") -> "Value | Pair":
    if isinstance(fact, tuple):
        return tuple(clean(f, LONGEST) if isinstance(f, str) else f for f in fact)
    return clean(fact, LONGEST) if isinstance(fact, str) else fact


def trouble(error: OSError) -> Pair:
    """Why a file could not be read or written: in words where the reason is a common
    one, else as the system says it."""
    name = errorcode.get(error.errno or 0, "")
    if name in TROUBLES:
        return WORDS(f"trouble.{name}")
    return Pair.same(clean(error.strerror or type(error).__name__, LONGEST))


def left_out(left: "LeftOut") -> Pair:
    """Why a plugin could not be used."""
    return WORDS(f"left-out.{left.why}", **left.facts)


#: What all parts of the interface say: parties, verdicts, reasons, notes.
WORDS = Texts("posdiag.texts", "words.toml")
