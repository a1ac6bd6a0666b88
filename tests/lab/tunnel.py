"""A VPN that works: two tunnel devices, and a thread that carries packets between them.

What goes in at one end comes out at the other, as through an encrypted tunnel whose
outer packets are nobody's business here.
"""

import fcntl
import os
import selectors
import struct
import threading

from tests.lab.netns import inside

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


def _open(space: str, name: str) -> int:
    with inside(space):
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        request = struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(end, TUNSETIFF, request)
    return end


def connect(a: tuple[str, str], b: tuple[str, str]) -> None:
    """Make a tunnel device in each namespace, (namespace, name), and join them."""
    ends = _open(*a), _open(*b)
    other = {ends[0]: ends[1], ends[1]: ends[0]}

    def carry() -> None:
        chooser = selectors.DefaultSelector()
        for end in ends:
            chooser.register(end, selectors.EVENT_READ)
        while True:
            for key, _ in chooser.select():
                try:
                    os.write(other[key.fd], os.read(key.fd, 65536))
                except OSError:
                    continue  # an end is down: the packet is lost

    threading.Thread(target=carry, daemon=True).start()
