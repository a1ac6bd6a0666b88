"""The verdict on a capture of the terminal's join. Pure."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Literal

from posdiag.formats.dot11 import ssid
from posdiag.model import Facts, Finding, fail, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import FourWay, Handshakes
from posdiag_checks.wifi.join_failure import (
    CHALLENGE_FAILURE,
    Failure,
    classify_rejection,
)

UNUSABLE = {
    "unreadable": "skip.capture-unreadable",
    "other-network": "skip.capture-other-network",
    "no-handshake": "skip.capture-no-handshake",
    "no-pair": "skip.capture-no-pair",
    "unfinished": "skip.capture-unfinished",
    "sae": "skip.capture-sae",
    "unsupported": "skip.capture-unsupported",
    "no-passphrase": "skip.capture-no-passphrase",
    "no-name": "skip.capture-no-name",
}
"""The reason of a skip for each reason why a capture proves nothing."""

State = Literal["", "right", "pmkid", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class CaptureEvidence:
    """The evidence of a capture that is no finding yet.

    `state` is "right" if a station used the passphrase and the access point accepted
    it, "pmkid" if only the access point's PMKID proves the passphrase, "broken" if a
    station used it and did not get in, "unknown" with the reason in `why`, "" without
    a capture.
    `several`: there are other stations, any of which may be the terminal.
    """

    state: State = ""
    why: str = ""
    incomplete: FourWay | None = None
    several: bool = False
    ssid: str = ""

    @property
    def facts(self) -> Facts:
        every = {"capture": self.state, "ssid": self.ssid, "capture_why": self.why}
        return {key: value for key, value in every.items() if value}


def judge_capture(
    answer: Handshakes | Unknown | None, name: bytes
) -> Finding | CaptureEvidence:
    """A finding if the profile or a terminal has a wrong passphrase or a terminal was
    rejected, else the evidence that is left. `name` is the SSID; handshakes of other
    networks do not count."""
    if answer is None:
        return CaptureEvidence()
    if isinstance(answer, Unknown):
        return CaptureEvidence("unknown", "unreadable")
    related = [h for h in answer.all if not h.ssid or ssid.of_hex(h.ssid) == name]
    if not related:
        why = "other-network" if answer.all or answer.others else "no-handshake"
        return CaptureEvidence("unknown", why, ssid=ssid.shown(name))
    by_station: dict[str, list[FourWay]] = {}
    for handshake in related:
        by_station.setdefault(handshake.station.lower(), []).append(handshake)
    stations = list(by_station.values())
    # The profile is judged first, as the terminals are judged by it.
    findings = [_judge_profile(related)]
    findings += [_judge_passphrase(one, len(stations)) for one in stations]
    findings += [_judge_rejection(one, len(stations)) for one in stations]
    proven = next((f for f in findings if f), None)
    return proven or _summary(stations)


def _judge_profile(handshakes: Sequence[FourWay]) -> Finding | None:
    """A finding if the access point's passphrase is another one than the profile's: it
    accepted a station's other one, or its PMKID belongs to another."""
    right = [h for h in handshakes if (h.match and _accepted(h)) or h.pmkid]
    if right:
        return None
    taken = [h for h in handshakes if h.match is False and _accepted(h)]
    if taken:
        code = "wifi.terminal-wrong-passphrase"
        return warn(code, _facts(taken[0]), variant="profile", confidence=0.99)
    other = next((h for h in handshakes if h.pmkid is False), None)
    if other is None:
        return None
    code = "wifi.wrong-passphrase"
    return warn(code, _facts(other), variant="pmkid", confidence=0.9)


def _accepted(handshake: FourWay) -> bool:
    """Did the access point accept the station's passphrase?"""
    return handshake.accepted or handshake.completed


def _judge_passphrase(handshakes: Sequence[FourWay], stations: int) -> Finding | None:
    """A finding if this station never used the passphrase. With other stations in the
    capture it may be a stranger's."""
    if any(h.match or _accepted(h) for h in handshakes):
        return None
    sure = 0.99 if stations == 1 else 0.9
    code = "wifi.terminal-wrong-passphrase"
    wrong = next((h for h in handshakes if h.match is False), None)
    if wrong:
        return fail(code, _facts(wrong), confidence=sure)
    rejected = next((h for h in handshakes if _sae_rejected(h)), None)
    if rejected is None:
        return None
    return fail(code, _facts(rejected), variant="sae", confidence=min(sure, 0.9))


def _sae_rejected(handshake: FourWay) -> bool:
    sae = handshake.why == "sae" or handshake.akm in ("sae", "ft-sae")
    return sae and bool({1, CHALLENGE_FAILURE} & set(handshake.refused))


def _judge_rejection(handshakes: Sequence[FourWay], stations: int) -> Finding | None:
    """A finding if the station was rejected: before any key was exchanged, or for
    security reasons at any time. With other stations it may be a stranger."""
    if any(h.completed for h in handshakes):
        return None
    for handshake in handshakes:
        kinds = {classify_rejection("assoc-rejected", c) for c in handshake.refused}
        kinds |= {classify_rejection("disconnected", c) for c in handshake.codes}
        rejection = _rejection(kinds, early=not handshake.match)
        if rejection is not None:
            code, sure, rivals = rejection
            return fail(
                code,
                _facts(handshake),
                variant="terminal",
                confidence=sure if stations == 1 else min(sure, 0.6),
                rivals=rivals,
            )
    return None


def _rejection(
    kinds: Set[Failure | None], early: bool
) -> tuple[str, float, tuple[str, ...]] | None:
    """Cause, confidence and rivals."""
    if kinds & {"mismatch", "too-old"}:
        return "wifi.security-mismatch", 0.9, ()
    if early and "full" in kinds:
        return "wifi.full", 0.9, ()
    if early and "refused" in kinds:
        return "wifi.refused", 0.85, ("wifi.full",)
    return None


def _summary(stations: Sequence[Sequence[FourWay]]) -> CaptureEvidence:
    """The strongest evidence of all stations: one that did not get in, one that did, or
    the access point's own."""
    found = [_station_evidence(handshakes) for handshakes in stations]
    rank: dict[State, int] = {"broken": 0, "right": 1, "pmkid": 2}
    best = min(found, key=lambda evidence: rank.get(evidence.state, 3))
    return replace(best, several=len(stations) > 1)


def _station_evidence(handshakes: Sequence[FourWay]) -> CaptureEvidence:
    matched = next((h for h in handshakes if h.match), None)
    if matched is None:
        if any(h.pmkid for h in handshakes):
            return CaptureEvidence("pmkid")
        why = next((h.why for h in handshakes if h.why), "no-pair")
        return CaptureEvidence("unknown", why)
    if any(h.completed for h in handshakes):
        return CaptureEvidence("right")
    if matched.lost:
        return CaptureEvidence("broken", incomplete=matched)
    if matched.accepted or matched.pmkid:  # both ends have the passphrase
        return CaptureEvidence("right")
    # The file ends after message 2, which is no loss on the air.
    return CaptureEvidence("unknown", "unfinished")


def judge_incomplete(capture: CaptureEvidence, joined: bool) -> Finding | None:
    """The terminal has the passphrase and did not get in: which message was lost?

    `joined`: this machine got in with that passphrase.
    """
    handshake = capture.incomplete
    if handshake is None:
        return None
    facts = _facts(handshake)
    most = 0.7 if capture.several else 0.9
    # An AP sends message 3 only if message 2 was signed with the right key.
    if handshake.accepted:
        return fail("wifi.weak-signal", facts, variant="message4", confidence=most)
    return fail(
        "wifi.weak-signal",
        facts,
        variant="message2",
        confidence=most if joined else 0.6,
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
