"""Neighbours: what can be asked without rights and without a network."""

import asyncio

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import AskNeighbour, AskSweep, Neighbour, Sweep
from posdiag.model.questions.meter import Meter
from posdiag.system.link.neighbour import neighbour, sweep


def test_loopback_needs_no_neighbours() -> None:
    meter = Meter()
    found = asyncio.run(neighbour(AskNeighbour("127.0.0.9", "lo"), meter))

    assert Neighbour("127.0.0.9", "not-needed") == found
    assert meter.total == 0


def test_nobody_lives_on_an_interface_that_is_not_there() -> None:
    found = asyncio.run(neighbour(AskNeighbour("10.0.0.1", "nosuch0"), Meter()))

    assert Neighbour("10.0.0.1", "failed") == found


def test_there_is_nobody_to_sweep_on_loopback() -> None:
    meter = Meter()
    found = asyncio.run(sweep(AskSweep("127.0.0.0/24", "lo"), meter))

    assert Sweep((), 0) == found
    assert meter.total == 0


def test_an_ipv6_network_is_too_large_to_sweep() -> None:
    found = asyncio.run(sweep(AskSweep("fd00::/64", "lo"), Meter()))

    assert Unknown("unsupported") == found
