"""Who made a network card? By its hardware address, in scapy's table of makers."""

from collections.abc import Iterable

NAME_LIMIT = 40
LOCAL = 2  # bit of the first byte: an address that no maker has given


def makers(macs: Iterable[str]) -> dict[str, str]:
    """Makers by hardware address; what is not known is left out."""
    assigned = [m for m in macs if len(m) == 17 and not int(m[:2], 16) & LOCAL]
    if not assigned:
        return {}
    from scapy.config import conf

    table = conf.manufdb
    found: dict[str, str] = {}
    for mac in assigned:
        name = table.lookup(mac)[1] if table else mac
        if name and name.lower() != mac:
            shown = "".join(c for c in name if c.isprintable())
            found[mac] = shown[:NAME_LIMIT]
    return found
