"""What one device on the wire has done so far. Everything in it is bounded."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from posdiag.formats.traffic.connections.flow import Flow
from posdiag.model.questions.terminal import (
    ArpSearch,
    DhcpMessage,
    NameLookup,
    Station,
    Via,
)

TIMES = 8  # times that are kept of one repeated question
MESSAGES, SEARCHES, LOOKUPS, FLOWS = 64, 32, 64, 96
ADDRESSES, VIAS, DATAGRAMS, BOOTS = 8, 8, 32, 16
HOLDERS = 8

Ends = tuple[str, int, str, int]  # of a connection: the device, its port, the host


@dataclass(slots=True)
class Search:
    """Repeated ARP questions of a device for one address."""

    sender: str = ""
    times: list[float] = field(default_factory=list)
    count: int = 0
    holders: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Lookup:
    """Repeated DNS questions for one name at one server."""

    times: list[float] = field(default_factory=list)
    count: int = 0
    rcode: str = ""
    addresses: list[str] = field(default_factory=list)
    answered: float | None = None


@dataclass(slots=True)
class Device:
    """One hardware address."""

    mac: str
    first: float
    inside: bool = False
    frames: int = 0
    last: float = 0.0
    boots: list[float] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    probed: str = ""
    dhcp: list[DhcpMessage] = field(default_factory=list)
    searches: dict[str, Search] = field(default_factory=dict)
    lookups: dict[tuple[str, str], Lookup] = field(default_factory=dict)
    flows: dict[Ends, Flow] = field(default_factory=dict)
    vias: dict[str, list[int]] = field(default_factory=dict)
    datagrams: list[str] = field(default_factory=list)

    def booted(self, now: float) -> None:
        """It has been switched on or plugged in. Signs within 2 s are one."""
        if not self.boots or now - self.boots[-1] > 2.0:
            self.boots.append(now)
            del self.boots[:-BOOTS]

    def uses(self, address: str) -> None:
        if self.addresses[-1:] != [address]:
            if address in self.addresses:
                self.addresses.remove(address)
            self.addresses.append(address)
            del self.addresses[:-ADDRESSES]

    def searched(self, address: str, sender: str, now: float) -> None:
        search = self.searches.get(address)
        if search is None:
            if len(self.searches) >= SEARCHES:
                return
            search = self.searches[address] = Search()
        search.sender = sender
        search.count += 1
        _note(search.times, now)

    def query(self, name: str, server: str, now: float) -> None:
        found = self.lookups.get((name, server))
        if found is None:
            if len(self.lookups) >= LOOKUPS:
                return
            found = self.lookups[name, server] = Lookup()
        found.count += 1
        _note(found.times, now)

    def reply(
        self, name: str, server: str, rcode: str, addresses: Iterable[str], now: float
    ) -> None:
        found = self.lookups.get((name, server))
        if found is not None:
            found.answered = found.answered or now
            found.addresses += [a for a in addresses if a not in found.addresses]
            del found.addresses[16:]
            if found.rcode != "NOERROR" or not found.addresses:
                found.rcode = rcode

    def names(self, address: str) -> tuple[str, ...]:
        """The names for which a resolver gave the device this address."""
        found = (n for (n, _), a in self.lookups.items() if address in a.addresses)
        return tuple(dict.fromkeys(found))[:4]

    def crossed(self, mac: str, sent: bool) -> None:
        """A packet went beyond the LAN by this neighbour, or came from there."""
        if mac not in self.vias and len(self.vias) >= VIAS:
            return
        self.vias.setdefault(mac, [0, 0])[0 if sent else 1] += 1

    def datagram(self, to: str) -> None:
        if to not in self.datagrams and len(self.datagrams) < DATAGRAMS:
            self.datagrams.append(to)

    def message(self, message: DhcpMessage) -> None:
        self.dhcp.append(message)
        del self.dhcp[:-MESSAGES]

    def keep(self, ends: Ends, flow: Flow) -> None:
        """Remember a connection; the oldest that has ended makes room."""
        if len(self.flows) >= FLOWS:
            ended = (key for key, other in self.flows.items() if other.over)
            del self.flows[next(ended, next(iter(self.flows)))]
        self.flows[ends] = flow

    def station(self, maker: str) -> Station:
        return Station(
            mac=self.mac,
            maker=maker,
            inside=self.inside,
            frames=self.frames,
            first=round(self.first, 3),
            last=round(self.last, 3),
            boots=tuple(round(b, 3) for b in self.boots),
            addresses=tuple(self.addresses),
            probed=self.probed,
            dhcp=tuple(self.dhcp),
            searches=tuple(
                ArpSearch(a, _rounded(s.times), s.count, s.sender, tuple(s.holders))
                for a, s in self.searches.items()
            ),
            lookups=tuple(
                NameLookup(
                    name,
                    server,
                    _rounded(found.times),
                    found.count,
                    found.rcode,
                    tuple(found.addresses),
                    None if found.answered is None else round(found.answered, 3),
                )
                for (name, server), found in self.lookups.items()
            ),
            talks=tuple(f.talk(self.names(f.address)) for f in self.flows.values()),
            vias=tuple(Via(m, *counts) for m, counts in self.vias.items()),
            datagrams=tuple(self.datagrams),
        )


def _note(times: list[float], now: float) -> None:
    """The first questions and the last."""
    if len(times) >= TIMES:
        times.pop()
    times.append(now)


def _rounded(times: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(t, 3) for t in times)
