"""What the terminal does, a line each, as it does it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from posdiag.commands.terminal import TEXTS
from posdiag.formats.traffic import signs
from posdiag.model.questions.terminal import (
    Station,
    TcpTalk,
    TerminalSurvey,
    WatchTerminal,
    WifiClient,
)
from posdiag.texts.clean import clean

if TYPE_CHECKING:
    from posdiag.model import Facts, Report
    from posdiag.texts.lang import Lang
    from posdiag.texts.pair import Pair

MOST = 200  # lines of one watch
LISTED = 12
UNNAMED = "skip.terminal-unnamed"


class Live:
    """Prints to `screen` where somebody looks at it."""

    def __init__(self, lang: Lang, question: WatchTerminal, screen: TextIO) -> None:
        self._lang, self._question, self._screen = lang, question, screen
        self._printed: set[str] = set()
        self._shown = screen.isatty()

    def begin(self, between: tuple[str, str] | None = None) -> None:
        """What to do meanwhile. The truest view is offered first where the machine has
        two sockets, a free one and one that is online."""
        if between is not None:
            sockets = "--interface {} --uplink {}".format(*between)
            command = f"posdiag terminal inline {sockets}"
            self._print(TEXTS("offer.inline", command=command))
        if self._question.mode != "read":
            seconds = self._question.seconds
            self._print(TEXTS(f"begin.{self._question.mode_name}", seconds=seconds))

    def show(self, survey: TerminalSurvey) -> None:
        if not self._shown:
            return
        question = self._question
        station = signs.terminal_of(
            survey, question.mac, question.address, question.acquirer
        )
        for key, text in lines(survey, station):
            if key not in self._printed and len(self._printed) < MOST:
                self._printed.add(key)
                self._print(text)

    def choose(self, survey: TerminalSurvey, report: Report) -> str:
        """Which one is it? Asked where somebody can answer; "" for none."""
        found = _unnamed(survey, report)
        if not found or not (self._shown and sys.stdin.isatty()):
            return ""
        self._list(found)
        self._print(TEXTS("ask.which", count=len(found)))
        answer = sys.stdin.readline().strip()
        number = int(answer) if answer.isdecimal() and len(answer) < 4 else 0
        return found[number - 1].mac if 1 <= number <= len(found) else ""

    def candidates(self, survey: TerminalSurvey | None, report: Report) -> None:
        """The whole hardware addresses, which the report does not hold."""
        found = _unnamed(survey, report) if survey else []
        if found and self._shown:
            self._list(found)
            self._print(TEXTS("ask.mac", mac=found[0].mac))

    def read_in_part(self, survey: TerminalSurvey | None) -> None:
        """Said wherever it goes: what follows in the capture was not looked at."""
        from posdiag.formats.pcap import FILE_LIMIT, MAX_FRAMES

        if survey is not None and survey.cut:
            file, size = clean(self._question.file), FILE_LIMIT >> 20
            line = TEXTS("cut", file=file, size=size, frames=MAX_FRAMES)
            self._screen.write(f"posdiag: {line.of(self._lang)}\n")

    def _list(self, found: list[Station]) -> None:
        self._print(TEXTS("candidates"))
        for number, station in enumerate(found, 1):
            address = signs.used_address(station) or "-"
            row = (f"{number:3}", station.mac, f"{address:15}", clean(station.maker))
            self._screen.write("  ".join(row).rstrip() + "\n")

    def _print(self, text: Pair) -> None:
        if self._shown:
            self._screen.write(clean(text.of(self._lang), 300) + "\n")
            self._screen.flush()


def _unnamed(survey: TerminalSurvey | None, report: Report) -> list[Station]:
    codes = {result.finding.code for result in report.results}
    if survey is None or UNNAMED not in codes:
        return []
    return signs.candidates(survey)[:LISTED]


def lines(
    survey: TerminalSurvey, station: Station | None
) -> Iterator[tuple[str, Pair]]:
    """Everything that is known of the terminal, each with a key of its own."""
    if survey.carrier is False:
        yield "carrier", TEXTS("live.no-carrier")
    for client in survey.clients:
        yield from _client(client)
    if station is not None:
        yield from _station(station)


def _client(client: WifiClient) -> Iterator[tuple[str, Pair]]:
    if client.joined:
        yield f"in {client.mac}", TEXTS("live.wifi-joined", mac=client.mac)
    if client.refused:
        yield f"out {client.mac}", TEXTS("live.wifi-refused", mac=client.mac)


def _station(station: Station) -> Iterator[tuple[str, Pair]]:
    yield "heard", TEXTS("live.heard", mac=station.mac, maker=station.maker or "")
    for message in station.dhcp:
        key = f"dhcp {message.seconds}"
        yield key, TEXTS(f"live.dhcp-{message.kind}", address=message.address or "-")
    for search in station.searches:
        if search.count > 2 and not search.holders:
            yield f"arp {search.address}", TEXTS("live.arp", address=search.address)
    for asked in station.lookups:
        state = asked.rcode or ("silent" if asked.count > 1 else "asked")
        key = f"dns {asked.name} {asked.server} {state}"
        yield key, _lookup(asked.name, asked.server, state)
    for talk in station.talks:
        yield from _talk(talk)


def _lookup(name: str, server: str, state: str) -> Pair:
    known = {"asked": "asked", "silent": "silent", "NOERROR": "found"}
    return TEXTS(f"live.dns-{known.get(state, 'denied')}", name=name, server=server)


def _talk(talk: TcpTalk) -> Iterator[tuple[str, Pair]]:
    tls = talk.tls
    name = (tls.server_name if tls else "") or next(iter(talk.names), talk.address)
    where: Facts = {"host": name, "port": talk.port}
    key = f"tcp {talk.address} {talk.port} {talk.begun}"
    yield key, TEXTS("live.connect", **where)
    if talk.outcome in ("refused", "unreachable"):
        yield f"{key} {talk.outcome}", TEXTS(f"live.{talk.outcome}", **where)
    if tls is not None and tls.finished:
        yield f"{key} tls", TEXTS("live.tls", version=tls.chosen, **where)
    if tls is not None and tls.alert is not None:
        side = tls.alert_by or "host"
        yield f"{key} alert", TEXTS(f"live.alert-{side}", alert=tls.alert, **where)
    if talk.answered is not None:
        yield f"{key} answered", TEXTS("live.answered", **where)
    if talk.outcome == "ended":
        side = talk.ended_by or "host"
        yield f"{key} ended", TEXTS(f"live.ended-{side}", **where)
