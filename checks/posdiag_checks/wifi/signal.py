"""Does the Wi-Fi reach this place well enough, and does it stay?"""

from dataclasses import dataclass, replace
from statistics import median

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.measure.uplink import carries, find_uplink
from posdiag.measure.wifi.band import ours
from posdiag.measure.wifi.network import Network, in_play, network, scan
from posdiag.measure.wifi.reception import Reception, listen, quantile
from posdiag.model import (
    Context,
    Facts,
    Finding,
    check,
    fail,
    known,
    ok,
    skip,
    unmeasured,
    warn,
)
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import AccessPoint, WifiLink

FEW = 2  # readings without which nothing is said
MANY = 10  # readings without which their weakest tenth says nothing
SEVERAL = 20  # frames without which their fate is chance


@dataclass(frozen=True, slots=True)
class Signal:
    """What a window says of the signal: levels in dBm, `low` the weakest tenth."""

    level: float
    low: float
    spread: float
    heard: Reception


@check("wifi.signal", order=30, part="link", timeout=45)
async def wifi_signal(ctx: Context) -> Finding:
    here = await in_play(ctx)
    if isinstance(here, Finding):
        return here
    name = here.name
    wanted = await network(ctx, name)
    heard = await listen(ctx, name)
    link = heard.joined
    if link is not None and wanted.matches(link) and len(heard.levels) >= FEW:
        return judge(measured(heard), link, ctx.limits)
    return await _by_scan(ctx, name, wanted, heard)


def measured(heard: Reception) -> Signal:
    levels = heard.levels
    low, high = quantile(levels, 0.1), quantile(levels, 0.9)
    return Signal(median(levels), low, high - low, heard)


def judge(signal: Signal, link: WifiLink, limits: Limits) -> Finding:
    """A verdict on a window of readings."""
    facts = _facts(signal, link)
    heard, snr = signal.heard, signal.heard.snr
    weak, lost = signal.level < limits["wifi.weak"], _loses(heard, limits)
    if signal.level < limits["wifi.failing"] or (weak and lost):
        if _passes(heard, limits):
            return warn("wifi.weak-signal", facts, variant="weak")
        return fail("wifi.weak-signal", facts, variant="failing", confidence=0.9)
    if weak:
        return warn("wifi.weak-signal", facts, variant="weak")
    rivals = ("wifi.interference",)
    if _unstable(signal, limits):
        return warn(
            "wifi.weak-signal",
            facts,
            variant="unstable",
            confidence=0.8,
            rivals=rivals,
        )
    if snr is not None and snr < limits["wifi.snr_weak"]:
        give = fail if _drowned(heard, snr, limits) else warn
        return give(
            "wifi.weak-signal",
            facts,
            variant="noisy",
            confidence=0.8,
            rivals=rivals,
        )
    if lost or _repeats(heard, limits):
        give, sure = (fail, 0.7) if lost else (warn, 0.5)
        return give(
            "wifi.weak-signal",
            facts,
            variant="one-sided",
            confidence=sure,
            rivals=rivals,
        )
    return ok("", facts)


def _unstable(signal: Signal, limits: Limits) -> bool:
    heard = signal.heard
    many = len(heard.levels) >= MANY
    deep = many and signal.low < limits["wifi.failing"]
    return (
        heard.drops > 0
        or (heard.beacons_lost or 0) >= limits["wifi.beacon_losses"]
        or (deep and signal.spread >= limits["wifi.spread"])
    )


def _repeats(heard: Reception, limits: Limits) -> bool:
    """Are more of our own tries at sending in vain than is fine, beyond doubt?"""
    frames = heard.frames
    return (
        frames is not None
        and frames.tries >= limits["wifi.tries"]
        and frames.proven >= limits["wifi.retries"]
    )


def _loses(heard: Reception, limits: Limits) -> bool:
    """Do so many frames never arrive, for all repeats, that payments fail?"""
    frames = heard.frames
    return (
        frames is not None
        and frames.sent >= SEVERAL
        and frames.lost >= limits["loss.broken"]
    )


def _passes(heard: Reception, limits: Limits) -> bool:
    """Is it shown that frames get through in spite of the level?"""
    frames = heard.frames
    return (
        frames is not None
        and frames.tries >= limits["wifi.tries"]
        and frames.ratio < limits["wifi.retries"]
        and not frames.failed
        and heard.drops == 0
        and not heard.beacons_lost
    )


def _drowned(heard: Reception, snr: float, limits: Limits) -> bool:
    return snr < limits["wifi.snr_failing"] and not _passes(heard, limits)


def _facts(signal: Signal, link: WifiLink) -> Facts:
    heard, frames = signal.heard, signal.heard.frames
    return {
        **_place(link.ssid, link.bssid, link.frequency),
        "level": signal.level,
        "low": signal.low,
        "spread": round(signal.spread, 1),
        "readings": len(heard.levels),
        "seconds": heard.seconds,
        "scale": link.scale,
        "noise": heard.noise,
        "snr": heard.snr,
        "rate": heard.rate,
        "sent": frames.sent if frames else None,
        "retries": round(frames.ratio, 4) if frames else None,
        "failed": frames.failed if frames else None,
        "beacons_lost": heard.beacons_lost,
        "drops": heard.drops,
        "interruptions": heard.drops + (heard.beacons_lost or 0),
        "channel_switches": heard.switches,
        "roams": heard.roams,
    }


def _place(name: str, bssid: str, frequency: int | None) -> Facts:
    """Which network, which access point, where in the band."""
    return {
        "ssid": ssid.shown(ssid.of_hex(name)) or "Wi-Fi",
        "bssid": bssid,
        "channel": channel(frequency) if frequency else None,
        "band": band(frequency) if frequency else None,
    }


async def _by_scan(
    ctx: Context, interface: str, wanted: Network, heard: Reception
) -> Finding:
    """This machine is not in that network: the level in the scan is all there is."""
    link = heard.joined or wanted.link
    octets = wanted.octets or (ssid.of_hex(link.ssid) if link else b"")
    answer = known(await scan(ctx, interface))
    points = [p for p in ours(answer, octets, link) if p.signal is not None]
    if points:
        up = await find_uplink(ctx)
        cut_off = up is None or not carries(up.interface)
        return judge_heard(points[0], cut_off, ctx.limits)
    if answer.why in ("no-rights", "trouble"):
        return unmeasured(Unknown(answer.why, answer.hint))
    if heard.why is not None and not wanted.given:
        return unmeasured(heard.why)
    return skip("skip.nothing-to-test")


def judge_heard(point: AccessPoint, cut_off: bool, limits: Limits) -> Finding:
    """A verdict on one reading. `cut_off`: this machine has no line at all; one that
    is on another line proves nothing broken."""
    level = point.signal if point.signal is not None else 0.0
    facts: Facts = {
        **_place(point.ssid, point.bssid, point.frequency),
        "level": level,
        "age": point.age,
    }
    if level < limits["wifi.failing"] and cut_off:
        return fail("wifi.weak-signal", facts, variant="heard", confidence=0.6)
    if level < limits["wifi.weak"]:
        weak = warn("wifi.weak-signal", facts, variant="heard", confidence=0.6)
        return replace(weak, elsewhere=not cut_off)
    return ok("", facts, variant="heard")
