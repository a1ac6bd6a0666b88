"""Which data connections (PDP contexts) are defined, active, and have an address?

27.007 sections 10.1.1, 10.1.10, 10.1.14 and 10.1.23.
"""

import ipaddress
from dataclasses import dataclass

from posdiag.formats.at.framing import number, values

MOST = 16  # contexts that are looked at


@dataclass(frozen=True, slots=True)
class DataContext:
    """`active` is None where the modem does not tell; `address` "" for none."""

    id: int
    apn: str = ""
    active: bool | None = None
    address: str = ""


def contexts(
    defined: tuple[str, ...],
    active: tuple[str, ...],
    addresses: tuple[str, ...],
    running: tuple[str, ...] = (),
) -> tuple[DataContext, ...]:
    """All contexts, by the lines of `+CGDCONT`, `+CGACT`, `+CGPADDR`, `+CGCONTRDP`."""
    names = {cid: row for cid, row in _by_id(defined, "+CGDCONT")}
    states = dict(_by_id(active, "+CGACT"))
    shown = dict(_by_id(addresses, "+CGPADDR"))
    lent = dict(_by_id(running, "+CGCONTRDP"))
    found = []
    for cid in list(dict.fromkeys((*names, *states, *shown, *lent)))[:MOST]:
        apn = _place(names.get(cid, ()), 1) or _place(lent.get(cid, ()), 1)
        state = number(_place(states.get(cid, ()), 0))
        address = next(
            (a for a in map(address_of, shown.get(cid, ())) if a), ""
        ) or address_of(_place(lent.get(cid, ()), 2))
        active_now = state == 1 if state is not None else None
        found.append(DataContext(cid, apn[:100], active_now, address))
    return tuple(found)


def _by_id(lines: tuple[str, ...], name: str) -> list[tuple[int, tuple[str, ...]]]:
    row = ((number(v[0]), v[1:]) for v in values(lines, name))
    return [(cid, rest) for cid, rest in row if cid is not None and 0 <= cid <= 255]


def _place(row: tuple[str, ...], at: int) -> str:
    return row[at] if len(row) > at else ""


def address_of(text: str) -> str:
    """An address as 27.007 writes it, in the usual form; "" for none and for zeros.

    IPv6 may stand as sixteen decimal numbers; a mask of as many numbers may follow.
    """
    parts = text.split(".")
    try:
        if len(parts) in (16, 32):
            packed = bytes(int(part) for part in parts[:16])
            found = ipaddress.ip_address(packed)
        elif len(parts) == 8:
            found = ipaddress.ip_address(".".join(parts[:4]))
        else:
            found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return "" if found.is_unspecified else str(found)


def same_apn(one: str, other: str) -> bool:
    """Do both name the same access point? A network adds `.MNC004.MCC460.GPRS`."""

    def bare(name: str) -> str:
        return name.strip().lower().partition(".mnc")[0]

    return bare(one) == bare(other)
