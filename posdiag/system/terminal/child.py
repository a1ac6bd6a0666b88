"""The child process that watches a terminal: it reads frames and tells what it heard.

One line of JSON on stdin is the order (`WatchOrder`); lines on stdout are surveys, the
last one `final`. It ends with its stdin. The sockets are in a process of their own
(`relay`), so that frames from anybody are read by one that holds none.
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
from posdiag.formats.traffic.frames import Lease
from posdiag.formats.traffic.layers import ETHERNET
from posdiag.formats.traffic.tracker import Setting, Tracker
from posdiag.model.limits import Limits
from posdiag.system.core import codec
from posdiag.system.terminal import capture, makers, relay
from posdiag.system.terminal.hosting import PREFIX, Hosting, HostOrder
from posdiag.system.terminal.order import WatchOrder
from posdiag.system.terminal.passt import PACKAGE, Passt
from posdiag.system.terminal.port import Port

STEP = 0.5  # seconds between two surveys
AGAIN = 0.7  # seconds between two questions for one address
QUESTIONS = 12  # ARP questions of one watch (contract section 7)
PATIENCE = 120.0  # seconds more for a connection to the acquirer that is open
SWEEP_PACE = 50  # questions in a second
SWEEP_LIMIT = 1024
LOCK = "\0posdiag-terminal-"


class Busy(Exception):
    """Another watch has the interface."""


def lock(interface: str) -> socket.socket:
    """Hold an interface: a name that ends with this process, per network namespace."""
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(LOCK + interface)
    except OSError:
        held.close()
        raise Busy from None
    return held


class Watch:
    """One live watch."""

    def __init__(self, order: WatchOrder, frames: socket.socket) -> None:
        self._order, self._question = order, order.question
        self._frames = frames
        self._limits = Limits(dict(order.question.limits))
        self._begun = time.monotonic()
        self._ends = self._begun + order.question.seconds
        self._last_question: dict[str, float] = {}
        self._questions = 0
        self._sweep = self._addresses() if order.question.sweep else []
        self._told = 0.0
        self._packets = -1
        self._trouble_until: float | None = None
        self._tracker = Tracker(
            Setting(
                order.question.mode,
                order.network,
                order.router,
                order.own,
                order.own_macs,
                order.question.mac.lower(),
                order.phone,
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
                elif not self._hear():
                    break
            if time.monotonic() - self._told >= STEP:
                self._told = time.monotonic()
                if self._step():
                    break
        self._tracker.now = max(self._tracker.now, self._now)
        tell(self._tracker, final=True)

    def _hear(self) -> bool:
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
        """The order to end, from the checks beside us; False when they are gone."""
        line = os.read(0, 65_536)
        if not line:
            return False
        trouble = float(json.loads(line)["end"])
        question = self._question
        self._tracker.now = max(self._tracker.now, self._now)
        survey = self._tracker.survey()
        going_on = signs.in_trouble(
            survey, question.mac, question.address, self._limits
        )
        self._trouble_until = self._begun + (trouble if going_on else 0.0)
        self._ends = min(self._ends, self._trouble_until)
        return True

    def _step(self) -> bool:
        """Ask what is to be asked, tell what is new; True when all is known."""
        question = self._question
        self._tracker.now = max(self._tracker.now, self._now)
        survey = self._tracker.survey()
        if self._tracker.packets != self._packets:
            self._packets = self._tracker.packets
            tell(self._tracker, final=False)
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
            self._ask(survey)
        return False

    # --- ARP questions -----------------------------------------------------------

    def _ask(self, survey: Any) -> None:
        question = self._question
        if question.mode == "host" and not self._order.asking:
            return  # there is no LAN of the shop to compare with
        wanted = signs.to_ask(survey, question.mac, question.address)
        heard = signs.terminal_of(survey, question.mac, question.address)
        for address in wanted:
            known = signs.own_search(survey, address)
            if known is None or (
                known.tries < self._limits["terminal.questions"] and not known.holders
            ):
                self._question_for(address, inside=heard is None)
        asked = [a for a in wanted if signs.own_search(survey, a)]
        control = signs.control_address(survey)
        if asked and control and not any(s.control for s in survey.searches):
            self._question_for(control, control=True)
        for _ in range(min(len(self._sweep), int(SWEEP_PACE * STEP))):
            self._send(self._sweep.pop())

    def _question_for(
        self, address: str, *, inside: bool = False, control: bool = False
    ) -> None:
        last = self._last_question.get(address, -AGAIN)
        if self._questions >= QUESTIONS or self._now - last < AGAIN:
            return
        self._questions += 1
        self._last_question[address] = self._now
        self._tracker.own_search(address, control)
        self._send(address, inside)

    def _send(self, address: str, inside: bool = False) -> None:
        order = json.dumps({"address": address, "inside": inside}).encode()
        try:
            self._frames.send(order, socket.MSG_DONTWAIT)
        except OSError:
            return

    def _addresses(self) -> list[str]:
        if not self._order.network:
            return []
        network = IPv4Network(self._order.network, strict=False)
        if network.num_addresses > SWEEP_LIMIT:
            return []
        return [str(host) for host in network.hosts()]


def tell(tracker: Tracker, *, final: bool) -> None:
    known = makers.makers(d.mac for d in tracker.devices.values()) if final else {}
    survey = codec.write(tracker.survey(known))
    sys.stdout.write(json.dumps({"survey": survey, "final": final}) + "\n")
    sys.stdout.flush()


def refuse(why: str, hint: str = "") -> None:
    sys.stdout.write(json.dumps({"unknown": why, "hint": hint}) + "\n")
    sys.stdout.flush()


def hosting(order: WatchOrder) -> Hosting | None:
    if order.question.mode != "host":
        return None
    network = IPv4Network(order.lend)
    hosts = list(network.hosts())
    lease = Lease(str(hosts[9]), str(hosts[0]), network, order.servers)
    return Hosting(
        HostOrder(
            lease,
            order.asking or order.question.uplink,
            order.question.mac,
            order.own,
            order.reachable,
            order.servers,
            order.network,
        )
    )


def watch(order: WatchOrder) -> None:
    """A live watch, in two processes."""
    if order.question.mode == "host" and not Passt.installed():
        return refuse("no-tool", PACKAGE)
    try:
        held = [lock(name) for name in (order.inside, order.outside) if name]
        inside = Port(order.inside)
        outside = Port(order.outside) if order.outside else None
        asking = Port(order.asking) if order.asking else None
    except Busy:
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
        relay.hurry()
        try:
            relay.Relay(
                theirs, inside, outside, hosting(order), asking, order.address
            ).run()
        finally:
            os._exit(0)
    theirs.close()
    for port in ports:
        port.close()
    own = (*order.own_macs, *(port.mac.hex(":") for port in ports))
    hosted = (PREFIX.hex(":"),) if order.question.mode == "host" else ()
    Watch(replace(order, own_macs=tuple(dict.fromkeys((*own, *hosted)))), ours).run()
    del held
    return None


def main() -> None:
    """Carry out one order."""
    line = sys.stdin.buffer.readline(1 << 20)
    order = codec.read(json.loads(line), WatchOrder)
    if order.question.mode == "read":
        capture.read(order, tell, refuse)
    else:
        watch(order)
