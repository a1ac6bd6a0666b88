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
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from posdiag.engine.checklist import reserved
from posdiag.engine.plugins.options import Declared, declared
from posdiag.engine.plugins.texts import wrong_with_texts
from posdiag.engine.plugins.wire import ID, checked_finding, clean, encode_context
from posdiag.model import Check, Context, Finding, Status, skip
from posdiag.system.process.json_child import REAP, JsonChild
from posdiag.system.process.supervisor import END_TIME

CHILD = "posdiag.engine.plugins.child"
DESCRIBE_SECONDS = 2.0
AT_ONCE = 4  # children that describe at the same time
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
    """A child gave no usable answer. `code` is the reason, as in findings."""

    def __init__(self, what: str, code: str = "tool.plugin") -> None:
        super().__init__(what)
        self.code = code


async def exchange(request: Mapping[str, object], seconds: float) -> dict[str, object]:
    """Start a child, send it `request`, return its answer; PluginTrouble without one.

    However this ends, the child and all that it has started are dead afterwards.
    """
    try:
        child = await JsonChild.start(CHILD, limit=MOST_BYTES, pass_on=PASS_ON)
    except OSError as error:
        raise PluginTrouble(f"cannot start a child: {error}") from error
    try:
        child.send({**request, "seconds": seconds, "parent": os.getpid()})
        async with asyncio.timeout(seconds):
            answer = await child.receive()
    except TimeoutError:
        late = f"no answer in {seconds:g} s"
        raise PluginTrouble(late, "tool.timeout") from None
    except ValueError as error:
        raise PluginTrouble(str(error)) from None
    finally:
        await child.end(END_TIME)
    if answer is None:
        raise PluginTrouble("ended too early")
    if "error" in answer:
        raise PluginTrouble(clean(str(answer["error"]), 300))
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
) -> tuple[tuple[Check, ...], tuple[str, ...]]:
    """The checks of these packages, and a line for each problem with one.

    Blocks for up to `seconds` for every `AT_ONCE` packages.
    """
    found: list[Check] = []
    problems: list[str] = []
    for package, answer in _answers(packages, seconds):
        if isinstance(answer, PluginTrouble):
            problems.append(f"{package}: left out: {answer}")
            continue
        complaints = answer.get("problems")
        if isinstance(complaints, list):
            problems += [f"{package}: {clean(str(c), 300)}" for c in complaints[:10]]
        for made in _checks(package, answer.get("checks")):
            if isinstance(made, str):
                problems.append(f"{package}: {made}")
            else:
                found.append(made)
    return tuple(found), tuple(problems)


def declarations(
    packages: Sequence[str], seconds: float = DESCRIBE_SECONDS
) -> dict[str, Declared]:
    """The keys that each package declares for its table of the profile. Blocks as
    `describe` does."""
    found: dict[str, Declared] = {}
    for package, answer in _answers(packages, seconds):
        if isinstance(answer, PluginTrouble):
            found[package] = Declared({}, clean(str(answer), 200))
        else:
            text = answer.get("profile")
            found[package] = declared(text if isinstance(text, str) else None)
    return found


Answer = dict[str, object] | PluginTrouble


def _answers(packages: Sequence[str], seconds: float) -> Iterable[tuple[str, Answer]]:
    """Works inside and outside of an event loop, hence the thread."""
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(asyncio.run, _describe_all(packages, seconds)).result()
    return zip(packages, answers, strict=True)


async def _describe_all(packages: Sequence[str], seconds: float) -> list[Answer]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(package: str) -> Answer:
        async with room:
            try:
                return await exchange({"describe": package}, seconds)
            except PluginTrouble as trouble:
                return trouble

    return await asyncio.gather(*(one(package) for package in packages))


def _checks(package: str, rows: object) -> Iterable[Check | str]:
    if not isinstance(rows, list) or not rows:
        return ["has no checks"]
    made = [_check(package, row) for row in rows[:MOST_CHECKS]]
    return [*made, "too many checks"] if len(rows) > MOST_CHECKS else made


def _check(package: str, row: object) -> Check | str:
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
            return "a check that is not described as one"
    if not ID.match(id):
        return f"{clean(id, 80)!r} is not an id such as ecr.reach"
    if id.partition(".")[0] in reserved():
        return f"{id} is in a group of the core"
    if not all(isinstance(need, str) for need in needs + after):
        return f"{id} needs what is not an id"
    if rights not in ("", "raw"):
        return f"{id} wants unknown rights"
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", module, re.ASCII):
        return f"{id} is in no module"
    wrong = wrong_with_texts(texts, reserved())
    if wrong:
        return f"{id}: {wrong}"
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
