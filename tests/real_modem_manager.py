"""The real ModemManager on a bus of its own, with a modem of the demonstration.

Its test interface takes ports on abstract unix sockets; udev and the machine's own
devices are left alone.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from posdiag.demo.devices.modem import Modem
from tests.network_manager import CONFIG

MM, ROOT = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
MODEM = f"{ROOT}/Modem/0"
COMMAND = (
    "ModemManager",
    *("--test-session", "--test-enable", "--test-no-udev"),
    *("--no-auto-scan", "--test-no-qrtr"),
)
TIME = 20.0  # seconds that it gets to start, and to probe a modem


@contextmanager
def on_a_socket(modem: Modem) -> Iterator[str]:
    """Serve the modem on an abstract socket; the name that ModemManager takes."""
    name = f"abstract:posdiag{uuid4().hex[:12]}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen(1)
        threading.Thread(target=_serve, args=(modem, server), daemon=True).start()
        yield name
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _serve(modem: Modem, server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            line, _ = server.accept()
            with line:
                while data := line.recv(4096):
                    for delay, said in modem.receive(data):
                        time.sleep(delay)
                        line.sendall(said or b"")


@asynccontextmanager
async def modem_manager_of(folder: Path, modem: Modem) -> AsyncIterator[str]:
    """The address of the bus on which ModemManager knows this modem, enabled if it can
    be."""
    path, config = folder / "bus", folder / "bus.conf"
    config.write_text(CONFIG.format(path=path))
    address = f"unix:path={path}"
    daemon = await asyncio.create_subprocess_exec(
        *("dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    manager = None
    try:
        assert daemon.stdout is not None
        await daemon.stdout.readline()
        manager = await asyncio.create_subprocess_exec(
            *COMMAND,
            env={
                "DBUS_SESSION_BUS_ADDRESS": address,
                "DBUS_SYSTEM_BUS_ADDRESS": address,
                "PATH": "/usr/sbin:/usr/bin:/bin",
            },
            stderr=asyncio.subprocess.DEVNULL,
        )
        bus = await MessageBus(bus_address=address).connect()
        with on_a_socket(modem) as name:
            async with asyncio.timeout(TIME):
                await _introduce(bus, name)
            yield address
        bus.disconnect()
    finally:
        for child in (manager, daemon):
            if child is not None:
                child.terminate()
                await child.wait()


async def _introduce(bus: MessageBus, port: str) -> None:
    """Have it look at the port, wait until it has a modem, enable that."""
    profile = ["test", "generic", [port]]
    for _ in range(100):  # it takes a moment to have its name
        if await _call(bus, ROOT, f"{MM}.Test", "SetProfile", "ssas", *profile):
            break
        await asyncio.sleep(0.1)
    about = (f"{MM}.Modem", "State")
    properties = "org.freedesktop.DBus.Properties"
    while True:
        told = await _call(bus, MODEM, properties, "Get", "ss", *about)
        if told and told[0].value not in (0, 1):
            break
        await asyncio.sleep(0.1)
    await _call(bus, MODEM, f"{MM}.Modem", "Enable", "b", True)


async def _call(
    bus: MessageBus, path: str, interface: str, member: str, signature: str, *body: Any
) -> list[Any] | None:
    """The reply's values (one of True for none), None for an error."""
    reply = await bus.call(
        Message(MM, path, interface, member, signature=signature, body=list(body))
    )
    if reply is None or reply.message_type is MessageType.ERROR:
        return None
    return list(reply.body) or [True]
