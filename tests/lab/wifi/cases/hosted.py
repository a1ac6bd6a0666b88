"""This machine as the access point of a terminal: a real wpa_supplicant comes to it."""

from tests.lab.wifi.case import case
from tests.lab.wifi.control import block
from tests.lab.wifi.hosted import WRONG, Terminal, came_back, host
from tests.lab.wifi.world import World

REFUSED = "AUTH-REJECT .*auth_type=3 auth_transaction=2 status_code=(1|15)"
RIGHT = "CTRL-EVENT-CONNECTED"
BAD = "wifi.terminal-wrong-passphrase"
ONLY = "without NetworkManager"


@case("hosted-right", sign=RIGHT)
def right(w: World) -> None:
    """The terminal has the profile's passphrase: it joins, gets a lease and sells."""
    host(w, Terminal())


@case("hosted-wrong", BAD, sign=WRONG)
def wrong(w: World) -> None:
    """Its passphrase is another one."""
    host(w, Terminal(w.air.wrong))


@case("hosted-wrong-named", BAD, sign=WRONG)
def wrong_named(w: World) -> None:
    """The same, by its hardware address, beside a stranger's device that gets in."""
    terminal = Terminal(w.air.wrong)
    host(w, terminal, named=True)
    stranger(w, w.ap.passphrase)


@case("hosted-stranger", sign=RIGHT)
def stranger_refused(w: World) -> None:
    """The terminal is right; a stranger's device has an old passphrase."""
    host(w, Terminal(), named=True)
    stranger(w, w.air.wrong)


@case("hosted-nobody", exit=3, sign="nobody")
def nobody(w: World) -> None:
    """Nobody comes: nothing is known of the terminal."""
    host(w, None)


@case("hosted-wpa3", sign=RIGHT)
def wpa3(w: World) -> None:
    """The profile's network is WPA3, and so is the terminal."""
    w.wifi(security="wpa3")
    host(w, Terminal(security="wpa3"))


@case("hosted-wpa3-wrong", BAD, sign=REFUSED)
def wpa3_wrong(w: World) -> None:
    """By WPA3 its password is another one: our own frames say so, no event does."""
    w.wifi(security="wpa3")
    host(w, Terminal(w.air.wrong, security="wpa3"))


@case("hosted-wpa3-wrong-named", BAD, sign=REFUSED)
def wpa3_wrong_named(w: World) -> None:
    """The same, by its hardware address, beside a stranger's device that gets in."""
    w.wifi(security="wpa3")
    host(w, Terminal(w.air.wrong, security="wpa3"), named=True)
    stranger(w, w.ap.passphrase, "wpa3")


@case("hosted-wpa3-stranger", sign=RIGHT)
def wpa3_stranger(w: World) -> None:
    """The terminal is right; a stranger's device has an old password."""
    w.wifi(security="wpa3")
    host(w, Terminal(security="wpa3"), named=True)
    stranger(w, w.air.wrong, "wpa3")


@case("hosted-transition", sign=RIGHT)
def transition(w: World) -> None:
    """The profile's network is WPA2 and WPA3, the terminal's too."""
    w.wifi(security="wpa2-wpa3")
    host(w, Terminal(security="wpa2-wpa3"))


@case("hosted-returns", sign=RIGHT)
def returns(w: World) -> None:
    """The adapter was in another network, and is back in it within 10 s."""
    w.connected(w.other_network())
    host(w, Terminal())
    w.after.append(came_back)


@case("hosted-unmanaged", sign=RIGHT, ways=("supplicant",), but=ONLY)
def unmanaged(w: World) -> None:
    """Nobody manages the adapter."""
    w.unmanaged = True
    host(w, Terminal())


def stranger(w: World, passphrase: str, security: str = "wpa2") -> None:
    """Another device that knows the network by name."""
    w.station(block(w.profile["wifi"]["ssid"].encode(), security, passphrase))
