"""Is our channel disturbed: busy, overlapped, or filled by what is no Wi-Fi?

Neighbours alone are no fault: every street has them, and on the same channel they take
turns. A fault needs a measured share of the time, several access points that lie across
our channel and are nearly as loud as ours, a crowd on our channel that is louder than
ours, or frames that must be sent again at a good level.
"""

import asyncio
from dataclasses import dataclass, replace
from statistics import median

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.measure.wifi.airtime import UNTOLD, Busy, between, lesser
from posdiag.measure.wifi.band import (
    Surroundings,
    culprits,
    current,
    neighbours,
    ours,
    own_point,
    picture,
    proposal,
)
from posdiag.measure.wifi.network import WIRED, Network, in_play, network, surroundings
from posdiag.measure.wifi.reception import Reception, listen
from posdiag.model import Context, Facts, Finding, check, known, ok, skip, warn
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import AskRadio, AskSurvey
from posdiag.model.questions.wifi_answers import Radio, Survey, WifiLink, WifiScan

AGAIN = 1.5  # seconds of the second look, where the first found the channel busy


@dataclass(frozen=True, slots=True)
class Grounds:
    """What speaks for interference. None: below its limit, or not told."""

    busy: float | None = None  # share of the time
    announced: bool = False  # by the access point, not measured here
    foreign: float | None = None
    overlap: tuple[str, ...] = ()  # who
    crossed: bool = False  # so many that it needs no further sign
    crowd: bool = False  # too many share our channel at no less than our level
    repeats: bool = False  # frames must be sent again at a good level


@check("wifi.interference", order=40, part="link", after=WIRED, timeout=45)
async def wifi_interference(ctx: Context) -> Finding:
    here = await in_play(ctx)
    if isinstance(here, Finding):
        return here
    name = here.name
    before = await ctx.system.ask(AskSurvey(name))
    wanted = await network(ctx, name)
    answer, heard, radio = await asyncio.gather(
        surroundings(ctx, name), listen(ctx, name), ctx.system.ask(AskRadio(name))
    )
    found = known(answer)
    joined = heard.joined
    link = joined if joined is not None and wanted.matches(joined) else None
    busy = await _busy(ctx, name, before, link)
    around = around_us(
        ctx.site.wifi.country or "",
        wanted,
        found,
        heard,
        link,
        radio=None if isinstance(radio, Unknown) else radio,
        busy=busy,
    )
    if around.own is None and found.why in ("no-rights", "trouble"):
        return skip(f"skip.{found.why}", hint=found.hint)
    return replace(judge(around, ctx.limits), chart=picture(around))


async def _busy(
    ctx: Context, name: str, before: Survey | Unknown, link: WifiLink | None
) -> Busy:
    """The share of the time since `before` in which our channel was busy. A moment's
    traffic is no fault, so too much is measured twice."""
    if link is None:
        return UNTOLD
    now = await ctx.system.ask(AskSurvey(name, series="busy", number=1))
    found = between(before, now, link.frequency)
    if not _over(found, ctx.limits):
        return found
    await asyncio.sleep(AGAIN)
    later = await ctx.system.ask(AskSurvey(name, series="busy", number=2))
    return lesser(found, between(now, later, link.frequency))


def _over(busy: Busy, limits: Limits) -> bool:
    return (busy.ratio or 0.0) >= limits["wifi.watch"] or (
        busy.foreign or 0.0
    ) >= limits["wifi.foreign"]


def around_us(
    country: str,
    wanted: Network,
    found: WifiScan,
    heard: Reception,
    link: WifiLink | None,
    *,
    radio: Radio | None = None,
    busy: Busy,
) -> Surroundings:
    """Put together what was heard and measured."""
    octets = wanted.octets or (ssid.of_hex(link.ssid) if link else b"")
    named = ours(found, octets, link)
    levels = heard.levels if link is not None else ()
    level = median(levels) if levels else None
    own = own_point(named, link, level)
    every = named if own is None or own in named else (own, *named)
    others = neighbours(current(found.all), every)
    return Surroundings(
        own=own,
        ours=every,
        others=others,
        level=level if level is not None or own is None else own.signal,
        frames=heard.frames if link is not None else None,
        busy=busy,
        proposal=proposal(own, others, country.upper(), radio),
        fresh=found.fresh,
    )


def grounds(around: Surroundings, limits: Limits) -> Grounds:
    """What speaks for interference here?"""
    own, frames = around.own, around.frames
    if own is None:
        return Grounds()
    weak = around.level is None or around.level < limits["wifi.weak"]
    repeats = (
        not weak
        and frames is not None
        and frames.tries >= limits["wifi.tries"]
        and frames.proven >= limits["wifi.retries"]
    )
    told = own.utilisation if around.fresh else None
    share = around.busy.ratio if around.busy.ratio is not None else told
    least = limits["wifi.watch"] if repeats else limits["wifi.busy"]
    foreign = around.busy.foreign
    # Where our own level is weak, that is the fault, and neighbours only seem loud.
    across = (
        []
        if weak
        else around.disturbing(limits["wifi.loud"], limits["wifi.separation"])
    )
    return Grounds(
        busy=share if share is not None and share >= least else None,
        announced=around.busy.ratio is None,
        foreign=foreign
        if foreign is not None and foreign >= limits["wifi.foreign"]
        else None,
        overlap=culprits(across) if across else (),
        crossed=len(across) >= limits["wifi.overlapping"],
        crowd=not weak
        and len(around.rivals(limits["wifi.loud"])) >= limits["wifi.crowd"],
        repeats=repeats,
    )


def judge(around: Surroundings, limits: Limits) -> Finding:
    if around.own is None:
        return skip("skip.nothing-to-test")
    why = grounds(around, limits)
    facts = _facts(around, why)
    if why.repeats and (why.overlap or why.busy or why.foreign or why.crowd):
        return warn("wifi.interference", facts, variant="felt", confidence=0.85)
    if why.foreign:
        return warn("wifi.interference", facts, variant="energy", confidence=0.8)
    if why.busy:
        sure = 0.9 if why.busy >= limits["wifi.saturated"] else 0.75
        return warn("wifi.interference", facts, variant="busy", confidence=sure)
    if why.crossed:
        return warn("wifi.interference", facts, variant="overlap", confidence=0.6)
    if why.crowd:
        return warn("wifi.interference", facts, variant="crowd", confidence=0.6)
    return ok("", facts, variant=_calm(around))


def _calm(around: Surroundings) -> str:
    """In which words nothing is found fault with."""
    own = around.own
    if own is not None and band(own.frequency) == "2.4" and (own.width or 20) > 20:
        return "wide"
    if around.proposal is not None and around.proposal.better:
        return "quieter"
    return "" if around.fresh else "remembered"


def _facts(around: Surroundings, why: Grounds) -> Facts:
    own, frames, plan = around.own, around.frames, around.proposal
    if own is None:
        return {}
    same, overlap = around.related("same"), around.related("overlap")
    number = channel(own.frequency)
    return {
        "ssid": ssid.shown(ssid.of_hex(own.ssid)) or "Wi-Fi",
        "bssid": own.bssid,
        "channel": number if number is not None else own.frequency,
        "band": band(own.frequency),
        "width": own.width,
        "level": around.level,
        "heard": len(around.others),
        "same": len(same),
        "overlapping": len(overlap),
        "culprits": why.overlap or culprits(overlap or same),
        "busy": around.busy.ratio,
        "foreign": around.busy.foreign,
        "announced": own.utilisation,
        "stations": own.stations,
        "share": why.busy,
        "share_announced": why.announced if why.busy else None,
        "retries": round(frames.ratio, 4) if frames else None,
        "tries": frames.tries if frames else None,
        "proposal": plan.channel if plan else number,
        "proposal_same": plan.same if plan else len(same),
        "proposal_overlapping": plan.overlapping if plan else len(overlap),
        "proposal_loudest": plan.loudest if plan else None,
        "fresh": around.fresh,
    }
