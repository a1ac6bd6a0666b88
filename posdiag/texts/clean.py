"""How does a text from outside become harmless to a terminal, a file and a parser?

Nothing in the result moves a cursor, hides, or turns the reading direction.
"""

import unicodedata

LIMIT = 200  # characters of one text from outside


def clean(text: str, limit: int = LIMIT) -> str:
    """`text` with all that does not simply print shown as an escape, and cut."""
    parts: list[str] = []
    size = marks = 0
    for char in text[: limit + 1]:
        marks = marks + 1 if unicodedata.category(char) == "Mn" else 0
        prints = char in " \u3000" or unicodedata.category(char)[0] not in "CZ"
        shown = char if prints and marks <= 2 else _escape(char)
        parts.append(shown)
        size += len(shown)
    whole = "".join(parts)
    if size <= limit and len(text) <= limit:
        return whole
    return whole[: max(limit - 1, 0)] + "…"


def _escape(char: str) -> str:
    code = ord(char)
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if named:
        return named
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
