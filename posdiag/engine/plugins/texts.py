"""Are the texts of a plugin's check valid?

The form is that of the core's own TOML files. A plugin may neither reword a cause of
the core nor explain one away, and its texts must have the shape that reports rely on.
"""

import string
import tomllib
from collections.abc import Callable, Iterator, Mapping

from posdiag.engine.plugins.wire import ID
from posdiag.model.check import PARTIES

SENTENCES = ("title", "say", "proof", "decide")
LISTS = ("explains", "emergency", "prevention")

Rule = Callable[[str, Mapping[str, object]], Iterator[str]]


def wrong_with_texts(texts: str | None, reserved: frozenset[str]) -> str:
    """The first thing that is wrong, "" for nothing. No texts at all are allowed."""
    if texts is None:
        return ""
    try:
        table = tomllib.loads(texts)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return f"its texts are not TOML: {error}"[:200]
    return next(_complaints(table, reserved), "")


def _complaints(table: Mapping[str, object], reserved: frozenset[str]) -> Iterator[str]:
    names = {"title": "title", "asks": "question", "chart": "heading of its chart"}
    for name, about in names.items():
        if name in table and not _is_bilingual(table[name]):
            yield f"its {about} lacks zh or en"
    if "ok" in table:
        yield from _variants("ok", table["ok"], _wrong_ok)
    causes = table.get("cause", {})
    if not isinstance(causes, dict):
        yield "its causes are no table"
        return
    for id, cause in causes.items():
        if not ID.match(id):
            yield f"its cause {id[:60]!r} is not an id such as ecr.refused"
        elif id.partition(".")[0] in reserved:
            yield f"its texts describe {id}, a cause of the core"
        elif not isinstance(cause, dict) or not {"title", "say", "who"} <= cause.keys():
            yield f"its cause {id} lacks a title, say or who"
        else:
            yield from _lists(id, cause, reserved)
            yield from _variants(id, cause, _wrong_cause)


def _lists(
    id: str, cause: Mapping[str, object], reserved: frozenset[str]
) -> Iterator[str]:
    for name in LISTS:
        held = cause.get(name, [])
        if not isinstance(held, list) or not all(isinstance(i, str) for i in held):
            yield f"its cause {id} has a bad list {name!r}"
        elif name == "explains":
            for other in held:
                if other.partition(".")[0] in reserved:
                    yield f"its cause {id} explains {other[:60]}, a cause of the core"


def _wrong_ok(name: str, table: Mapping[str, object]) -> Iterator[str]:
    texts = {key: text for key, text in table.items() if key != "variant"}
    if texts and not _is_bilingual(texts):
        yield f"its text {name} lacks zh or en"


def _wrong_cause(name: str, table: Mapping[str, object]) -> Iterator[str]:
    for part in SENTENCES:
        if part in table and not _is_bilingual(table[part]):
            yield f"the {part} of {name} lacks zh or en"
    if "who" in table and table["who"] not in PARTIES:
        yield f"{name} is for an unknown party"
    steps = table.get("steps", [])
    if not isinstance(steps, list) or not all(_is_step(step) for step in steps):
        yield f"{name} has a bad step"


def _is_step(step: object) -> bool:
    if not isinstance(step, dict) or not _is_bilingual(step):
        return False
    return (
        step.get("by") in PARTIES
        and isinstance(step.get("interrupts", False), bool)
        and isinstance(step.get("cost", 0), int | float)
        and ("recheck" not in step or _is_bilingual(step["recheck"]))
    )


def _variants(name: str, table: object, wrong: Rule) -> Iterator[str]:
    """The complaints of `wrong` about a table and each of its variants."""
    if not isinstance(table, dict):
        yield f"its {name} is no table"
        return
    yield from wrong(name, table)
    variants = table.get("variant", {})
    if not isinstance(variants, dict):
        yield f"its variants of {name} are no table"
        return
    for key, variant in variants.items():
        if isinstance(variant, dict):
            yield from wrong(f"{name}/{key[:40]}", variant)
        else:
            yield f"its variant {key[:40]!r} of {name} is no table"


def _is_bilingual(text: object) -> bool:
    """Has it both languages, with plain names as fields?"""
    return isinstance(text, dict) and all(
        isinstance(text.get(lang), str) and _fields_are_names(text[lang])
        for lang in ("zh", "en")
    )


def _fields_are_names(text: str) -> bool:
    try:
        named = [field for _, field, _, _ in string.Formatter().parse(text)]
    except ValueError:
        return False
    return all(name is None or name.isidentifier() for name in named)
