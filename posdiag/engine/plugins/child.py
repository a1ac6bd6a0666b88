"""The process in which third-party checks run.

It reads one request in JSON from standard input, serves it, writes one line of JSON to
what was its standard output, and ends at once. Before any third-party code is imported,
file descriptor 1 is redirected, so that a plugin can print what it likes. This guards
the run against accidents, not against malice.

    {"describe": "package"}  ->  {"checks": [{"id": ...}], "problems": ["..."]}
    {"run": "id", "package": "p", "module": "m", "context": {...}}
                             ->  {"finding": {...}, "traffic": [sent, received]}
    anything that raises     ->  {"error": "ValueError: ..."}

Each request also has `seconds`, the time limit of its answer, and `parent`, the process
with which it ends.
"""

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import ModuleType

from posdiag.engine.plugins.options import FILE, declared, defaults
from posdiag.engine.plugins.wire import clean, decode_context
from posdiag.model import Check, Finding, skip
from posdiag.model.check import CORE
from posdiag.system.process.confine import (
    limit_resources,
    lower_priority,
    redirect_output,
)
from posdiag.system.process.supervisor import supervise

LONGEST_REQUEST = 1 << 22
LONGEST_TEXTS = 32 * 1024  # bytes of one check's TOML


class CatchAll(AbstractContextManager["CatchAll"]):
    """Keeps in `what` anything that a plugin raises, `SystemExit` included."""

    what = ""

    def __exit__(self, kind: object, raised: object, trace: object) -> bool:
        if raised is not None:
            text = "".join(str(part) for part in getattr(raised, "args", ())[:1])
            name = type(raised).__name__
            self.what = clean(f"{name}: {text}" if text else name, 300)
        return True


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline(LONGEST_REQUEST))
    supervise(request.get("parent"))
    out = redirect_output()
    limit_resources(float(request["seconds"]))
    if "run" in request:
        lower_priority()
    line = ""
    with CatchAll() as caught:
        answer = _describe(request) if "describe" in request else _run(request)
        line = json.dumps(answer, ensure_ascii=False)
    if caught.what:
        line = json.dumps({"error": caught.what})
    with os.fdopen(out, "wb") as pipe:
        pipe.write(line.encode("utf-8", "replace") + b"\n")
    # Threads and exit handlers of the plugin are not waited for.
    os._exit(0)


def _describe(request: Mapping[str, str]) -> dict[str, object]:
    name = request["describe"]
    package = importlib.import_module(name)
    rows: list[dict[str, object]] = []
    problems: list[str] = []
    known: set[int] = set()
    for found in _modules(getattr(package, "__path__", ())):
        with CatchAll() as caught:
            module = importlib.import_module(f"{name}.{found}")
            fresh = [check for check in _checks(module) if id(check) not in known]
            known.update(id(check) for check in fresh)
            rows += [_row(check, name, found) for check in fresh]
        if caught.what:
            problems.append(f"{found}: {caught.what}")
    return {"checks": rows, "problems": problems, "profile": _profile(name)}


def _profile(package: str) -> str | None:
    """The keys that the package declares for its table of the profile."""
    return _text_of(files(package) / FILE)


def _modules(folders: Iterable[str]) -> Iterator[str]:
    """Dotted names of the public modules inside, without importing any."""
    for found in pkgutil.iter_modules(list(folders)):
        if found.name.startswith("_"):
            continue
        yield found.name
        if found.ispkg:
            inside = _modules(os.path.join(folder, found.name) for folder in folders)
            yield from (f"{found.name}.{name}" for name in inside)


def _checks(module: ModuleType) -> Iterator[Check]:
    """The module's own checks, without those that it imported from the core."""
    for value in list(vars(module).values()):
        if isinstance(value, Check) and (value.package != CORE or not value.module):
            yield value


def _row(check: Check, package: str, module: str) -> dict[str, object]:
    return {
        "id": check.id,
        "needs": list(check.needs),
        "after": list(check.after),
        "rights": check.rights,
        "timeout": check.timeout,
        "module": module,
        "texts": _text_of(files(package) / f"{module.replace('.', '/')}.toml"),
    }


def _text_of(path: Traversable) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        raw = file.read(LONGEST_TEXTS + 1)
    if len(raw) > LONGEST_TEXTS:
        raise ValueError(f"texts of more than {LONGEST_TEXTS} bytes")
    return raw.decode("utf-8")


def _run(request: Mapping[str, object]) -> dict[str, object]:
    import asyncio

    from posdiag.system.choose import choose

    raw = request["context"]
    if not isinstance(raw, dict):
        raise TypeError("no context")
    system = choose(raw["system"])
    package = str(request["package"])
    module = importlib.import_module(f"{package}.{request['module']}")
    keys = declared(_profile(package)).keys
    context = decode_context(raw, system, defaults(keys))
    check = next(c for c in _checks(module) if c.id == request["run"])

    async def probe() -> Finding:
        if any(k.required and k.name not in context.plugin for k in keys.values()):
            return skip("skip.not-configured")
        return await check.probe(context)

    finding = asyncio.run(probe())
    if not isinstance(finding, Finding):
        raise TypeError(f"the check gave {type(finding).__name__}, not a Finding")
    traffic = [system.meter.sent, system.meter.received]
    return {"finding": asdict(finding), "traffic": traffic}


if __name__ == "__main__":
    main()
