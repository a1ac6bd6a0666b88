"""The machine's clock is wrong. Its monotonic clock runs as ever."""

from tests.lab.case import fault
from tests.lab.world import World


def fake(w: World, offset: str) -> None:
    w.prefix += ["faketime", "-f", offset]
    w.env["DONT_FAKE_MONOTONIC"] = "1"
    w.env["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"


@fault("clock-years-behind", "clock.skew")
def years_behind(w: World) -> None:
    """The battery is flat: back at the beginning of 2020."""
    w.prefix += ["faketime", "2020-01-01 08:00:00"]
    w.env["DONT_FAKE_MONOTONIC"] = "1"


@fault("clock-year-behind", "clock.skew")
def behind(w: World) -> None:
    """300 days behind: the acquirer's certificate is not valid yet."""
    fake(w, "-300d")


@fault("clock-year-ahead", "clock.skew")
def ahead(w: World) -> None:
    """300 days ahead: the acquirer's certificate has expired."""
    fake(w, "+300d")


@fault("clock-hour-behind", "clock.skew")
def hour_behind(w: World) -> None:
    """One hour behind: certificates hold, messages are refused."""
    fake(w, "-1h")


@fault("clock-minutes-ahead", "clock.skew")
def minutes_ahead(w: World) -> None:
    """Twenty minutes ahead."""
    fake(w, "+20m")


@fault("clock-ahead-no-url", "clock.skew")
def ahead_no_url(w: World) -> None:
    """300 days ahead, and no connectivity URL to ask: the router keeps time."""
    w.connectivity(False)
    keep_time(w)
    fake(w, "+300d")


def keep_time(w: World) -> None:
    """chrony on the router: the time of this machine, untouched."""
    config = w.folder / "chrony.conf"
    config.write_text(
        f"local stratum 5\nallow all\nbindaddress {w.plan.router}\ncmdport 0\n"
        f"pidfile {w.folder}/chrony.pid\ndriftfile {w.folder}/chrony.drift\n",
        "ascii",
    )
    w.spawn("router", "chronyd", "-d", "-x", "-u", "root", "-f", str(config))
