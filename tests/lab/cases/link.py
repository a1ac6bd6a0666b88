"""Nothing arrives, or what arrives is damaged."""

import threading
import time

from tests.lab.case import fault
from tests.lab.netns import HERE, ip
from tests.lab.world import World


@fault("link-interface-absent", "link.no-adapter")
def absent(w: World) -> None:
    """The profile's interface does not exist on this machine."""
    w.set("connection", interface="enp9s0", kind="ethernet")


@fault("link-none-at-all", "link.no-adapter")
def none_at_all(w: World) -> None:
    """The only network card is gone."""
    ip("shop", "link del dev eth0")


@fault("link-disabled", "link.down")
def disabled(w: World) -> None:
    """Switched off in this machine."""
    ip("shop", "link set dev eth0 down")


@fault("link-cable-out", "link.down")
def cable_out(w: World) -> None:
    """The far end of the cable is dead; nothing in the profile but the acquirer."""
    ip(HERE, "link set dev port1 down")


@fault("link-cable-out-told", "link.down")
def cable_out_told(w: World) -> None:
    """The same, with everything in the profile."""
    w.set("connection", interface="eth0", kind="ethernet", gateway=w.plan.router)
    ip(HERE, "link set dev port1 down")


@fault("link-cable-out-no-profile", "link.down")
def cable_out_untold(w: World) -> None:
    """The same, without any profile."""
    w.profile = None
    ip(HERE, "link set dev port1 down")


@fault("link-cable-out-by-dhcp", "link.down")
def cable_out_empty(w: World) -> None:
    """No cable since the machine was switched on: no address, no route either."""
    ip("shop", "addr flush dev eth0", "route flush table main")
    ip(HERE, "link set dev port1 down")


@fault("link-flapping", "link.errors")
def flapping(w: World) -> None:
    """A loose plug: the carrier goes and comes back all the time.

    Not faster: the kernel reports a carrier at most once a second, so that a quicker
    flap is a dead link.
    """
    _flap(w, off=0.1, on=1.3)


@fault("link-flapping-slow", "link.errors")
def flapping_slowly(w: World) -> None:
    """A loose plug that moves every few seconds."""
    _flap(w, off=0.3, on=2.2)


def _flap(w: World, off: float, on: float) -> None:
    def shake() -> None:
        while True:
            time.sleep(on)
            ip(HERE, "link set dev port1 down")
            time.sleep(off)
            ip(HERE, "link set dev port1 up")

    w.later(threading.Thread(target=shake, daemon=True).start)


@fault("link-damaged-badly", "link.errors", relays={"shop": {"corrupt": 0.25}})
def damaged_badly(w: World) -> None:
    """A quarter of all frames is damaged on the shop's cable."""


@fault("link-damaged", "link.errors", relays={"shop": {"corrupt": 0.1}})
def damaged(w: World) -> None:
    """One frame in ten is damaged on the shop's cable."""
