"""passt (https://passt.top), which translates frames to the uplink's sockets.

User-mode TCP, UDP and ICMP on ordinary sockets: it needs no rights and leaves nothing
behind. It ends with its end of the socket pair.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from posdiag.system.process.launcher import environment

PROGRAM = "passt"
PACKAGE = "sudo apt install passt"
READ = 1 << 17
WAITING = 1 << 20  # bytes of an unfinished frame


@dataclass(frozen=True, slots=True)
class PasstConfig:
    """`forward`: the address whose DNS queries go to `servers`, "" for none."""

    address: str
    gateway: str
    uplink: str = ""
    forward: str = ""
    servers: tuple[str, ...] = ()

    def command(self, fd: int) -> list[str]:
        argv = [
            PROGRAM, "--foreground", "--one-off", "--quiet", "--fd", str(fd),
            "--no-dhcp", "--no-dhcpv6", "--no-ndp", "--no-ra", "--no-map-gw",
            "--ipv4-only", "--mtu", "1500", "--tcp-ports", "none",
            "--udp-ports", "none", "--address", self.address,
            "--netmask", "24", "--gateway", self.gateway,
        ]  # fmt: skip
        if self.uplink:
            argv += ["--outbound-if4", self.uplink]
        if self.forward and self.servers:
            argv += ["--dns-forward", self.forward, "--dns", self.servers[0]]
        return argv


class Passt:
    """One running passt."""

    def __init__(self, process: "subprocess.Popen[bytes]", end: socket.socket) -> None:
        self._process = process
        self._end = end
        self._buffer = b""

    @staticmethod
    def is_installed() -> bool:
        return shutil.which(PROGRAM, path=environment()["PATH"]) is not None

    @classmethod
    def start(cls, config: PasstConfig) -> "Passt":
        ours, its = socket.socketpair()
        its.set_inheritable(True)
        process = subprocess.Popen(
            config.command(its.fileno()),
            pass_fds=(its.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            cwd=os.sep,
        )
        its.close()
        ours.setblocking(False)
        return cls(process, ours)

    def fileno(self) -> int:
        return self._end.fileno()

    def send(self, frame: bytes) -> None:
        """A full queue is a lost packet."""
        message = len(frame).to_bytes(4, "big") + frame
        try:
            sent = self._end.send(message)
            if sent < len(message):  # a frame that was begun has to be completed
                self._end.setblocking(True)
                self._end.sendall(message[sent:])
                self._end.setblocking(False)
        except OSError:
            return

    def receive(self) -> Iterator[bytes]:
        """The frames that have arrived. A passt that has ended gives none."""
        try:
            self._buffer += self._end.recv(READ)
        except OSError:
            return
        if len(self._buffer) > WAITING:
            self._buffer = b""
        while len(self._buffer) >= 4:
            size = int.from_bytes(self._buffer[:4], "big")
            if len(self._buffer) < 4 + size:
                return
            yield self._buffer[4 : 4 + size]
            self._buffer = self._buffer[4 + size :]
