"""A NetworkManager and a wpa_supplicant on a bus of their own, as small as a join test
needs. What they answer, and in which order, was seen on NetworkManager 1.42.4 in the
Wi-Fi lab: an activation asks its agent for the passphrase, asks again when the keys
failed, and a "volatile" profile vanishes with its activation or with its owner.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant, unpack_variants
from dbus_fast.aio import MessageBus

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
WPA = "fi.w1.wpa_supplicant1"
PROPERTIES = "org.freedesktop.DBus.Properties"
DEVICE, POINT, HOME_POINT = f"{ROOT}/Devices/5", f"{ROOT}/AP/7", f"{ROOT}/AP/1"
RIGHT = "right pass"

CONFIG = """<busconfig>
<type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>"""


class Profile:
    def __init__(self, uuid: str, owner: str = "", settings: Any = None) -> None:
        self.uuid = uuid
        self.owner = owner  # who dies with it, of a volatile one
        self.settings = settings


class NetworkManager:
    """One device, "posdiag0", joined by the profile "home"."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.permissions = "yes"
        self.serves_dhcp = True
        self.state = 100
        self.profiles = {f"{ROOT}/Settings/1": Profile("home")}
        self.active = f"{ROOT}/Settings/1"
        self.calls: list[str] = []
        self.agents: set[str] = set()
        self.given: list[Any] = []
        self.history: list[str] = []
        self.added = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reads: dict[str, tuple[str, Callable[[Message], Any]]] = {
            "Get": ("v", lambda m: self._properties(str(m.path))[m.body[1]]),
            "GetAll": ("a{sv}", lambda m: self._properties(str(m.path))),
            "GetDeviceByIpIface": ("o", lambda m: {"posdiag0": DEVICE}[m.body[0]]),
            "GetInterface": ("o", lambda m: {"posdiag0": DEVICE}[m.body[0]]),
            "GetAllAccessPoints": ("ao", lambda m: [HOME_POINT, POINT]),
            "GetPermissions": ("a{ss}", lambda m: self._permissions()),
            "CheckpointCreate": ("o", lambda m: f"{ROOT}/Checkpoint/1"),
            "GetConnectionByUuid": ("o", lambda m: self._path_of(m.body[0])),
        }
        self._acts: dict[str, Callable[[Message], Any]] = {
            "Register": lambda m: self.agents.add(str(m.sender)),
            "CheckpointDestroy": lambda m: None,
            "AbortScan": lambda m: None,
            "RequestScan": lambda m: None,
            "AddAndActivateConnection2": self._add,
            "ActivateConnection": lambda m: self._run(self._activate(m.body[0])),
            "DeactivateConnection": lambda m: self._run(self._leave()),
            "Delete": lambda m: self.profiles.pop(str(m.path)),
            "Scan": lambda m: self._signal(WPA, "ScanDone", "b", [True]),
        }
        bus.add_message_handler(self._receive)

    def _run(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _receive(self, message: Message) -> Message | None:
        if message.member == "NameOwnerChanged" and not message.body[2]:
            self._drop(message.body[0])
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        try:
            signature, value = self._answer(message)
        except LookupError:
            return Message.new_error(message, f"{NM}.UnknownThing", "no such thing")
        body = [] if value is None else [value]
        return Message.new_method_return(message, signature, body)

    def _answer(self, message: Message) -> tuple[str, Any]:
        member = str(message.member)
        self.calls.append(member)
        if member in self._acts:
            self._acts[member](message)
            return "", None
        signature, read = self._reads[member]
        return signature, read(message)

    def _path_of(self, uuid: str) -> str:
        return next(p for p, profile in self.profiles.items() if profile.uuid == uuid)

    def _properties(self, path: str) -> dict[str, Variant]:
        if path == DEVICE:
            active = f"{ROOT}/ActiveConnection/1" if self.active else "/"
            return {
                "Managed": Variant("b", True),
                "State": Variant("u", self.state),
                "ActiveConnection": Variant("o", active),
                "ActiveAccessPoint": Variant("o", HOME_POINT),
                "Ip4Config": Variant("o", f"{ROOT}/IP4Config/1"),
            }
        if "/ActiveConnection/" in path:
            return {
                "Uuid": Variant("s", self.profiles[self.active].uuid),
                "Vpn": Variant("b", False),
            }
        if "/AP/" in path:
            name = b"HOME" if path == HOME_POINT else b"SHOP"
            return {
                "Ssid": Variant("ay", name),
                "Flags": Variant("u", 1),
                "WpaFlags": Variant("u", 0),
                "RsnFlags": Variant("u", 0x188),
                "Frequency": Variant("u", 2437),
                "Strength": Variant("y", 75),
            }
        if "/IP4Config/" in path:
            address = {"address": Variant("s", "10.0.2.62"), "prefix": Variant("u", 24)}
            return {"AddressData": Variant("aa{sv}", [address])}
        return {"ActiveConnections": Variant("ao", [])}

    def _permissions(self) -> dict[str, str]:
        names = ("network-control", "settings.modify.system")
        return {f"{NM}.{name}": self.permissions for name in names}

    def _add(self, message: Message) -> None:
        settings, owner = unpack_variants(message.body[0]), str(message.sender)
        path = f"{ROOT}/Settings/{len(self.calls)}"
        self.profiles[path] = Profile(settings["connection"]["uuid"], owner, settings)
        self.given.append(settings)
        self.added.set()
        self._run(self._activate(path))

    def _signal(self, interface: str, member: str, signature: str, body: Any) -> None:
        kind = f"{interface}.Interface" if interface == WPA else interface
        self.bus.send(Message.new_signal(DEVICE, kind, member, signature, body))

    def _turn(self, state: int, reason: int = 0) -> None:
        before, self.state = self.state, state
        self._signal(f"{NM}.Device", "StateChanged", "uuu", [state, before, reason])

    def _say(self, **changed: Variant) -> None:
        words = [f"{WPA}.Interface", changed, []]
        self._signal(PROPERTIES, "PropertiesChanged", "sa{sv}as", words)

    async def _activate(self, path: str) -> None:
        if self.active:
            await self._leave()
        if path not in self.profiles:
            return
        self.active = path
        profile = self.profiles[path]
        for state in (40, 50):
            self._turn(state)
        if not profile.owner:
            self._complete(profile)
            return
        secret = await self._ask(profile, 5)
        self._say(State=Variant("s", "associated"))
        self._say(State=Variant("s", "4way_handshake"))
        if secret != RIGHT:
            self._say(
                DisconnectReason=Variant("i", 15), State=Variant("s", "disconnected")
            )
            self._turn(60, 8)
            await self._ask(profile, 7)
            self._turn(120, 7)
            await self._leave()
            return
        self._say(State=Variant("s", "completed"))
        if self.active == path:
            self._complete(profile)

    def _complete(self, profile: Profile) -> None:
        self._turn(70)
        if profile.owner and not self.serves_dhcp:
            self._turn(120, 5)
            self._run(self._leave())
            return
        self.history.append(profile.uuid)
        self._turn(100)

    async def _leave(self) -> None:
        left, self.active = self.active, ""
        if left in self.profiles and self.profiles[left].owner:
            del self.profiles[left]
        self._turn(30, 60)

    async def _ask(self, profile: Profile, flags: int) -> str:
        """GetSecrets of the agent; what it refuses with is kept too."""
        body = [{"connection": {"uuid": Variant("s", profile.uuid)}}, POINT]
        words = ["802-11-wireless-security", [], flags]
        call = Message(
            profile.owner,
            f"{ROOT}/SecretAgent",
            f"{NM}.SecretAgent",
            "GetSecrets",
            signature="a{sa{sv}}osasu",
            body=[*body, *words],
        )
        reply = await self.bus.call(call)
        if reply is None or reply.message_type is MessageType.ERROR:
            self.given.append(reply.error_name if reply else None)
            return ""
        return str(unpack_variants(reply.body[0])["802-11-wireless-security"]["psk"])

    def _drop(self, name: str) -> None:
        """A client has gone, and what was bound to it goes too."""
        for path, profile in [*self.profiles.items()]:
            if profile.owner == name:
                if self.active == path:
                    self.active = ""
                    self._turn(30, 60)
                self.profiles.pop(path, None)


@asynccontextmanager
async def network_manager(folder: Path) -> AsyncIterator[tuple[str, NetworkManager]]:
    """The bus's address, and who serves on it."""
    path = folder / "bus"
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(path=path))
    daemon = await asyncio.create_subprocess_exec(
        "dbus-daemon",
        f"--config-file={config}",
        "--nofork",
        "--print-address",
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert daemon.stdout is not None
        await daemon.stdout.readline()
        address = f"unix:path={path}"
        bus = await MessageBus(bus_address=address, bus_type=BusType.SYSTEM).connect()
        manager = NetworkManager(bus)
        await bus.request_name(NM)
        await bus.request_name(WPA)
        rule = "type='signal',member='NameOwnerChanged'"
        dbus, place = "org.freedesktop.DBus", "/org/freedesktop/DBus"
        await bus.call(
            Message(dbus, place, dbus, "AddMatch", signature="s", body=[rule])
        )
        yield address, manager
        bus.disconnect()
    finally:
        daemon.terminate()
        await daemon.wait()
