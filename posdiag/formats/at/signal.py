"""How strong is the signal? Levels of `+CSQ`, `+CESQ` and of some makers.

27.007 sections 8.5 and 8.69. Each value is the upper edge of its step. RSSI, RSCP and
RSRP in dBm; RSRQ, Ec/Io and SINR in dB.
"""

from dataclasses import dataclass, replace
from dataclasses import fields as fields_of

from posdiag.formats.at.framing import fields, number, values


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of the signal; None: not told."""

    rssi: float | None = None
    rscp: float | None = None
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None

    @property
    def known(self) -> bool:
        return any(getattr(self, f.name) is not None for f in fields_of(self))


def merged(first: Level, second: Level) -> Level:
    """What the first does not know is taken from the second."""
    missing = {
        f.name: getattr(second, f.name)
        for f in fields_of(first)
        if getattr(first, f.name) is None
    }
    return replace(first, **missing)


def simple(lines: tuple[str, ...]) -> Level:
    """`+CSQ: rssi,ber`."""
    for parts in values(lines, "+CSQ"):
        level = number(parts[0])
        if level is not None and 0 <= level <= 31:
            return Level(rssi=-113.0 + 2 * level)
        if level is not None and 100 <= level < 199:  # TD-SCDMA
            return Level(rscp=-116.0 + min(level - 100, 91))
    return Level()


def extended(lines: tuple[str, ...]) -> Level:
    """`+CESQ: rxlev,ber,rscp,ecno,rsrq,rsrp[,ss_rsrq,ss_rsrp,ss_sinr]`."""
    for parts in values(lines, "+CESQ"):
        if len(parts) < 6:
            continue
        level = Level(
            rssi=_step(parts[0], 63, -111.0, 1.0),
            rscp=_step(parts[2], 96, -121.0, 1.0),
            rsrq=_step(parts[4], 34, -20.0, 0.5),
            rsrp=_step(parts[5], 97, -141.0, 1.0),
        )
        if len(parts) < 9:
            return level
        new = Level(
            rsrq=_step(parts[6], 126, -43.5, 0.5),
            rsrp=_step(parts[7], 126, -157.0, 1.0),
            sinr=_step(parts[8], 127, -23.5, 0.5),
        )
        return merged(new, level) if new.rsrp is not None else level
    return Level()


def _step(text: str, most: int, bottom: float, size: float) -> float | None:
    index = number(text)
    if index is None or not 0 <= index <= most:
        return None
    return bottom + index * size


SANE = 12.0  # dB by which a maker's own RSRP may differ from that of `+CESQ`


def maker_sinr(line: str, rsrp: float | None) -> float | None:
    """The SINR of Quectel's `+QCSQ` or Huawei's `^HCSQ` for LTE.

    Orders and scales differ between models (field-facts 2.2): it counts only where the
    RSRP beside it is the one that `+CESQ` tells.
    """
    name, huawei = (
        ("^HCSQ", True) if line.upper().startswith("^HCSQ") else ("+QCSQ", False)
    )
    parts = fields(line, name)
    if len(parts) < 5 or parts[0].upper() not in ("LTE", "CAT-M1", "EMTC"):
        return None
    level, ratio = number(parts[2]), number(parts[3])
    if level is None or ratio is None or rsrp is None or not 0 <= ratio <= 251:
        return None
    own = level - 141.0 if huawei else float(level)
    if abs(own - rsrp) > SANE:
        return None
    return round(ratio / 5 - (20.2 if huawei else 20.0), 1)
