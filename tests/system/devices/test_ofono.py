"""ofonod, a second client that others wrote, takes our modem for one: it brings it to
registered, with the technology and the strength that we read of the same modem."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageType, Variant, unpack_variants
from dbus_fast.aio import MessageBus

from posdiag.demo.devices.modem import Manners, Modem
from tests.network_manager import CONFIG

OFONO, MODEM = "org.ofono", "/phonesim"
TIME = 20.0  # seconds for the whole of it
PHONESIM = "[phonesim]\nDriver=phonesim\nAddress=127.0.0.1\nPort={}\n"


def serve(modem: Modem, server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            line, _ = server.accept()
            with line:
                while data := line.recv(4096):
                    line.sendall(
                        b"".join(said or b"" for _, said in modem.receive(data))
                    )


@asynccontextmanager
async def ofono(folder: Path, port: int) -> AsyncIterator[MessageBus]:
    """A bus with ofonod, whose settings name the modem on that port. It reads them in
    /etc/ofono, which is ours in a mount namespace."""
    path, config, settings = folder / "bus", folder / "bus.conf", folder / "etc"
    config.write_text(CONFIG.format(path=path))
    settings.mkdir()
    (settings / "phonesim.conf").write_text(PHONESIM.format(port))
    daemon = await asyncio.create_subprocess_exec(
        *("dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    child = None
    try:
        assert daemon.stdout is not None
        await daemon.stdout.readline()
        address = f"unix:path={path}"
        command = f"mount --bind {settings} /etc/ofono && exec ofonod --nodetach"
        child = await asyncio.create_subprocess_exec(
            *("unshare", "-rm", "sh", "-c", command),
            env={"DBUS_SYSTEM_BUS_ADDRESS": address, "PATH": "/usr/sbin:/usr/bin:/bin"},
            stderr=asyncio.subprocess.DEVNULL,
        )
        bus = await MessageBus(bus_address=address).connect()
        yield bus
        bus.disconnect()
    finally:
        for one in (child, daemon):
            if one is not None:
                one.terminate()
                await one.wait()


async def call(
    bus: MessageBus, interface: str, member: str, signature: str = "", *body: Any
) -> Any:
    """The reply's first value ({} for none), None for an error."""
    reply = await bus.call(
        Message(
            OFONO,
            MODEM,
            f"{OFONO}.{interface}",
            member,
            signature=signature,
            body=list(body),
        )
    )
    if reply is None or reply.message_type is MessageType.ERROR:
        return None
    return unpack_variants(reply.body[0]) if reply.body else {}


async def registered(bus: MessageBus) -> dict[str, Any]:
    """The properties of the network once it is registered."""
    async with asyncio.timeout(TIME):
        for wanted in ("Powered", "Online"):
            value = (wanted, Variant("b", True))
            for _ in range(100):
                if await call(bus, "Modem", "SetProperty", "sv", *value) is not None:
                    break
                await asyncio.sleep(0.2)
        while True:
            told = await call(bus, "NetworkRegistration", "GetProperties") or {}
            if told.get("Status") == "registered" and "Strength" in told:
                return dict(told)
            await asyncio.sleep(0.2)


def test_ofono_brings_our_modem_to_registered(tmp_path: Path) -> None:
    modem = Modem(manners=Manners(latency=0.0))

    async def look() -> dict[str, Any]:
        port = server.getsockname()[1]
        async with ofono(tmp_path, port) as bus:
            return await registered(bus)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(modem, server), daemon=True).start()
        told = asyncio.run(look())
        server.shutdown(socket.SHUT_RDWR)

    assert told["Technology"] == "lte"
    assert told["Strength"] == 21 * 100 // 31
    assert len(modem.heard) > 40
