"""The agent that NetworkManager asks for the passphrase of our own profile, so that it
is stored in none (org.freedesktop.NetworkManager.SecretAgent, dbus-fast)."""

from collections.abc import Callable
from typing import Any

from posdiag.system.core.dbus import BUS, Bus, Service
from posdiag.system.wifi.managers.networkmanager import NM, ROOT

AGENT = f"{NM}.SecretAgent"
PATH = f"{ROOT}/SecretAgent"

Secrets = Callable[[str, int], dict[str, str] | None]
"""From the UUID of a profile and NMSecretAgentGetSecretsFlags to its secrets; None for
a profile that is not ours, {} where no other secret will be given."""


class SecretAgent:
    """Serves NetworkManager alone: any other caller is refused."""

    def __init__(self, bus: Bus, secrets: Secrets) -> None:
        self._nm = Service(bus, NM)
        self._secrets = secrets
        self._owner = ""
        bus.serve(PATH, AGENT, self._answer)

    async def register(self) -> None:
        """Raises `BusError`."""
        self._owner = await self._nm.owner()
        path, interface = f"{ROOT}/AgentManager", f"{NM}.AgentManager"
        await self._nm.call(path, interface, "Register", "s", "posdiag.join")

    def _answer(self, message: Any) -> Any:
        from dbus_fast import Message

        if message.sender != self._owner:
            return Message.new_error(message, f"{BUS}.Error.AccessDenied", "")
        if message.member != "GetSecrets":
            return Message.new_method_return(message)
        return self._get_secrets(message)

    def _get_secrets(self, message: Any) -> Any:
        from dbus_fast import Message, Variant, unpack_variants

        connection, _, setting, _, flags = message.body
        uuid = unpack_variants(connection).get("connection", {}).get("uuid", "")
        found = self._secrets(uuid, flags)
        if found is None:
            return Message.new_error(message, f"{AGENT}.NoSecrets", "not ours")
        if not found:  # end the activation, and let no other agent be asked
            return Message.new_error(message, f"{AGENT}.UserCanceled", "no other")
        values = {name: Variant("s", value) for name, value in found.items()}
        return Message.new_method_return(message, "a{sa{sv}}", [{setting: values}])
