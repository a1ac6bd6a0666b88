"""A router that answers for every address of its network (RFC 3069, local proxy ARP).

The kernel's own proxy ARP leaves probes of RFC 5227 alone; routers and access points
with client isolation do not, so that this answers in the kernel's place.
"""

import socket
import threading

from tests.lab.netns import inside

ETH_P_ARP = 0x0806
OUTGOING = 4


def answer_for_all(space: str, interface: str) -> None:
    """Answer every ARP request on the interface with its own hardware address."""
    with inside(space):
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
        wire.bind((interface, ETH_P_ARP))
    mac = wire.getsockname()[4]

    def answer() -> None:
        while True:
            frame, where = wire.recvfrom(2048)
            if where[2] == OUTGOING or frame[20:22] != b"\0\1":
                continue
            asker, wanted = frame[22:32], frame[38:42]
            head = asker[:6] + mac + b"\x08\x06" + frame[14:20] + b"\0\2"
            wire.send(head + mac + wanted + asker)

    threading.Thread(target=answer, daemon=True).start()
