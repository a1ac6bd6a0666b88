"""Vendors of network cards, by hardware address (OUI) in scapy's table."""

from collections.abc import Iterable

NAME_LIMIT = 40
LOCAL = 2  # bit of the first byte: a locally administered address


def makers(macs: Iterable[str]) -> dict[str, str]:
    """Vendors by hardware address; unknown ones are left out."""
    assigned = [m for m in macs if len(m) == 17 and not int(m[:2], 16) & LOCAL]
    if not assigned:
        return {}
    from scapy.config import conf

    table = conf.manufdb
    found: dict[str, str] = {}
    for mac in assigned:
        name = table.lookup(mac)[1] if table else mac
        if name and name.lower() != mac:
            found[mac] = "".join(filter(str.isprintable, name))[:NAME_LIMIT]
    return found
