"""What does a status or reason code of IEEE 802.11 say at a terminal?

Access points of different makers use different codes for the same thing (field-facts
1.5a, 1.5b), so a code is read for the class of its cause, not word for word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.wifi_answers import JoinAttempt, WifiEvent

Reading = Literal[
    "sae-wrong",  # the access point refuses the proof of a WPA3 password
    "wep-wrong",  # the challenge of shared-key authentication was not met
    "full",
    "refused",
    "mismatch",  # cipher, key management or PMF
    "old",  # rates or a standard that the station must know
    "weak",  # refused or dropped because of a poor channel
    "key",  # associated, then the keys were not agreed on
    "silent",  # no answer to authentication or association
    "fading",  # the access point was heard less and less
    "not-found",
    "nothing",  # nothing was told
]

STATUS: dict[int, Reading] = {
    **dict.fromkeys((1, 12, 37), "refused"),
    **dict.fromkeys((17, 33), "full"),
    **dict.fromkeys((13, 31, *range(40, 47)), "mismatch"),
    **dict.fromkeys((18, 27, 104, 124, 135), "old"),
    **dict.fromkeys((16, 34, 71), "weak"),
}
REASON: dict[int, Reading] = {
    **dict.fromkeys((5, 46), "full"),
    **dict.fromkeys((16, 34, 39), "weak"),
    **dict.fromkeys((17, 18, 19, 20, 21, 22, 24), "mismatch"),
    15: "key",
}
OPEN_SYSTEM, SHARED_KEY, SAE = 0, 1, 3
CHALLENGE_FAILED = 15
ORDER: tuple[Reading, ...] = (
    "sae-wrong",
    "wep-wrong",
    "full",
    "refused",
    "mismatch",
    "old",
    "weak",
    "key",
    "silent",
    "fading",
    "not-found",
    "nothing",
)
"""The most telling first: what an access point says outweighs what we infer."""


def reading(
    kind: str, code: int | None, algorithm: int | None = None, detail: str = ""
) -> Reading | None:
    """What one answer of an access point says."""
    if code is None:
        return None
    if kind == "disconnected":
        return REASON.get(code)
    if kind == "auth-rejected":
        first = "transaction=1" in detail  # the commit: no password has been proven yet
        if algorithm == SAE and code in (1, CHALLENGE_FAILED) and not first:
            return "sae-wrong"
        if algorithm in (SHARED_KEY, None) and code == CHALLENGE_FAILED:
            return "wep-wrong"
    return STATUS.get(code)


@dataclass(frozen=True, slots=True)
class Said:
    """How one try failed, with the code that says so, and in the words of the standard
    or of the supplicant. `told`: somebody said so; else it is inferred."""

    reading: Reading
    code: int | None = None
    words: str = ""
    told: bool = True


def read(attempt: JoinAttempt, sae: bool = False) -> Said:
    """What the manager says alone is no evidence. `sae`: the network lets in by WPA3
    alone, for sources that do not tell the algorithm."""
    found: dict[Reading, Said] = {}
    for event in attempt.events:
        said = None if event.source == "manager" else _said(event, sae)
        if said:
            found.setdefault(said, Said(said, event.code, _words(event)))
    if _broke_at_keys(attempt.events):
        found.setdefault("key", Said("key", None, "4-way handshake", told=False))
    return next((found[one] for one in ORDER if one in found), Said("nothing"))


def _words(event: WifiEvent) -> str:
    if event.kind == "key-suspected":
        return "WRONG_KEY"
    if event.code is None:
        return event.kind
    return f"{'reason' if event.kind == 'disconnected' else 'status'} {event.code}"


def _said(event: WifiEvent, sae: bool) -> Reading | None:
    match event.kind:
        case "auth-rejected":
            by = SAE if event.algorithm is None and sae else event.algorithm
            return reading(event.kind, event.code, by, event.detail)
        case "assoc-rejected":
            return reading(event.kind, event.code)
        case "disconnected":
            own = event.local and event.code != 17  # 17: we found the offers to differ
            return None if own else reading(event.kind, event.code)
        case "key-suspected":
            return "key"
        case "auth-timeout" | "assoc-timeout":
            return "silent"
        case "not-found":
            return "not-found"
        case "beacon-loss":
            return "fading"
    return None


def _broke_at_keys(events: Sequence[WifiEvent]) -> bool:
    """Was the station associated, without the keys ever being in place?"""
    told = {e.kind for e in events if e.source != "manager"}
    return "associated" in told and "connected" not in told
