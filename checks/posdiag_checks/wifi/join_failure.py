"""Why a join attempt failed, by the status and reason codes of IEEE 802.11. Pure.

Vendors use different codes for the same refusal, so a code is read as the class of its
cause, not literally.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.wifi_answers import JoinAttempt, WifiEvent

Failure = Literal[
    "sae-rejected",  # the SAE confirm of a WPA3 password
    "wep-rejected",  # the challenge of shared-key authentication
    "full",
    "refused",
    "mismatch",  # cipher, key management or PMF
    "too-old",  # lacks rates or a standard that the BSS requires
    "weak",  # refused or dropped for a poor channel
    "key",  # associated, but the 4-way handshake was not completed
    "unanswered",  # authentication or association request
    "beacon-loss",
    "not-found",
    "driver",  # a code that the driver reports whatever the reason
    "unknown",
]

STATUS: dict[int, Failure] = {
    **dict.fromkeys((1, 12, 37), "refused"),
    **dict.fromkeys((17, 33), "full"),
    # 126: hash-to-element alone is accepted, or refused.
    **dict.fromkeys((13, 31, *range(40, 47), 126), "mismatch"),
    **dict.fromkeys((18, 27, 104, 124, 135), "too-old"),
    **dict.fromkeys((16, 34, 71), "weak"),
}
"""Status codes (IEEE 802.11-2020 9.4.1.9)."""
REASON: dict[int, Failure] = {
    **dict.fromkeys((5, 46), "full"),
    **dict.fromkeys((16, 34, 39), "weak"),
    **dict.fromkeys((17, 18, 19, 20, 21, 22, 24), "mismatch"),
    15: "key",
}
"""Reason codes (IEEE 802.11-2020 9.4.1.7)."""
PLACEHOLDERS = frozenset({16})
"""Status codes that brcmfmac and Broadcom's wl report for every failed join: they count
only in a frame of the access point."""
SHARED_KEY, SAE = 1, 3  # authentication algorithms
CHALLENGE_FAILURE = 15  # status code
ELEMENTS_DIFFER = 17  # reason code that this machine itself may give
PRECEDENCE: tuple[Failure, ...] = (
    "sae-rejected",
    "wep-rejected",
    "full",
    "mismatch",
    "too-old",
    "refused",
    "weak",
    "key",
    "unanswered",
    "beacon-loss",
    "not-found",
    "driver",
    "unknown",
)
"""Most specific first: an access point's own code outweighs what is inferred."""


@dataclass(frozen=True, slots=True)
class AttemptFailure:
    """Why one attempt failed.

    `code` is the status or reason code, `words` the same as text ("reason 15") or the
    supplicant's own term. `explicit`: the kernel or the supplicant reported it; else it
    is inferred. `framed`: the code came in a frame of the access point; False: the
    driver alone reports it; None: unknown.
    """

    kind: Failure
    code: int | None = None
    words: str = ""
    explicit: bool = True
    framed: bool | None = None


def classify_rejection(
    kind: str, code: int | None, algorithm: int | None = None, detail: str = ""
) -> Failure | None:
    """The class of a status code or, for "disconnected", of a reason code."""
    if code is None:
        return None
    if kind == "disconnected":
        return REASON.get(code)
    if kind == "auth-rejected":
        commit = "transaction=1" in detail  # SAE commit: nothing proves a password yet
        if algorithm == SAE and code in (1, CHALLENGE_FAILURE) and not commit:
            return "sae-rejected"
        if algorithm in (SHARED_KEY, None) and code == CHALLENGE_FAILURE:
            return "wep-rejected"
    return STATUS.get(code)


def classify_attempt(attempt: JoinAttempt, sae: bool = False) -> AttemptFailure:
    """The most specific failure among the events of an attempt.

    Events of the manager alone are no evidence. `sae`: the network offers SAE alone,
    for sources that do not report the algorithm.
    """
    events = [e for e in attempt.events if e.source != "manager"]
    found: dict[Failure, AttemptFailure] = {}
    for event in events:
        framed = _is_framed(event, events)
        kind = _classify_event(event, sae)
        if framed is not True and event.code in PLACEHOLDERS and _is_status(event):
            kind = "driver"
        if kind:
            found.setdefault(
                kind, AttemptFailure(kind, event.code, _words(event), framed=framed)
            )
    if _incomplete_handshake(events):
        inferred = AttemptFailure("key", None, "4-way handshake", explicit=False)
        found.setdefault("key", inferred)
    known = (found[kind] for kind in PRECEDENCE if kind in found)
    return next(known, AttemptFailure("unknown"))


def _is_status(event: WifiEvent) -> bool:
    return event.kind in ("auth-rejected", "assoc-rejected")


def _is_framed(event: WifiEvent, events: Sequence[WifiEvent]) -> bool | None:
    """Did this code come in a frame of the access point? Only the kernel knows; the
    supplicant reports the same event."""
    same = [e.framed for e in events if (e.kind, e.code) == (event.kind, event.code)]
    known = [framed for framed in same if framed is not None]
    return any(known) if known else None


def _words(event: WifiEvent) -> str:
    if event.kind == "key-suspected":
        return "WRONG_KEY"
    if event.code is None:
        return event.kind
    return f"{'reason' if event.kind == 'disconnected' else 'status'} {event.code}"


def _classify_event(event: WifiEvent, sae: bool) -> Failure | None:
    match event.kind:
        case "auth-rejected":
            algorithm = SAE if event.algorithm is None and sae else event.algorithm
            return classify_rejection(event.kind, event.code, algorithm, event.detail)
        case "assoc-rejected":
            return classify_rejection(event.kind, event.code)
        case "disconnected":
            if event.local and event.code != ELEMENTS_DIFFER:
                return None
            return classify_rejection(event.kind, event.code)
        case "key-suspected":
            return "key"
        case "auth-timeout" | "assoc-timeout":
            return "unanswered"
        case "not-found" | "beacon-loss":
            return event.kind
    return None


def _incomplete_handshake(events: Sequence[WifiEvent]) -> bool:
    """Associated, without the keys ever being in place."""
    kinds = {e.kind for e in events}
    return "associated" in kinds and "connected" not in kinds
