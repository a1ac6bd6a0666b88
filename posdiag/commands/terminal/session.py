"""One watch of a terminal, from the command line to the exit code."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from posdiag.commands import TEXTS as COMMANDS
from posdiag.commands.shared.common import reason, refuse
from posdiag.commands.shared.exit_codes import EXIT, INTERRUPTED
from posdiag.commands.shared.outputs import Destination, deliver
from posdiag.commands.shared.rerun import rerun_command
from posdiag.commands.shared.screen import stdout_reserved
from posdiag.commands.shared.sites import site_of
from posdiag.commands.terminal import TEXTS
from posdiag.commands.terminal.live import Live
from posdiag.formats.dot11 import ssid
from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import (
    Mode,
    OpenWifi,
    TerminalSurvey,
    WatchTerminal,
)
from posdiag.model.site import Connection, Site
from posdiag.texts.clean import clean

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.model import Check, Report
    from posdiag.model.questions.base import System
    from posdiag.model.questions.machine import Interfaces, Routes
    from posdiag.system.process.signals import Stop
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

MAC = re.compile(r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
OWN_PATH = (
    "link.state", "ip.address", "ip.gateway", "router.reach", "isp.reach", "isp.portal",
    "dns.resolve", "dns.integrity", "clock.skew", "acquirer.connect", "acquirer.tls",
)  # fmt: skip
"""Checks that show that this machine's own path works: what fails then is the
terminal's."""
GROUP, PROOF, JOIN = "terminal", "terminal.sale", "wifi.credentials"
GATEWAY = "terminal.gateway"  # a hosted sale does not prove it: any is answered for
PATIENCE = 150.0  # seconds beyond the watch: an open connection, and the judging
LEAST = 2.0  # seconds of a watch that a time limit leaves
READING = 90.0
HEAD = 4096  # bytes that tell what a file is
ENDING = 4.0  # seconds for the judging after an interruption


@dataclass(slots=True)
class TerminalWatch:
    """The command line so far."""

    mode: Mode
    lang: Lang
    outputs: tuple[Destination, ...]
    no_color: bool
    _site: Site = field(default_factory=Site)
    _question: WatchTerminal = field(default_factory=WatchTerminal)
    _deadline: float = PATIENCE
    _between: tuple[str, str] | None = None  # two sockets, free and online

    def site(self, profile: str | None, acquirer: str | None, mac: str | None) -> None:
        """The profile's site, its terminal as it was named."""
        site = site_of(profile, acquirer, self.lang)
        terminal = site.terminal
        if mac is not None:
            if not MAC.fullmatch(mac):
                refuse(TEXTS("wrong.mac").of(self.lang))
            terminal = replace(terminal, mac=mac.replace("-", ":").upper())
        # The settings of the connection are the terminal's; this machine has its own.
        connection = site.connection
        terminal = replace(
            terminal,
            gateway=terminal.gateway or connection.gateway,
            dns=terminal.dns or connection.dns,
        )
        expected = terminal.address or connection.address
        self._question = WatchTerminal(
            mode=self.mode,
            mac=(terminal.mac or "").lower(),
            address=(terminal.address or "").partition("/")[0],
            limits=Limits(site.thresholds).overridden("terminal"),
        )
        self._site = replace(
            site, terminal=replace(terminal, address=expected), connection=Connection()
        )

    def ask(
        self,
        *,
        interface: str = "",
        uplink: str = "",
        seconds: float = 0.0,
        sweep: bool = False,
    ) -> None:
        from posdiag_checks.terminal.observation import sale_hosts, target_hosts

        hosts = sale_hosts(self._site)
        self._question = replace(
            self._question,
            interface=interface,
            uplink=uplink,
            seconds=seconds,
            sweep=sweep,
            acquirer=hosts,
            reachable=(*hosts, *target_hosts(self._site)),
        )
        self._deadline = seconds + PATIENCE

    @property
    def way(self) -> str:
        return self._question.mode_name

    def open_wifi(self) -> None:
        """By an access point with the profile's name and passphrase."""
        wifi = self._site.wifi
        if not wifi.ssid or wifi.passphrase is None:
            refuse(TEXTS("wrong.wifi-profile").of(self.lang))
        own = OpenWifi(
            ssid.encoded(wifi.ssid).hex(),
            security="wpa3" if wifi.security == "wpa3" else "wpa2",
            hidden=wifi.hidden,
            passphrase=wifi.passphrase,
        )
        self._question = replace(self._question, wifi=own)

    def capture(self, file: str) -> None:
        """A file that is no capture is wrong use: nothing can be judged from it."""
        from posdiag.formats.pcap import CaptureFile, unpacked
        from posdiag.system.core.files import read_regular

        path = Path(file)
        try:
            head = unpacked(read_regular(path, HEAD), HEAD)
        except OSError as trouble:
            refuse(f"{clean(file)}: {reason(trouble, self.lang)}")
        if not CaptureFile(head).recognised:
            refuse(TEXTS("wrong.capture", file=clean(file)).of(self.lang))
        self.ask(seconds=READING)
        self._question = replace(self._question, file=str(path.absolute()))
        self._deadline = READING

    def limit(self, timeout: float | None) -> None:
        """The time of all of it."""
        if timeout is None:
            return
        if not 0 < timeout < float("inf"):
            refuse(COMMANDS("wrong.timeout").of(self.lang))
        self._deadline = timeout
        if self.mode != "read":
            left = max(LEAST, timeout - LEAST)
            seconds = min(self._question.seconds, left)
            self._question = replace(self._question, seconds=seconds)

    # --- carrying out ------------------------------------------------------------

    def carry_out(self) -> int:
        """Watch, judge and report; returns the exit code."""
        from posdiag.system.process.signals import Stop
        from posdiag.texts.explain import explain

        with Stop() as stop:
            with stdout_reserved(self.outputs):
                live = Live(self.lang, self._question, sys.stderr)
                report, catalogue, survey = self._measure(live, stop)
                explained = explain(report, catalogue, again=self._again())
            deliver(explained, self.outputs, self.lang, no_color=self.no_color)
            live.read_in_part(survey)
            live.candidates(survey, report)
        return INTERRUPTED if stop.asked else EXIT[report.verdict.value]

    def _again(self) -> str:
        given = sys.argv[1:]
        whole = given[:2] == ["terminal", self.mode]
        return rerun_command(given if whole else ("terminal", self.mode), "terminal")

    def _measure(
        self, live: Live, stop: Stop
    ) -> tuple[Report, Catalogue, TerminalSurvey | None]:
        from posdiag.engine.registry import core
        from posdiag.engine.session import conduct
        from posdiag.system.choose import choose
        from posdiag.system.terminal.watching_system import WatchingSystem
        from posdiag.texts.catalogue import Catalogue

        system = choose()
        online = self._prepared(system)
        checks = core()
        catalogue = Catalogue(checks)
        order = self._order(checks, catalogue, own=online)
        quiet = self.mode == "listen"
        stopping = GracefulStop(stop)
        watching = WatchingSystem(system, live.show, stopping.wanted, quiet=quiet)
        live.begin(self._between)
        report = conduct(order, watching, lambda result: None, stopping)
        survey = watching.survey
        chosen = live.choose(survey, report) if survey and not stop.asked else ""
        if chosen and survey:
            # The same survey, now that it is known whose: nothing is watched anew.
            self._question = replace(self._question, mac=chosen)
            order = self._order(checks, catalogue, own=online)
            again = WatchingSystem(
                choose(), live.show, stopping.wanted, quiet=quiet, known=survey
            )
            report = conduct(order, again, lambda result: None, stopping)
        return report, catalogue, survey

    def _order(
        self, checks: tuple[Check, ...], catalogue: Catalogue, *, own: bool
    ) -> Order:
        from posdiag.engine.session import Order

        chosen = frozenset(self._chosen(checks, own))
        return Order(
            checks=tuple(check for check in checks if check.id in chosen),
            chosen=chosen,
            site=self._site_for_checks(),
            relations=catalogue,
            deadline=self._deadline,
            watch=self._question,
            needed=(PROOF, GATEWAY) if self.mode == "host" else (PROOF,),
            proof_groups=(GROUP,),
        )

    def _site_for_checks(self) -> Site:
        """A capture of the terminal joining a Wi-Fi is judged as such, too."""
        if self.mode != "read" or not self._site.wifi.ssid:
            return self._site
        wifi = replace(self._site.wifi, handshake=self._question.file)
        return replace(self._site, wifi=wifi)

    def _chosen(self, checks: tuple[Check, ...], own: bool) -> Iterator[str]:
        joins = self.mode == "read" and self._site.wifi.ssid
        for check in checks:
            group = check.id.partition(".")[0]
            on_own_path = own and check.id in OWN_PATH
            if group == GROUP or on_own_path or (joins and check.id == JOIN):
                yield check.id

    def _prepared(self, system: System) -> bool:
        """Refuse interfaces that are not there; is this machine online by itself?"""
        if self.mode == "read":
            return False
        interfaces, routes = asyncio.run(_machine(system))
        known = {i.name: i for i in interfaces.all} if interfaces else {}
        for name in (self._question.interface, self._question.uplink):
            if name and interfaces and name not in known:
                refuse(TEXTS("wrong.interface", name=name).of(self.lang))
            # An adapter for an access point is switched on by its manager.
            if name in known and not (known[name].enabled or self._question.wifi):
                refuse(TEXTS("wrong.interface-off", name=name).of(self.lang))
        if interfaces and routes:
            self._find_interface(interfaces, routes)
        return bool(routes and routes.defaults)

    def _find_interface(self, interfaces: Interfaces, routes: Routes) -> None:
        """Refuse where there is none for the terminal's cable and none was named."""
        from posdiag.system.terminal import config

        own = self._question.uplink or config.default_interface(interfaces, routes)
        if self._question.wifi:
            self._keep_uplink(interfaces, routes)
            return
        free = config.wired_interface(interfaces, own)
        wired = any(i.name == own and i.kind == "ethernet" for i in interfaces.all)
        if free and wired and self.mode != "inline":
            self._between = free, own
        if self._question.interface:
            return
        likely = own or config.wired_interface(interfaces)
        if not (free if self.mode == "host" else likely):
            refuse(TEXTS(f"wrong.no-interface-{self.mode}").of(self.lang))

    def _keep_uplink(self, interfaces: Interfaces, routes: Routes) -> None:
        """The adapter that opens the network goes out of every other: refuse where it
        is the way online, and prove the one that stays."""
        adapter = self._question.interface
        kinds = {i.name: i.kind for i in interfaces.all}
        if kinds.get(adapter) != "wifi":
            refuse(TEXTS("wrong.no-wifi", name=adapter).of(self.lang))
        named = self._question.uplink
        ways = [r.interface for r in routes.defaults if r.interface != adapter]
        uplink = named or next(iter(ways), "")
        if uplink in ("", adapter):
            refuse(TEXTS("wrong.wifi-uplink", name=adapter).of(self.lang))
        self._question = replace(self._question, uplink=uplink)
        self._site = replace(self._site, connection=Connection(interface=uplink))


class GracefulStop:
    """A stop that lets the watch end first, so that what it has seen is judged."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._since: float | None = None

    def wanted(self) -> bool:
        return self._stop.asked

    @property
    def asked(self) -> bool:
        if not self._stop.asked:
            return False
        self._since = self._since or monotonic()
        return monotonic() - self._since > ENDING


async def _machine(system: System) -> tuple[Interfaces | None, Routes | None]:
    from posdiag.model.questions.base import Unknown
    from posdiag.model.questions.machine import AskInterfaces, AskRoutes

    interfaces = await system.ask(AskInterfaces())
    routes = await system.ask(AskRoutes())
    return (
        None if isinstance(interfaces, Unknown) else interfaces,
        None if isinstance(routes, Unknown) else routes,
    )
