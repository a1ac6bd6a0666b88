"""The child process of `joiner`: leaves the network, joins another, and comes back.

The first line of standard input is the request (`request`). On standard output follow
the plan by which another process could restore the former network ("plan"), the answer
("joined" or "unknown"), and last the result of the return ("after"). Whatever ends the
test, the former network is restored: also at a signal, a bug, or when standard input
ends because posdiag has ended or was killed.

Where it is asked to offer the network instead, it is its access point until its input
ends: the answer is "opened", and a "client" follows for each device that comes.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import Joined
from posdiag.system.core.codec import encode
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.process.launcher import environment
from posdiag.system.wifi.join import own_supplicant
from posdiag.system.wifi.join.access_point import CLIENTS, AccessPoint
from posdiag.system.wifi.join.join_test import (
    JoinTest,
    Manager,
    RestorePlan,
    kernel_events,
)
from posdiag.system.wifi.join.request import OfferWifi, from_json, usable, with_security
from posdiag.system.wifi.managers.events import EventLog

LINE = 65_536  # bytes of a request
RESTORE_TIME = 60.0  # seconds for the return, with all its retries

T = TypeVar("T")


async def manager_of(interface: str, log: EventLog) -> Manager | Unknown:
    from posdiag.system.wifi.join import by_networkmanager, by_supplicant
    from posdiag.system.wifi.managers.detect import managed_by

    manager = await by_networkmanager.connect(interface, log)
    if manager is not None:
        return manager
    direct = by_supplicant.connect(interface, log)
    if isinstance(direct, Unknown):
        return direct
    if direct is not None and await direct.alive():
        return direct
    manager_name = await managed_by(interface)
    if manager_name == "iwd":
        return Unknown("iwd")
    if not shutil.which("wpa_supplicant", path=environment()["PATH"]):
        return Unknown("no-tool", "sudo apt install wpasupplicant")
    if manager_name:  # one that speaks by D-Bus alone
        return Unknown("unmanaged")
    if os.geteuid() != 0:
        return Unknown("no-rights", RUN_AS_ROOT)
    return await by_supplicant.start_own(interface, log) or Unknown("unmanaged")


def send(**message: Any) -> None:
    """One line to the parent, which may have ended."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


async def run_until(ending: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`; None where `ending` comes first and cancels it."""
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
    log = EventLog()
    manager = await manager_of(request.interface, log)
    if isinstance(manager, Unknown):
        send(unknown=manager.why, hint=manager.hint)
        return
    try:
        seen = await manager.last_scan(bytes.fromhex(request.ssid))
        request = with_security(request, seen.offers)
        plan: RestorePlan | Unknown = Unknown("unsupported")
        if usable(request):
            plan = await manager.prepare_restore(request)
        if isinstance(plan, Unknown):
            send(unknown=plan.why, hint=plan.hint)
            return
        send(plan={**plan, "interface": request.interface})
        if isinstance(request, OfferWifi):
            with kernel_events(request.interface, log, CLIENTS):
                await run_offer(AccessPoint(request, manager, log), plan, ending)
            return
        with kernel_events(request.interface, log):
            await run_test(JoinTest(request, manager, log, plan, seen), ending)
    finally:
        await manager.close()


async def run_test(test: JoinTest, ending: asyncio.Event) -> None:
    """Run the test, hold the network if asked to, and restore what was before."""
    found: Joined | Unknown | None = None
    try:
        found = await run_until(ending, test.run())
        if isinstance(found, Joined) and test.request.hold and found.lease == "ok":
            held = replace(found, after="held", seconds=test.seconds)
            found = None
            send(joined=encode(held))
            await ending.wait()
    finally:
        after = await restore_in_time(test.manager, test.plan)
        if isinstance(found, Joined):
            found = replace(found, after=after, seconds=test.seconds)
            send(joined=encode(found))
        elif found is not None:
            send(unknown=found.why, hint=found.hint)
        send(after=after)


async def run_offer(
    point: AccessPoint, plan: RestorePlan, ending: asyncio.Event
) -> None:
    """Open the access point, report every client, and restore what was before."""
    try:
        opened = await run_until(ending, point.open())
        if opened:
            send(opened=True)
            await run_until(ending, point.report_clients(send))
        elif opened is not None:
            send(unknown="no-access-point")
    finally:
        send(after=await restore_in_time(point.manager, plan))


async def restore_in_time(manager: Manager, plan: RestorePlan) -> Any:
    try:
        async with asyncio.timeout(RESTORE_TIME):
            return await manager.restore(plan)
    except TimeoutError:
        return "lost"


async def restore(plan: RestorePlan) -> None:
    """Carry out the plan of a child that has died."""
    if "own" in plan:
        await own_supplicant.remove(plan["own"])
        send(after="nothing")
        return
    manager = await manager_of(plan["interface"], EventLog())
    if isinstance(manager, Unknown):
        send(after="lost")
        return
    try:
        send(after=await restore_in_time(manager, plan))
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
        line = json.loads(await reader.readline())
    except ValueError:
        return  # the parent has ended before it could send a request
    if "restore" in line:
        await restore(line["restore"])
        return

    async def watch() -> None:
        """End the test when standard input ends."""
        with contextlib.suppress(ValueError):
            await reader.readline()
        ending.set()

    watching = asyncio.create_task(watch())
    await join(from_json(line), ending)
    watching.cancel()


def main() -> None:
    asyncio.run(_serve())
