"""What answered from beyond the router, and what came back of what did not."""

from dataclasses import dataclass

from posdiag.formats.address import is_private
from posdiag.measure.uplink import Uplink
from posdiag.model.questions.wire import Hop, IcmpError


@dataclass(frozen=True, slots=True)
class Clue:
    """One host beyond the router that was probed. `tries` are packets unanswered."""

    role: str  # acquirer, resolver, connectivity, target, anchor
    what: str  # as the user knows it: host:port, URL, server
    address: str
    answered: bool
    tries: int = 0
    error: IcmpError | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All hosts that were probed, and the hops towards one of them."""

    clues: tuple[Clue, ...]
    hops: tuple[Hop, ...] = ()
    traced: bool = True  # False: this system cannot trace hops

    @property
    def answered(self) -> tuple[Clue, ...]:
        return tuple(c for c in self.clues if c.answered)

    @property
    def silent(self) -> tuple[Clue, ...]:
        return tuple(c for c in self.clues if not c.answered)

    @property
    def tries(self) -> int:
        """Packets that were not answered."""
        return sum(c.tries for c in self.silent)

    @property
    def one_for_all(self) -> bool:
        """Do the names of the acquirer and of the page, and no more, lead to one silent
        private address? That is a name server's doing, and shows nothing of the
        line."""
        named = {c.role: c.address for c in self.silent if c.role != "anchor"}
        one = set(named.values())
        both = named.keys() == {"acquirer", "connectivity"}
        return both and len(one) == 1 and is_private(*one)

    def beyond(self, up: Uplink) -> str:
        """The first hop beyond the router that sent Time Exceeded, or the traced host
        itself; "" for none. Destination Unreachable does not count: it may come from
        another address of the router itself."""
        near = {up.gateway, up.address.address if up.address else ""}
        answers = ("expired", "reached")
        passed = [h.by for h in self.hops if h.ttl > 1 and h.kind in answers]
        return next((by for by in passed if by and by not in near), "")

    def router_refuses(self, up: Uplink) -> bool:
        """Did the router itself send Destination Unreachable (ICMP type 3)?"""
        return bool(self._refusals(up))

    def router_forbids(self, up: Uplink) -> bool:
        """Did it send one that only a rule sends: administratively prohibited, or port
        unreachable about the port of another host (RFC 1812 section 5.2.7.1)?"""
        return any(e.prohibited or e.code == 3 for e in self._refusals(up))

    def _refusals(self, up: Uplink) -> tuple[IcmpError, ...]:
        errors = [c.error for c in self.clues if c.error]
        errors += [h.error for h in self.hops if h.error]
        return tuple(e for e in errors if e.by == up.gateway and e.type == 3)
