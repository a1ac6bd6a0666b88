"""Speed tests with a real iperf3 server, and what speedtest-cli may say."""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import SPEED_COST, MeasureSpeed, Speed
from posdiag.system.wire import speed_child
from posdiag.system.wire.speed import measure, read_iperf3, read_speedtest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.dictionaries(
        st.sampled_from(["end", "sum_received", "bytes", "error", "down", "ping"]),
        inner,
        max_size=4,
    ),
    max_leaves=8,
)


@contextmanager
def iperf3() -> Iterator[int]:
    """A server on loopback, on a port that the system chose."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    argv = ["iperf3", "-s", "-B", "127.0.0.1", "-p", str(port), "--forceflush"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if re.search("listening", line):
                    break
            yield port
        finally:
            server.kill()


def test_a_server_of_the_shops_own() -> None:
    meter = Meter()
    with iperf3() as port:
        found = asyncio.run(measure(MeasureSpeed("127.0.0.1", port), meter))

    assert isinstance(found, Speed)
    assert found.down is not None
    assert found.up is not None
    assert found.server == f"127.0.0.1:{port}"
    assert 10_000_000 < meter.total < SPEED_COST


def test_nobody_listens() -> None:
    found = asyncio.run(measure(MeasureSpeed("127.0.0.1", 1), Meter()))

    assert isinstance(found, Unknown)
    assert found.why == "trouble"
    assert found.hint.startswith("iperf3: unable to connect")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "speedtest-cli ended"),
        ({"trouble": "HTTP Error 403"}, "speedtest.net: HTTP Error 403"),
        ({"down": 0.0, "up": 0.0, "ping": 1_800_000.0}, "speedtest.net: 0 bit/s"),
    ],
)
def test_a_failure_is_no_measurement(answer: dict[str, Any] | None, why: str) -> None:
    assert read_speedtest(answer) == Unknown("trouble", why)


def test_what_speedtest_measured() -> None:
    answer = {
        "down": 4e7,
        "up": 8e6,
        "ping": 12.0,
        "server": "China Unicom",
        "sent": 5_000_000,
        "received": 9_900_000,
    }

    assert read_speedtest(answer) == Speed(
        4e7, 8e6, "China Unicom", 0.012, 5_000_000, 9_900_000
    )


@given(JSON)
def test_any_answer_is_read(told: Any) -> None:
    read_iperf3(json.dumps(told))
    read_speedtest(told if isinstance(told, dict) else None)


@given(st.text(max_size=100))
def test_any_text_is_read(text: str) -> None:
    assert len(read_iperf3(text)) == 3


def test_the_child_transfers_what_is_said_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Files and their number are fixed before any of them is asked for."""
    import sys
    from types import SimpleNamespace

    test = SimpleNamespace(config={}, best={"sponsor": "x"}, results=None, done=[])
    test.results = SimpleNamespace(
        download=1.0, upload=1.0, ping=1.0, bytes_sent=1, bytes_received=1
    )
    test.get_best_server = lambda: test.done.append("best")

    def carried(way: str, size_of: Any) -> Any:
        def run(**_: object) -> None:
            sizes, count = test.config["sizes"][way], test.config["counts"][way]
            test.done.append(sum(map(size_of, sizes)) * count)

        return run

    test.download = carried("download", lambda side: 2 * side * side)
    test.upload = carried("upload", lambda size: size)
    module = SimpleNamespace(Speedtest=lambda **_: test)
    monkeypatch.setitem(sys.modules, "speedtest", module)

    speed_child.measure()

    assert test.done[0] == "best"
    assert sum(test.done[1:]) <= SPEED_COST
