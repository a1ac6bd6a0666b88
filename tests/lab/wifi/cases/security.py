"""The security that is offered against what the profile or the terminal does."""

from tests.lab.wifi.case import case
from tests.lab.wifi.cases.credentials import ABSENT, JOINED, UNKNOWN, UP
from tests.lab.wifi.world import World

MISMATCH = "wifi.security-mismatch"


@case("wpa3-only", MISMATCH, sign=(ABSENT, "WPA2-SAE-CCMP"), nm=UP)
def wpa3_only(w: World) -> None:
    """WPA3 only, the terminal does WPA2; NetworkManager would join all the same."""
    w.change(security="wpa3")


@case("pmf-sha256", MISMATCH, sign=ABSENT, nm=UP)
def pmf_sha256(w: World) -> None:
    """Protected management frames are required, with SHA-256 keys."""
    w.change(security="wpa2-sha256")


@case("pmf-required", MISMATCH, sign=ABSENT, nm=UP)
def pmf_required(w: World) -> None:
    """Protected management frames are required, with ordinary WPA2 keys."""
    w.change(security="wpa2-pmf")


@case("tkip", MISMATCH, sign=(ABSENT, "WPA-PSK-TKIP"), nm=UP)
def tkip(w: World) -> None:
    """An old router that does WPA with TKIP only."""
    w.change(security="tkip")


@case("tkip-rsn", MISMATCH, sign=(ABSENT, "WPA2-PSK-TKIP"), nm=UP)
def tkip_rsn(w: World) -> None:
    """WPA2 by name, but with TKIP only."""
    w.change(security="tkip-rsn")


@case("open-for-passphrase", MISMATCH, sign=ABSENT, nm=UNKNOWN)
def open_for_passphrase(w: World) -> None:
    """The network is open, the profile has a passphrase."""
    w.change(security="open")


@case("wpa2-for-wpa3", MISMATCH, sign=ABSENT, nm=UNKNOWN)
def wpa2_for_wpa3(w: World) -> None:
    """The profile says WPA3, the access point does WPA2 only."""
    w.wifi(security="wpa3")


@case("wpa2-for-open", MISMATCH, sign=ABSENT, nm=UNKNOWN)
def wpa2_for_open(w: World) -> None:
    """The profile says that the network is open, but it wants a passphrase."""
    w.wifi(security="open", passphrase=None)


def wep(w: World, key: str) -> None:
    w.change(security="wep", passphrase="8a3f0c91d2")
    w.wifi(passphrase=key, security=None)
    w.trial_security = "wep"


@case("wep", "wifi.insecure", sign=JOINED, nm=UP)
def wep_right(w: World) -> None:
    """WEP with the right key: it works, and everybody can listen."""
    wep(w, "8a3f0c91d2")


@case(
    "wep-wrong", "wifi.wrong-passphrase", sign=("CTRL-EVENT-CONNECTED", "^no lease"),
    nm="IP configuration", never={"wifi.no-lease": 0.0},
)  # fmt: skip
def wep_wrong(w: World) -> None:
    """WEP with another key: it joins, and nothing is understood."""
    wep(w, "8a3f0c91d3")


@case("open", "wifi.insecure", sign=JOINED, nm=UP)
def open_network(w: World) -> None:
    """Open, and meant to be."""
    w.change(security="open")
    w.wifi(security="open", passphrase=None)


@case("open-joined", "wifi.insecure", sign="acquirer open")
def open_joined(w: World) -> None:
    """Open, joined beforehand, nothing in the profile about Wi-Fi."""
    w.change(security="open")
    w.connected()
    w.profile.pop("wifi")
    w.passive()


@case("tkip-joined", "wifi.insecure", sign="acquirer open")
def tkip_joined(w: World) -> None:
    """Joined to an old router with TKIP, nothing in the profile about Wi-Fi."""
    w.change(security="tkip")
    w.connected()
    w.profile.pop("wifi")
    w.passive()
