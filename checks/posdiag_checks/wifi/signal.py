"""Is the Wi-Fi signal strong enough here, and is it stable?"""

from dataclasses import dataclass, replace
from statistics import median

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.measure.statistics import percentile
from posdiag.measure.uplink import carries, find_uplink
from posdiag.measure.wifi.network import Network, measured_adapter, scan, target_network
from posdiag.measure.wifi.reception import Reception, sample_reception
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

FEW = 2  # readings without which there is no verdict on a window
MANY = 10  # readings without which their lowest tenth is chance
FRAMES = 20  # frames without which the share that is dropped is chance


@dataclass(frozen=True, slots=True)
class Signal:
    """Levels of one window in dBm: the median, the 10th percentile, and the distance
    from there to the 90th in dB."""

    level: float
    low: float
    spread: float
    reception: Reception


@check("wifi.signal", order=30, part="link", timeout=45)
async def wifi_signal(ctx: Context) -> Finding:
    adapter = await measured_adapter(ctx)
    network = await target_network(ctx, adapter.name)
    reception = await sample_reception(ctx, adapter.name)
    link, signal = network.own_link(reception.association), summary(reception)
    if link is not None and signal is not None:
        return judge(signal, link, ctx.limits)
    return await _by_scan(ctx, adapter.name, network, reception)


async def _by_scan(
    ctx: Context, interface: str, network: Network, reception: Reception
) -> Finding:
    """This machine is not in that network: only the level of a scan is known."""
    answer = known(await scan(ctx, interface))
    named = network.with_link(reception.association or network.link)
    points = named.current_points(answer)
    measured = [p for p in points if p.signal is not None]
    if measured:
        up = await find_uplink(ctx)
        offline = up is None or not carries(up.interface)
        return judge_scanned(measured[0], offline, ctx.limits)
    if answer.why in ("no-rights", "trouble"):
        return unmeasured(Unknown(answer.why, answer.hint))
    if reception.why is not None and not network.configured:
        return unmeasured(reception.why)
    return skip("skip.nothing-to-test")


# -- judging --------------------------------------------------------------------------


def summary(reception: Reception) -> Signal | None:
    """None if there are too few readings."""
    levels = reception.levels
    low, high = percentile(levels, 0.1), percentile(levels, 0.9)
    if len(levels) < FEW or low is None or high is None:
        return None
    return Signal(median(levels), low, high - low, reception)


def judge(signal: Signal, link: WifiLink, limits: Limits) -> Finding:
    """The verdict on a window."""
    facts = _facts(signal, link)
    reception, snr = signal.reception, signal.reception.snr
    passing = _frames_pass(reception, limits)
    weak, lossy = signal.level < limits["wifi.weak"], _drops_frames(reception, limits)
    failing = signal.level < limits["wifi.failing"] or (weak and lossy)
    if failing and not passing:
        return fail("wifi.weak-signal", facts, variant="failing", confidence=0.9)
    if weak or failing:
        return warn("wifi.weak-signal", facts, variant="weak")
    finding, sure = warn, 0.8
    if _unstable(signal, limits):
        variant = "unstable"
    elif snr is not None and snr < limits["wifi.snr_weak"]:
        variant = "noisy"
        finding = fail if snr < limits["wifi.snr_failing"] and not passing else warn
    elif lossy:
        finding, variant, sure = fail, "one-sided", 0.7
    elif reception.frames and reception.frames.often_retried(limits):
        variant, sure = "one-sided", 0.5
    else:
        return ok("", facts)
    rivals = ("wifi.interference",)
    return finding(
        "wifi.weak-signal", facts, variant=variant, confidence=sure, rivals=rivals
    )


def _unstable(signal: Signal, limits: Limits) -> bool:
    reception = signal.reception
    many = len(reception.levels) >= MANY
    deep = many and signal.low < limits["wifi.failing"]
    return (
        reception.drops > 0
        or (reception.beacons_lost or 0) >= limits["wifi.beacon_losses"]
        or (deep and signal.spread >= limits["wifi.spread"])
    )


def _drops_frames(reception: Reception, limits: Limits) -> bool:
    """Are so many frames dropped after all retries that payments fail?"""
    frames = reception.frames
    if frames is None or frames.sent < FRAMES:
        return False
    return frames.min_loss >= limits["loss.broken"]


def _frames_pass(reception: Reception, limits: Limits) -> bool:
    """Is it proven that frames get through, whatever the level?"""
    frames = reception.frames
    return (
        frames is not None
        and frames.transmissions >= limits["wifi.tries"]
        and frames.retry_ratio < limits["wifi.retries"]
        and not frames.failed
        and reception.drops == 0
        and not reception.beacons_lost
    )


def judge_scanned(point: AccessPoint, offline: bool, limits: Limits) -> Finding:
    """The verdict on one level of a scan. `offline`: this machine has no uplink; one
    that has another uplink proves nothing broken."""
    level = point.signal if point.signal is not None else 0.0
    facts: Facts = {
        **_location(point.ssid, point.bssid, point.frequency),
        "level": level,
        "age": point.age,
    }
    if level < limits["wifi.failing"] and offline:
        return fail("wifi.weak-signal", facts, variant="scanned", confidence=0.6)
    if level < limits["wifi.weak"]:
        weak = warn("wifi.weak-signal", facts, variant="scanned", confidence=0.6)
        return replace(weak, elsewhere=not offline)
    return ok("", facts, variant="scanned")


def _facts(signal: Signal, link: WifiLink) -> Facts:
    reception, frames = signal.reception, signal.reception.frames
    return {
        **_location(link.ssid, link.bssid, link.frequency),
        "level": signal.level,
        "low": signal.low,
        "spread": round(signal.spread, 1),
        "readings": len(reception.levels),
        "seconds": reception.seconds,
        "scale": link.scale,
        "noise": reception.noise,
        "snr": reception.snr,
        "rate": reception.rate,
        "sent": frames.sent if frames else None,
        "retries": round(frames.retry_ratio, 4) if frames else None,
        "failed": frames.failed if frames else None,
        "beacons_lost": reception.beacons_lost,
        "drops": reception.drops,
        "interruptions": reception.drops + (reception.beacons_lost or 0),
        "channel_switches": reception.channel_switches,
        "roams": reception.roams,
    }


def _location(name: str, bssid: str, frequency: int | None) -> Facts:
    """Network, access point, channel and band."""
    return {
        "ssid": ssid.shown(ssid.of_hex(name)) or "Wi-Fi",
        "bssid": bssid,
        "channel": channel(frequency) if frequency else None,
        "band": band(frequency) if frequency else None,
    }
