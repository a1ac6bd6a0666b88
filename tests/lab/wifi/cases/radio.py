"""Levels, losses, neighbours: what the air itself does."""

from tests.lab.wifi import events
from tests.lab.wifi.case import case
from tests.lab.wifi.cases.credentials import JOINED, UP
from tests.lab.wifi.medium import Rule
from tests.lab.wifi.world import World

WEAK = "wifi.weak-signal"
MARGINAL = (WEAK, "wifi.wrong-passphrase", "wifi.interference")
SURE = {"wifi.wrong-passphrase": 0.8}


def lost_keys(w: World, source: int, drop: tuple[int, ...], acked: bool) -> None:
    target = 1 - source
    w.rules.append(Rule(source, target, w.ap.signal, 2, drop=drop, acked=acked))


@case(
    "keys-lost", *MARGINAL, sign=("reason=15", "WRONG_KEY"), nm="Secrets were",
    never=SURE,
)  # fmt: skip
def keys_lost(w: World) -> None:
    """The right passphrase, but our key frames get lost on their way: no answer."""
    lost_keys(w, 0, (2,), acked=False)


@case(
    "keys-swallowed", *MARGINAL, sign=("reason=15", "WRONG_KEY"), nm="Secrets were",
    never=SURE,
)  # fmt: skip
def keys_swallowed(w: World) -> None:
    """The right passphrase; our key frames are acknowledged, then lost."""
    lost_keys(w, 0, (2,), acked=True)


@case(
    "keys-unheard", *MARGINAL, sign="!CTRL-EVENT-CONNECTED", nm="!successfully",
    never=SURE,
)  # fmt: skip
def keys_unheard(w: World) -> None:
    """The right passphrase; the third message never reaches us."""
    lost_keys(w, 1, (3,), acked=False)


@case("edge", WEAK, sign="heard")
def edge(w: World) -> None:
    """At the edge of range: heard now and then, hardly usable."""
    w.change(signal=-90)


@case("edge-joined", WEAK, sign="link Connected")
def edge_joined(w: World) -> None:
    """Joined at the edge of range, and left alone."""
    w.change(signal=-84)
    w.connected()
    w.passive()


@case("uplink", WEAK, sign="heard", never=SURE)
def uplink(w: World) -> None:
    """The terminal hears the access point well, but is hardly heard itself."""
    w.change(signal=-66, uplink=-96)


@case("rssi-reject", WEAK, sign="status_code=34", nm="Secrets were")
def rssi_reject(w: World) -> None:
    """The access point lets nobody in whom it hears as weakly as us."""
    w.change(
        signal=-74,
        uplink=-76,
        options=("rssi_reject_assoc_rssi=-70", "rssi_reject_assoc_timeout=20"),
    )


@case("vanished", "wifi.not-found", sign=("link Not connected", "!heard"))
def vanished(w: World) -> None:
    """The access point loses its power while we are joined."""
    w.connected()
    w.last.append(lambda world: events.switch_off(world, world.main))


@case("vanished-passive", "wifi.not-found", sign=("link Not connected", "!heard"))
def vanished_passive(w: World) -> None:
    """The same; posdiag may only look."""
    vanished(w)
    w.passive()


@case("vanished-neighbours", "wifi.not-found", sign=("link Not connected", "heard"))
def vanished_neighbours(w: World) -> None:
    """The same, with other access points near."""
    vanished(w)
    w.neighbour(1, -60)
    w.neighbour(6, -66)


def joined(w: World) -> None:
    w.connected()
    w.passive()


@case("crowded-overlap", "wifi.interference", sign="link Connected")
def crowded_overlap(w: World) -> None:
    """Six strong neighbours on channels that overlap with ours, we in between."""
    w.change(channel=6, signal=-62)
    for channel in (4, 5, 7, 8, 4, 8):
        w.neighbour(channel, w.air.dice.randrange(-55, -45))
    joined(w)


@case("crowded-same", "wifi.interference", sign="link Connected")
def crowded_same(w: World) -> None:
    """Eight strong neighbours on our own channel, while others are free."""
    w.change(channel=1, signal=-64)
    for _ in range(8):
        w.neighbour(1, w.air.dice.randrange(-58, -46))
    joined(w)


@case("crowded-join", "wifi.interference", sign=JOINED, nm=UP)
def crowded_join(w: World) -> None:
    """A crowded channel, met with a join."""
    w.change(channel=11, signal=-63)
    for channel in (9, 10, 11, 12, 11, 10, 12):
        w.neighbour(channel, w.air.dice.randrange(-55, -45))


@case("loaded", "wifi.interference", sign="link Connected")
def loaded(w: World) -> None:
    """The access point announces that its channel is nearly always busy."""
    w.change(options=("bss_load_test=7:235:0",))
    joined(w)
