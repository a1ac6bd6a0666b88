"""Sites in which nothing is wrong."""

from dataclasses import replace

from tests.lab.wifi.air import bssid
from tests.lab.wifi.case import case
from tests.lab.wifi.cases.credentials import JOINED, UP, elsewhere
from tests.lab.wifi.control import block
from tests.lab.wifi.world import World


@case("healthy-wpa2", sign=JOINED, nm=UP)
def wpa2(w: World) -> None:
    """The right passphrase, nothing else near."""


@case("healthy-elsewhere", sign="acquirer open")
def healthy_elsewhere(w: World) -> None:
    """Tried from another network that must be joined again."""
    elsewhere(w)


@case("healthy-wpa3", sign=JOINED, nm=UP)
def wpa3(w: World) -> None:
    """WPA3, as the profile says."""
    w.change(security="wpa3")
    w.wifi(security="wpa3")


@case("healthy-transition", sign=JOINED, nm=UP)
def transition(w: World) -> None:
    """WPA2 and WPA3 together, as the profile says."""
    w.change(security="wpa2-wpa3")
    w.wifi(security="wpa2-wpa3")


@case("healthy-transition-wpa2", sign=JOINED, nm=UP)
def transition_wpa2(w: World) -> None:
    """WPA2 and WPA3 together, for a terminal that does WPA2."""
    w.change(security="wpa2-wpa3")


@case("healthy-hidden", sign=JOINED, nm=UP)
def hidden(w: World) -> None:
    """A hidden name, and the profile says so."""
    w.change(hidden=True)
    w.wifi(hidden=True)


@case("healthy-joined", sign="acquirer open")
def joined(w: World) -> None:
    """Joined beforehand and left alone."""
    w.connected()
    w.passive()


@case("healthy-joined-test", sign="acquirer open")
def joined_test(w: World) -> None:
    """Joined to the very network that is tested."""
    w.connected()


@case("healthy-no-profile", sign="acquirer open")
def no_profile(w: World) -> None:
    """Joined; the profile says nothing about Wi-Fi."""
    w.connected()
    w.profile.pop("wifi")
    w.passive()


@case("healthy-5ghz", sign=(*JOINED, r"heard \S+ 57|heard \S+ 58"), nm=UP)
def high(w: World) -> None:
    """5 GHz only."""
    w.change(channel=w.air.dice.choice((149, 157)))


@case("healthy-mesh", sign="acquirer open")
def mesh(w: World) -> None:
    """Two access points of one network, as a mesh has them: no twin."""
    far = (w.ap.channel + 5) % 11 + 1
    w.place(
        replace(w.ap, bssid=bssid(w.air.dice), channel=far, signal=-66),
        "router",
    )  # fmt: skip
    w.connected()
    w.passive()


@case("healthy-mesh-join", sign=JOINED, nm=UP)
def mesh_join(w: World) -> None:
    """The same on two bands, joined for the test."""
    w.place(replace(w.ap, bssid=bssid(w.air.dice), channel=157, signal=-62), "router")


@case("healthy-guest", sign="acquirer open")
def guest(w: World) -> None:
    """A guest network beside the shop's."""
    name = w.ap.ssid + b"_Guest"
    w.place(
        replace(
            w.ap,
            ssid=name,
            bssid=bssid(w.air.dice),
            passphrase="welcome-2-us",
            signal=-50,
        )
    )
    w.connected()
    w.passive()


@case("healthy-neighbours", sign="acquirer open")
def neighbours(w: World) -> None:
    """Four neighbours, some on our channel, all weaker by far."""
    w.change(channel=6, signal=-48)
    for channel in (1, 6, 11, 6):
        w.neighbour(channel, w.air.dice.randrange(-84, -76))
    w.connected()
    w.passive()


@case("healthy-iphone", sign=JOINED, nm=UP)
def iphone(w: World) -> None:
    """An iPhone's hotspot: small network, WPA2 and WPA3, curly apostrophe."""
    w.phone("172.20.10.0/28", 1)
    w.change(ssid="Wang’s iPhone".encode(), security="wpa2-wpa3")
    w.wifi(ssid="Wang’s iPhone", security="wpa2-wpa3")


@case("healthy-android", sign="acquirer open")
def android(w: World) -> None:
    """An Android phone's hotspot, joined beforehand."""
    w.phone("192.168.43.0/24", 1)
    w.change(ssid=b"Redmi Note 11")
    w.wifi(ssid="Redmi Note 11")
    w.connected()
    w.passive()


@case("healthy-fair", sign="acquirer open")
def fair(w: World) -> None:
    """A fair signal, steady."""
    w.change(signal=-64)
    w.connected()
    w.passive()


@case("healthy-busy-home", sign="acquirer open")
def busy_home(w: World) -> None:
    """Other clients of the shop are joined, one slot is free."""
    w.change(options=("max_num_sta=3",))
    w.station(block(w.ap.ssid, "wpa2", w.ap.passphrase))
    w.connected()
    w.passive()
