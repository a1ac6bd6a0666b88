"""A walk that was left, kept in the user's state folder until it is resumed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posdiag.guide.walk import Walk

SCHEMA = "posdiag.guide-state/1"
LARGEST = 100_000  # bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a walk outlasts it: the symptom and the actions that did not help. The
    answers are only shown beside the questions, which are asked anew."""

    symptom: str | None = None
    tried: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


def path() -> Path:
    from platformdirs import user_state_path

    return user_state_path("posdiag", appauthor=False) / "guide.json"


def save(walk: Walk) -> None:
    """Keep the walk; without a place to keep it, it cannot be resumed, that is all."""
    from posdiag.system.core.files import PRIVATE, replace_file

    content = {
        "schema": SCHEMA,
        "symptom": walk.symptom,
        "tried": sorted(walk.tried),
        "failed": sorted(walk.failed),
        "answers": {s.id: s.answer for s in walk.steps if s.kind == "question"},
    }
    with suppress(OSError):
        path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path(), json.dumps(content).encode(), PRIVATE)


def finish(transcript: Mapping[str, Any]) -> None:
    """The walk is over: keep its transcript for `posdiag bundle`, and nothing else."""
    from posdiag.system.core.files import PRIVATE, replace_file

    content = json.dumps(transcript, ensure_ascii=False).encode()
    with suppress(OSError):
        path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(finished(), content, PRIVATE)
        path().unlink(missing_ok=True)


def finished() -> Path:
    """Where the transcript of the last walk is kept."""
    return path().with_name("last-guide.json")


def load() -> Kept | None:
    """What was kept; None where nothing was, or nothing that can be read."""
    try:
        content = path().read_bytes()[: LARGEST + 1]
        found = json.loads(content)
        if found["schema"] != SCHEMA:
            return None
        symptom = found["symptom"]
        return Kept(
            symptom if isinstance(symptom, str) else None,
            _names(found["tried"]),
            _names(found["failed"]),
            {str(k): str(v) for k, v in dict(found["answers"]).items()},
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _names(found: Any) -> tuple[str, ...]:
    return tuple(name for name in found if isinstance(name, str))
