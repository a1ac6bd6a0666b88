"""A walk that was left, kept in the user's state folder until it is resumed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posdiag.guide.walk.walk import Walk

SCHEMA = "posdiag.guide-state/2"
LARGEST = 100_000  # bytes


@dataclass(frozen=True, slots=True)
class Pending:
    """An action that was done and whose result was not yet learned, as `Target`."""

    action: str
    cause: str
    visible: bool
    chance: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a walk outlasts it: the symptom, the actions that did not help, and the
    one whose result is open. The answers are only shown beside the questions, which are
    asked anew."""

    symptom: str | None = None
    tried: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    pending: Pending | None = None


def path() -> Path:
    from platformdirs import user_state_path

    return user_state_path("posdiag", appauthor=False) / "guide.json"


def save(walk: Walk) -> None:
    """Keep the walk; without a place to keep it, it cannot be resumed, that is all."""
    content = {
        "schema": SCHEMA,
        "symptom": walk.symptom,
        "tried": sorted(walk.tried),
        "failed": sorted(walk.failed),
        "answers": {s.id: s.answer for s in walk.steps if s.kind == "question"},
        "pending": _pending(walk),
    }
    with suppress(OSError):
        _write(path(), content)


def _write(file: Path, content: Mapping[str, Any]) -> None:
    from posdiag.system.core.files import PRIVATE, replace_file

    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(file, json.dumps(content, ensure_ascii=False).encode(), PRIVATE)


def _pending(walk: Walk) -> dict[str, Any] | None:
    if walk.target is None:
        return None
    open_ = walk.target
    return asdict(Pending(open_.action.id, open_.cause, open_.visible, open_.chance))


def resume(walk: Walk, former: Kept) -> None:
    """What was done in the former walk holds in this one."""
    from posdiag.guide.walk.steps import Step
    from posdiag.guide.walk.target import Target

    actions = walk.known.actions
    walk.tried.update(a for a in former.tried if a in actions)
    failed = [a for a in former.failed if a in actions]
    walk.failed.update(failed)
    walk.before = [Step("action", a, done=True, helped=False) for a in failed]
    left = former.pending
    if left is not None and left.action in actions:
        action = actions[left.action]
        step = Step("action", action.id, done=True)
        walk.resume(Target(action, step, left.cause, left.visible, left.chance))


def archive(transcript: Mapping[str, Any]) -> None:
    """The walk is over: keep its transcript for `posdiag bundle`, and nothing else."""
    with suppress(OSError):
        _write(last_transcript(), transcript)
        path().unlink(missing_ok=True)


def last_transcript() -> Path:
    """Where the transcript of the last walk is kept."""
    return path().with_name("last-guide.json")


def load() -> Kept | None:
    """What was kept; None where nothing was, or nothing that can be read."""
    from posdiag.system.core.files import read_regular

    try:
        found = json.loads(read_regular(path(), LARGEST))
        if found["schema"] != SCHEMA:
            return None
        symptom = found["symptom"]
        return Kept(
            symptom if isinstance(symptom, str) else None,
            _names(found["tried"]),
            _names(found["failed"]),
            {str(k): str(v) for k, v in dict(found["answers"]).items()},
            _read_pending(found["pending"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _read_pending(found: Any) -> Pending | None:
    if found is None:
        return None
    action, cause = str(found["action"]), str(found["cause"])
    return Pending(action, cause, bool(found["visible"]), float(found["chance"]))


def _names(found: Any) -> tuple[str, ...]:
    return tuple(name for name in found if isinstance(name, str))
