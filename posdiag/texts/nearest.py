"""Which known name was meant by one that does not exist?"""

from collections.abc import Iterable

ALIKE = 0.5  # ratio of difflib from which a name is worth proposing; dashes count not


def near_enough(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, whatever its case; "" where none is
    alike: a wrong proposal misleads."""
    from difflib import get_close_matches

    by_letters = {candidate.lstrip("-"): candidate for candidate in known}
    letters = name.lower().lstrip("-")
    found = get_close_matches(letters, list(by_letters), 1, ALIKE)
    return by_letters[found[0]] if found else ""
