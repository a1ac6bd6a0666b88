"""What a capture of the terminal joining proves. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.dot11 import ssid
from posdiag.model import Facts, Finding, fail, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import FourWay, Handshakes
from posdiag_checks.wifi.join_failure import CHALLENGE_FAILURE, classify_rejection

State = Literal["", "right", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class CaptureEvidence:
    """What a capture shows that is no finding yet.

    `state` is "right" if every station has the passphrase and got in, "broken" if one
    has it and did not get in, "unknown" with the reason in `why`, "" without a capture.
    """

    state: State = ""
    why: str = ""
    incomplete: FourWay | None = None

    @property
    def facts(self) -> Facts:
        facts: Facts = {"capture": self.state} if self.state else {}
        return {**facts, "capture_why": self.why} if self.why else facts


def judge_capture(
    answer: Handshakes | Unknown | None, name: bytes
) -> Finding | CaptureEvidence:
    """A finding if a terminal has a wrong passphrase or was rejected, else the evidence
    that is left. `name` is the SSID; handshakes of other networks do not count."""
    if answer is None:
        return CaptureEvidence()
    if isinstance(answer, Unknown):
        return CaptureEvidence("unknown", answer.why)
    related = [h for h in answer.all if not h.ssid or ssid.of_hex(h.ssid) == name]
    if not related:
        why = "other-network" if answer.all else "no-handshake"
        return CaptureEvidence("unknown", why)
    by_station: dict[str, list[FourWay]] = {}
    for handshake in related:
        by_station.setdefault(handshake.station.lower(), []).append(handshake)
    stations = list(by_station.values())
    findings = [_judge_passphrase(one, len(stations)) for one in stations]
    findings += [_judge_rejection(one) for one in stations]
    proven = next((f for f in findings if f), None)
    return proven or _summary(stations)


def _judge_passphrase(handshakes: Sequence[FourWay], stations: int) -> Finding | None:
    """A finding if this station never used the passphrase. With other stations in the
    capture it may be a stranger's."""
    if any(h.match for h in handshakes):
        return None
    sure = 0.99 if stations == 1 else 0.9
    code = "wifi.terminal-wrong-passphrase"
    completed = any(h.completed for h in handshakes)
    wrong = next((h for h in handshakes if h.match is False), None)
    if wrong and completed:
        return warn(code, _facts(wrong), variant="profile", confidence=sure)
    if wrong:
        return fail(code, _facts(wrong), confidence=sure)
    rejected = next((h for h in handshakes if _sae_rejected(h)), None)
    if rejected is None or completed:
        return None
    return fail(code, _facts(rejected), variant="sae", confidence=min(sure, 0.9))


def _sae_rejected(handshake: FourWay) -> bool:
    sae = handshake.why == "sae" or handshake.akm in ("sae", "ft-sae")
    return sae and bool({1, CHALLENGE_FAILURE} & set(handshake.refused))


def _judge_rejection(handshakes: Sequence[FourWay]) -> Finding | None:
    """A finding if the station was rejected before any key was exchanged."""
    if any(h.match or h.completed for h in handshakes):
        return None
    for handshake in handshakes:
        kinds = {classify_rejection("assoc-rejected", c) for c in handshake.refused}
        facts = _facts(handshake)
        if "full" in kinds:
            return fail("wifi.full", facts, variant="terminal", confidence=0.9)
        if "refused" in kinds:
            return fail(
                "wifi.refused",
                facts,
                variant="terminal",
                confidence=0.85,
                rivals=("wifi.full",),
            )
    return None


def _summary(stations: Sequence[Sequence[FourWay]]) -> CaptureEvidence:
    """The evidence of the station that is worst off."""
    found = [_station_evidence(handshakes) for handshakes in stations]
    rank: dict[State, int] = {"broken": 0, "unknown": 1}
    return min(found, key=lambda evidence: rank.get(evidence.state, 2))


def _station_evidence(handshakes: Sequence[FourWay]) -> CaptureEvidence:
    matched = next((h for h in handshakes if h.match), None)
    if matched is None:
        why = next((h.why for h in handshakes if h.why), "no-pair")
        return CaptureEvidence("unknown", why)
    if any(h.completed for h in handshakes):
        return CaptureEvidence("right")
    return CaptureEvidence("broken", incomplete=matched)


def judge_incomplete(capture: CaptureEvidence, joined: bool) -> Finding | None:
    """The terminal has the passphrase and did not get in: which message was lost?

    `joined`: this machine got in with that passphrase.
    """
    handshake = capture.incomplete
    if handshake is None:
        return None
    facts = _facts(handshake)
    # An AP sends message 3 only if message 2 was signed with the right key.
    if len(handshake.messages) > 2 and handshake.messages[2] > 0:
        return fail("wifi.weak-signal", facts, variant="message4", confidence=0.9)
    return fail(
        "wifi.weak-signal",
        facts,
        variant="message2",
        confidence=0.9 if joined else 0.6,
        rivals=("wifi.interference" if joined else "wifi.wrong-passphrase",),
    )


def _facts(handshake: FourWay) -> Facts:
    return {
        "station": handshake.station,
        "bssid": handshake.bssid,
        "messages": "/".join(str(n) for n in handshake.messages),
        "station_signal": handshake.station_signal,
        "point_signal": handshake.point_signal,
        "refused": handshake.refused,
        "reasons": handshake.codes,
        "capture": "wrong" if handshake.match is False else "broken",
    }
