"""What was observed of the terminal, and what should its settings be?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from posdiag.formats.address import is_address
from posdiag.formats.traffic import signs
from posdiag.measure.names import resolve
from posdiag.model import Context, Finding, Status, ok, skip, unmeasured
from posdiag.model.finding import Value
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.terminal import (
    EndWatch,
    Station,
    TcpTalk,
    TerminalSurvey,
    WatchTerminal,
)
from posdiag.model.site import Site

LONGEST = 600.0  # seconds of a watch beside other checks; these end earlier
CANDIDATES = 12  # that are listed
OUI = 3  # bytes of a hardware address that name its maker


@dataclass(frozen=True, slots=True)
class Expected:
    """What the profile says that the terminal's settings are; "" for nothing."""

    address: str = ""
    network: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """The survey, and the station in it that is the terminal; None: it was not seen.

    `hosts` are those that a sale may go to, the acquirer first, `targets` other hosts
    of the profile, all as host:port. `named`: the user or the profile says which device
    is the terminal, `mac` by its hardware address.
    """

    survey: TerminalSurvey
    terminal: Station | None = None
    expected: Expected = field(default_factory=Expected)
    hosts: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    named: bool = False
    mac: str = ""
    limits: Limits = field(default_factory=Limits)

    @property
    def mode(self) -> str:
        return self.survey.mode

    def judged_by(self, judge: "Judge") -> Finding:
        """The verdict on the terminal; a skip where it was not seen."""
        if self.terminal is None:
            return self.skipped("skip.terminal-unheard")
        return judge(self, self.terminal)

    def connections_to(self, hosts: tuple[str, ...]) -> list[TcpTalk]:
        """The terminal's connections to any of these hosts."""
        wanted = frozenset(hosts)
        talks = self.terminal.talks if self.terminal else ()
        return [t for t in talks if signs.goes_to(t, wanted)]

    def facts(self) -> dict[str, Value]:
        """Facts that every finding about the terminal has."""
        station = self.terminal
        facts: dict[str, Value] = {
            "mode": self.survey.mode,
            "seconds": self.survey.seconds,
            "packets": station.frames if station else 0,
        }
        if station is not None:
            facts |= {"mac": station.mac, "maker": station.maker or None}
            facts["address"] = signs.used_address(station) or None
        if self.survey.cut:
            facts["cut"] = True
        if self.survey.carrier is not None:
            facts["carrier"] = self.survey.carrier
        if self.survey.copied is not None and self.survey.mode == "inline":
            facts["held"] = self.survey.copied
        return facts

    def passed(self, variant: str = "", /, **facts: Value) -> Finding:
        """Nothing wrong with the terminal."""
        return ok("", {**self.facts(), **facts}, variant=variant)

    def skipped(self, reason: str, /, **facts: Value) -> Finding:
        """Undecided, and why. The advice differs by how the terminal was observed: a
        capture that was made before cannot be continued."""
        variant = "wifi" if self.survey.ssid else ""
        variant = "read" if self.mode == "read" else variant
        return Finding(Status.SKIP, reason, {**self.facts(), **facts}, variant=variant)


Judge = Callable[[Observation, Station], Finding]


def expected_settings(site: Site) -> Expected:
    """The terminal's own settings in the profile, else those of the connection."""
    own, connection = site.terminal, site.connection
    address = own.address or connection.address or ""
    if ":" in address:
        address = ""
    return Expected(
        address.partition("/")[0],
        signs.network_of(address),
        own.gateway or connection.gateway or "",
        own.dns or connection.dns,
    )


def sale_hosts(site: Site) -> tuple[str, ...]:
    """The acquirer and its backups as host:port."""
    acquirer = site.acquirer
    if not acquirer.host:
        return ()
    named = [acquirer.host, *([acquirer.server_name] if acquirer.server_name else [])]
    first = [f"{name.lower().rstrip('.')}:{acquirer.port}" for name in named]
    return tuple(dict.fromkeys([*first, *(b.lower() for b in acquirer.backup)]))


def target_hosts(site: Site) -> tuple[str, ...]:
    return tuple(f"{t.host.lower()}:{t.port}" for t in site.target)


def passive_watch(site: Site) -> WatchTerminal | None:
    """The watch that runs beside an ordinary run, for a terminal whose hardware address
    or IP address is in the profile; None where neither is."""
    own = site.terminal
    if not own.mac and not own.address:
        return None
    return WatchTerminal(
        mode="listen",
        interface=site.connection.interface or "",
        seconds=LONGEST,
        mac=(own.mac or "").lower(),
        address=(own.address or "").partition("/")[0],
        acquirer=sale_hosts(site),
        beside=True,
        limits=Limits(site.thresholds).overridden("terminal"),
    )


async def observe(ctx: Context) -> Observation | Finding:
    """Watch the terminal; a finding says why that was not possible."""
    question = ctx.watch or passive_watch(ctx.site)
    if question is None:
        return skip("skip.not-configured")
    watching = asyncio.create_task(_survey(ctx, question))
    if question.beside and ctx.others_done is not None:
        ended = asyncio.create_task(ctx.others_done.wait())
        await asyncio.wait((watching, ended), return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not watching.done():
            await ctx.system.ask(EndWatch())
    survey = await watching
    if isinstance(survey, Unknown):
        return unmeasured(survey)
    named = question.mac, question.address
    terminal = signs.terminal_of(survey, *named, question.acquirer)
    return Observation(
        survey,
        terminal,
        expected_settings(ctx.site),
        await _with_addresses(ctx, terminal),
        target_hosts(ctx.site),
        any(named),
        question.mac,
        ctx.limits,
    )


async def _survey(ctx: Context, question: WatchTerminal) -> TerminalSurvey | Unknown:
    return await ctx.system.ask(question)


async def _with_addresses(ctx: Context, terminal: Station | None) -> tuple[str, ...]:
    """The hosts by name; where the terminal's connections show no name, also by the
    addresses that this machine resolves."""
    hosts = sale_hosts(ctx.site)
    talks = terminal.talks if terminal else ()
    if all(signs.goes_to(t, frozenset(hosts)) for t in talks):
        return hosts
    found = list(hosts)
    for host in hosts:
        name, _, port = host.rpartition(":")
        name = name.strip("[]")
        if not is_address(name):
            known = await resolve(ctx, name)
            found += [f"{a}:{port}" for a in known.addresses]
    return tuple(dict.fromkeys(found))


def candidate_facts(survey: TerminalSurvey) -> tuple[dict[str, str | None], ...]:
    """The devices that may be the terminal, with masked hardware addresses; the live
    screen shows them in full."""
    return tuple(
        {
            "mac": masked(s.mac),
            "maker": s.maker or None,
            "address": signs.used_address(s) or None,
        }
        for s in signs.candidates(survey)[:CANDIDATES]
    )


def masked(mac: str) -> str:
    """A hardware address of which only the maker's part (OUI) is left."""
    parts = mac.split(":")
    return ":".join([*parts[:OUI], *["**"] * (len(parts) - OUI)])
