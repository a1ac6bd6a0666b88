"""When did a WireGuard tunnel last shake hands with its peers?

By `wg show INTERFACE latest-handshakes`, `transfer` and `allowed-ips` (wg(8)), which
speaks to the kernel and to implementations in user space alike, and prints no private
key.
"""

import asyncio
import time
from contextlib import suppress
from ipaddress import ip_network

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskWireguard, Peer, Wireguard
from posdiag.model.questions.meter import Meter
from posdiag.system.process.command import Output
from posdiag.system.process.tools import TOOL_TIME, Tools, here

NO_RIGHTS = ("Operation not permitted", "Permission denied")
TABLES = ("latest-handshakes", "transfer", "allowed-ips")
MAX_PEERS, MAX_NETWORKS = 1000, 10_000


async def wireguard(
    question: AskWireguard, meter: Meter, tools: Tools | None = None
) -> Wireguard | Unknown:
    """Unknown: `no-tool` without `wg`, `no-rights` for anybody but root."""
    tools = tools or Tools(here())
    show = ["wg", "show", question.interface]
    outputs = (tools.run([*show, table], TOOL_TIME) for table in TABLES)
    texts: list[str] = []
    for output in await asyncio.gather(*outputs):
        if isinstance(output, Unknown):
            return output
        if output.code != 0:
            return _refusal(output)
        texts.append(output.out)
    handshakes, transfers, allowed = texts
    return Wireguard(
        read_peers(handshakes, transfers, time.time()), read_networks(allowed)
    )


def _refusal(output: Output) -> Wireguard | Unknown:
    if output.code is None:
        return Unknown("trouble", "wg does not answer")
    if any(reason in output.err for reason in NO_RIGHTS):
        return Unknown("no-rights", "sudo posdiag run")
    return Wireguard(spoken=False)  # not supported, no such device


def read_peers(handshakes: str, transfers: str, now: float) -> tuple[Peer, ...]:
    """From what `wg` prints: a key and a time (0: never), a key and bytes received and
    sent, one line a peer. Lines of another form are left out."""
    since = {key: when[0] for key, *when in _rows(handshakes, 2)}
    peers: list[Peer] = []
    for key, received, sent in _rows(transfers, 3):
        when = since.get(key, "")
        if not (when.isdecimal() and received.isdecimal() and sent.isdecimal()):
            continue
        last = int(when[:20])
        age = max(0.0, now - last) if last else None
        peers.append(Peer(age, int(sent[:19]), int(received[:19])))
    return tuple(peers[:MAX_PEERS])


def read_networks(text: str) -> tuple[str, ...]:
    """A key and its networks with blanks between, a line a peer; "(none)" for none."""
    found: list[str] = []
    for _, networks in _rows(text, 2):
        for network in networks.split():
            with suppress(ValueError):
                found.append(str(ip_network(network, strict=False)))
    return tuple(found[:MAX_NETWORKS])


def _rows(text: str, width: int) -> list[list[str]]:
    rows = [line.split("\t") for line in text.splitlines()]
    return [row for row in rows if len(row) == width]
