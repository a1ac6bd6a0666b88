"""How many dBm is a percentage of signal? There are three scales, none like another.

A value at an end of its scale was clipped there: 0 % means "this weak or weaker".
Sources: WLAN_ASSOCIATION_ATTRIBUTES (Windows: 0 is -100 dBm, 100 is -50); the source
of NetworkManager, which has one scale for its list of access points and another,
nl80211's, for its account of the connection.
"""

from typing import Literal

Scale = Literal["windows", "networkmanager", "station"]

# dBm at 0 % and dBm for each percent.
LINES: dict[Scale, tuple[float, float]] = {
    "windows": (-100.0, 0.5),
    "networkmanager": (-100.0, 0.6),
    "station": (-120.0, 1.0),
}
STATION_LEAST = 30.0  # percent; the kernel's scale ends at -90 dBm


def percent_to_dbm(scale: Scale, percent: float) -> float:
    """The level that this percentage stands for; out of range is the nearest end."""
    at_zero, each = LINES[scale]
    least = STATION_LEAST if scale == "station" else 0.0
    return round(at_zero + each * min(max(percent, least), 100.0), 1)
