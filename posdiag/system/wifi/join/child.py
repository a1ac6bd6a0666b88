"""The child process of `join`: leaves the network, joins another, and comes back.

The first line of stdin is the request, in JSON, with the passphrase, which is nowhere
else. What has been remembered goes to stdout at once ("plan"), so that another process
could bring it back; then comes what was found ("joined" or "unknown"), and last how the
way back ended ("after"). Whatever ends the test, the way back is walked: that stdin
ends (posdiag ended, or was killed), a signal, or a bug.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol, TypeVar

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import JoinAttempt, Joined
from posdiag.system.core.codec import encode
from posdiag.system.wifi.join.lease import Lease
from posdiag.system.wifi.join.request import from_json, usable, with_security
from posdiag.system.wifi.managers.events import (
    HEARD,
    Heard,
    Outcome,
    Tape,
    ended,
    relevant,
    thrown_out,
)
from posdiag.system.wifi.nl80211.events import KernelEvents
from posdiag.system.wifi.nl80211.station import Station, summary

LINE = 65_536  # bytes of an request
TICK = 0.25
WRITTEN = 0.05  # seconds until the last station that is gone has been told of
HELP = 2.5  # seconds without a word of the access point, after which we help on
RESTORE_TIME = 60.0  # seconds for the way back, with all its second tries

T = TypeVar("T")
RestorePlan = dict[str, Any]


class Manager(Protocol):
    """Who manages the interface."""

    name: Literal["networkmanager", "wpa_supplicant"]

    async def heard(self, ssid: bytes) -> Heard: ...
    async def remember(self, request: JoinWifi) -> RestorePlan | Unknown: ...
    async def prepare(self, request: JoinWifi) -> bool:
        """False where what is to be joined cannot be: WEP left out, for instance."""
        ...

    async def refresh(self, frequencies: Sequence[int], ssid: bytes) -> None: ...
    async def begin(self, request: JoinWifi) -> None: ...
    async def lease(self, request: JoinWifi) -> Lease: ...
    async def restore(self, plan: RestorePlan) -> str: ...
    async def close(self) -> None: ...


async def manager_of(interface: str, tape: Tape) -> Manager | Unknown:
    from posdiag.system.wifi.join import by_networkmanager as join_nm
    from posdiag.system.wifi.join import by_supplicant as join_supplicant

    found = await join_nm.connect(interface, tape)
    if found is not None:
        return found
    direct = join_supplicant.connect(interface, tape)
    if isinstance(direct, Unknown):
        return direct
    if direct is not None and await direct.alive():
        return direct
    if shutil.which("wpa_supplicant", path=f"{os.environ['PATH']}:/usr/sbin:/sbin"):
        return Unknown("unsupported")
    return Unknown("no-tool", "sudo apt install wpasupplicant")


class Errand:
    """One test, from the request to the return."""

    def __init__(
        self,
        request: JoinWifi,
        manager: Manager,
        tape: Tape,
        plan: RestorePlan,
        heard: Heard,
    ) -> None:
        self.request = request
        self._ssid = bytes.fromhex(request.ssid)
        self.manager = manager
        self.plan = plan
        self._tape = tape
        self._heard = heard
        self._station = Station(request.interface, tape.now)

    @property
    def seconds(self) -> float:
        return round(self._tape.now(), 3)

    async def test(self) -> Joined | Unknown:
        if not await self.manager.prepare(self.request):
            return Unknown("unsupported")
        self._station.start()
        attempts: list[JoinAttempt] = []
        lease, seconds = Lease("untried"), 0.0
        for _ in range(max(1, self.request.attempts)):
            await self.manager.refresh(self._heard.frequencies, self._ssid)
            mark, began = len(self._tape.events), self._tape.now()
            outcome = await self._attempt(mark, began)
            over = self._tape.now()
            if outcome == "joined":
                lease = await self.manager.lease(self.request)
                seconds = self._tape.now() - over
            await asyncio.sleep(WRITTEN)
            attempts.append(self._written(outcome, mark, began, over))
            # One that was thrown out again has had no time to ask for an address.
            if outcome == "joined" and (
                lease.status == "ok" or not thrown_out(self._tape.since(mark))
            ):
                break
        self._station.stop()
        return Joined(
            manager=self.manager.name,
            attempts=tuple(attempts),
            lease=lease.status,
            address=lease.address,
            lease_seconds=round(seconds, 3),
            former=self.plan["ssid"],
        )

    async def _attempt(self, mark: int, began: float) -> Outcome:
        end = began + self.request.attempt_timeout
        help_at = began + HELP
        await self.manager.begin(self.request)
        while True:
            events, now = self._tape.since(mark), self._tape.now()
            outcome = ended(events, now, end)
            if outcome is not None:
                return outcome
            if now >= help_at and not any(e.kind in HEARD for e in events):
                # It listens on all channels, which takes long, though one would do.
                await self.manager.refresh(self._heard.frequencies, self._ssid)
                help_at = self._tape.now() + HELP
            await self._tape.wait(TICK)

    def _written(
        self, outcome: Outcome, mark: int, began: float, over: float
    ) -> JoinAttempt:
        """What was told and seen since the try `began`; it was `over` before a lease
        was asked for, which counts as well."""
        events = relevant(self._tape.since(mark))
        seen = summary(self._station.samples, began, self._tape.now())
        seen.setdefault("signal", self._heard.signal)
        told = (replace(event, seconds=round(event.seconds, 3)) for event in events)
        return JoinAttempt(outcome, round(over - began, 3), tuple(told), **seen)


@contextlib.contextmanager
def kernel_events(interface: str, tape: Tape) -> Iterator[None]:
    """Put what the kernel tells on the tape; nothing where it does not let us."""
    loop = asyncio.get_running_loop()
    try:
        events = KernelEvents(interface)
    except OSError:
        yield
        return

    def read() -> None:
        for event in events.take():
            tape.add(replace(event, seconds=tape.now()))

    loop.add_reader(events.fileno(), read)
    try:
        yield
    finally:
        loop.remove_reader(events.fileno())
        events.close()


def say(**message: Any) -> None:
    """One line to whoever asked; it may be gone."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


async def unless(ending: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives; None if the end comes first, and then it is cut short."""
    task = asyncio.ensure_future(work)
    wait = asyncio.ensure_future(ending.wait())
    try:
        await asyncio.wait((task, wait), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        return None
    finally:
        for each in (task, wait):
            each.cancel()
        await asyncio.gather(task, wait, return_exceptions=True)


async def join(request: JoinWifi, ending: asyncio.Event) -> None:
    tape = Tape()
    manager = await manager_of(request.interface, tape)
    if isinstance(manager, Unknown):
        say(unknown=manager.why, hint=manager.hint)
        return
    try:
        heard = await manager.heard(bytes.fromhex(request.ssid))
        request = with_security(request, heard.offers)
        plan: RestorePlan | Unknown = Unknown("unsupported")
        if usable(request):
            plan = await manager.remember(request)
        if isinstance(plan, Unknown):
            say(unknown=plan.why, hint=plan.hint)
            return
        say(plan={**plan, "interface": request.interface})
        with kernel_events(request.interface, tape):
            await there_and_back(Errand(request, manager, tape, plan, heard), ending)
    finally:
        await manager.close()


async def there_and_back(errand: Errand, ending: asyncio.Event) -> None:
    found: Joined | Unknown | None = None
    try:
        found = await unless(ending, errand.test())
        if isinstance(found, Joined) and errand.request.hold and found.lease == "ok":
            held = replace(found, after="held", seconds=errand.seconds)
            found = None
            say(joined=encode(held))
            await ending.wait()
    finally:
        after = await way_back(errand.manager, errand.plan)
        if isinstance(found, Joined):
            found = replace(found, after=after, seconds=errand.seconds)
            say(joined=encode(found))
        elif found is not None:
            say(unknown=found.why, hint=found.hint)
        say(after=after)


async def way_back(manager: Manager, plan: RestorePlan) -> Any:
    try:
        async with asyncio.timeout(RESTORE_TIME):
            return await manager.restore(plan)
    except TimeoutError:
        return "lost"


async def restore(plan: RestorePlan) -> None:
    """Carry out the plan of a child that has died."""
    manager = await manager_of(plan["interface"], Tape())
    if isinstance(manager, Unknown):
        say(after="lost")
        return
    try:
        say(after=await way_back(manager, plan))
    finally:
        await manager.close()


async def _serve() -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ending.set)
    reader = asyncio.StreamReader(limit=LINE)
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        fields = json.loads(await reader.readline())
    except ValueError:
        return  # whoever started us has gone before it could say what it wants
    if "restore" in fields:
        await restore(fields["restore"])
        return

    async def watch() -> None:
        """Whatever comes next on stdin, its end above all, calls us back."""
        with contextlib.suppress(ValueError):
            await reader.readline()
        ending.set()

    watching = asyncio.create_task(watch())
    await join(from_json(fields), ending)
    watching.cancel()


def main() -> None:
    asyncio.run(_serve())


if __name__ == "__main__":
    main()
