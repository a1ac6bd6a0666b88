"""Loss and delay that begin beyond the ISP."""

from tests.lab.case import fault
from tests.lab.world import World


@fault("acquirer-loss-10", "acquirer.packet-loss", relays={"acq": {"loss_down": 0.1}})
def loss_10(w: World) -> None:
    """10 % is lost on the acquirer's line."""


@fault("acquirer-loss-20-both", "acquirer.packet-loss", relays={"acq": {"loss": 0.2}})
def loss_20(w: World) -> None:
    """20 % each way on the acquirer's line."""


@fault("acquirer-loss-nft", "acquirer.packet-loss")
def loss_nft(w: World) -> None:
    """Exactly one packet in eight towards the acquirer."""
    target = f"ip daddr {w.plan.acquirer} numgen inc mod 8 0 drop"
    w.drop("core", target)


@fault("acquirer-loss-quick", "acquirer.packet-loss", relays={"acq": {"loss": 0.12}})
def loss_quick(w: World) -> None:
    """A quarter of all exchanges, judged by --quick."""
    w.args += ["--quick"]


@fault(
    "acquirer-loss-no-icmp", "acquirer.packet-loss", relays={"acq": {"loss_up": 0.2}}
)
def loss_no_icmp(w: World) -> None:
    """20 % and no ICMP anywhere: only TCP can see it."""
    for space in ("router", "isp", "core", "net", "acq"):
        w.drop(space, "meta l4proto icmp drop", "input")
    for space in ("router", "isp", "core"):
        w.drop(space, "meta l4proto icmp drop")


@fault("acquirer-loss-plain", "acquirer.packet-loss", relays={"acq": {"loss_up": 0.12}})
def loss_plain(w: World) -> None:
    """12 % to a plain-TCP host, given by address."""
    from tests.lab.services import hold

    w.acquirer = hold
    w.set("acquirer", host=w.plan.acquirer, tls=False, ca_file=None)


@fault("acquirer-slow", "acquirer.slow", relays={"acq": {"delay": 0.4}})
def slow(w: World) -> None:
    """800 ms beyond the ISP."""


@fault(
    "acquirer-slow-jitter",
    "acquirer.slow",
    relays={"acq": {"delay": 0.35, "jitter": 0.1}},
)
def slow_jitter(w: World) -> None:
    """About 700 ms beyond the ISP, uneven."""


@fault("acquirer-slow-no-ping", "acquirer.slow", relays={"acq": {"delay": 0.4}})
def slow_no_ping(w: World) -> None:
    """800 ms beyond the ISP, and the acquirer ignores ping."""
    w.drop("acq", "icmp type echo-request drop", "input")


@fault("acquirer-slow-far", "acquirer.slow", relays={"acq": {"delay": 0.8}})
def slow_far(w: World) -> None:
    """1.6 s beyond the ISP."""


@fault("acquirer-slow-far-no-ping", "acquirer.slow", relays={"acq": {"delay": 0.8}})
def slow_far_mute(w: World) -> None:
    """1.6 s beyond the ISP, and the acquirer ignores ping."""
    w.drop("acq", "icmp type echo-request drop", "input")


@fault("acquirer-slow-farther", "acquirer.slow", relays={"acq": {"delay": 1.0}})
def slow_farther(w: World) -> None:
    """2 s beyond the ISP."""
