"""How many dBm is a percentage of signal? Three scales are about; none is the other.

`windows`: WLAN_ASSOCIATION_ATTRIBUTES of the Windows Native Wifi API, and `netsh`: 0 %
is -100 dBm or less, 100 % is -50 dBm or more, linear between.
`networkmanager`: the scan list of NetworkManager, which wpa_supplicant feeds: 0 % is
-100 dBm, 100 % is -40 dBm.
`station`: NetworkManager's figure for the network that is joined (nl80211): 30 % is
-90 dBm, 100 % is -20 dBm; it tells no less than 30 %.
"""

from typing import Literal

Scale = Literal["windows", "networkmanager", "station"]

# dBm at 0 %, dBm per percent, and the percentages between which the scale tells.
SCALES: dict[Scale, tuple[float, float, float, float]] = {
    "windows": (-100.0, 0.5, 0.0, 100.0),
    "networkmanager": (-100.0, 0.6, 0.0, 100.0),
    "station": (-120.0, 1.0, 30.0, 100.0),
}


def percent_to_dbm(scale: Scale, percent: float) -> float | None:
    """The level that a percentage stands for. At either end of a scale the true level
    may lie beyond. None for what is no percentage."""
    if not 0 <= percent <= 100:
        return None
    start, slope, low, high = SCALES[scale]
    return round(start + slope * min(max(percent, low), high), 1)
