"""How fast is a transfer with a test server?

With an iperf3 server of the shop's own by the program `iperf3`; else with speedtest.net
by speedtest-cli, in a child process (`speed_child.py`), because its import replaces
standard output. Either is limited to the bytes of `SPEED_COST`.
"""

import asyncio
import json
from typing import Any

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import MeasureSpeed, Speed
from posdiag.system.process.command import run
from posdiag.system.process.json_child import JsonChild

DOWN, UP = "10M", "5M"  # bytes of an iperf3 transfer each way
ANSWER = 8192  # bytes of the child's answer
OUTPUT = 400_000  # bytes that iperf3 prints as JSON


async def measure(question: MeasureSpeed, meter: Meter) -> Speed | Unknown:
    """`trouble` with the reason where the test fails: that is not the line's fault."""
    if question.host:
        found = await _iperf3(question)
    else:
        found = await _speedtest(question.timeout)
    if isinstance(found, Speed):
        meter.add(found.sent, found.received)
    return found


async def _speedtest(timeout: float) -> Speed | Unknown:
    try:
        child = await JsonChild.start("posdiag.system.wire.speed_child", limit=ANSWER)
    except OSError as error:
        return Unknown("trouble", f"speedtest-cli: {error.strerror}")
    try:
        async with asyncio.timeout(timeout):
            answer = await child.receive()
    except TimeoutError:
        return Unknown("trouble", "speedtest.net: timeout")
    except ValueError as error:
        return Unknown("trouble", f"speedtest-cli {error}"[:200])
    finally:
        await child.end()
    return read_speedtest(answer)


def read_speedtest(answer: dict[str, Any] | None) -> Speed | Unknown:
    """Parse the child's output. A ping of half an hour and 0 bit/s are known errors of
    speedtest-cli, no measurement."""
    if answer is None:
        return Unknown("trouble", "speedtest-cli ended")
    if "trouble" in answer:
        return Unknown("trouble", f"speedtest.net: {answer['trouble']}"[:200])
    down, up = _rate(answer.get("down")), _rate(answer.get("up"))
    if down is None and up is None:
        return Unknown("trouble", "speedtest.net: 0 bit/s")
    trip = _rate(answer.get("ping"))
    return Speed(
        down,
        up,
        server=str(answer.get("server", ""))[:100],
        seconds=trip / 1000 if trip is not None and trip < 60_000 else None,
        sent=int(_rate(answer.get("sent")) or 0),
        received=int(_rate(answer.get("received")) or 0),
    )


async def _iperf3(question: MeasureSpeed) -> Speed | Unknown:
    rates: list[float | None] = []
    carried = [0, 0]
    troubles: list[str] = []
    for place, extra in enumerate((["-n", DOWN, "-R"], ["-n", UP])):
        argv = ["iperf3", "-J", "-c", question.host, "-p", str(question.port), *extra]
        output = await run(argv, question.timeout / 2, OUTPUT)
        if isinstance(output, Unknown):
            return output
        rate, count, trouble = read_iperf3(output.out)
        rates.append(rate)
        carried[place] += count
        troubles += [trouble] if trouble else []
    down, up = rates
    if down is None and up is None:
        return Unknown("trouble", f"iperf3: {next(iter(troubles), 'timeout')}"[:200])
    server = f"{question.host}:{question.port}"
    return Speed(down, up, server, sent=carried[1], received=carried[0])


def read_iperf3(text: str) -> tuple[float | None, int, str]:
    """Bits a second and bytes as received, and what went wrong, of `iperf3 -J`."""
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        return None, 0, "no answer"
    if not isinstance(report, dict):
        return None, 0, "no answer"
    trouble = report.get("error")
    end = report.get("end")
    total = end.get("sum_received") if isinstance(end, dict) else None
    if not isinstance(total, dict):
        return None, 0, str(trouble or "no answer")[:200]
    rate, count = _rate(total.get("bits_per_second")), _rate(total.get("bytes"))
    return rate, int(count or 0), "" if trouble is None else str(trouble)[:200]


def _rate(value: object) -> float | None:
    """A positive number that makes sense, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < 1e15 else None
