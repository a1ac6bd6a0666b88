"""A ModemManager on a bus of its own: python-dbusmock, which real programs such as
`mmcli` take for the real one. Objects and properties are those of ModemManager 1.24.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.network_manager import CONFIG

MM, ROOT = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
MODEM, NETWORK = f"{MM}.Modem", f"{MM}.Modem.Modem3gpp"
SIGNAL, BEARER, SIM = f"{MM}.Modem.Signal", f"{MM}.Bearer", f"{MM}.Sim"
MOCK = "org.freedesktop.DBus.Mock"
PATH = f"{ROOT}/Modem/0"
CARD, CONNECTION = f"{ROOT}/SIM/0", f"{ROOT}/Bearer/0"
PYTHON = "/usr/bin/python3"  # Debian's, which has dbus-python
READY = 10.0  # seconds that the mock gets to start

Values = Mapping[str, Variant]

HEALTHY: Values = {
    "State": Variant("i", 11),
    "StateFailedReason": Variant("u", 0),
    "Manufacturer": Variant("s", "QUALCOMM"),
    "Model": Variant("s", "EM05"),
    "Device": Variant("s", "/sys/devices/usb1"),
    "Plugin": Variant("s", "quectel"),
    "PrimaryPort": Variant("s", "cdc-wdm0"),
    "Ports": Variant("a(su)", [["cdc-wdm0", 6], ["ttyUSB2", 3], ["wwan0", 2]]),
    "UnlockRequired": Variant("u", 1),
    "UnlockRetries": Variant("a{uu}", {2: 3, 4: 10}),
    "SignalQuality": Variant("(ub)", [71, True]),
    "AccessTechnologies": Variant("u", 1 << 14),
    "PowerState": Variant("u", 3),
    "Sim": Variant("o", CARD),
    "Bearers": Variant("ao", [CONNECTION]),
}
REGISTERED: Values = {
    "RegistrationState": Variant("u", 1),
    "OperatorName": Variant("s", "CHINA MOBILE"),
    "OperatorCode": Variant("s", "46000"),
    "PacketServiceState": Variant("u", 2),
    "NetworkRejection": Variant("a{sv}", {}),
    "Imei": Variant("s", "861234567890123"),
}
CONNECTED: Values = {
    "Interface": Variant("s", "wwan0"),
    "Connected": Variant("b", True),
    "ConnectionError": Variant("(ss)", ["", ""]),
    "Ip4Config": Variant(
        "a{sv}",
        {
            "method": Variant("u", 2),
            "address": Variant("s", "10.23.45.67"),
            "prefix": Variant("u", 29),
        },
    ),
    "Properties": Variant("a{sv}", {"apn": Variant("s", "cmiot")}),
}
LTE: Values = {
    "rsrp": Variant("d", -97.0),
    "rsrq": Variant("d", -11.0),
    "snr": Variant("d", 9.4),
    "rssi": Variant("d", -67.0),
}
SETUP = (
    "Setup",
    "u",
    "",
    f"self.props['{SIGNAL}']['Rate'] = args[0]\n"
    f"self.props['{SIGNAL}']['Lte'] = dbus.Dictionary("
    f"self.held if args[0] else {{}}, signature='sv')",
)
"""As ModemManager does: levels are there only while a rate is set."""

WRONG_PIN = f"{MM}.Error.MobileEquipment.IncorrectPassword"
SEND_PIN = (
    "SendPin",
    "s",
    "",
    f"modem = objects['{PATH}'].props['{MODEM}']\n"
    "if args[0] != '1234':\n"
    "    modem['UnlockRetries'] = dbus.Dictionary({2: 2}, signature='uu')\n"
    f"    raise dbus.exceptions.DBusException('no', name='{WRONG_PIN}')\n"
    "modem['UnlockRequired'] = dbus.UInt32(1)\n"
    "modem['State'] = dbus.Int32(11)\n",
)


class ManagerMock:
    """What the mock shows."""

    def __init__(self, bus: MessageBus, address: str) -> None:
        self._bus = bus
        self.address = address

    async def call(self, path: str, member: str, signature: str, *body: Any) -> Any:
        reply = await self._bus.call(
            Message(MM, path, MOCK, member, signature=signature, body=list(body))
        )
        assert reply is not None
        assert reply.message_type is not MessageType.ERROR, reply.body
        return reply.body[0] if reply.body else None

    async def add(
        self,
        path: str,
        interface: str,
        properties: Values,
        *methods: tuple[str, str, str, str],
    ) -> None:
        await self.call(
            ROOT,
            "AddObject",
            "ssa{sv}a(ssss)",
            path,
            interface,
            dict(properties),
            [list(m) for m in methods],
        )

    async def extend(
        self,
        interface: str,
        properties: Values,
        *methods: tuple[str, str, str, str],
        path: str = PATH,
    ) -> None:
        """Another interface of an object."""
        await self.call(path, "AddProperties", "sa{sv}", interface, dict(properties))
        for method in methods:
            await self.call(path, "AddMethod", "sssss", interface, *method)

    async def modem(
        self,
        modem: Values | None = None,
        network: Values | None = None,
        bearer: Values | None = None,
        *,
        levels: bool = True,
    ) -> None:
        """The healthy modem with some properties changed; no `bearer` with {}."""
        await self.add(PATH, MODEM, {**HEALTHY, **(modem or {})})
        await self.extend(NETWORK, {**REGISTERED, **(network or {})})
        if levels:
            values = {k: v.value for k, v in LTE.items()}
            method = SETUP[3].replace("self.held", json.dumps(values))
            rates = {"Rate": Variant("u", 0), "Lte": Variant("a{sv}", {})}
            await self.extend(SIGNAL, rates, (*SETUP[:3], method))
        await self.add(CARD, SIM, {"Imsi": Variant("s", "460001234567890")}, SEND_PIN)
        if bearer != {}:
            await self.add(CONNECTION, BEARER, {**CONNECTED, **(bearer or {})})

    async def calls(self, path: str = PATH) -> list[str]:
        """Names of the methods that were called on an object, in order."""
        logged = await self.call(path, "GetCalls", "")
        return [member for _, member, _ in logged]


@asynccontextmanager
async def modem_manager(folder: Path) -> AsyncIterator[ManagerMock]:
    """A bus on which the mock serves, empty at first."""
    path, config = folder / "bus", folder / "bus.conf"
    config.write_text(CONFIG.format(path=path))
    daemon = await asyncio.create_subprocess_exec(
        "dbus-daemon",
        f"--config-file={config}",
        "--nofork",
        "--print-address",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    mock = None
    try:
        assert daemon.stdout is not None
        await daemon.stdout.readline()
        address = f"unix:path={path}"
        mock = await asyncio.create_subprocess_exec(
            *(PYTHON, "-m", "dbusmock", "--system", "-m", MM, ROOT, MM),
            env={"DBUS_SYSTEM_BUS_ADDRESS": address, "PATH": "/usr/bin:/bin"},
            stdout=asyncio.subprocess.DEVNULL,
        )
        bus = await MessageBus(bus_address=address, bus_type=BusType.SYSTEM).connect()
        await _until_there(bus)
        yield ManagerMock(bus, address)
        bus.disconnect()
    finally:
        for child in (mock, daemon):
            if child is not None:
                child.terminate()
                await child.wait()


@contextmanager
def managed_modem(
    modem: Values | None = None,
    network: Values | None = None,
    bearer: Values | None = None,
    *,
    levels: bool = True,
) -> Iterator[str]:
    """The address of a system bus on which ModemManager has that modem."""
    with asyncio.Runner() as runner, TemporaryDirectory() as folder:
        bus = modem_manager(Path(folder))
        mock = runner.run(_enter(bus))
        try:
            runner.run(mock.modem(modem, network, bearer, levels=levels))
            yield mock.address
        finally:
            runner.run(_leave(bus))


async def _enter(bus: AbstractAsyncContextManager[ManagerMock]) -> ManagerMock:
    return await bus.__aenter__()


async def _leave(bus: AbstractAsyncContextManager[ManagerMock]) -> None:
    await bus.__aexit__(None, None, None)


async def _until_there(bus: MessageBus) -> None:
    dbus = "org.freedesktop.DBus"
    async with asyncio.timeout(READY):
        while True:
            reply = await bus.call(
                Message(dbus, "/", dbus, "NameHasOwner", signature="s", body=[MM])
            )
            if reply is not None and reply.body == [True]:
                return
            await asyncio.sleep(0.05)
