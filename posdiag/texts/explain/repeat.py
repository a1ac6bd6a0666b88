"""Which command repeats a run, with the options that its user gave?

Texts name it `posdiag run`, some with an option that helps. In its place stands the
command of this run, the option in place of what the user gave.
"""

import re

from posdiag.texts.pair import Pair

RUN = "posdiag run"  # as the texts name it, and as it is by itself
DEMO = "posdiag demo"  # takes none of the options that help a run
_OPTIONS = r"((?: --[a-z-]+(?: (?!--)[A-Z0-9:]+)?)*)"
NAMED = re.compile(re.escape(RUN) + _OPTIONS)
TIME_LIMIT = re.compile(r" --timeout[ =]\S+")
#: Options that an added one takes the place of.
REPLACED = {"--timeout": TIME_LIMIT, "--thorough": re.compile(r" --(quick|thorough)\b")}


def repeated(text: str, again: str) -> str:
    """`text` with the command `again` in place of `posdiag run`."""

    def named(match: re.Match[str]) -> str:
        if again.startswith(DEMO):
            return again
        command = again
        for option, given in REPLACED.items():
            if option in match[1]:
                command = given.sub("", command)
        return command + match[1]

    return NAMED.sub(named, text)


def repeated_in(text: Pair, again: str) -> Pair:
    """The same in both languages."""
    return Pair(repeated(text.zh, again), repeated(text.en, again))
