"""Sites in which nothing is wrong."""

from tests.lab.wifi.case import case
from tests.lab.wifi.cases.credentials import JOINED, UP
from tests.lab.wifi.world import World


@case("healthy-wpa2", sign=JOINED, nm=UP)
def wpa2(w: World) -> None:
    """The right passphrase, nothing else near."""
