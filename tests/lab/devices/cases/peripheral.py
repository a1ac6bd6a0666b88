"""Receipt printers on a port and on the network, what is no printer, card readers."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count

from posdiag.demo.devices.printer import PrinterSettings, SimulatedPrinter
from posdiag.demo.devices.terminal import PseudoTerminal, Simulated
from tests.lab.devices.case import HOSTILE, SLOW, Case, Rig, Setup, add
from tests.lab.devices.modems import Babble, Echo

P = PrinterSettings
OFFLINE, NO_PAPER = "printer.offline", "printer.no-paper"
COVER, ERROR = "printer.cover-open", "printer.error"
SILENT, NOISE = "skip.printer-silent", "skip.printer-noise"
ADDRESSES = count(10)  # of loopback, one for each network printer

Talk = Callable[[socket.socket], None]


@contextmanager
def on_a_port(make: Callable[[], Simulated]) -> Iterator[Rig]:
    device = make()

    def after() -> None:
        if isinstance(device, SimulatedPrinter):
            assert device.printed == b"", f"printed {device.printed!r}"

    with PseudoTerminal(device) as terminal:
        yield Rig(f"[printer]\nport = '{terminal.name}'\n", after=after)


@contextmanager
def on_the_network(talk: Talk | None) -> Iterator[Rig]:
    """A host on TCP 9100 of loopback; None: nobody listens."""
    address = f"127.0.91.{next(ADDRESSES)}"
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, 9100))
        if talk is not None:
            server.listen()
            threading.Thread(target=_serve, args=(server, talk), daemon=True).start()
        yield Rig(f"[printer]\nhost = '{address}'\n")


def _serve(server: socket.socket, talk: Talk) -> None:
    with suppress(OSError):
        while True:
            peer, _ = server.accept()
            with peer, suppress(OSError):
                talk(peer)


def printer(settings: PrinterSettings, peer: socket.socket) -> None:
    device = SimulatedPrinter(settings)
    while data := peer.recv(100):
        for _, answer in device.receive(data):
            peer.sendall(answer or b"")


def web(peer: socket.socket) -> None:
    peer.recv(100)
    peer.sendall(b"HTTP/1.0 400 Bad Request\r\nServer: x\r\n\r\n<h1>2</h1>")


def mail(peer: socket.socket) -> None:
    peer.sendall(b"220 mail.example ESMTP\r\n")
    while peer.recv(100):
        peer.sendall(b"500 unknown command 26\r\n")


def mute(peer: socket.socket) -> None:
    while peer.recv(100):
        pass


def hang_up(peer: socket.socket) -> None:
    """Closes at once."""


def port(make: Callable[[], Simulated]) -> Setup:
    """How a case is set up; a function of this module, by which its group is known."""
    return lambda: on_a_port(make)


def network(talk: Talk | None) -> Setup:
    return lambda: on_the_network(talk)


SERIAL: dict[str, tuple[str | None, PrinterSettings]] = {
    "ready": ("", P()),
    "near-end": ("", P(near_end=True)),
    "no-paper": (NO_PAPER, P(no_paper=True)),
    "cover-open": (COVER, P(cover_open=True)),
    "cover-hides-paper": (COVER, P(cover_open=True, no_paper=True)),
    "cutter": (ERROR, P(cutter=True)),
    "hot": (ERROR, P(hot=True)),
    "broken": (ERROR, P(broken=True)),
    "offline": (OFFLINE, P(offline=True)),
    "asb": ("", P(greeting=b"\x14\x00\x00\x0f")),
    "one-answer": ("", P(answers=(4,))),
    "one-answer-no-paper": (NO_PAPER, P(answers=(4,), no_paper=True)),
    "cheap": (COVER, P(answers=(2, 4), cover_open=True)),
    "slow": ("", P(latency=0.3)),
    "star": ("", P(speaks="starprnt")),
    "star-no-paper": (NO_PAPER, P(speaks="starprnt", no_paper=True)),
    "star-cover": (COVER, P(speaks="starprnt", cover_open=True)),
    "star-cutter": (ERROR, P(speaks="starprnt", cutter=True)),
}
for name, (expected, settings) in SERIAL.items():
    setup = port(partial(SimulatedPrinter, settings))
    add(Case(f"peripheral-{name}", expected, setup, f"A printer: {settings}", SLOW))

UNTOLD: dict[str, tuple[Callable[[], Simulated], str]] = {
    "silent": (partial(SimulatedPrinter, P(speaks="nothing")), SILENT),
    "noise": (Babble, NOISE),
}
for name, (make, code) in UNTOLD.items():
    setup = port(make)
    add(Case(f"peripheral-{name}", None, setup, "It does not say.", HOSTILE, code))

NETWORK: dict[str, tuple[str | None, Talk | None]] = {
    "tcp": ("", partial(printer, P())),
    "tcp-no-paper": (NO_PAPER, partial(printer, P(no_paper=True))),
    "tcp-star-cover": (COVER, partial(printer, P(speaks="starprnt", cover_open=True))),
    "tcp-web": (OFFLINE, web),
    "tcp-mail": (OFFLINE, mail),
    "tcp-hangs-up": (OFFLINE, hang_up),
    "tcp-nobody": (OFFLINE, None),
}
for name, (expected, talk) in NETWORK.items():
    add(Case(f"peripheral-{name}", expected, network(talk), "On TCP 9100.", SLOW))

add(
    Case(
        "peripheral-tcp-mute",
        None,
        network(mute),
        "It accepts and says nothing, as many printers do.",
        SLOW,
        SILENT,
    )
)
add(
    Case(
        "peripheral-loop",
        OFFLINE,
        port(Echo),
        "A plug that sends back what it gets.",
        HOSTILE,
    )
)


@contextmanager
def nowhere() -> Iterator[Rig]:
    yield Rig("[printer]\nport = '/dev/ttyABSENT'\n")


add(Case("peripheral-no-port", OFFLINE, nowhere, "There is no such port."))


# -- card readers: a real pcscd with vsmartcard's virtual reader ----------------------

PCSCD = "mount -t tmpfs pcscd /run && mkdir -p /run/pcscd && exec pcscd -f"
SOCKET = "PCSCLITE_CSOCK_NAME"


def reader(name: str, running: bool = True) -> Setup:
    """In namespaces of its own, because vpcd listens on every address."""

    @contextmanager
    def setup() -> Iterator[Rig]:
        profile = f"[reader]\nname = '{name}'\n"
        if not running:
            yield Rig(profile, environment={SOCKET: "/nonexistent/pcscd.comm"})
            return
        rights = [] if os.geteuid() == 0 else ["-r"]
        argv = ["unshare", *rights, "-nm", "sh", "-c", PCSCD]
        with subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as daemon:
            place = f"/proc/{daemon.pid}/root/run/pcscd/pcscd.comm"
            ends = time.monotonic() + 10
            while not os.path.exists(place) and time.monotonic() < ends:
                time.sleep(0.05)
            time.sleep(1.0)  # until it has found its readers
            try:
                yield Rig(profile, environment={SOCKET: place})
            finally:
                daemon.kill()

    return setup


NOT_FOUND = "reader.not-found"
READERS: dict[str, tuple[str, Setup]] = {
    "there": ("", reader("virtual pcd")),
    "another": (NOT_FOUND, reader("ACS ACR39U")),
    "no-service": (NOT_FOUND, reader("Virtual PCD", running=False)),
}
for name, (expected, setup) in READERS.items():
    add(Case(f"peripheral-reader-{name}", expected, setup, "A PC/SC reader."))
