"""What does ModemManager's view say of the modem? Pure.

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
    "operatordeterminedbarring": 8,
}
"""Session causes by a part of the name of ModemManager's error."""


def read(told: ManagedModem) -> Modem | None:
    """The modem; None where ModemManager gave up on it for a reason of its own."""
    if told.state == FAILED and _sim(told) == "unknown":
        return None
    state = _registration(told)
    data: State = "none" if told.registration in MESSAGES_ONLY else state
    failed = next((b for b in told.bearers if b.error), None)
    used = next((b for b in told.bearers if b.connected), ManagedBearer())
    return Modem(
        port=told.port,
        source="modemmanager",
        model=told.model[:60],
        sim=_sim(told),
        tries=told.tries,
        pin=told.pin,
        disabled=told.state in (DISABLED, DISABLING),
        calls=state,
        packets=data,
        cause=told.rejection,
        session_cause=_cause(failed.error) if failed else None,
        refused=failed.error if failed else "",
        technology=_generation(told.technologies),
        operator=told.operator[:40],
        level=Level(told.rssi, told.rscp, told.rsrp, told.rsrq, told.sinr),
        percent=told.quality,
        attached={DETACHED: False, ATTACHED: True}.get(told.packets),
        interface=used.interface,
        servers=used.servers,
        contexts=_contexts(told),
        addresses=not any(b.connected and not b.static for b in _all(told)),
    )


def _sim(told: ManagedModem) -> SimState:
    if told.state == FAILED:
        if told.failed in (SIM_MISSING, NO_PROFILE):
            return "absent"
        return "failure" if told.failed == SIM_ERROR else "unknown"
    if told.state == LOCKED or told.lock in (PIN, PUK):
        named: dict[int, SimState] = {PIN: "pin", PUK: "puk"}
        return named.get(told.lock, "ready" if told.lock in NOT_THE_SIM else "locked")
    return "ready"


def _generation(bits: int) -> Generation:
    return next((name for mask, name in GENERATIONS if bits & mask), "")


def _cause(error: str) -> int | None:
    bare = error.lower()
    return next((cause for part, cause in CAUSES.items() if part in bare), None)


def _registration(told: ManagedModem) -> State:
    """As the network's interface has it, else by the state of the modem."""
    if told.registration is not None:
        return STATES.get(told.registration, "none")
    if told.state >= REGISTERED:
        return "home"
    return "searching" if told.state == SEARCHING else "none"


def _all(told: ManagedModem) -> tuple[ManagedBearer, ...]:
    """Its bearers; a modem that is connected has one, also where it cannot be read."""
    hidden = told.state == CONNECTED and not told.bearers
    return (ManagedBearer(connected=True),) if hidden else told.bearers


def _contexts(told: ManagedModem) -> tuple[DataContext, ...]:
    return tuple(_context(n, b) for n, b in enumerate(_all(told), start=1))


def _context(number: int, bearer: ManagedBearer) -> DataContext:
    address = address_of(bearer.address) if bearer.connected else ""
    return DataContext(number, bearer.apn[:100], bearer.connected, address)
