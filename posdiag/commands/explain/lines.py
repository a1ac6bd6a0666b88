"""How does a long line of an explanation fit the screen?"""

import re
from collections.abc import Iterator

from posdiag.report.terminal.wrap import wrap
from posdiag.texts.lang import Lang

WIDTH = 80
INDENT = "  "
# What may precede a text: the code, a mark, a number, an indent.
MARK = re.compile(r" *(?:[0-9A-Z]{2}  |! |[0-9]{1,2}\. )?")


def wrap_hanging(part: str, lang: Lang) -> Iterator[str]:
    """Later lines hang under the text, not under the mark or the number before it."""
    mark = MARK.match(part)
    head = mark[0] if mark else ""
    hang = len(head) if head.strip() else len(head + INDENT)
    first, *rest = wrap(part[len(head) :], WIDTH - hang, wide=lang == "zh")
    yield head + first
    for line in rest:
        yield " " * hang + line


def wrap_all(parts: list[str], lang: Lang) -> str:
    return "\n".join(line for part in parts for line in wrap_hanging(part, lang))
