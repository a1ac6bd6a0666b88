"""A terminal on a SIM: each cause in several ways, and modems that look like it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any

from dbus_fast import Variant

from posdiag.demo.devices.modem import ICCID, IMEI, IMSI, Manners, Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal, Simulated
from tests.lab.devices.case import HOSTILE, SECRETS, SLOW, USUAL, Case, Rig, add
from tests.lab.devices.modems import (
    Babble,
    BadContact,
    BusyCard,
    Echo,
    Muddled,
    Numeric,
    Searcher,
)
from tests.modem_manager import MM, managed_modem

PIN, WRONG = "4711", "2580"
SECRETS["cellular"] = (PIN, WRONG, IMSI, ICCID, IMEI)
S, M = ModemSettings, Manners
NO_MODEM, NO_SIM = "cellular.no-modem", "cellular.no-sim"
LOCKED, FAILURE = "cellular.sim-locked", "cellular.sim-failure"
NOT, DENIED = "cellular.not-registered", "cellular.registration-denied"
WEAK, NO_DATA = "cellular.weak-signal", "cellular.no-data"


def profile(port: str, apn: str = "cmiot", pin: str = "") -> str:
    lines = ['[connection]\nkind = "cellular"\n[cellular]']
    told = {"port": port, "apn": apn, "pin": pin}
    lines += [f"{key} = '{value}'" for key, value in told.items() if value]
    return "\n".join(lines) + "\n"


# -- setups ---------------------------------------------------------------------------


@contextmanager
def on_a_port(
    make: Callable[[], Simulated], apn: str = "cmiot", pin: str = "", sent: int = 0
) -> Iterator[Rig]:
    """A device on a pseudo-terminal. `sent`: how often the PIN reaches it."""
    device = make()

    def after() -> None:
        heard = getattr(device, "heard", [])
        pins = [command for command in heard if "+CPIN=" in command.upper()]
        assert len(pins) == sent, f"PIN sent {len(pins)} times"
        if isinstance(device, Modem):
            gone = device.manners.unplugged is not None
            assert gone or not any(device.kept.values()), "settings were not put back"

    with PseudoTerminal(device) as terminal:
        yield Rig(profile(terminal.name, apn, pin), after=after)


@contextmanager
def over_tcp(modem: Modem) -> Iterator[Rig]:
    """A modem behind a serial server."""

    def serve() -> None:
        try:
            while True:
                line, _ = server.accept()
                with line:
                    while data := line.recv(4096):
                        line.sendall(b"".join(t or b"" for _, t in modem.receive(data)))
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield Rig(profile(f"socket://127.0.0.1:{server.getsockname()[1]}"))
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def named(port: str) -> Iterator[Rig]:
    """A port by its name alone."""
    yield Rig(profile(port))


@contextmanager
def held() -> Iterator[Rig]:
    """A modem whose port another program has locked."""
    import serial

    with ExitStack() as stack:
        name = stack.enter_context(PseudoTerminal(Modem())).name
        stack.enter_context(serial.Serial(name, exclusive=True))
        yield Rig(profile(name))


@contextmanager
def managed(**shown: Any) -> Iterator[Rig]:
    """A modem that ModemManager owns."""
    with managed_modem(**shown) as address:
        yield Rig(profile(""), environment={"DBUS_SYSTEM_BUS_ADDRESS": address})


# -- tables ---------------------------------------------------------------------------


def case(
    name: str,
    expected: str | None,
    setup: Callable[[], AbstractContextManager[Rig]],
    says: str,
    limit: float = USUAL,
    code: str = "",
) -> None:
    place = "healthy-" if expected == "" else ""
    setup.__module__ = __name__  # of a partial
    add(Case(f"cellular-{place}{name}", expected, setup, says, limit, code))


def modem(
    name: str,
    expected: str | None,
    settings: ModemSettings | None = None,
    manners: Manners | None = None,
    says: str = "",
    *,
    kind: Callable[..., Modem] = Modem,
    limit: float = USUAL,
    **more: Any,
) -> None:
    """A case with a modem on a pseudo-terminal."""
    setup = partial(on_a_port, partial(kind, settings, manners), **more)
    case(name, expected, setup, says or f"{settings or manners}"[:70], limit)


def device(name: str, expected: str, make: Callable[[], Simulated], says: str) -> None:
    """A case with something on a pseudo-terminal that takes its time."""
    case(name, expected, partial(on_a_port, make), says, HOSTILE)


case("missing", NO_MODEM, partial(named, "/dev/ttyUSB77"), "There is no such port.")
case(
    "nobody-listens", NO_MODEM, partial(named, "socket://127.0.0.1:1"), "A closed port."
)
for name, manners, says in (
    ("silent", M(silent=True), "It echoes nothing and answers nothing."),
    ("unplugged-at-once", M(unplugged=0), "It goes at the first command."),
    ("unplugged-midway", M(unplugged=5), "It goes at the sixth command."),
    ("flood", M(silent=True, noise=b"\xff\r\n" * 900), "It never stops sending."),
):
    modem(name, NO_MODEM, S(), manners, says, limit=HOSTILE)
device("echo", NO_MODEM, Echo, "Both lines are joined.")
device("babble", NO_MODEM, Babble, "Random bytes, as at a wrong speed.")
device(
    "gps",
    NO_MODEM,
    partial(Babble, b"$GNRMC,081502.00,V,,,,,,,310126,,,N*5F\r\n", 0.2),
    "A GPS receiver's sentences.",
)
device(
    "console",
    NO_MODEM,
    partial(Babble, b"\r\nlogin: ", 0.5),
    "A computer's serial console.",
)

modem("no-sim", NO_SIM, S(sim=10))
modem("no-sim-state", NO_SIM, S(sim="NOT INSERTED"))
modem("no-sim-plain", NO_SIM, S(sim=10), M(without=frozenset(("AT+CMEE", "AT+CIMI"))))
modem("no-sim-slow", NO_SIM, S(sim=10), M(latency=1.0), limit=SLOW)
modem("no-sim-nuls", NO_SIM, S(sim=10), M(nuls=True, returns="\r\r\n"))
modem("no-sim-urcs", NO_SIM, S(sim=10), M(unasked=("RING", "+CREG: 0")))
modem("pin", LOCKED, S(sim="SIM PIN", pin=PIN))
modem("pin-wrong", LOCKED, S(sim="SIM PIN", pin=PIN), kind=Modem, pin=WRONG, sent=1)
modem("pin-last-try", LOCKED, S(sim="SIM PIN", pin=PIN, tries=1), pin=PIN)
modem(
    "pin-tries-untold",
    LOCKED,
    S(sim="SIM PIN", pin=PIN),
    M(without=frozenset(("AT+CPINR",))),
    pin=PIN,
)
modem("puk", LOCKED, S(sim="SIM PUK"), pin=PIN)
modem("tied-to-a-network", LOCKED, S(sim="PH-NET PIN"))
modem("sim-failure", FAILURE, S(sim=13))
modem("sim-wrong", FAILURE, S(sim=15))
modem("sim-busy-for-ever", FAILURE, S(sim=14))
modem(
    "bad-contact", FAILURE, kind=BadContact, says="The SIM is there and gone in turn."
)

modem("searching", NOT, S(stat=2))
modem("no-coverage", NOT, S(stat=4, rssi=99, rsrp=255, rsrq=255))
modem("idle", NOT, S(stat=0))
modem("flight-mode", NOT, S(functionality=4))
modem("searching-2g", NOT, S(stat=2, technology=0))
modem("searching-slow", NOT, S(stat=2), M(latency=0.8), limit=SLOW)
for cause in (2, 3, 6, 7, 8, 11, 13, 14, 15, 22):
    modem(f"refused-{cause}", DENIED, S(stat=3, cause=cause))
modem("refused", DENIED, S(stat=3))
modem("refused-searching-on", DENIED, S(stat=2, cause=7))
modem("refused-2g", DENIED, S(stat=3, technology=0, last_error="Illegal MS"))
modem("refused-packets", DENIED, S(stat=1, packet_stat=3))
modem("emergency-only", DENIED, S(stat=8))
modem(
    "refused-by-last-error",
    DENIED,
    S(stat=2, last_error="EMM cause 15"),
    M(without=frozenset(("AT+CEREG", "AT+CGREG"))),
)
modem("weak-csq", WEAK, S(rssi=5), M(without=frozenset(("AT+CESQ",))))
modem("weak-rsrp", WEAK, S(rssi=9, rsrp=24, rsrq=12))
modem("weak-2g", WEAK, S(rssi=5, technology=0))
modem("weak-sinr", WEAK, S(sinr=-4))
modem("weak-rsrq", WEAK, S(rsrq=3))
modem("failing", WEAK, S(rssi=1, rsrp=15, rsrq=2))
modem("no-context", NO_DATA, S(active=False, refusal=148))
for name, refusal in (
    ("apn", 127),
    ("type", 128),
    ("login", 129),
    ("subscription", 133),
):
    modem(f"refused-{name}", NO_DATA, S(active=False, refusal=refusal))
modem("zeros", NO_DATA, S(address="0.0.0.0"))
modem("no-address", NO_DATA, S(address=""))
modem("wrong-apn", NO_DATA, S(apn="3gnet", active=False, refusal=133))
modem("other-apn-in-use", NO_DATA, S(apn="cmnet"))
modem("not-attached", NO_DATA, S(attached=False, active=False, refusal=3))
modem("calls-only", NO_DATA, S(packet_stat=0, active=False, attached=False, refusal=3))
modem("no-data-2g", NO_DATA, S(technology=0, active=False, refusal=133))

# -- healthy --------------------------------------------------------------------------

modem("lte", "")
modem("2g", "", S(technology=0))
modem("3g", "", S(technology=2))
modem("nb-iot", "", S(technology=9))
modem("roaming", "", S(stat=5))
modem("sms-only-calls", "", S(stat=6, packet_stat=1))
modem("operator-in-ucs2", "", S(operator="4E2D56FD79FB52A8"))
modem("apn-of-the-network", "", S(apn="CMIOT.MNC004.MCC460.GPRS"))
modem("ipv6", "", S(address="36.8.132.0.0.0.0.0.0.0.0.0.0.0.0.9"))
modem("activates-on-trial", "", S(technology=2, active=False))
modem("weak-but-clean", "", S(rsrp=27, sinr=8))
modem("pin-right", "", S(sim="SIM PIN", pin=PIN), pin=PIN, sent=1)
TOLD = (f"+CIMI: {IMSI}", f"+ICCID: {ICCID}", f"IMEI {IMEI}", f"PIN={PIN}")
"""What a modem tells of its own accord that no report may repeat."""
modem(
    "indiscreet",
    "",
    S(sim="SIM PIN", pin=PIN, operator=f"CMCC {IMSI}"),
    M(unasked=TOLD),
    "It tells all its numbers and the PIN, unasked, and one as its operator's name.",
    pin=PIN,
    sent=1,
)
modem(
    "indiscreet-refused",
    DENIED,
    S(stat=3, last_error=f"SIM {ICCID} of {IMSI} rejected"),
    M(unasked=TOLD),
    "The same in the text of an error.",
    pin=PIN,
)
modem("card-wakes-up", "", kind=BusyCard, says="The SIM is busy at first.")
for name, manners in {
    "no-echo": M(echo=False),
    "bare-at-error": M(bare_at="ERROR"),
    "nuls": M(nuls=True),
    "returns": M(returns="\r\r\n"),
    "quoted": M(quoted=True),
    "urcs": M(unasked=("RING", "+CREG: 1", "^RSSI: 20", "+CMTI: \"SM\",1")),
    "late-sim": M(late={"AT+CPIN?": 2.0}),
    "later-sim": M(late={"AT+CPIN?": 5.5}),
    "no-extras": M(without=frozenset(("AT+CESQ", "AT+CEER", "AT+COPS", "AT+CPINR"))),
    "csq-alone": M(without=frozenset(("AT+CESQ", "AT+CGPADDR", "AT+CGCONTRDP"))),
    "no-error-codes": M(without=frozenset(("AT+CMEE",))),
}.items():  # fmt: skip
    slow = name.endswith("-sim")
    modem(name, "", None, manners, limit=SLOW if slow else USUAL)
modem("muddled", "", kind=Muddled, says="Answers in pieces, and URCs of the same name.")
modem("numeric", "", kind=Numeric, says="Result codes by number (ATV0).")
for seconds in (0.3, 0.6, 1.0, 1.5, 2.0):
    modem(f"slow-{seconds:g}", "", None, M(latency=seconds), limit=SLOW)
case(
    "searches-a-while",
    "",
    partial(on_a_port, partial(Searcher, 2.0)),
    "It is registered after two seconds.",
)
case("tcp", "", partial(over_tcp, Modem()), "A modem behind a serial server.")

# -- not measured ---------------------------------------------------------------------

case("held", None, held, "Another program has the port.", code="skip.busy")
case("no-port", None, partial(named, ""), "A laptop alone.", code="skip.no-modem-port")
case(
    "no-terminal",
    None,
    partial(named, "/dev/null"),
    "No terminal.",
    code="skip.no-serial-port",
)

# -- by ModemManager ------------------------------------------------------------------


def enum(**values: int) -> dict[str, Variant]:
    """Properties that are enumerations."""
    return {k: Variant("i" if k == "State" else "u", v) for k, v in values.items()}


ALONE = {"Bearers": Variant("ao", [])}
SEARCHES = enum(RegistrationState=2)


def rejected(cause: int) -> dict[str, Variant]:
    return {"NetworkRejection": Variant("a{sv}", {"error": Variant("u", cause)})}


def by_manager(name: str, expected: str | None, code: str = "", **shown: Any) -> None:
    setup = partial(managed, **shown)
    case(f"mm-{name}", expected, setup, "By ModemManager.", code=code)


FAILED: dict[str, Any] = {"bearer": {}, "levels": False}
by_manager("connected", "")
by_manager("percent-alone", "", levels=False)
by_manager(
    "no-sim", NO_SIM, modem=enum(State=-1, StateFailedReason=2) | ALONE, **FAILED
)
by_manager(
    "sim-error", FAILURE, modem=enum(State=-1, StateFailedReason=3) | ALONE, **FAILED
)
by_manager("puk", LOCKED, modem=enum(State=2, UnlockRequired=4) | ALONE, **FAILED)
by_manager("searching", NOT, modem=enum(State=7) | ALONE, network=SEARCHES, bearer={})
by_manager(
    "disabled",
    NOT,
    modem=enum(State=3) | ALONE,
    network=enum(RegistrationState=0),
    **FAILED,
)
for cause in (8, 15):
    by_manager(
        f"rejected-{cause}",
        DENIED,
        modem=enum(State=7) | ALONE,
        network=SEARCHES | rejected(cause),
        bearer={},
    )
by_manager("rejected-once", "", network=rejected(15))
by_manager(
    "apn",
    NO_DATA,
    modem=enum(State=8),
    bearer={
        "Connected": Variant("b", False),
        "ConnectionError": Variant("(ss)", [
            f"{MM}.Error.MobileEquipment.MissingOrUnknownApn", ""
        ]),
    },
)  # fmt: skip
by_manager(
    "weak", WEAK, modem={"SignalQuality": Variant("(ub)", [9, True])}, levels=False
)
by_manager(
    "given-up",
    None,
    "skip.modem-untold",
    modem=enum(State=-1, StateFailedReason=4) | ALONE,
    **FAILED,
)
