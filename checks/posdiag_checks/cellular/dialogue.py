"""Interpret a dialogue on the AT port. Pure and total: a modem may answer anything."""

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
"""Of the registrations by several technologies: one is enough, and a refusal is more
specific than a search."""

MESSAGES_ONLY = (6, 7)  # registered for short messages: no data
PACKETS = ("+CEREG", "+CGREG")
NO_PACKETS = (7, 8)  # causes of mobility that refuse a data connection, too
UNREADABLE = ("absent", "failure", "wrong")


def read(dialogue: ModemDialogue) -> Modem:
    """The state of the modem by this dialogue."""
    asked = _Answers(dialogue.exchanges)
    states = [asked.registration(name) for name in ("+CREG", *PACKETS)]
    known = [state for state in states if state is not None]
    packets = [s for s in states[1:] if s and s.stat not in MESSAGES_ONLY]
    tried = asked.last("AT+CGACT=1,")
    refused = tried if tried is not None and not tried.ok else None
    return Modem(
        port=dialogue.port,
        baudrate=dialogue.baudrate,
        model=" ".join(asked.text(c) for c in ("AT+CGMI", "AT+CGMM")).strip()[:60],
        whole=dialogue.whole,
        sim=asked.sim(),
        tries=asked.tries(),
        pin=dialogue.pin,
        flips=asked.flips(dialogue.unasked),
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


def _best(registrations: Sequence[Registration | None]) -> State:
    states = [STATES[one.stat] for one in registrations if one is not None]
    return next((state for state in RANK if state in states), "none")


def _technology(asked: "_Answers", known: Sequence[Registration]) -> Generation:
    named = registration.serving_technology(asked.lines("AT+COPS?"))
    return named or next((one.technology for one in known if one.technology), "")


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
        found = values(self.lines(command), command[2:].rstrip("?"))
        return number(found[-1][0]) if found else None

    # -- SIM ------------------------------------------------------------------------

    def _sims(self) -> list[SimState]:
        asked = [e for e in self.all("AT+CPIN?") if e.result]
        return [sim.sim_state(e.lines, e.result) for e in asked]

    def sim(self) -> SimState:
        """A card whose identity can be read is ready, whatever CPIN says."""
        state: SimState = next(iter(self._sims()), "unknown")
        return "ready" if state == "unknown" and self.lines("AT+CIMI") else state

    def flips(self, unasked: tuple[str, ...]) -> bool:
        """Was the card alternately readable and not?"""
        lines = [line for line in unasked if answers(line, "+CPIN")]
        states = {*self._sims(), *(sim.sim_state((line,), "OK") for line in lines)}
        return "ready" in states and not states.isdisjoint(UNREADABLE)

    def tries(self) -> int | None:
        """Tries of the PIN that are left."""
        tries = [
            sim.pin_tries(name, self.lines(command)) for command, name in sim.TRIES
        ]
        return next((found for found in tries if found is not None), None)

    # -- network --------------------------------------------------------------------

    def registration(self, name: str) -> Registration | None:
        return registration.registration(self.lines(f"AT{name}?"), name)

    def cause(self) -> int | None:
        """The reject cause: of a registration, else of the last error."""
        for name in (*PACKETS, "+CREG"):
            for asked in self.all(f"AT{name}?"):
                found = registration.registration(asked.lines, name)
                if found is not None and found.cause is not None:
                    return found.cause
        error = registration.last_error(self.lines("AT+CEER"))
        return error[1] if error is not None and error[0] == "mobility" else None

    def session_cause(self, refused: AtExchange | None) -> int | None:
        """Why a connection was refused: by its error, else by the last error
        reported."""
        if refused is None:
            return None
        by_error = registration.error_cause(refused.result)
        found = by_error or registration.last_error(self.lines("AT+CEER"))
        if found is None or (found[0] != "session" and found[1] not in NO_PACKETS):
            return None
        return found[1]

    def level(self) -> Level:
        found = signal.extended(self.lines("AT+CESQ"))
        found = signal.merged(found, signal.simple(self.lines("AT+CSQ")))
        for line in (*self.lines("AT+QCSQ"), *self.lines("AT^HCSQ?")):
            ratio = signal.maker_sinr(line, found.rsrp)
            if ratio is not None:
                return signal.merged(found, Level(sinr=ratio))
        return found

    def shows_addresses(self) -> bool:
        """Does it report addresses, or that there is none? (A bare OK may mean that it
        does not know the command.)"""
        shown = self.ok("AT+CGPADDR")
        named = shown is not None and bool(values(shown.lines, "+CGPADDR"))
        return named or bool(self.lines("AT+CGCONTRDP"))

    def contexts(self) -> tuple[DataContext, ...] | None:
        """None where the modem reports no contexts."""
        asked = [self.ok(c) for c in ("AT+CGDCONT?", "AT+CGACT?", "AT+CGPADDR")]
        if not any(asked):
            return None
        defined, active, shown = (e.lines if e is not None else () for e in asked)
        lent = self.lines("AT+CGCONTRDP")
        return context.contexts(defined, active, shown, lent)
