"""Run third-party checks isolated from the run.

Each package is described, and each check run, in a process of its own (`child`), which
is killed with all its descendants when its time is over or our task is cancelled. Its
answer is bounded in bytes and validated. To the engine such a check is an ordinary
`Check` whose probe is a `RemoteProbe`.

A plugin gets the site, limits, plan, consent and findings of a core check, and a system
of the same name. It does not get passphrases and PINs, nor the environment but for
`PASS_ON`, since a profile may take secrets from there. Not carried over: `unless` (a
plugin's `needs` hold on every site) and `vital` (only the core is).
"""

import asyncio
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

from posdiag.engine.checklist import reserved
from posdiag.engine.plugins.options import Declared, declared
from posdiag.engine.plugins.texts import wrong_with_texts
from posdiag.engine.plugins.wire import ID, checked_finding, clean, encode_context
from posdiag.model import Check, Context, Finding, LeftOut, Status, Value, skip
from posdiag.system.process.json_child import REAP, JsonChild
from posdiag.system.process.supervisor import END_TIME

CHILD = "posdiag.engine.plugins.child"
DESCRIBE_SECONDS = 10.0  # starting Python on a busy or slow machine is part of it
MOST_BYTES = 256 * 1024  # of one answer
MOST_CHECKS = 50  # of one package
LONGEST_CHECK = 12.0  # seconds, the default of a core check
SHORTEST_CHECK = 2.0  # seconds; starting Python on a slow machine is part of it
PASS_ON = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "WINDIR",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
]


class PluginTrouble(Exception):
    """A child gave no usable answer. `code` is the reason, as in findings, `why` and
    `facts` as in `LeftOut`."""

    def __init__(
        self, what: str, why: str, code: str = "tool.plugin", **facts: Value
    ) -> None:
        super().__init__(what)
        self.why, self.code, self.facts = why, code, facts


async def exchange(request: Mapping[str, object], seconds: float) -> dict[str, object]:
    """Start a child, send it `request`, return its answer; PluginTrouble without one.

    However this ends, the child and all that it has started are dead afterwards.
    """
    try:
        child = await JsonChild.start(CHILD, limit=MOST_BYTES, pass_on=PASS_ON)
    except OSError as error:
        what = f"cannot start a child: {error}"
        raise PluginTrouble(what, "not-started", detail=str(error)) from error
    try:
        child.send({**request, "seconds": seconds, "parent": os.getpid()})
        async with asyncio.timeout(seconds):
            answer = await child.receive()
    except TimeoutError:
        late = f"no answer in {seconds:g} s"
        raise PluginTrouble(
            late, "no-answer", "tool.timeout", seconds=seconds
        ) from None
    except ValueError as error:
        raise PluginTrouble(str(error), "bad-answer") from None
    finally:
        await child.end(END_TIME)
    if answer is None:
        raise PluginTrouble("ended too early", "ended-early")
    if "error" in answer:
        raised = clean(str(answer["error"]), 300)
        raise PluginTrouble(raised, "raised", detail=raised)
    return answer


@dataclass(frozen=True, slots=True)
class RemoteProbe:
    """The probe of a plugin's check. `texts` is the TOML that came with it."""

    id: str
    package: str
    module: str
    seconds: float
    texts: str | None = field(default=None, repr=False)

    async def __call__(self, context: Context) -> Finding:
        if context.system.name == "replay":
            return skip("skip.not-recorded")
        request = {
            "run": self.id,
            "package": self.package,
            "module": self.module,
            "context": encode_context(context, self.package),
        }
        try:
            answer = await exchange(request, self.seconds)
        except PluginTrouble as trouble:
            return self._error(str(trouble), trouble.code)
        context.system.meter.add(*_traffic(answer.get("traffic")))
        finding = checked_finding(answer.get("finding"), reserved())
        return self._error(finding) if isinstance(finding, str) else finding

    def _error(self, what: str, code: str = "tool.plugin") -> Finding:
        named = f"{self.package}: {what}"
        return Finding(Status.ERROR, code, {"what": named, "seconds": self.seconds})


def _traffic(raw: object) -> tuple[int, int]:
    """Bytes that the child reports as sent and received; (0, 0) for nonsense."""
    match raw:
        case [int(sent), int(received)] if min(raw) >= 0 and max(raw) < 1 << 40:
            return sent, received
    return 0, 0


def describe(
    packages: Sequence[str], seconds: float = DESCRIBE_SECONDS
) -> tuple[tuple[Check, ...], tuple[LeftOut, ...]]:
    """The checks of these packages, and what of them cannot be used.

    Blocks until all have answered, for up to `seconds`.
    """
    found: list[Check] = []
    unusable: list[LeftOut] = []
    for package, answer in _answers(packages, seconds):
        if isinstance(answer, PluginTrouble):
            unusable.append(_undescribed(package, answer))
            continue
        raised = answer.get("problems")
        for what in raised[:10] if isinstance(raised, list) else ():
            detail = {"detail": clean(str(what), 300)}
            unusable.append(LeftOut(package, "module", detail, unseen=True))
        for made in _checks(package, answer.get("checks")):
            if isinstance(made, LeftOut):
                unusable.append(made)
            else:
                found.append(made)
    return tuple(found), tuple(unusable)


def declarations(
    packages: Sequence[str], seconds: float = DESCRIBE_SECONDS
) -> dict[str, Declared]:
    """The keys that each package declares for its table of the profile. Blocks as
    `describe` does."""
    found: dict[str, Declared] = {}
    for package, answer in _answers(packages, seconds):
        if isinstance(answer, PluginTrouble):
            found[package] = Declared({}, left_out=_undescribed(package, answer))
        else:
            text = answer.get("profile")
            found[package] = declared(text if isinstance(text, str) else None)
    return found


Answer = dict[str, object] | PluginTrouble


def _undescribed(package: str, trouble: PluginTrouble) -> LeftOut:
    return LeftOut(package, trouble.why, trouble.facts, unseen=True)


def _answers(packages: Sequence[str], seconds: float) -> Iterable[tuple[str, Answer]]:
    # A package that hangs is waited for once, not by the profile and by each bench too.
    answers = _asked(tuple(packages), seconds, tuple(sys.path))
    return zip(packages, answers, strict=True)


@cache
def _asked(
    packages: tuple[str, ...], seconds: float, path: tuple[str, ...]
) -> list[Answer]:
    """Works inside and outside of an event loop, hence the thread. `path`: where the
    packages are looked for."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _describe_all(packages, seconds)).result()


async def _describe_all(packages: Sequence[str], seconds: float) -> list[Answer]:
    """All at the same time, so that those that hang do not add up."""

    async def one(package: str) -> Answer:
        try:
            return await exchange({"describe": package}, seconds)
        except PluginTrouble as trouble:
            return trouble

    return await asyncio.gather(*(one(package) for package in packages))


def _checks(package: str, rows: object) -> Iterable[Check | LeftOut]:
    if not isinstance(rows, list) or not rows:
        return [LeftOut(package, "no-checks")]
    made = [_check(package, row) for row in rows[:MOST_CHECKS]]
    if len(rows) <= MOST_CHECKS:
        return made
    most = {"most": MOST_CHECKS}
    return [*made, LeftOut(package, "too-many-checks", most, unseen=True)]


def _check(package: str, row: object) -> Check | LeftOut:
    """One described check, or why it is left out."""
    match row:
        case {
            "id": str(id),
            "needs": list(needs),
            "after": list(after),
            "rights": str(rights),
            "timeout": int() | float() as seconds,
            "module": str(module),
            "texts": (str() | None) as texts,
        }:
            pass
        case _:
            return LeftOut(package, "not-a-check", unseen=True)
    if not ID.match(id):
        return LeftOut(package, "bad-id", {"given": clean(id, 80)})

    def left(why: str, **facts: str) -> LeftOut:
        return LeftOut(package, why, {"check": id, **facts}, id)

    if id.partition(".")[0] in reserved():
        return left("core-group")
    if not all(isinstance(need, str) for need in needs + after):
        return left("bad-needs")
    if rights not in ("", "raw"):
        return left("bad-rights")
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", module, re.ASCII):
        return left("no-module")
    wrong = wrong_with_texts(texts, reserved())
    if wrong:
        return left("bad-texts", detail=wrong)
    # NaN becomes the longest.
    limit = max(SHORTEST_CHECK, min(LONGEST_CHECK, float(seconds)))
    return Check(
        id,
        RemoteProbe(id, package, module, limit, texts),
        needs=tuple(needs),
        after=tuple(after),
        rights=rights,
        # So that the child is ended here, and not by the engine.
        timeout=limit + END_TIME + REAP + 0.5,
        package=package,
        module=module,
    )
