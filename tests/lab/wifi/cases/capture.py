"""A capture shows how the terminal joins, or fails to."""

from tests.lab.wifi import events
from tests.lab.wifi.case import case
from tests.lab.wifi.control import block
from tests.lab.wifi.world import World

TERMINAL = "wifi.terminal-wrong-passphrase"


def terminal(w: World, passphrase: str, seconds: float = 14) -> None:
    """Another station tries to join, and a monitor radio listens."""
    w.monitor = w.ap.channel
    station = w.station(block(w.ap.ssid, "wpa2", passphrase), later=True)
    w.steps.append(lambda world: events.capture(world, station, seconds))
    w.wifi(handshake=str(w.folder / "handshake.pcap"))


@case("terminal-wrong", TERMINAL, sign="acquirer open")
def terminal_wrong(w: World) -> None:
    """The terminal's passphrase differs from the profile's, which is right."""
    terminal(w, w.air.wrong)
    w.connected()
    w.passive()


@case("terminal-wrong-join", TERMINAL, sign="acquirer open")
def terminal_wrong_join(w: World) -> None:
    """The same, with a join test of this machine beside it."""
    terminal(w, w.air.wrong)


@case("terminal-right", sign="acquirer open")
def terminal_right(w: World) -> None:
    """The terminal has the right passphrase and joins."""
    terminal(w, w.ap.passphrase)
    w.connected()
    w.passive()


@case("terminal-right-join", sign="acquirer open")
def terminal_right_join(w: World) -> None:
    """The same, with a join test of this machine beside it."""
    terminal(w, w.ap.passphrase)


@case("profile-wrong", TERMINAL, sign="acquirer open")
def profile_wrong(w: World) -> None:
    """The terminal joins with the right passphrase, and the profile has another."""
    terminal(w, w.ap.passphrase)
    w.connected()
    w.wifi(passphrase=w.air.wrong)
    w.passive()
