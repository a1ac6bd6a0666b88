"""Signal in percent to dBm. Windows and NetworkManager each have a scale of their own.

Sources: WLAN_ASSOCIATION_ATTRIBUTES (Windows: 0 is -100 dBm, 100 is -50); the source of
NetworkManager, for its list of access points. A value at an end of its scale was
clipped there: 0 % means "this weak or weaker".
"""

from typing import Literal

Scale = Literal["windows", "networkmanager"]

# dBm at 0 % and dBm for each percent.
LINES: dict[Scale, tuple[float, float]] = {
    "windows": (-100.0, 0.5),
    "networkmanager": (-100.0, 0.6),
}


def percent_to_dbm(scale: Scale, percent: float) -> float:
    """The level that this percentage stands for; out of range is the nearest end."""
    at_zero, each = LINES[scale]
    return round(at_zero + each * min(max(percent, 0.0), 100.0), 1)
