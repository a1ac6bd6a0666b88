"""What does a dialogue on the AT port say of the modem?

Pure and total: a modem may answer anything.
"""

from collections.abc import Mapping, Sequence

from posdiag.formats.at import context, registration, signal, sim
from posdiag.formats.at.context import DataContext
from posdiag.formats.at.framing import answers, fields, number, values
from posdiag.formats.at.private import operator
from posdiag.formats.at.registration import Generation, Registration
from posdiag.formats.at.signal import Level
from posdiag.formats.at.sim import SimState
from posdiag.model.questions.modem import AtExchange, ModemDialogue
from posdiag_checks.cellular.modem import Modem, State

STATES: Mapping[int, State] = {
    0: "idle",
    1: "home",
    2: "searching",
    3: "denied",
    4: "searching",
    5: "roaming",
    6: "home",
    7: "roaming",
    8: "emergency",
    9: "home",
    10: "roaming",
    11: "emergency",
}
RANK: tuple[State, ...] = (
    "home",
    "roaming",
    "denied",
    "emergency",
    "searching",
    "idle",
)
"""Of the registrations by several technologies: one is enough, and a refusal tells more
than a search."""

MESSAGES_ONLY = (6, 7)  # registered for short messages: no data
PACKETS = ("+CEREG", "+CGREG")
UNREADABLE = ("absent", "failure", "wrong")


def read(told: ModemDialogue) -> Modem:
    """The modem of this dialogue."""
    asked = _Answers(told.exchanges)
    states = [asked.registration(name) for name in ("+CREG", *PACKETS)]
    known = [state for state in states if state is not None]
    packets = [s for s in states[1:] if s and s.stat not in MESSAGES_ONLY]
    tried = asked.last("AT+CGACT=1,")
    refused = tried if tried is not None and not tried.ok else None
    return Modem(
        port=told.port,
        baudrate=told.baudrate,
        model=" ".join(asked.text(c) for c in ("AT+CGMI", "AT+CGMM")).strip()[:60],
        whole=told.whole,
        sim=asked.sim(),
        tries=asked.tries(),
        pin=told.pin,
        flips=asked.flips(told.unasked),
        radio_off=asked.number("AT+CFUN?") in (0, 4),
        calls=_best(states[:1]),
        packets=_best(packets),
        cause=asked.cause(),
        session_cause=asked.session_cause(refused),
        refused=refused.result if refused else "",
        technology=_technology(asked, known),
        operator=next(filter(None, map(operator, asked.lines("AT+COPS?"))), ""),
        level=asked.level(),
        attached=_yes(asked.number("AT+CGATT?")),
        contexts=asked.contexts(),
        addresses=asked.shows_addresses(),
    )


def _best(told: Sequence[Registration | None]) -> State:
    states = [STATES[one.stat] for one in told if one is not None]
    return next((state for state in RANK if state in states), "none")


def _technology(asked: "_Answers", told: Sequence[Registration]) -> Generation:
    named = registration.serving_technology(asked.lines("AT+COPS?"))
    return named or next((one.technology for one in told if one.technology), "")


def _yes(number: int | None) -> bool | None:
    return None if number is None else number == 1


class _Answers:
    """The exchanges of a dialogue; of several with one command the newest counts."""

    def __init__(self, exchanges: tuple[AtExchange, ...]) -> None:
        self._exchanges = exchanges

    def all(self, start: str) -> list[AtExchange]:
        """Those whose command begins so, the newest first."""
        return [e for e in reversed(self._exchanges) if e.command.startswith(start)]

    def last(self, start: str) -> AtExchange | None:
        return next(iter(self.all(start)), None)

    def ok(self, start: str) -> AtExchange | None:
        return next((e for e in self.all(start) if e.ok), None)

    def lines(self, command: str) -> tuple[str, ...]:
        found = self.ok(command)
        return found.lines if found is not None else ()

    def text(self, command: str) -> str:
        """The first line, without the name that some modems put before it."""
        lines = self.lines(command)
        return " ".join(fields(lines[0], command[2:])) if lines else ""

    def number(self, command: str) -> int | None:
        """The first number of the answer."""
        told = values(self.lines(command), command[2:].rstrip("?"))
        return number(told[-1][0]) if told else None

    # -- SIM ------------------------------------------------------------------------

    def _sims(self) -> list[SimState]:
        asked = [e for e in self.all("AT+CPIN?") if e.result]
        return [sim.sim_state(e.lines, e.result) for e in asked]

    def sim(self) -> SimState:
        """A card whose identity can be read is ready, whatever CPIN says."""
        told = self._sims()
        state: SimState = told[0] if told else "unknown"
        return "ready" if state == "unknown" and self.lines("AT+CIMI") else state

    def flips(self, unasked: tuple[str, ...]) -> bool:
        """Was the card readable and not, in turn?"""
        lines = [line for line in unasked if answers(line, "+CPIN")]
        states = {*self._sims(), *(sim.sim_state((line,), "OK") for line in lines)}
        return "ready" in states and not states.isdisjoint(UNREADABLE)

    def tries(self) -> int | None:
        """Tries of the PIN that are left."""
        told = (sim.pin_tries(name, self.lines(command)) for command, name in sim.TRIES)
        return next((found for found in told if found is not None), None)

    # -- network --------------------------------------------------------------------

    def registration(self, name: str) -> Registration | None:
        return registration.registration(self.lines(f"AT{name}?"), name)

    def cause(self) -> int | None:
        """The reject cause: of a registration, else of the last error."""
        for name in (*PACKETS, "+CREG"):
            for asked in self.all(f"AT{name}?"):
                told = registration.registration(asked.lines, name)
                if told is not None and told.cause is not None:
                    return told.cause
        found = registration.last_error(self.lines("AT+CEER"))
        return found[1] if found is not None and found[0] == "mobility" else None

    def session_cause(self, refused: AtExchange | None) -> int | None:
        """Why a connection was refused: by its error, else by the last error told."""
        if refused is None:
            return None
        by_error = registration.error_cause(refused.result)
        found = by_error or registration.last_error(self.lines("AT+CEER"))
        return found[1] if found is not None and found[0] == "session" else None

    def level(self) -> Level:
        found = signal.extended(self.lines("AT+CESQ"))
        found = signal.merged(found, signal.simple(self.lines("AT+CSQ")))
        for line in (*self.lines("AT+QCSQ"), *self.lines("AT^HCSQ?")):
            ratio = signal.maker_sinr(line, found.rsrp)
            if ratio is not None:
                return signal.merged(found, Level(sinr=ratio))
        return found

    def shows_addresses(self) -> bool:
        """Does it tell addresses, be it that there is none? (A bare OK may mean that it
        does not know the command.)"""
        shown = self.ok("AT+CGPADDR")
        named = shown is not None and bool(values(shown.lines, "+CGPADDR"))
        return named or bool(self.lines("AT+CGCONTRDP"))

    def contexts(self) -> tuple[DataContext, ...] | None:
        """None where the modem tells nothing of contexts."""
        told = [self.ok(c) for c in ("AT+CGDCONT?", "AT+CGACT?", "AT+CGPADDR")]
        if not any(told):
            return None
        defined, active, shown = (e.lines if e is not None else () for e in told)
        lent = self.lines("AT+CGCONTRDP")
        return context.contexts(defined, active, shown, lent)
