"""The messages between a run and a plugin's process.

The child gets a `Task`, as JSON: all that a core check is handed, except secrets
(passphrases and PINs are None there), and the plugin's own table of the profile. Its
answer is not trusted: `checked_finding` turns it into a Finding within bounds, or says
what is wrong with it.
"""

import math
import re
from dataclasses import dataclass, replace

from posdiag.model import Bar, Context, Facts, Finding, Scalar, Status, Value
from posdiag.model.limits import Limits, LimitValue, Plan
from posdiag.model.questions.base import System
from posdiag.model.site import Secret, Site
from posdiag.system.core.codec import Json, read, write

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
ID = re.compile(r"[a-z][a-z0-9-]{0,31}\.[a-z0-9][a-z0-9-]{0,39}\Z")
OK_CODE = re.compile(r"[a-z0-9.-]{0,60}\Z")

MOST_FACTS = 50
MOST_BARS = 24
MOST_TRIPS = 600
LONGEST_TRIP = 60.0  # seconds
MOST_ITEMS = 50  # of one tuple
LONGEST = 500  # characters of one string
SUREST = 0.9  # below the confidence of core checks, which take precedence


@dataclass(frozen=True, slots=True)
class Task:
    """A `Context` as values. `system` is the name of one, `limits` are those that the
    profile overrides."""

    system: str
    site: Site
    limits: dict[str, LimitValue]
    plan: Plan
    seen: dict[str, Finding]
    consent: tuple[str, ...]
    keys: dict[str, Value]
    secrets: dict[str, str]


def encode_context(context: Context, package: str = "") -> Json:
    """For the checks of `package`, which get the profile's table of that package, its
    secrets among it, and no other's. ValueError where a finding holds what is no
    fact."""
    table = context.site.plugin.get(package, {})
    rows = context.limits.rows()
    return write(
        Task(
            context.system.name,
            replace(context.site, plugin={}),
            {row.name: row.value for row in rows if row.source == "profile"},
            context.plan,
            dict(context.seen),
            tuple(sorted(context.consent)),
            {k: v for k, v in table.items() if not isinstance(v, Secret)},
            {k: v.reveal() for k, v in table.items() if isinstance(v, Secret)},
        )
    )


def decode_context(
    raw: object, system: System, defaults: Facts | None = None
) -> Context:
    """What the child hands to the probe. `defaults` are what the package declares for
    keys that the profile leaves out."""
    task = read(raw, Task)
    secrets = {name: Secret(text) for name, text in task.secrets.items()}
    return Context(
        system=system,
        site=task.site,
        limits=Limits(task.limits),
        plan=task.plan,
        seen=task.seen,
        consent=frozenset(task.consent),
        plugin={**(defaults or {}), **task.keys, **secrets},
    )


def checked_finding(raw: object, reserved: frozenset[str]) -> Finding | str:
    """The finding that a plugin sent, within bounds; or what is wrong with it.

    `reserved` are the groups of the core, whose causes a plugin cannot report.
    """
    if not isinstance(raw, dict):
        return "returned no finding"
    status, code = raw.get("status"), raw.get("code")
    if not isinstance(status, str) or not isinstance(code, str):
        return "returned a finding without a status or a code"
    if status not in set(Status):
        return f"returned a finding of status {clean(status, 20)!r}"
    status = Status(status)
    if not _allowed(status, code, reserved):
        return f"may not report {status.value} {clean(code, 60)!r}"
    confidence = _number(raw.get("confidence"))
    tries = _number(raw.get("tries"))
    return Finding(
        status=status,
        code=code,
        facts=sane_facts(raw.get("facts")),
        confidence=min(max(confidence, 0.0), SUREST),
        rivals=(),
        tries=int(min(max(tries, 0.0), 1000.0)),
        variant=_text(raw.get("variant"), 60),
        hint=_text(raw.get("hint"), LONGEST),
        chart=_chart(raw.get("chart")),
        trips=_trips(raw.get("trips")),
    )


def _text(raw: object, longest: int) -> str:
    return clean(raw, longest) if isinstance(raw, str) else ""


def _chart(raw: object) -> tuple[Bar, ...]:
    rows = raw if isinstance(raw, list) else []
    return tuple(
        Bar(
            label=_text(row.get("label"), LONGEST),
            value=min(max(_number(row.get("value")), 0.0), 1.0),
            note=_text(row.get("note"), LONGEST),
            mark=_text(row.get("mark"), 20),
        )
        for row in rows[:MOST_BARS]
        if isinstance(row, dict)
    )


def _trips(raw: object) -> tuple[float | None, ...]:
    rows = raw if isinstance(raw, list) else []
    return tuple(
        None if trip is None else min(max(_number(trip), 0.0), LONGEST_TRIP)
        for trip in rows[:MOST_TRIPS]
    )


def _allowed(status: Status, code: str, reserved: frozenset[str]) -> bool:
    if status is Status.OK:
        return OK_CODE.match(code) is not None
    if ID.match(code) is None:
        return False
    group = code.partition(".")[0]
    if status is Status.SKIP:
        return group == "skip"
    if status is Status.ERROR:
        return group == "tool"
    return group not in reserved


def sane_facts(raw: object) -> Facts:
    """The facts with plain names and finite values; any other is left out."""
    if not isinstance(raw, dict):
        return {}
    kept: dict[str, Value] = {}
    for name, item in raw.items():
        if len(kept) == MOST_FACTS:
            break
        if isinstance(name, str) and NAME.match(name) and _plain(item):
            kept[name] = _bounded(item)
    return kept


def _plain(item: object) -> bool:
    if isinstance(item, list):
        return all(_plain(part) and not isinstance(part, list) for part in item)
    if isinstance(item, int):
        return abs(item) < 2**63
    if isinstance(item, float):
        return math.isfinite(item)
    return item is None or isinstance(item, str)


def _bounded(item: object) -> Value:
    if isinstance(item, list):
        return tuple(_scalar(part) for part in item[:MOST_ITEMS])
    return _scalar(item)


def _scalar(item: object) -> Scalar:
    if item is None or isinstance(item, bool | int | float):
        return item
    return clean(str(item))


def clean(text: str, longest: int = LONGEST) -> str:
    """`text` cut to size, without lone surrogates, which no encoding can print."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8")


def _number(raw: object) -> float:
    """A finite number, or 0 for anything else."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not _plain(raw):
        return 0.0
    return float(raw)
