"""What does a capture of the terminal joining prove? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.dot11 import ssid
from posdiag.model import Facts, Finding, fail, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import FourWay, Handshakes
from posdiag_checks.wifi.codes import reading

State = Literal["", "right", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class Capture:
    """What the capture leaves open. "right": every terminal in it has the passphrase
    and got in; "broken": one has it but did not get in; `why` for "unknown"."""

    state: State = ""
    why: str = ""
    broken: FourWay | None = None

    @property
    def facts(self) -> Facts:
        told: Facts = {"capture": self.state} if self.state else {}
        return {**told, "capture_why": self.why} if self.why else told


def judge_capture(read: Handshakes | Unknown | None, name: bytes) -> Finding | Capture:
    """A finding where a terminal is proven wrong or refused, else what is left open."""
    if read is None:
        return Capture()
    if isinstance(read, Unknown):
        return Capture("unknown", read.why)
    about = [f for f in read.all if not f.ssid or ssid.of_hex(f.ssid) == name]
    if not about:
        return Capture("unknown", "other-network" if read.all else "no-handshake")
    stations: dict[str, list[FourWay]] = {}
    for four in about:
        stations.setdefault(four.station.lower(), []).append(four)
    found = [_wrong(mine, len(stations)) for mine in stations.values()]
    found += [_turned_away(mine) for mine in stations.values()]
    proven = next((f for f in found if f), None)
    return proven or _open(list(stations.values()))


def _wrong(mine: Sequence[FourWay], stations: int) -> Finding | None:
    """Did this terminal never use the passphrase? With others in the capture it may be
    a stranger's."""
    if any(f.match for f in mine):
        return None
    sure = 0.99 if stations == 1 else 0.9
    code = "wifi.terminal-wrong-passphrase"
    for four in mine:
        if four.match is False and any(f.completed for f in mine):
            return warn(code, _facts(four), variant="profile", confidence=sure)
        if four.match is False:
            return fail(code, _facts(four), confidence=sure)
    if any(f.completed for f in mine):
        return None
    for four in mine:
        if _is_sae(four) and {1, 15} & set(four.refused):
            return fail(code, _facts(four), variant="sae", confidence=min(sure, 0.9))
    return None


def _is_sae(four: FourWay) -> bool:
    return four.why == "sae" or four.akm in ("sae", "ft-sae")


def _turned_away(mine: Sequence[FourWay]) -> Finding | None:
    """Was the terminal refused before any key was asked for?"""
    if any(f.match or f.completed for f in mine):
        return None
    for four in mine:
        read = {reading("assoc-rejected", code) for code in four.refused}
        if "full" in read:
            return fail("wifi.full", _facts(four), variant="terminal", confidence=0.9)
        if "refused" in read:
            return fail(
                "wifi.refused",
                _facts(four),
                variant="terminal",
                confidence=0.85,
                rivals=("wifi.full",),
            )
    return None


def _open(stations: Sequence[Sequence[FourWay]]) -> Capture:
    states = [_state(mine) for mine in stations]
    for wanted in ("broken", "unknown"):
        for state in states:
            if state.state == wanted:
                return state
    return states[0]


def _state(mine: Sequence[FourWay]) -> Capture:
    if any(f.completed for f in mine):
        proven = any(f.match for f in mine)
        return Capture("right") if proven else Capture("unknown", _why(mine))
    matched = next((f for f in mine if f.match), None)
    if matched is None:
        return Capture("unknown", _why(mine))
    return Capture("broken", broken=matched)


def _why(mine: Sequence[FourWay]) -> str:
    return next((f.why for f in mine if f.why), "no-pair")


def broke_off(capture: Capture, proven: bool) -> Finding | None:
    """The terminal has the passphrase, but did not get in. Which message was lost?
    `proven`: the access point has taken that passphrase from this machine."""
    four = capture.broken
    if four is None:
        return None
    facts = _facts(four)
    answered = len(four.messages) > 2 and four.messages[2] > 0
    if (
        answered
    ):  # message 3 is sent only by who found message 2 signed with its own key
        return fail("wifi.weak-signal", facts, variant="message4", confidence=0.9)
    rivals = ("wifi.interference",) if proven else ("wifi.wrong-passphrase",)
    return fail(
        "wifi.weak-signal",
        facts,
        variant="message2",
        confidence=0.9 if proven else 0.6,
        rivals=rivals,
    )


def _facts(four: FourWay) -> Facts:
    return {
        "station": four.station,
        "bssid": four.bssid,
        "messages": "/".join(str(n) for n in four.messages),
        "station_signal": four.station_signal,
        "point_signal": four.point_signal,
        "refused": four.refused,
        "reasons": four.codes,
        "capture": "wrong" if four.match is False else "broken",
    }
