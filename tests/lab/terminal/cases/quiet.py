"""Terminals that say little, and what only looks like their trouble."""

from tests.lab.netns import HERE, ip
from tests.lab.terminal.case import ANY, case
from tests.lab.terminal.world import TerminalWorld, answering


@case("idle", None, "listen")
def idle(w: TerminalWorld) -> None:
    """Idle, with fixed settings: next to nothing is heard."""
    w.fixed()
    w.pos |= {"host": ""}
    w.early = True


@case("till-is-off", None, "listen")
def till_is_off(w: TerminalWorld) -> None:
    """It knows its router already and looks for a till that is off."""
    w.fixed(announce=False)
    w.early = True
    till = str(w.plan.lan[33])
    w.pos |= {"host": "", "chatter": [["udp", till, 9100]]}


@case("other-has-no-lease", None, "listen")
def other_has_no_lease(w: TerminalWorld) -> None:
    """Another device gets no address; the terminal is fine."""
    w.router_dns.dhcp += [f"--dhcp-host={w.mac},{w.spare}", "--dhcp-ignore=tag:!known"]
    w.later(lambda: other(w, {"dhcp": "udhcpc", "folder": str(w.folder / "other")}))


@case("unnamed", None, "listen", verdict="unknown")
def unnamed(w: TerminalWorld) -> None:
    """Nobody said which device is the terminal: it is not judged."""
    w.named = False
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


def other(w: TerminalWorld, config: dict[str, object]) -> None:
    """A second device like a terminal."""
    ip(HERE, "netns add other", "link add eth0 netns other type veth peer name port8")
    ip(HERE, "link set dev port8 master br0", "link set dev port8 up")
    w.terminal(config, "other")


@case("silent", "terminal.silent", *ANY)
def silent(w: TerminalWorld) -> None:
    """It has its settings, asks for the time, and never tries a sale."""
    w.fixed(host="", chatter=[["udp", w.plan.web, 123], ["name", w.plan.name]])


@case("silent-dead-telemetry", "terminal.silent", "inline")
def silent_dead_telemetry(w: TerminalWorld) -> None:
    """It finds the acquirer's name and never tries a sale; another name is gone."""
    w.fixed(host="", chatter=[["name", w.plan.name], ["name", "telemetry.gone.test"]])


@case("not-there", "terminal.not-seen", *ANY)
def not_there(w: TerminalWorld) -> None:
    """The cable is out."""
    w.absent = True


@case("not-there", "terminal.not-seen", "listen")
def not_there_lan(w: TerminalWorld) -> None:
    """It is off, and its address is known."""
    w.absent = True
    w.set("terminal", address=w.spare)


@case("host-says-nothing", None, *ANY, verdict="unknown")
def host_says_nothing(w: TerminalWorld) -> None:
    """TLS is set up with session tickets, and the sale is never answered."""
    w.acquirer = answering(w.certs / "good.pem", silent=True)
