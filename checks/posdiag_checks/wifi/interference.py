"""Is our channel busy, overlapped, or filled by energy that is not Wi-Fi?

Neighbours alone are no fault: every street has them, and APs on one channel take turns.
A fault takes a measured share of airtime, several overlapping APs nearly as strong as
ours, many co-channel APs at least as strong, or retries at a good signal level.
"""

import asyncio
from dataclasses import dataclass, replace

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.measure.wifi.airtime import UNKNOWN, Airtime, measure_airtime
from posdiag.measure.wifi.band_chart import band_chart
from posdiag.measure.wifi.environment import Environment, environment, strongest_names
from posdiag.measure.wifi.network import measured_adapter, scan_late, target_network
from posdiag.measure.wifi.reception import sample_reception
from posdiag.model import Context, Facts, Finding, check, known, ok, skip, warn
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import AskRadio, AskSurvey
from posdiag.model.questions.wifi_answers import WifiScan


@dataclass(frozen=True, slots=True)
class Evidence:
    """Signs of interference; None and () for what is unknown or below its limit.

    `busy` and `foreign` are shares of airtime. `announced`: `busy` is the AP's own
    figure (BSS Load). `overlapping` are the names of overlapping APs; `overlapped`:
    there are so many that no further sign is needed.
    """

    busy: float | None = None
    announced: bool = False
    foreign: float | None = None
    overlapping: tuple[str, ...] = ()
    overlapped: bool = False
    crowded: bool = False
    retries: bool = False

    @property
    def felt(self) -> bool:
        """Are frames retried, and is there a cause for it?"""
        explained = self.overlapping or self.busy or self.foreign or self.crowded
        return self.retries and bool(explained)


@check("wifi.interference", order=40, part="link", disturbing=True, timeout=45)
async def wifi_interference(ctx: Context) -> Finding:
    adapter = await measured_adapter(ctx)
    scan, around = await _measure(ctx, adapter.name)
    if around.own is None and scan.why in ("no-rights", "trouble"):
        return skip(f"skip.{scan.why}", hint=scan.hint)
    return replace(judge(around, ctx.limits), chart=band_chart(around))


async def _measure(ctx: Context, interface: str) -> tuple[WifiScan, Environment]:
    before = await ctx.system.ask(AskSurvey(interface))
    network = await target_network(ctx, interface)
    answer, reception, radio = await asyncio.gather(
        scan_late(ctx, interface),
        sample_reception(ctx, interface),
        ctx.system.ask(AskRadio(interface)),
    )
    scan = known(answer)
    link = network.own_link(reception.association)
    limit = Airtime(ctx.limits["wifi.watch"], ctx.limits["wifi.foreign"])
    airtime = UNKNOWN
    if link is not None:
        where = link.frequency
        airtime = await measure_airtime(ctx, interface, where, before, limit)
    around = environment(
        scan,
        network,
        reception,
        airtime,
        country=ctx.site.wifi.country or "",
        radio=None if isinstance(radio, Unknown) else radio,
    )
    return scan, around


# -- judging --------------------------------------------------------------------------


def judge(around: Environment, limits: Limits) -> Finding:
    if around.own is None:
        return skip("skip.nothing-to-test")
    evidence = weigh(around, limits)
    facts = _facts(around, evidence)
    if evidence.felt:
        return warn("wifi.interference", facts, variant="felt", confidence=0.85)
    if evidence.foreign:
        return warn("wifi.interference", facts, variant="energy", confidence=0.8)
    if evidence.busy:
        sure = 0.9 if evidence.busy >= limits["wifi.saturated"] else 0.75
        return warn("wifi.interference", facts, variant="busy", confidence=sure)
    if evidence.overlapped:
        return warn("wifi.interference", facts, variant="overlap", confidence=0.6)
    if evidence.crowded:
        return warn("wifi.interference", facts, variant="crowd", confidence=0.6)
    return ok("", facts, variant=_remark(around))


def weigh(around: Environment, limits: Limits) -> Evidence:
    """The signs that reach their limits. If our own level is weak, that is the fault,
    and neighbours only seem strong."""
    own, frames, airtime = around.own, around.frames, around.airtime
    if own is None:
        return Evidence()
    strong = around.level is not None and around.level >= limits["wifi.weak"]
    retries = strong and frames is not None and frames.often_retried(limits)
    loud, separation = limits["wifi.loud"], limits["wifi.separation"]
    overlapping = around.overlapping_above(loud, separation) if strong else []
    crowd = around.co_channel_above(loud) if strong else []
    announced = own.utilisation if around.fresh else None
    busy = airtime.busy if airtime.busy is not None else announced
    return Evidence(
        busy=_reached(busy, limits["wifi.watch" if retries else "wifi.busy"]),
        announced=airtime.busy is None,
        foreign=_reached(airtime.foreign, limits["wifi.foreign"]),
        overlapping=strongest_names(overlapping) if overlapping else (),
        overlapped=len(overlapping) >= limits["wifi.overlapping"],
        crowded=strong and len(crowd) >= limits["wifi.crowd"],
        retries=retries,
    )


def _reached(share: float | None, limit: float) -> float | None:
    return share if share is not None and share >= limit else None


def _remark(around: Environment) -> str:
    """The variant of the text if nothing is wrong."""
    own = around.own
    if own is not None and band(own.frequency) == "2.4" and (own.width or 20) > 20:
        return "wide"
    if around.proposal is not None and around.proposal.better:
        return "quieter"
    return "" if around.fresh else "remembered"


def _facts(around: Environment, evidence: Evidence) -> Facts:
    own, frames, proposal = around.own, around.frames, around.proposal
    if own is None:
        return {}
    same, overlapping = around.related("same"), around.related("overlap")
    number = channel(own.frequency)
    return {
        "ssid": ssid.shown(ssid.of_hex(own.ssid)) or "Wi-Fi",
        "bssid": own.bssid,
        "channel": number if number is not None else own.frequency,
        "band": band(own.frequency),
        "width": own.width,
        "level": around.level,
        "neighbours": len(around.neighbours),
        "same": len(same),
        "overlapping": len(overlapping),
        "culprits": evidence.overlapping or strongest_names(overlapping or same),
        "busy": around.airtime.busy,
        "foreign": around.airtime.foreign,
        "announced": own.utilisation,
        "stations": own.stations,
        "share": evidence.busy,
        "share_announced": evidence.announced if evidence.busy else None,
        "retries": round(frames.retry_ratio, 4) if frames else None,
        "tries": frames.transmissions if frames else None,
        "proposal": proposal.channel if proposal else number,
        "proposal_same": proposal.same if proposal else len(same),
        "proposal_overlapping": proposal.overlapping if proposal else len(overlapping),
        "proposal_loudest": proposal.loudest if proposal else None,
        "fresh": around.fresh,
    }
