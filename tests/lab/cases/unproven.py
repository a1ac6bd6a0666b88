"""Nothing is shown to be wrong, and the terminal's own connection was not examined."""

from tests.lab.case import healthy
from tests.lab.symptom.confirm import no_sale
from tests.lab.world import World

RADIO = ("wifi.credentials", "wifi.security", "wifi.signal", "wifi.interference")


@healthy("kind-wifi", unproven=RADIO[:1])
def wifi(w: World) -> None:
    """A terminal on Wi-Fi; this machine has a cable and no radio."""
    w.set("connection", kind="wifi")


@healthy("kind-hotspot", unproven=RADIO[:1])
def hotspot(w: World) -> None:
    """A terminal on a phone's hotspot; this machine has a cable and no radio."""
    w.set("connection", kind="hotspot")


@healthy("kind-hotspot-select", unproven=RADIO)
def hotspot_alone(w: World) -> None:
    """The same, with nothing but the checks of Wi-Fi selected."""
    hotspot(w)
    w.args += ["--select", "wifi"]


@healthy("nothing-to-ask", unproven=("isp.reach",))
def nothing_to_ask(w: World) -> None:
    """No acquirer, the connectivity URL is switched off, and the line is dead: no host
    beyond the router may be asked."""
    w.connectivity(False)
    if w.profile is not None:
        w.profile.pop("acquirer")
    w.drop("isp", "drop")
    w.sign = no_way


def no_way(w: World) -> str:
    """The web server beyond the line is not reached."""
    profile, w.profile = w.profile, None
    try:
        return no_sale(w)
    finally:
        w.profile = profile
