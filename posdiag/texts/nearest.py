"""Which known name did someone mean who typed one that does not exist?"""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, whatever its case; "" if none is known."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), list(known), 1, 0.0)), "")
