"""Is the mobile signal strong and clean enough?

The worse of level and quality counts, quality (SINR) first: a strong but disturbed
signal fails where a weak, clean one works.
"""

from posdiag.formats.at.signal import Level
from posdiag.model import Context, Facts, Finding, check, fail, ok, warn
from posdiag.model.finding import Value
from posdiag.model.limits import Limits
from posdiag_checks.cellular.modem import Modem
from posdiag_checks.cellular.sim import TIME
from posdiag_checks.cellular.source import examine

SAME = 4.0  # dB within which two levels are the same


@check("cellular.signal", order=30, needs=("cellular.registration",), timeout=TIME)
async def cellular_signal(ctx: Context) -> Finding:
    return await examine(ctx, lambda found: judge(found, ctx.limits))


def judge(found: Modem, limits: Limits) -> Finding:
    level = found.level
    facts = _facts(found)
    if not level.known:
        if found.percent is not None:
            return _by_percent(found.percent, facts, limits)
        return found.unreported()
    clean = level.sinr is not None and level.sinr >= limits["cellular.sinr_good"]
    noisy = level.sinr is not None and level.sinr < limits["cellular.sinr_weak"]
    failing = _below(level, found, limits, "failing")
    weak = _below(level, found, limits, "weak")
    if failing and not clean:
        if found.address:
            return warn("cellular.weak-signal", facts | failing, variant="failing")
        return fail(
            "cellular.weak-signal", facts | failing, variant="failing", confidence=0.85
        )
    facts |= {f"{r}_weak": limits[f"cellular.{r}_weak"] for r in ("sinr", "rsrq")}
    if noisy and not weak:
        return warn("cellular.weak-signal", facts, variant="noisy", confidence=0.85)
    if weak and not clean:
        return warn("cellular.weak-signal", facts | weak)
    loaded = level.rsrq is not None and level.rsrq < limits["cellular.rsrq_weak"]
    if level.sinr is None and loaded:
        return warn("cellular.weak-signal", facts, variant="noisy", confidence=0.6)
    return ok("", facts)


def _below(
    level: Level, found: Modem, limits: Limits, grade: str
) -> dict[str, str | float]:
    """The first level that is below its limit of this grade, by the technology in use,
    with that limit; empty for none.

    Some modems report the RSRP as RSSI, too. Beside an RSRP, an RSSI counts only if it
    is lower, which is impossible, so that one of the two is wrong.
    """
    rssi = level.rssi
    if rssi is not None and level.rsrp is not None and rssi > level.rsrp - SAME:
        rssi = None
    by_limit = {
        "rsrp": level.rsrp,
        "rscp": level.rscp,
        "rssi_2g" if found.technology == "2G" else "rssi": rssi,
    }
    for name, value in by_limit.items():
        limit = limits[f"cellular.{name}_{grade}"]
        if value is not None and value < limit:
            return {"measure": name[:4].upper(), "level": value, "limit": limit}
    return {}


def _by_percent(percent: int, facts: Facts, limits: Limits) -> Finding:
    """A percentage is all there is (ModemManager without the right to ask for more)."""
    if percent < limits["cellular.percent_weak"]:
        return warn("cellular.weak-signal", facts, variant="percent", confidence=0.7)
    return ok("", facts, variant="percent")


def _facts(found: Modem) -> dict[str, Value]:
    level = found.level
    levels = (("RSRP", level.rsrp), ("RSCP", level.rscp), ("RSSI", level.rssi))
    measure, main = next(((n, v) for n, v in levels if v is not None), ("", None))
    ratios = (("SINR", level.sinr), ("RSRQ", level.rsrq))
    return {
        "level": main,
        "measure": measure,
        "rssi": level.rssi,
        "rscp": level.rscp,
        "rsrp": level.rsrp,
        "rsrq": level.rsrq,
        "sinr": level.sinr,
        "quality": ", ".join(f"{n} {v:g} dB" for n, v in ratios if v is not None),
        "percent": found.percent,
        "technology": found.technology,
    }
