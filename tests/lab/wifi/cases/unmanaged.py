"""A machine on which no program manages the Wi-Fi adapter: the join test brings its own
wpa_supplicant, and takes it away again."""

from tests.lab.wifi.case import case
from tests.lab.wifi.cases.credentials import JOINED
from tests.lab.wifi.world import World

ONLY = "without NetworkManager"


@case("unmanaged-wrong", "wifi.wrong-passphrase", sign=("reason=15", "WRONG_KEY"),
      ways=("supplicant",), but=ONLY)  # fmt: skip
def wrong(w: World) -> None:
    """Nobody manages the adapter, and the profile's passphrase is wrong."""
    w.unmanaged = True
    w.wifi(passphrase=w.air.wrong)


@case("unmanaged-healthy", sign=JOINED, ways=("supplicant",), but=ONLY)
def healthy(w: World) -> None:
    """Nobody manages the adapter, and all is well with the network."""
    w.unmanaged = True
