"""What is wrong with this command line, in the reader's language?

typer reports in English sentences, without a type for most of them; the shapes below
are those of typer 0.26 to 0.28. A sentence of another shape is shown as it is.
"""

import re
from collections.abc import Iterable
from typing import Any

from posdiag.commands import TEXTS
from posdiag.texts.clean import clean
from posdiag.texts.nearest import near_enough
from posdiag.texts.pair import Pair

LONGEST = 300  # characters of what was given

SHAPES = (
    (re.compile(r"No such option:? '?(?P<given>[^\s']+?)'?\.?( |$)"), "no-such-option"),
    (re.compile(r"No such command '(?P<given>.*?)'\."), "no-such-command"),
    (re.compile(r"Missing argument '(?P<given>[^']+)'"), "missing-argument"),
    (re.compile(r"Missing option '(?P<given>[^']+)'"), "missing-option"),
    (re.compile(r"Missing command"), "missing-command"),
    (
        re.compile(
            r"Invalid value for '(?P<option>[^']+)': (?P<given>.+) is not a valid"
            r" (float|int)"
        ),
        "no-number",
    ),
    (
        re.compile(
            r"Invalid value for '(?P<option>[^']+)': (?P<given>\S+) is not in the range"
            r" (?P<least>\d+)<=x<=(?P<most>\d+)"
        ),
        "out-of-range",
    ),
    (re.compile(r"Option '(?P<given>[^']+)' requires"), "needs-value"),
    (re.compile(r"Option '(?P<given>[^']+)' does not take a value"), "takes-no-value"),
    (
        re.compile(r"Got unexpected extra argument(?:\(s\)|s)? \((?P<given>.*)\)"),
        "too-many",
    ),
)

NEAR = {
    "no-such-option": "no-such-option-near",
    "no-such-command": "no-such-command-near",
}


def wording(sentence: str, context: Any) -> Pair:
    """One sentence without a full stop. `context`: where the parser stood, or None."""
    problem = clean(" ".join(sentence.split()).rstrip("."), LONGEST)
    for shape, key in SHAPES:
        found = shape.match(problem + ".")
        if found is None:
            continue
        facts = {k: v for k, v in found.groupdict().items() if v is not None}
        near = _near(key, facts.get("given", ""), context)
        if near:
            return TEXTS(f"wrong.{NEAR[key]}", near=near, **facts)
        return TEXTS(f"wrong.{key}", **facts)
    return TEXTS("wrong.other", problem=problem)


def _near(key: str, given: str, context: Any) -> str:
    if context is None:
        return ""
    known: Iterable[str] = ()
    if key == "no-such-option":
        params = context.command.get_params(context)
        known = (name for param in params for name in param.opts)
        known = (name for name in known if name.startswith("--"))
    elif key == "no-such-command":
        known = context.command.list_commands(context)
    return near_enough(given, known)
