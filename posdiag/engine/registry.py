"""Find all checks and put them in order.

A package of checks names itself under the entry point group `posdiag.checks`. The core
(`posdiag_checks`) is imported here; every other package is only ever imported in a
process of its own (`posdiag.engine.plugins.host`), because it may hang, exit or print.

`texts_of(check)` gives the TOML text of a check, of the core and of plugins alike,
without importing a plugin. Use nothing else to reach it.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from math import inf

from posdiag.engine.checklist import Checklist, layer, layers
from posdiag.model import Check, LeftOut
from posdiag.model.check import CORE

GROUP = "posdiag.checks"


class RegistryError(Exception):
    """The core's own checks do not fit together: a bug of ours."""


@dataclass(frozen=True, slots=True)
class Registered:
    """All checks in order, and each plugin or plugin check that cannot be used."""

    checks: tuple[Check, ...]
    left_out: tuple[LeftOut, ...] = ()


def checks(seconds: float = inf) -> Registered:
    """Find all checks. Takes milliseconds without plugins; with them as long as the
    slowest needs to describe itself, at most 10 s and at most `seconds`."""
    own = core()
    packages, strange = third_parties()
    if not packages:
        return Registered(own, strange)
    from posdiag.engine.plugins.host import DESCRIBE_SECONDS, describe

    plugins, unusable = describe(packages, min(seconds, DESCRIBE_SECONDS))
    kept, unfit = fitting(plugins, own)
    return Registered((*own, *kept), (*strange, *unusable, *unfit))


def core() -> tuple[Check, ...]:
    """The core's checks alone, in order."""
    return ordered(found_in(CORE))


def texts_of(check: Check) -> str | None:
    """The TOML text of the module that holds `check`, None where it has none."""
    if check.package == CORE:
        path = files(CORE) / f"{check.module.replace('.', '/')}.toml"
        return path.read_text("utf-8") if path.is_file() else None
    from posdiag.engine.plugins.host import RemoteProbe

    return check.probe.texts if isinstance(check.probe, RemoteProbe) else None


def found_in(package: str) -> tuple[Check, ...]:
    """Every `Check` object in the modules of a package that we trust."""
    found: dict[int, Check] = {}
    top = importlib.import_module(package)
    for module in pkgutil.walk_packages(top.__path__, f"{package}."):
        held = vars(importlib.import_module(module.name))
        # A check that one module imports from another is one check all the same.
        found |= {id(v): v for v in held.values() if isinstance(v, Check)}
    return tuple(found.values())


def ordered(core: Iterable[Check]) -> tuple[Check, ...]:
    """The core's checks in the order of the checklist; RegistryError on a misfit."""
    by_id: dict[str, Check] = {}
    for check in core:
        if layer(check.id) == len(layers()):
            raise RegistryError(f"{check.id!r} is in no group of {CORE}.LAYERS")
        other = by_id.setdefault(check.id, check)
        if other is not check:
            places = f"{_place(other)} and {_place(check)}"
            raise RegistryError(f"two checks are called {check.id!r}: {places}")
    built = {layer(id) for id in by_id}
    for check in by_id.values():
        for need in check.needs:
            if need not in by_id:
                raise RegistryError(f"{check.id!r} needs {need!r}, which is not there")
        for need in check.after:
            # A group without any check yet is one of a later version.
            if need not in by_id and layer(need) in (*built, len(layers())):
                raise RegistryError(f"{check.id!r} is after {need!r}, an unknown check")
    return Checklist.of(by_id.values()).checks


def _place(check: Check) -> str:
    return f"{check.package}.{check.module}"


def third_parties() -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """Packages of checks that are not ours, by name, and what is wrong with others."""
    packages: dict[str, None] = {}
    strange: list[LeftOut] = []
    for distribution, value in sorted(_entries()):
        package = value.strip()
        if distribution == "posdiag":
            continue
        if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", package, re.ASCII):
            given = {"given": package[:60]}
            strange.append(LeftOut(distribution, "no-package", given))
        elif package.partition(".")[0] in (CORE, "posdiag"):
            strange.append(LeftOut(distribution, "ours", {"given": package[:60]}))
        else:
            packages[package] = None
    return tuple(packages), tuple(strange)


def _entries() -> Iterator[tuple[str, str]]:
    """Distribution and value of each entry point of our group.

    `importlib.metadata.entry_points` would stop at the first broken distribution of
    this machine, which need have nothing to do with us.
    """
    from importlib.metadata import distributions

    seen: set[str] = set()
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if GROUP not in text:
                continue
            name = re.sub(r"[-_.]+", "-", distribution.name or "").lower()
            entries = [
                (name, e.value) for e in distribution.entry_points if e.group == GROUP
            ]
        except (OSError, ValueError, TypeError, KeyError):
            continue
        if name not in seen:  # the first on sys.path hides the others
            seen.add(name)
            yield from entries


def fitting(
    plugins: Iterable[Check], core: Iterable[Check]
) -> tuple[tuple[Check, ...], tuple[LeftOut, ...]]:
    """The plugin checks that can run beside the core, and why the others cannot.

    Unknown ids in `after` are dropped: what is not there cannot be seen. `needs` must
    be there, and no plugin may wait for itself in a circle.
    """
    own = {check.id for check in core}
    taken: dict[str, Check] = {}
    unfit: list[LeftOut] = []
    for check in plugins:
        if check.id in own or check.id in taken:
            unfit.append(_unfit(check, "id-taken"))
        else:
            taken[check.id] = check
    while strays := {
        check.id: need
        for check in taken.values()
        for need in check.needs
        if need not in own and need not in taken
    }:
        for stray, need in strays.items():
            unfit.append(_unfit(taken.pop(stray), "need-missing", need=need))
    known = own | taken.keys()
    waiting = {
        check.id: replace(check, after=tuple(a for a in check.after if a in known))
        for check in taken.values()
    }
    kept, circle = _free_of_circles(waiting, own)
    unfit += [_unfit(check, "circle") for check in circle]
    return kept, tuple(unfit)


def _unfit(check: Check, why: str, **facts: str) -> LeftOut:
    about = {"module": _place(check), "check": check.id, **facts}
    return LeftOut(check.package, why, about, check.id)


def _free_of_circles(
    waiting: Mapping[str, Check], ready: Iterable[str]
) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """Those that can be put in an order, and those that cannot."""
    placed = set(ready)
    left = dict(waiting)
    while free := [
        check for check in left.values() if placed.issuperset(check.needs + check.after)
    ]:
        for check in free:
            placed.add(check.id)
            del left[check.id]
    kept = (check for check in waiting.values() if check.id not in left)
    return tuple(sorted(kept, key=lambda check: check.id)), tuple(left.values())
