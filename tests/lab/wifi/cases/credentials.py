"""Name, passphrase and kind of security against what the access point wants."""

from tests.lab.wifi.case import case
from tests.lab.wifi.world import World

JOINED = ("CTRL-EVENT-CONNECTED", r"^lease", "acquirer open")
UP = ("successfully activated", "acquirer open")


@case("wrong", "wifi.wrong-passphrase", sign=("reason=15", "WRONG_KEY"), nm="Secrets were")
def wrong(w: World) -> None:
    """The profile's passphrase differs in one letter."""
    w.wifi(passphrase=w.air.wrong)
