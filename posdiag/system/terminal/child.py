"""The child process that watches a terminal: it reads frames and reports surveys.

One line of JSON on stdin is the `WatchConfig`; lines on stdout are surveys, the last
one `final`. It ends with its stdin. The sockets are in a process of their own
(`relay`), so that untrusted frames are parsed by one that holds none.
"""

import json
import os
import select
import socket
import sys
import time
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from posdiag.formats.traffic import signs
from posdiag.formats.traffic.frames import LENT, Lease
from posdiag.formats.traffic.layers import ETHERNET
from posdiag.formats.traffic.tracker import Setting, Tracker
from posdiag.model.limits import Limits
from posdiag.system.core import codec
from posdiag.system.terminal import capture, makers, relay
from posdiag.system.terminal.config import WatchConfig
from posdiag.system.terminal.hosting import Hosting, HostingConfig
from posdiag.system.terminal.passt import PACKAGE, Passt
from posdiag.system.terminal.port import BridgePort

STEP = 0.5  # seconds between two surveys
ARP_INTERVAL = 0.7  # seconds between two requests for one address
MAX_ARP = 12  # ARP requests of one watch (contract section 7)
PATIENCE = 120.0  # seconds more for a connection to the acquirer that is open
SWEEP_RATE = 50  # ARP requests a second
SWEEP_LIMIT = 1024
LOCK = "\0posdiag-terminal-"


class InterfaceBusy(Exception):
    """Another watch holds the interface."""


def lock(interface: str) -> socket.socket:
    """Hold an interface: a name that ends with this process, per network namespace."""
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(LOCK + interface)
    except OSError:
        held.close()
        raise InterfaceBusy from None
    return held


class Watch:
    """One live watch."""

    def __init__(self, config: WatchConfig, frames: socket.socket) -> None:
        self._config, self._question = config, config.question
        self._frames = frames
        self._limits = Limits(dict(config.question.limits))
        self._begun = time.monotonic()
        self._ends = self._begun + config.question.seconds
        self._last_request: dict[str, float] = {}
        self._requests = 0
        self._sweep = self._addresses() if config.question.sweep else []
        self._last_step = 0.0
        self._packets = -1
        self._trouble_until: float | None = None
        self._tracker = Tracker(
            Setting(
                config.question.mode,
                config.network,
                config.router,
                config.own,
                config.own_macs,
                config.question.mac.lower(),
                config.phone,
            )
        )

    @property
    def _now(self) -> float:
        return time.monotonic() - self._begun

    def run(self) -> None:
        poll = select.poll()
        poll.register(self._frames, select.POLLIN)
        poll.register(0, select.POLLIN)
        while True:
            for number, _ in poll.poll(100):
                if number == 0:
                    if not self._command():
                        return
                elif not self._read_frames():
                    break
            if time.monotonic() - self._last_step >= STEP:
                self._last_step = time.monotonic()
                if self._step():
                    break
        self._tracker.now = max(self._tracker.now, self._now)
        report(self._tracker, final=True)

    def _read_frames(self) -> bool:
        for _ in range(256):
            try:
                data = self._frames.recv(1 << 17, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return True
            if not data:
                return False
            when, kind, inside = relay.HEADER.unpack_from(data)
            rest = data[relay.HEADER.size :]
            if kind == relay.STATE_KIND:
                self._state(json.loads(rest))
            else:
                self._tracker.frame(ETHERNET, rest, when - self._begun, bool(inside))
        return True

    def _state(self, state: dict[str, Any]) -> None:
        self._tracker.carrier = state["carrier"]
        self._tracker.replugged = state["replugged"]
        self._tracker.lost = state["lost"]
        self._tracker.copied = state["held"]

    def _command(self) -> bool:
        """The command to end, from our parent; False when that is gone."""
        line = os.read(0, 65_536)
        if not line:
            return False
        trouble = float(json.loads(line)["end"])
        question = self._question
        self._tracker.now = max(self._tracker.now, self._now)
        survey = self._tracker.survey()
        in_trouble = signs.in_trouble(
            survey, question.mac, question.address, self._limits
        )
        self._trouble_until = self._begun + (trouble if in_trouble else 0.0)
        self._ends = min(self._ends, self._trouble_until)
        return True

    def _step(self) -> bool:
        """Send due ARP requests, report what is new; True when all is known."""
        question = self._question
        self._tracker.now = max(self._tracker.now, self._now)
        survey = self._tracker.survey()
        if self._tracker.packets != self._packets:
            self._packets = self._tracker.packets
            report(self._tracker, final=False)
        named = question.mac, question.address
        over = time.monotonic() >= self._ends
        if over and signs.busy(survey, *named, question.acquirer, self._limits):
            over = time.monotonic() >= self._ends + PATIENCE
        if over or (
            (not question.beside or self._trouble_until is not None)
            and signs.settled(survey, *named, question.acquirer, self._limits)
        ):
            return True
        if self._now >= 1.0:
            self._send_requests(survey)
        return False

    # --- ARP requests ------------------------------------------------------------

    def _send_requests(self, survey: Any) -> None:
        question = self._question
        if question.mode == "host" and not self._config.asking:
            return  # there is no LAN of the shop to compare with
        wanted = signs.to_ask(survey, question.mac, question.address)
        terminal = signs.terminal_of(survey, question.mac, question.address)
        for address in wanted:
            known = signs.own_search(survey, address)
            if known is None or (
                known.tries < self._limits["terminal.questions"] and not known.holders
            ):
                self._request(address, inside=terminal is None)
        asked = [a for a in wanted if signs.own_search(survey, a)]
        control = signs.control_address(survey)
        if asked and control and not any(s.control for s in survey.searches):
            self._request(control, control=True)
        for _ in range(min(len(self._sweep), int(SWEEP_RATE * STEP))):
            self._send(self._sweep.pop())

    def _request(
        self, address: str, *, inside: bool = False, control: bool = False
    ) -> None:
        last = self._last_request.get(address, -ARP_INTERVAL)
        if self._requests >= MAX_ARP or self._now - last < ARP_INTERVAL:
            return
        self._requests += 1
        self._last_request[address] = self._now
        self._tracker.own_search(address, control)
        self._send(address, inside)

    def _send(self, address: str, inside: bool = False) -> None:
        command = json.dumps({"address": address, "inside": inside}).encode()
        try:
            self._frames.send(command, socket.MSG_DONTWAIT)
        except OSError:
            return

    def _addresses(self) -> list[str]:
        if not self._config.network:
            return []
        network = IPv4Network(self._config.network, strict=False)
        if network.num_addresses > SWEEP_LIMIT:
            return []
        return [str(host) for host in network.hosts()]


def report(tracker: Tracker, *, final: bool) -> None:
    known = makers.makers(d.mac for d in tracker.devices.values()) if final else {}
    _write(survey=codec.write(tracker.survey(known)), final=final)


def refuse(why: str, hint: str = "") -> None:
    _write(unknown=why, hint=hint)


def _write(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hosting(config: WatchConfig) -> Hosting | None:
    if config.question.mode != "host":
        return None
    network = IPv4Network(config.lend)
    hosts = list(network.hosts())
    lease = Lease(str(hosts[9]), str(hosts[0]), network, config.servers)
    return Hosting(
        HostingConfig(
            lease,
            config.asking or config.question.uplink,
            config.question.mac,
            config.own,
            config.reachable,
            config.servers,
            config.network,
        )
    )


def watch(config: WatchConfig) -> None:
    """A live watch, in two processes."""
    if config.question.mode == "host" and not Passt.is_installed():
        return refuse("no-tool", PACKAGE)
    try:
        held = [lock(name) for name in (config.inside, config.outside) if name]
        inside = BridgePort(config.inside)
        outside = BridgePort(config.outside) if config.outside else None
        asking = BridgePort(config.asking) if config.asking else None
    except InterfaceBusy:
        return refuse("watched")
    except PermissionError:
        return refuse("no-rights")
    except OSError:
        return refuse("trouble")
    ports = [port for port in (inside, outside, asking) if port is not None]
    if not all(port.ethernet for port in ports):
        return refuse("unsupported")
    ours, theirs = relay.pair()
    if os.fork() == 0:
        ours.close()
        os.close(0)
        relay.raise_priority()
        try:
            hosted = hosting(config)
            relay.Relay(theirs, inside, outside, hosted, asking, config.address).run()
        finally:
            os._exit(0)
    theirs.close()
    for port in ports:
        port.close()
    own = (*config.own_macs, *(port.mac.hex(":") for port in ports))
    lent = (LENT.hex(":"),) if config.question.mode == "host" else ()
    own_macs = tuple(dict.fromkeys((*own, *lent)))
    Watch(replace(config, own_macs=own_macs), ours).run()
    del held
    return None


def main() -> None:
    line = sys.stdin.buffer.readline(1 << 20)
    config = codec.read(json.loads(line), WatchConfig)
    if config.question.mode == "read":
        capture.read(config, report, refuse)
    else:
        watch(config)
