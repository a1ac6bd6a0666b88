"""Which known name was meant by one that does not exist?"""

from collections.abc import Iterable

ALIKE = 0.6  # ratio of difflib from which a name is worth proposing


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, whatever its case; "" if none is known."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), list(known), 1, 0.0)), "")


def near_enough(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; "" where none is alike."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), list(known), 1, ALIKE)), "")
