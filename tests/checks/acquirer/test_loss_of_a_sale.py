"""Loss that small, steady echoes do not feel: by size, by connection, in outages."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.questions.wire import Connect, Connection, Echoes, Ping
from posdiag_checks.acquirer.loss import acquirer_loss
from tests.checks.machine import ACQUIRER, DNS, GATEWAY, ISP, PROBE, connects, echoes
from tests.checks.running import FAIL, WARN, Case, of

row = of(acquirer_loss)
PLACES = {
    "router.packet-loss": (GATEWAY, (GATEWAY, ISP, PROBE, DNS, ACQUIRER)),
    "isp.packet-loss": (PROBE, (PROBE, DNS, ACQUIRER)),
    "acquirer.packet-loss": (ACQUIRER, (ACQUIRER,)),
}
"""Cause: where it begins, and who loses."""


def large_lost(*addresses: str, nth: int = 2, above: int = 600) -> Any:
    """Of packets above so many bytes to these, every nth is lost."""
    plain, sent = echoes(), dict.fromkeys(addresses, 0)

    def ping(asked: Ping) -> Echoes:
        trips = list(plain(asked).trips)
        if asked.address in sent and asked.size + 28 > above:
            for at in range(asked.count):
                sent[asked.address] += 1
                if sent[asked.address] % nth == 0:
                    trips[at] = None
        return Echoes(asked.address, tuple(trips))

    return {Ping: ping}


def syns_lost(*addresses: str, nth: int = 2) -> Any:
    """Every nth connection to these needs its SYN a second time."""
    plain, sent = connects({}), dict.fromkeys(addresses, 0)

    def connect(asked: Connect) -> Connection:
        answer = plain(asked)
        if asked.address not in sent:
            return answer
        sent[asked.address] += 1
        if sent[asked.address] % nth:
            return answer
        return replace(answer, seconds=answer.seconds + 1, retransmits=1)

    return {Connect: connect}


def outages(*addresses: str, every: float = 2.0, gone: float = 0.3) -> Any:
    """These are gone for so many seconds in every so many."""
    plain, open_ = echoes(), connects({})

    def is_gone(seconds: float) -> bool:
        now = asyncio.get_running_loop().time()
        return (now + seconds + 1.2) % every < gone

    def ping(asked: Ping) -> Echoes:
        if asked.address not in addresses:
            return plain(asked)
        trips = (
            None if is_gone(at * asked.interval) else trip
            for at, trip in enumerate(plain(asked).trips)
        )
        return Echoes(asked.address, tuple(trips))

    def connect(asked: Connect) -> Connection:
        answer = open_(asked)
        lost = asked.address in addresses and is_gone(0.0)
        return replace(answer, seconds=1.03, retransmits=1) if lost else answer

    return {Ping: ping, Connect: connect}


def rows(variant: str, fault: Callable[..., Any]) -> list[Case]:
    return [
        row(
            name=f"{variant}: {code}",
            status=WARN if fault is outages else FAIL,
            code=code,
            variant=variant,
            change=fault(*lossy),
            facts={"where": where},
        )
        for code, (where, lossy) in PLACES.items()
    ]


CASES = [
    *rows("large", large_lost),
    *rows("connections", syns_lost),
    *rows("outages", outages),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_loss_is_charged_to_the_first_segment_that_shows_it(case: Case) -> None:
    case.verify()
