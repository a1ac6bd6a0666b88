"""Which devices use an address, and do several at the same time?"""

from dataclasses import dataclass, field

ADDRESSES = 512  # whose users are remembered
USERS = 8  # of one address
CONFLICTS = 32  # that are reported
ANSWERS_ALL = 4  # addresses for which one device answers: a router with proxy ARP
VIRTUAL = ("00:00:5e:00:01:", "00:00:5e:00:02:")  # VRRP (RFC 9568)

Span = tuple[float, float]  # first and last time of use


@dataclass(slots=True)
class Claims:
    """Users of each address, by hardware address."""

    _users: dict[str, dict[str, Span]] = field(default_factory=dict)

    def note(self, address: str, mac: str, now: float) -> None:
        if address not in self._users and len(self._users) >= ADDRESSES:
            return
        users = self._users.setdefault(address, {})
        if mac in users or len(users) < USERS:
            users[mac] = (users.get(mac, (now, now))[0], now)

    def latest(self, address: str) -> list[str]:
        """The users of an address, the last one first."""
        users = self._users.get(address, {})
        return sorted(users, key=lambda mac: users[mac][1], reverse=True)

    def conflicts(self) -> tuple[str, ...]:
        """Addresses that several use at the same time, each with its users, divided by
        blanks. One after the other is no conflict: a lease went to the next. Nor is a
        router that answers for others."""
        held: dict[str, int] = {}
        for users in self._users.values():
            for mac in users:
                held[mac] = held.get(mac, 0) + 1
        found = []
        for address, users in self._users.items():
            own = {
                mac: span
                for mac, span in users.items()
                if held[mac] < ANSWERS_ALL and not mac.startswith(VIRTUAL)
            }
            overlapping = {
                mac
                for mac, (first, last) in own.items()
                for other, (began, ended) in own.items()
                if mac != other and max(first, began) <= min(last, ended)
            }
            if overlapping:
                found.append(" ".join((address, *sorted(overlapping))))
        return tuple(found[:CONFLICTS])
