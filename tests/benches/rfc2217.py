"""A serial port over the network (RFC 2217): a simulated modem behind pyserial's own
server side.

    python -m tests.benches.rfc2217 PORT SIM
"""

import sys
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

import serial
from serial.rfc2217 import PortManager

from posdiag.demo.devices.modem import Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal


class Line(serial.Serial):
    """A pseudo-terminal has no modem lines; here they are as on a port in use."""

    cts = dsr = cd = True
    ri = False

    def _update_rts_state(self) -> None:
        pass

    def _update_dtr_state(self) -> None:
        pass


class Handler(StreamRequestHandler):
    """One client; bytes go to the pseudo-terminal and back."""

    def handle(self) -> None:
        assert isinstance(self.server, Server)
        with Line(self.server.name, timeout=0.02) as port:
            manager: Any = PortManager(port, self)  # type: ignore[arg-type]  # as pyserial's own example
            over = Event()

            def back() -> None:
                while not over.is_set():
                    data = port.read(4096)
                    if data:
                        self.wfile.write(b"".join(manager.escape(data)))

            reader = Thread(target=back, daemon=True)
            reader.start()
            while data := self.request.recv(4096):
                port.write(b"".join(manager.filter(data)))
            over.set()
            reader.join()

    def write(self, data: bytes) -> None:
        """What the manager has to say about the line itself."""
        self.wfile.write(data)


class Server(ThreadingTCPServer):
    name = ""  # of the pseudo-terminal
    allow_reuse_address = True
    daemon_threads = True


def main(number: int, sim: str) -> None:
    settings = ModemSettings(sim=int(sim) if sim.isdigit() else sim)
    address = ("127.0.0.1", number)
    with (
        PseudoTerminal(Modem(settings)) as terminal,
        Server(address, Handler) as server,
    ):
        server.name = terminal.name
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
