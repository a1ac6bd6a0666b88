"""What the child process that watches is told, as one value (JSON by the codec)."""

from dataclasses import dataclass

from posdiag.model.questions.terminal import WatchTerminal


@dataclass(frozen=True, slots=True)
class WatchOrder:
    """The question, and what this machine knows: `inside` and `outside` are interfaces
    ("" for none), `address` is its own on the one on which it asks, `network` and
    `router` those of the LAN, `own` and `own_macs` all of its addresses. The rest is
    for hosting: the subnet to lend, and whom the terminal may reach."""

    question: WatchTerminal
    inside: str = ""
    outside: str = ""
    asking: str = ""
    address: str = ""
    network: str = ""
    router: str = ""
    own: tuple[str, ...] = ()
    own_macs: tuple[str, ...] = ()
    phone: bool = False
    lend: str = ""
    reachable: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
