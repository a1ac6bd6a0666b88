"""What was heard of the terminal, and what its settings should be?"""

import asyncio
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

LONGEST = 600.0  # seconds of a watch beside other checks, which end before
CANDIDATES = 12  # that are listed
PLACES = 3  # bytes of a hardware address that tell its maker


@dataclass(frozen=True, slots=True)
class Expected:
    """What the profile says that the terminal's settings are; "" for nothing."""

    address: str = ""
    network: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """The survey and who in it is the terminal. `hosts` are where a sale goes, the
    acquirer first, `targets` other hosts of the profile, all as host:port."""

    survey: TerminalSurvey
    terminal: Station | None = None
    expected: Expected = field(default_factory=Expected)
    hosts: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    named: bool = False
    mac: str = ""  # as it was named
    limits: Limits = field(default_factory=Limits)

    @property
    def mode(self) -> str:
        return self.survey.mode

    def to(self, hosts: tuple[str, ...]) -> list[TcpTalk]:
        """The terminal's connections to these."""
        wanted = frozenset(hosts)
        talks = self.terminal.talks if self.terminal else ()
        return [t for t in talks if signs.goes_to(t, wanted)]

    def about(self) -> dict[str, Value]:
        """Facts that every finding about the terminal has."""
        station = self.terminal
        told: dict[str, Value] = {
            "mode": self.survey.mode,
            "seconds": self.survey.seconds,
            "packets": station.frames if station else 0,
        }
        if station is not None:
            told |= {"mac": station.mac, "maker": station.maker or None}
            told["address"] = signs.used_address(station) or None
        if self.survey.carrier is not None:
            told["carrier"] = self.survey.carrier
        if self.survey.copied is not None and self.survey.mode == "inline":
            told["held"] = self.survey.copied
        return told

    def fine(self, variant: str = "", /, **facts: Value) -> Finding:
        """Nothing wrong with the terminal."""
        return ok("", {**self.about(), **facts}, variant=variant)

    def untold(self, reason: str, /, **facts: Value) -> Finding:
        """It cannot be told, and why."""
        every = {**self.about(), **facts}
        # What would help differs: a capture that is there already cannot be watched.
        variant = "wifi" if self.survey.ssid else ""
        variant = "read" if self.mode == "read" else variant
        return Finding(Status.SKIP, reason, every, variant=variant)


def expected(site: Site) -> Expected:
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


def beside(site: Site) -> WatchTerminal | None:
    """The watch that goes with an ordinary run: of a terminal that the profile names,
    by its own hardware address or address; None where it names none."""
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


async def heard(ctx: Context) -> Heard | Finding:
    """What was heard; the finding that says why nothing was."""
    question = ctx.watch or beside(ctx.site)
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
    return Heard(
        survey,
        terminal,
        expected(ctx.site),
        await _with_addresses(ctx, question, terminal),
        target_hosts(ctx.site),
        any(named),
        question.mac,
        ctx.limits,
    )


async def _survey(ctx: Context, question: WatchTerminal) -> TerminalSurvey | Unknown:
    return await ctx.system.ask(question)


async def _with_addresses(
    ctx: Context, question: WatchTerminal, terminal: Station | None
) -> tuple[str, ...]:
    """The hosts by name, and by the addresses that this machine has for them where the
    terminal's connections do not tell names."""
    hosts = sale_hosts(ctx.site)
    talks = terminal.talks if terminal else ()
    nameless = [t for t in talks if not signs.goes_to(t, frozenset(hosts))]
    if not nameless:
        return hosts
    found = list(hosts)
    for host in hosts:
        name, _, port = host.rpartition(":")
        name = name.strip("[]")
        if not is_address(name):
            known = await resolve(ctx, name)
            found += [f"{a}:{port}" for a in known.addresses]
    return tuple(dict.fromkeys(found))


def listed(
    survey: TerminalSurvey,
) -> tuple[dict[str, str | int | float | bool | None], ...]:
    """The devices that may be the terminal, as facts. Hardware addresses are shortened
    to what tells their maker; whoever prints to the screen has the whole ones."""
    found = signs.candidates(survey)[:CANDIDATES]
    return tuple(
        {
            "mac": shortened(s.mac),
            "maker": s.maker or None,
            "address": signs.used_address(s) or None,
        }
        for s in found
    )


def shortened(mac: str) -> str:
    parts = mac.split(":")
    return ":".join([*parts[:PLACES], *["**"] * (len(parts) - PLACES)])
