"""Registers the plugins on sys.path and runs them beside a core check, as `run` does.

Usage: drive.py RESULT. Writes what came of it as JSON to the file RESULT; whatever
appears on standard output is the plugins' doing. A process of its own, because what is
under test may end the process that runs it.
"""

import asyncio
import json
import sys
from pathlib import Path
from time import monotonic

from posdiag.engine import run as engine
from posdiag.engine.plugins.host import describe
from posdiag.engine.registry import fitting, third_parties
from posdiag.model import Check, Context, Finding, ok
from posdiag.model.limits import Limits
from posdiag.model.site import Secret, Site, Target, Wifi
from posdiag.system.core.dispatch import Dispatch
from posdiag.texts.lookup import left_out as words

SITE = Site(
    wifi=Wifi(ssid="店铺", passphrase=Secret("correct horse")),
    target=(Target("till", "127.0.0.1", 1),),
)


async def _link(context: Context) -> Finding:
    return ok()


async def _beside(context: Context) -> Finding:
    """A core check that needs the event loop all the while."""
    for _ in range(30):
        await asyncio.sleep(0.05)
    return ok(answer=42)


def main(result: Path) -> None:
    start = monotonic()
    packages, problems = third_parties()
    found, more = describe(packages)
    described_in = monotonic() - start
    core = (Check("link.state", _link), Check("dns.resolve", _beside))
    kept, left_out = fitting(found, core)
    limits = Limits({"dns.slow": 7.0})
    context = Context(
        Dispatch("portable", {}), SITE, limits, consent=frozenset({"echo"})
    )
    start = monotonic()
    results = asyncio.run(engine.run((*core, *kept), context, deadline=25))
    told = {
        "problems": [
            f"{left.package}: {words(left).en}"
            for left in (*problems, *more, *left_out)
        ],
        "described_in": described_in,
        "seconds": monotonic() - start,
        "posdiag_hostile_imported": "posdiag_hostile" in sys.modules,
        "results": {
            r.check: {
                "status": r.finding.status,
                "code": r.finding.code,
                "facts": r.finding.facts,
                "confidence": r.finding.confidence,
                "rivals": r.finding.rivals,
                "seconds": r.seconds,
            }
            for r in results
        },
        "checks": {c.id: {"timeout": c.timeout, "vital": c.vital} for c in kept},
    }
    result.write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
