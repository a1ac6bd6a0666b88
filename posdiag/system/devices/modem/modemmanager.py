"""What does ModemManager know of a modem? (D-Bus, system bus)

Read only, with two exceptions: a PIN that is given, and `Signal.Setup`, without which
it reports no levels; the former rate is restored. SIM and connections are looked up by
their paths, since not every version lists them. Times are seconds.
"""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from posdiag.formats.address import is_address
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import (
    AskManagedModem,
    ManagedBearer,
    ManagedModem,
    PinUse,
)
from posdiag.system.core.dbus import BusError, Service, system_bus
from posdiag.system.devices.modem.card import REFUSED, withheld

MM, ROOT = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
MODEM, SIM = f"{MM}.Modem", f"{MM}.Sim"
NETWORK, SIGNAL, BEARER = f"{MODEM}.Modem3gpp", f"{MODEM}.Signal", f"{MM}.Bearer"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
CALL_TIME = 3.0
TRANSIENT = (1, 5, 6, 7, 10)  # initializing, enabling, enabled, searching, connecting
DENIED = 3  # MMModem3gppRegistrationState
SETTLE_TIME, PAUSE = 4.0, 0.5  # how long a transient state is polled
SIGNAL_RATE, SIGNAL_TIME = 2, 1.5
LOCKED, SIM_PIN = 2, 2  # MMModemState, MMModemLock
STATIC = 2  # MMBearerIpMethod
NAMES = ("Manufacturer", "Model")
DNS = ("dns1", "dns2", "dns3")
MOST = 8  # modems and bearers that are examined

Values = Mapping[str, Any]


async def ask(question: AskManagedModem, meter: Meter) -> ManagedModem | Unknown:
    async with system_bus(CALL_TIME) as bus:
        service = Service(bus, MM) if bus is not None else None
        try:
            if service is None or not await service.owner():
                return Unknown("unsupported")
            path = await _find(service, question.port)
            if path is None:
                return Unknown("unsupported")
            return await _examine(service, path, question)
        except BusError as error:
            return Unknown("no-rights" if error.denied else "trouble", error.name)


async def _find(service: Service, port: str) -> str | None:
    """The object of the modem that has this port."""
    objects = await service.call(ROOT, OBJECTS, "GetManagedObjects")
    modems = {
        str(path): interfaces[MODEM]
        for path, interfaces in sorted(_table(objects).items())
        if isinstance(interfaces, dict) and MODEM in interfaces
    }
    if not port:
        return next(iter(modems), None)
    wanted = _device(port)
    for path, values in list(modems.items())[:MOST]:
        if wanted in _ports(values):
            return path
    return None


def _device(port: str) -> str:
    """`ttyUSB2` of any path to it."""
    return os.path.basename(os.path.realpath(port))


def _ports(values: Values) -> set[str]:
    names = [_list(port)[0] for port in _list(values.get("Ports")) if _list(port)]
    return {str(name) for name in (*names, values.get("PrimaryPort", ""))}


async def _examine(
    service: Service, path: str, question: AskManagedModem
) -> ManagedModem:
    pin, tries = await _unlock(service, await service.get_all(path, MODEM), question)
    values, network = await _settle(service, path, pin == "accepted")
    rejection = _table(network.get("NetworkRejection")).get("error")
    levels = await _levels(service, path)
    quality = _list(values.get("SignalQuality"))
    return ManagedModem(
        port=question.port or _text(values.get("PrimaryPort")),
        model=" ".join(filter(None, map(_text, map(values.get, NAMES)))),
        state=_int(values.get("State")) or 0,
        failed=_int(values.get("StateFailedReason")) or 0,
        lock=_int(values.get("UnlockRequired")) or 0,
        tries=tries,
        pin=pin,
        registration=_int(network.get("RegistrationState")),
        rejection=_int(rejection) or None,
        operator=_text(network.get("OperatorName") or network.get("OperatorCode")),
        technologies=_int(values.get("AccessTechnologies")) or 0,
        quality=_int(quality[0]) if quality else None,
        packets=_int(network.get("PacketServiceState")) or 0,
        bearers=await _bearers(service, values),
        **levels,
    )


async def _settle(service: Service, path: str, unlocked: bool) -> tuple[Values, Values]:
    """The properties of modem and network once the state is no transient one."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SETTLE_TIME
    while True:
        values = await service.get_all(path, MODEM)
        network = await _optional(service, path, NETWORK)
        state = _int(values.get("State"))
        transient = state in TRANSIENT or (unlocked and state == LOCKED)
        refused = network.get("NetworkRejection") or (
            _int(network.get("RegistrationState")) == DENIED
        )
        if not transient or refused or loop.time() >= until:
            return values, network
        await asyncio.sleep(PAUSE)


async def _optional(service: Service, path: str, interface: str) -> Values:
    """The properties of an interface that an object need not have."""
    with suppress(BusError):
        return await service.get_all(path, interface)
    return {}


async def _unlock(
    service: Service, values: Values, question: AskManagedModem
) -> tuple[PinUse, int | None]:
    """Send the PIN once if it is required and cannot lock the card; the tries left
    before that."""
    retries = _table(values.get("UnlockRetries")).get(SIM_PIN)
    tries = _int(retries)
    if _int(values.get("UnlockRequired")) != SIM_PIN:
        return "not-asked", tries
    pin = question.pin.reveal()
    key = (_text(values.get("Sim")), pin)
    why = withheld(key, tries)
    if why is not None:
        return why, tries
    try:
        await service.call(key[0], SIM, "SendPin", "s", pin)
    except BusError as error:
        if error.denied:
            return "not-given", tries
        REFUSED.add(key)
        return "refused", tries
    return "accepted", tries


async def _levels(service: Service, path: str) -> dict[str, float | None]:
    """Levels of the technology in use, {} without the right to set the rate."""
    values = await _optional(service, path, SIGNAL)
    if not values:
        return {}
    rate = _int(values.get("Rate")) or 0
    if rate:
        return _read_levels(values)
    try:
        await service.call(path, SIGNAL, "Setup", "u", SIGNAL_RATE)
    except BusError:
        return {}
    try:
        loop = asyncio.get_running_loop()
        until = loop.time() + SIGNAL_TIME
        while True:
            found = _read_levels(await _optional(service, path, SIGNAL))
            if found or loop.time() >= until:
                return found
            await asyncio.sleep(PAUSE / 2)
    finally:
        with suppress(BusError):  # the modem is gone
            await service.call(path, SIGNAL, "Setup", "u", rate)


def _read_levels(technologies: Values) -> dict[str, float | None]:
    """5G before 4G before 3G before 2G, the first that has values."""
    for name in ("Nr5g", "Lte", "Umts", "Gsm"):
        values = _table(technologies.get(name))
        found = {k: _float(values.get(k)) for k in ("rssi", "rscp", "rsrp", "rsrq")}
        found["sinr"] = _float(values.get("snr"))
        if any(value is not None for value in found.values()):
            return found
    return {}


async def _bearers(service: Service, values: Values) -> tuple[ManagedBearer, ...]:
    found = []
    for path in _list(values.get("Bearers"))[:MOST]:
        bearer = await _optional(service, _text(path), BEARER)
        if bearer:
            found.append(_bearer(bearer))
    return tuple(found)


def _bearer(values: Values) -> ManagedBearer:
    ip = _table(values.get("Ip4Config"))
    if "address" not in ip:
        ip = _table(values.get("Ip6Config")) or ip
    error = _list(values.get("ConnectionError"))
    name = _text(error[0]) if error else ""
    return ManagedBearer(
        apn=_text(_table(values.get("Properties")).get("apn")),
        connected=values.get("Connected") is True,
        static=_int(ip.get("method")) == STATIC,
        address=_text(ip.get("address")),
        interface=_text(values.get("Interface")),
        error=name.rpartition(".")[2],
        servers=tuple(filter(is_address, (_text(ip.get(key)) for key in DNS))),
    )


def _table(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    """An array or a structure."""
    return list(value) if isinstance(value, list | tuple) else []


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _int(value: object) -> int | None:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return value if plain and isinstance(value, int) and abs(value) < 2**63 else None


def _float(value: object) -> float | None:
    """A level; ModemManager's own value for "not known" is below -32000."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -200 < value < 100 else None
