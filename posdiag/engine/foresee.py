"""Which checks would be skipped here, before anything is sent?

The checks themselves are carried out, but only questions that this machine answers
from its own settings reach the system; for all others the answer is not known.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posdiag.engine import run as engine
from posdiag.model import Check, Context, Status
from posdiag.model.check import CORE
from posdiag.model.limits import Limits
from posdiag.model.questions.base import A, Question, System, Unknown
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import AskRadio, AskWifiLink
from posdiag.model.site import Site

LOCAL = (AskInterfaces, AskRoutes, AskRouteTo, AskResolvers, AskRadio, AskWifiLink)
LONGEST = 1.0  # seconds; a check that takes longer measures, and would not be skipped

#: Reasons that the site and this machine's settings alone decide.
FORESEEN = frozenset(
    (
        "skip.not-configured",
        "skip.not-applicable",
        "skip.no-consent",
        "skip.not-asked-for",
        "skip.metered",
        "skip.no-tool",
        "skip.no-wifi",
        "skip.one-uplink",
        "skip.radio-off",
        "skip.thorough",
    )
)


@dataclass(frozen=True, slots=True)
class LocalOnly:
    """A system that sends nothing: it answers from this machine's settings alone."""

    system: System

    @property
    def name(self) -> str:
        return self.system.name

    @property
    def meter(self) -> Meter:
        return self.system.meter

    async def ask(self, question: Question[A]) -> A | Unknown:
        if type(question) in LOCAL:
            return await self.system.ask(question)
        return Unknown("not-asked")

    async def close(self) -> None:
        await self.system.close()


def foresee(checks: Sequence[Check], site: Site, system: System) -> Mapping[str, str]:
    """The reason (`skip.*`) of each check of the core that would be skipped."""
    from posdiag.system.core.cache import Cached

    own = [check for check in checks if check.package == CORE]

    async def look() -> dict[str, str]:
        cached = Cached(LocalOnly(system))
        context = Context(cached, site, Limits(site.thresholds))
        try:
            results = await engine.run(own, context, deadline=LONGEST)
        finally:
            await cached.close()
        return {
            result.check: result.finding.code
            for result in results
            if result.finding.status is Status.SKIP and result.finding.code in FORESEEN
        }

    return asyncio.run(look())
