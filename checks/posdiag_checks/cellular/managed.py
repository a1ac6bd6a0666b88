"""Interpret ModemManager's view of the modem. Pure.

Its enumerations: MMModemState, MMModemLock, MMModemStateFailedReason,
MMModem3gppRegistrationState (the values of 27.007), MMModemAccessTechnology (bits).
"""

from collections.abc import Mapping

from posdiag.formats.at.context import DataContext, address_of
from posdiag.formats.at.registration import Generation
from posdiag.formats.at.signal import Level
from posdiag.formats.at.sim import SimState
from posdiag.model.questions.modem import ManagedBearer, ManagedModem
from posdiag_checks.cellular.dialogue import MESSAGES_ONLY, STATES
from posdiag_checks.cellular.modem import Modem, State

FAILED, LOCKED, DISABLED, DISABLING = -1, 2, 3, 4
SEARCHING, REGISTERED, CONNECTED = 7, 8, 11
SIM_MISSING, SIM_ERROR, NO_PROFILE = 2, 3, 5  # an eSIM without a profile is no SIM
PIN, PUK, NOT_THE_SIM = 2, 4, (0, 1, 3, 5)
DETACHED, ATTACHED = 1, 2
GENERATIONS: tuple[tuple[int, Generation], ...] = (
    (1 << 15, "5G"),
    (1 << 14 | 1 << 16 | 1 << 17, "4G"),
    (0b11111 << 5, "3G"),
    (0b1111 << 1, "2G"),
)
CAUSES: Mapping[str, int] = {
    "unknownapn": 27,
    "unknownpdp": 28,
    "authenticationfailed": 29,
    "pdpauthfailure": 29,
    "notsubscribed": 33,
    "servicesnotallowed": 7,
    "insufficientresources": 26,
    "operatordeterminedbarring": 8,
}
"""Session causes by a part of the name of ModemManager's error."""


def read(modem: ManagedModem) -> Modem | None:
    """The modem; None where ModemManager gave up on it for a reason of its own."""
    if modem.state == FAILED and _sim(modem) == "unknown":
        return None
    state = _registration(modem)
    data: State = "none" if modem.registration in MESSAGES_ONLY else state
    failed = next((b for b in modem.bearers if b.error), None)
    used = next((b for b in modem.bearers if b.connected), ManagedBearer())
    return Modem(
        port=modem.port,
        source="modemmanager",
        model=modem.model[:60],
        sim=_sim(modem),
        tries=modem.tries,
        pin=modem.pin,
        disabled=modem.state in (DISABLED, DISABLING),
        calls=state,
        packets=data,
        cause=modem.rejection,
        session_cause=_cause(failed.error) if failed else None,
        refused=failed.error if failed else "",
        technology=_generation(modem.technologies),
        operator=modem.operator[:40],
        level=Level(modem.rssi, modem.rscp, modem.rsrp, modem.rsrq, modem.sinr),
        percent=modem.quality,
        attached={DETACHED: False, ATTACHED: True}.get(modem.packets),
        interface=used.interface,
        servers=used.servers,
        contexts=_contexts(modem),
        addresses=not any(b.connected and not b.static for b in _all(modem)),
    )


def _sim(modem: ManagedModem) -> SimState:
    if modem.state == FAILED:
        if modem.failed in (SIM_MISSING, NO_PROFILE):
            return "absent"
        return "failure" if modem.failed == SIM_ERROR else "unknown"
    if modem.state == LOCKED or modem.lock in (PIN, PUK):
        named: dict[int, SimState] = {PIN: "pin", PUK: "puk"}
        return named.get(modem.lock, "ready" if modem.lock in NOT_THE_SIM else "locked")
    return "ready"


def _generation(bits: int) -> Generation:
    return next((name for mask, name in GENERATIONS if bits & mask), "")


def _cause(error: str) -> int | None:
    bare = error.lower()
    return next((cause for part, cause in CAUSES.items() if part in bare), None)


def _registration(modem: ManagedModem) -> State:
    """As the network's interface has it, else by the state of the modem."""
    if modem.registration is not None:
        return STATES.get(modem.registration, "none")
    if modem.state >= REGISTERED:
        return "home"
    return "searching" if modem.state == SEARCHING else "none"


def _all(modem: ManagedModem) -> tuple[ManagedBearer, ...]:
    """Its bearers; one that is connected has one, also where it cannot be read."""
    hidden = modem.state == CONNECTED and not modem.bearers
    return (ManagedBearer(connected=True),) if hidden else modem.bearers


def _contexts(modem: ManagedModem) -> tuple[DataContext, ...]:
    return tuple(_context(n, b) for n, b in enumerate(_all(modem), start=1))


def _context(number: int, bearer: ManagedBearer) -> DataContext:
    address = address_of(bearer.address) if bearer.connected else ""
    return DataContext(number, bearer.apn[:100], bearer.connected, address)
