"""NetworkManager on the system bus: calls, properties, signals, and the agent by which
it asks us, and nobody else, for the passphrase of our own profile (dbus-fast)."""

import asyncio
from collections.abc import Callable
from typing import Any

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
SETTINGS = f"{ROOT}/Settings"
SUPPLICANT = "fi.w1.wpa_supplicant1"
AGENT = f"{NM}.SecretAgent"
AGENT_PATH = f"{ROOT}/SecretAgent"
BUS, BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
CALL_TIME = 10.0
DENIED = ("AccessDenied", "PermissionDenied", "NotAuthorized", "AuthFailed")

Signal = Callable[[Any], None]
Secrets = Callable[[str, int], dict[str, str] | None]


class Refused(Exception):
    """The bus or a service answered with an error; `name` is its last word."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name = name.rpartition(".")[2]
        self.text = text

    @property
    def denied(self) -> bool:
        return self.name in DENIED


class Bus:
    """One connection. Values come without their D-Bus types."""

    def __init__(self, bus: Any) -> None:
        self._bus = bus
        self._owner = ""
        self._secrets: Secrets | None = None
        self._signals: list[Signal] = []
        bus.add_message_handler(self._receive)

    @classmethod
    async def connect(cls) -> "Bus | None":
        from dbus_fast import BusType
        from dbus_fast.aio import MessageBus
        from dbus_fast.errors import AuthError, InvalidAddressError

        try:
            async with asyncio.timeout(CALL_TIME):
                bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        except (OSError, EOFError, TimeoutError, AuthError, InvalidAddressError):
            return None
        return cls(bus)

    def close(self) -> None:
        self._bus.disconnect()

    async def call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: Any,
        to: str = NM,
    ) -> Any:
        """The first value of the reply, None for an empty one. Raises `Refused`."""
        from dbus_fast import Message, MessageType, unpack_variants

        message = Message(
            to, path, interface, member, signature=signature, body=list(body)
        )
        try:
            async with asyncio.timeout(CALL_TIME):
                reply = await self._bus.call(message)
        except (OSError, EOFError, TimeoutError):
            raise Refused("Disconnected") from None
        if reply is None or reply.message_type is MessageType.ERROR:
            name = reply.error_name if reply is not None else "Disconnected"
            raise Refused(name, "".join(str(b) for b in reply.body[:1] if reply))
        return unpack_variants(reply.body[0]) if reply.body else None

    async def get(self, path: str, interface: str, name: str, to: str = NM) -> Any:
        properties = "org.freedesktop.DBus.Properties"
        return await self.call(path, properties, "Get", "ss", interface, name, to=to)

    async def get_all(self, path: str, interface: str) -> dict[str, Any]:
        properties = "org.freedesktop.DBus.Properties"
        return dict(await self.call(path, properties, "GetAll", "s", interface))

    async def owner(self, name: str) -> str:
        """The unique name behind a well-known one, "" for nobody."""
        try:
            found = await self.call(BUS_PATH, BUS, "GetNameOwner", "s", name, to=BUS)
        except Refused:
            return ""
        return str(found)

    async def listen(self, sender: str, signal: Signal) -> None:
        self._signals.append(signal)
        rule = f"type='signal',sender='{sender}'"
        await self.call(BUS_PATH, BUS, "AddMatch", "s", rule, to=BUS)

    async def answer_secrets(self, secrets: Secrets) -> None:
        """Be asked for secrets from now on. `secrets` gets the UUID of a profile and
        the flags, and gives None for what is not its own."""
        self._owner = await self.owner(NM)
        self._secrets = secrets
        manager = f"{ROOT}/AgentManager"
        await self.call(manager, f"{NM}.AgentManager", "Register", "s", "posdiag.join")

    def _receive(self, message: Any) -> Any:
        from dbus_fast import Message, MessageType

        if message.message_type is MessageType.SIGNAL:
            for signal in self._signals:
                signal(message)
            return None
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.interface != AGENT or message.path != AGENT_PATH:
            return None
        if message.sender != self._owner:
            return Message.new_error(message, f"{BUS}.Error.AccessDenied", "")
        if message.member != "GetSecrets":
            return Message.new_method_return(message)
        return self._give(message)

    def _give(self, message: Any) -> Any:
        from dbus_fast import Message, Variant, unpack_variants

        connection = unpack_variants(message.body[0])
        uuid, flags = connection.get("connection", {}).get("uuid", ""), message.body[4]
        found = self._secrets(uuid, flags) if self._secrets is not None else None
        if found is None:
            return Message.new_error(message, f"{AGENT}.NoSecrets", "not ours")
        if not found:  # ours, but no other one will be given: end it, ask nobody else
            return Message.new_error(message, f"{AGENT}.UserCanceled", "no other")
        values = {name: Variant("s", value) for name, value in found.items()}
        body = [{message.body[2]: values}]
        return Message.new_method_return(message, "a{sa{sv}}", body)
