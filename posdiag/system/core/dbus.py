"""Calls, properties and signals of services on the system bus (D-Bus, by dbus-fast).

No call starts a service that does not run. Values come without their D-Bus types. A
service that refuses, is gone or late raises `BusError`, since most callers make several
calls in a row; those that start such a sequence turn it into a value.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

BUS, BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
PROPERTIES = f"{BUS}.Properties"
CALL_TIME = 10.0
DENIED = ("AccessDenied", "PermissionDenied", "NotAuthorized", "AuthFailed")

OnSignal = Callable[[Any], None]
OnCall = Callable[[Any], Any]
"""Answers a method call (dbus-fast's `Message`) by another `Message`."""


class BusError(Exception):
    """The bus or a service answered with an error; `name` is its last part."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name.rpartition(".")[2]

    @property
    def denied(self) -> bool:
        return self.name in DENIED


class Bus:
    """One connection. `call_time`: seconds that a service gets to answer."""

    def __init__(self, bus: Any, call_time: float = CALL_TIME) -> None:
        self._bus = bus
        self._call_time = call_time
        self._on_signal: list[OnSignal] = []
        self._on_call: dict[tuple[str, str], OnCall] = {}
        bus.add_message_handler(self._receive)

    @classmethod
    async def connect(cls, call_time: float = CALL_TIME) -> "Bus | None":
        """None if there is no system bus or it refuses us."""
        from dbus_fast import BusType
        from dbus_fast.aio import MessageBus
        from dbus_fast.errors import AuthError, InvalidAddressError

        try:
            async with asyncio.timeout(call_time):
                bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        except (OSError, EOFError, TimeoutError, AuthError, InvalidAddressError):
            return None
        return cls(bus, call_time)

    def close(self) -> None:
        self._bus.disconnect()

    async def call(
        self,
        to: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: Any,
    ) -> Any:
        """The first value of the reply, None for an empty one. Raises `BusError`."""
        from dbus_fast import Message, MessageFlag, MessageType, unpack_variants

        message = Message(
            to,
            path,
            interface,
            member,
            flags=MessageFlag.NO_AUTOSTART,
            signature=signature,
            body=list(body),
        )
        try:
            async with asyncio.timeout(self._call_time):
                reply = await self._bus.call(message)
        except (OSError, EOFError, TimeoutError):
            raise BusError("Disconnected") from None
        if reply is None or reply.message_type is MessageType.ERROR:
            raise BusError(reply.error_name if reply is not None else "Disconnected")
        return unpack_variants(reply.body[0]) if reply.body else None

    async def listen(self, sender: str, on_signal: OnSignal) -> None:
        """Pass on every signal from now on; `on_signal` has to sort them out."""
        self._on_signal.append(on_signal)
        rule = f"type='signal',sender='{sender}'"
        await self.call(BUS, BUS_PATH, BUS, "AddMatch", "s", rule)

    def serve(self, path: str, interface: str, on_call: OnCall) -> None:
        """Have calls to this object of ours answered."""
        self._on_call[path, interface] = on_call

    def _receive(self, message: Any) -> Any:
        from dbus_fast import MessageType

        if message.message_type is MessageType.SIGNAL:
            for on_signal in self._on_signal:
                on_signal(message)
        elif message.message_type is MessageType.METHOD_CALL:
            on_call = self._on_call.get((message.path, message.interface))
            return on_call(message) if on_call is not None else None
        return None


@asynccontextmanager
async def system_bus(call_time: float = CALL_TIME) -> AsyncIterator[Bus | None]:
    """A connection while it is entered; None as for `Bus.connect`."""
    bus = await Bus.connect(call_time)
    try:
        yield bus
    finally:
        if bus is not None:
            bus.close()


class Service:
    """One service by its well-known name. All but `owner` raise `BusError`."""

    def __init__(self, bus: Bus, name: str) -> None:
        self._bus = bus
        self._name = name

    async def owner(self) -> str:
        """Its unique name on the bus, "" where it does not run."""
        try:
            found = await self._bus.call(
                BUS, BUS_PATH, BUS, "GetNameOwner", "s", self._name
            )
        except BusError:
            return ""
        return str(found)

    async def call(
        self, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> Any:
        """Like `Bus.call`."""
        return await self._bus.call(
            self._name, path, interface, member, signature, *body
        )

    async def get(self, path: str, interface: str, name: str) -> Any:
        """One property."""
        return await self.call(path, PROPERTIES, "Get", "ss", interface, name)

    async def get_all(self, path: str, interface: str) -> dict[str, Any]:
        return dict(await self.call(path, PROPERTIES, "GetAll", "s", interface))

    async def listen(self, on_signal: OnSignal) -> None:
        await self._bus.listen(self._name, on_signal)
