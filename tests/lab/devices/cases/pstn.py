"""A terminal that dials: the line, the exchange, the far modem, and what looks like
one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from posdiag.demo.devices.line import DialUpModem, LineSettings
from posdiag.demo.devices.terminal import PseudoTerminal, Simulated
from tests.lab.devices.case import HOSTILE, SECRETS, SLOW, Case, Rig, Setup, add
from tests.lab.devices.modems import Babble, Echo

NUMBER, PREFIX = "16300987", "9,"
SECRETS["pstn"] = (NUMBER,)
NO_MODEM, NO_TONE = "pstn.no-modem", "pstn.no-dial-tone"
BUSY, NO_CARRIER = "pstn.busy", "pstn.no-carrier"
L = LineSettings


def profile(port: str, number: str = NUMBER) -> str:
    lines = ['[connection]\nkind = "pstn"\n[pstn]', f"port = '{port}'"]
    lines += [f"number = '{number}'\nprefix = '{PREFIX}'"] if number else []
    return "\n".join(lines) + "\n"


@contextmanager
def on_a_port(make: Callable[[], Simulated], number: str = NUMBER) -> Iterator[Rig]:
    device = make()

    def after() -> None:
        if isinstance(device, DialUpModem) and not device.settings.silent:
            time.sleep(0.1)
            assert not device.open, "the line was left open"
            wanted = [PREFIX + number] if number else []
            assert device.dialled == wanted, f"dialled {device.dialled}"

    with PseudoTerminal(device) as terminal:
        yield Rig(profile(terminal.name, number), after=after)


def port(make: Callable[[], Simulated], number: str = NUMBER) -> Setup:
    """How a case is set up; a function of this module, by which its group is known."""
    return lambda: on_a_port(make, number)


@contextmanager
def nowhere() -> Iterator[Rig]:
    yield Rig(profile("/dev/ttyABSENT"))


def line(name: str, expected: str | None, settings: LineSettings, says: str) -> None:
    setup = port(partial(DialUpModem, settings))
    add(Case(f"pstn-{name}", expected, setup, says, SLOW))


line("connected", "", L(), "The acquirer's modem answers.")
line("no-echo", "", L(echo=False), "The modem does not echo.")
line("late", "", L(seconds=6.0), "The handshake of the two modems takes its time.")
line("slow-modem", "", L(latency=0.6), "Each answer takes 0.6 s.")
line("speed-told", "", L(result="CONNECT 1200/NONE"), "Bell 212A.")
line("plain-connect", "", L(result="CONNECT"), "CONNECT without a speed.")
line("busy", BUSY, L(result="BUSY"), "A busy tone.")
line("busy-late", BUSY, L(result="BUSY", seconds=5.0), "After five seconds.")
line("no-carrier", NO_CARRIER, L(result="NO CARRIER"), "No modem answers.")
line("no-answer", NO_CARRIER, L(result="NO ANSWER"), "Nobody answers.")
line("no-tone", NO_TONE, L(tone=False), "The line is dead.")
line("tone-spelt", NO_TONE, L(tone=False, dead="NO DIAL TONE"), "In three words.")
line(
    "number-refused",
    NO_CARRIER,
    L(result="NO DIALTONE"),
    "The exchange refuses the number; without one there is a tone.",
)

WRONG: dict[str, Callable[[], Simulated]] = {
    "silent": partial(DialUpModem, L(silent=True)),
    "noise": Babble,
    "loop": Echo,
}
for name, make in WRONG.items():
    setup = port(make)
    add(Case(f"pstn-{name}", NO_MODEM, setup, "No modem answers on the port.", HOSTILE))

add(Case("pstn-no-port", NO_MODEM, nowhere, "There is no such port."))
add(
    Case(
        "pstn-tone-alone",
        None,
        port(partial(DialUpModem, L()), ""),
        "Without a number only the dial tone is heard, which proves no far end.",
        SLOW,
    )
)
add(
    Case(
        "pstn-tone-alone-dead",
        NO_TONE,
        port(partial(DialUpModem, L(tone=False)), ""),
        "Without a number, and the line is dead.",
        SLOW,
    )
)
