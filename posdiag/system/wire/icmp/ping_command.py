"""Does a host answer the system's own `ping`, and how fast?

Reads the output of iputils and busybox (Linux), of macOS and the BSDs, and of
Windows in any language: what is read is `time=`, `icmp_seq=` and the order of lines,
never a sentence. Differences from a socket of our own:

* on Linux the payload is at least 16 bytes, because ping puts its clock into it;
* `interval` is at least what a user may ask for;
* Windows knows no interval, so each request is a program of its own;
* ICMP errors are not distinguished, `errors` stays empty.

Sources: ping(8) of iputils 20221126, of macOS 14; `ping /?` of Windows 11.
"""

import asyncio
import re
from ipaddress import ip_address

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Ping
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.process.command import Output
from posdiag.system.process.tools import Tools

CLOCK = 16  # bytes of payload that iputils needs for its clock (a struct timeval)
MIN_INTERVAL = {"linux": 0.2, "macos": 0.1}  # seconds, without rights
MAX_COUNT = 500
MAX_LINES = 5_000
GRACE = 2.0  # seconds for the program to start and to end

# Windows translates "time": `time=3ms`, `temps=3 ms`, `Zeit<1ms`; Unix `time=3.21 ms`.
TIME = re.compile(r"[=<]\s?(\d{1,6}(?:[.,]\d{1,6})?)\s?ms\b", re.ASCII)
# In other alphabets the unit is, too: `время=14мс`. A word before "=" or "<" is the
# label of the next value; the time is the last value with a unit.
OTHER_TIME = re.compile(
    r"[=<]\s?([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s?[^\W\d_]+\b(?!\s?[=<])"
)
FROM_ZERO = re.compile(r"^PING .*: [0-9]+ data bytes", re.MULTILINE)
SEQUENCE = re.compile(r"\b(icmp_)?seq=(\d{1,6})\b", re.ASCII)
MTU = re.compile(r"\bmtu ?= ?(\d{2,5})\b", re.ASCII | re.IGNORECASE)
MTU_BSD = re.compile(r"\(MTU (\d{2,5})\)", re.ASCII)


def command(question: Ping, os: str, source: str = "") -> list[str]:
    """The command line. `source` is the address to send from, for Windows."""
    six = ":" in question.address
    if os == "windows":
        return [*_windows(question, six, source), question.address]
    least = MIN_INTERVAL.get(os, 1.0)
    size = max(question.size, CLOCK)
    interval = f"{max(question.interval, least):g}"
    argv = ["ping6" if six and os == "macos" else "ping", "-n"]
    argv += ["-c", str(question.count), "-i", interval, "-s", str(size)]
    if os == "macos":
        return [*argv, *_macos(question, six), question.address]
    argv += ["-W", f"{question.timeout:g}"]
    if question.whole:
        argv += ["-M", "do"]
    if question.ttl:
        argv += ["-t", str(question.ttl)]
    if question.device:
        argv += ["-I", question.device]
    return [*argv, question.address]


def _macos(question: Ping, six: bool) -> list[str]:
    argv = [] if six else ["-W", str(_milliseconds(question.timeout))]
    if question.whole:
        argv.append("-D")
    if question.ttl:
        argv += ["-h" if six else "-m", str(question.ttl)]
    if question.device:
        argv += ["-I" if six else "-b", question.device]
    return argv


def _windows(question: Ping, six: bool, source: str) -> list[str]:
    argv = ["ping", "-n", "1", "-w", str(_milliseconds(question.timeout))]
    argv += ["-l", str(question.size)]
    if question.whole and not six:  # IPv6 is never fragmented by routers
        argv.append("-f")
    if question.ttl:
        argv += ["-i", str(question.ttl)]
    if source:
        argv += ["-S", source]
    return argv


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def unix_trips(text: str, count: int, first: int = 1) -> tuple[float | None, ...]:
    """Seconds for each of `count` requests; the first has the number `first`.

    A duplicate does not replace the first answer; an answer from elsewhere is none.
    """
    if FROM_ZERO.search(text):  # BSD, macOS, and inetutils on Linux
        first = 0
    trips: list[float | None] = [None] * count
    for line in text.splitlines()[:MAX_LINES]:
        sequence, time = SEQUENCE.search(line), TIME.search(line)
        if sequence is None or time is None or "DIFFERENT ADDRESS" in line:
            continue
        # busybox writes `seq=` and counts from 0.
        index = int(sequence[2]) - (first if sequence[1] else 0)
        if 0 <= index < count and trips[index] is None:
            trips[index] = _seconds(time[1])
    return tuple(trips)


def windows_trip(text: str) -> float | None:
    """Seconds for the one request of a Windows ping, None for no answer.

    `<1ms` is taken for 1 ms. The summary below the first block also holds times, so
    only the line after the heading is read.
    """
    lines = [line.strip() for line in text.splitlines()[:MAX_LINES]]
    blocks = [i for i, line in enumerate(lines) if line]
    if not blocks or blocks[0] + 1 >= len(lines):
        return None
    line = lines[blocks[0] + 1]
    if time := TIME.search(line):
        return _seconds(time[1])
    others = OTHER_TIME.findall(line)
    return _seconds(others[-1]) if others else None


def _seconds(milliseconds: str) -> float:
    return float(milliseconds.replace(",", ".")) / 1000


def is_truncated(text: str) -> bool:
    """Whether an answer came back shorter than what was sent (then it has no time)."""
    return any(
        SEQUENCE.search(line) and line.rstrip().endswith("(truncated)")
        for line in text.splitlines()[:MAX_LINES]
    )


def too_big(text: str) -> int | None:
    """The next-hop MTU that a router announced, in bytes at the IP layer."""
    found = MTU.search(text) or MTU_BSD.search(text)
    return int(found[1]) if found else None


def trouble(output: Output) -> Unknown | None:
    """Why nothing was sent; None where it was, or where there is no route."""
    if output.out.lstrip().startswith("PING"):
        return None
    message = (output.err or output.out).strip()[:200]
    lowered = message.lower()
    if "unreachable" in lowered or "no route" in lowered:
        return None
    if "permitted" in lowered or "permission" in lowered or "cap_net_raw" in lowered:
        return Unknown("no-rights", RUN_AS_ROOT)
    return Unknown("trouble", f"ping: {message}")


async def ping(tools: Tools, question: Ping, meter: Meter) -> Echoes | Unknown:
    try:
        six = ip_address(question.address).version == 6
    except ValueError:
        return Unknown("trouble", "ping: not an address")
    if question.device.startswith("-") or not 0 < question.count <= MAX_COUNT:
        return Unknown("trouble", "ping: not a device, or too many requests")
    ask = _ask_windows if tools.os == "windows" else _ask_unix
    echoes = await ask(tools, question)
    if isinstance(echoes, Echoes):
        size = question.size if tools.os == "windows" else max(question.size, CLOCK)
        cost = (48 if six else 28) + size
        meter.add(echoes.sent * cost, len(echoes.answered) * cost)
    return echoes


async def _ask_unix(tools: Tools, question: Ping) -> Echoes | Unknown:
    interval = max(question.interval, MIN_INTERVAL.get(tools.os, 1.0))
    limit = (question.count - 1) * interval + question.timeout + GRACE
    output = await tools.run(command(question, tools.os), limit)
    if isinstance(output, Unknown):
        return output
    unsent = trouble(output)
    if unsent is not None:
        return unsent
    trips = unix_trips(output.out, question.count, int(tools.os == "linux"))
    if question.count == 1 and is_truncated(output.out):
        trips = (question.timeout,)  # it arrived in time; its RTT is not shown
    mtu = too_big(output.out + output.err)
    return Echoes(question.address, trips, too_big=mtu, method="command")


async def _ask_windows(tools: Tools, question: Ping) -> Echoes | Unknown:
    source = ""
    if question.device:
        source = tools.source(question.device, 6 if ":" in question.address else 4)
        if not source:
            return Unknown("trouble", "ping: the device has no address to send from")
    argv = command(question, tools.os, source)

    async def one(number: int) -> Output | Unknown:
        await asyncio.sleep(number * question.interval)
        return await tools.run(argv, question.timeout + GRACE)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in range(question.count)]
    trips: list[float | None] = []
    for task in tasks:
        output = task.result()
        if isinstance(output, Unknown):
            return output
        # The heading names the address; a usage text or a refusal does not.
        if question.address.partition("%")[0].lower() not in output.out.lower():
            return Unknown("trouble", f"ping: {output.out.strip()[:200]}")
        trips.append(windows_trip(output.out))
    return Echoes(question.address, tuple(trips), method="command")
