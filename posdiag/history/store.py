"""Where are the reports of earlier runs, and which are there?

They lie in the user's data folder, the newest `MOST` of them, each a file of its own
that its owner alone may read. What is kept is the JSON report, so it is redacted.
"""

import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from posdiag.history.reading import LARGEST, Past, parse
from posdiag.system.core.files import PRIVATE, read_regular, replace_file

MOST = 200
ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}\Z")
LAST = re.compile(r"last(?:~([0-9]{1,4}))?\Z")


class NoReport(Exception):
    """There is no such report. `name` is what was asked for; `why` is a key of the
    texts of commands: `missing`, `several`, `unreadable` or `not-a-report`."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name, self.why = name, why


def folder() -> Path:
    """Where reports are kept, whether it exists or not. RuntimeError: no home."""
    from platformdirs import user_data_path

    return user_data_path("posdiag", appauthor=False) / "reports"


def save(report: bytes, started_at: str) -> str:
    """Keep one report and drop the oldest beyond `MOST`; its id. OSError or
    RuntimeError where that is not possible: nothing has been written then."""
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    id = f"{_stamp(started_at)}-{secrets.token_hex(2)}"
    replace_file(place / f"{id}.json", report, PRIVATE)
    for old in ids(place)[MOST:]:
        with suppress(OSError):
            (place / f"{old}.json").unlink()
    return id


def _stamp(started_at: str) -> str:
    """In UTC, so that names sort by time whatever the zone was."""
    try:
        when = datetime.fromisoformat(started_at).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        when = datetime.now(UTC)
    return when.strftime("%Y%m%d-%H%M%S")


def ids(place: Path | None = None) -> list[str]:
    """Ids of the kept reports, newest first; empty where there is no folder."""
    try:
        names = os.listdir(place or folder())
    except (OSError, RuntimeError):
        return []
    found = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return sorted((id for id in found if ID.match(id)), reverse=True)


def load(id: str) -> Past:
    """One kept report. NoReport where it is gone or is none."""
    return _read(folder() / f"{id}.json", id, id)


def find(name: str) -> Past:
    """A report by the name that a person gives it: `last`, `last~1` for the one before,
    the id of a kept one or the beginning of one, or else a file."""
    match = LAST.match(name)
    if match:
        back = int(match[1] or 0)
        known = ids()
        if back >= len(known):
            raise NoReport(name, "missing")
        return load(known[back])
    path = Path(name)
    if not _is_file(path) and (found := _by_prefix(name, ids())):
        if len(found) > 1:
            raise NoReport(name, "several")
        return load(found[0])
    return _read(path, name, path.name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _by_prefix(name: str, known: Sequence[str]) -> list[str]:
    """The ids that begin so."""
    return [id for id in known if len(name) >= 4 and id.startswith(name)]


def _read(path: Path, name: str, id: str) -> Past:
    try:
        raw = read_regular(path, LARGEST)
    except (FileNotFoundError, ValueError):  # ValueError: a NUL in the name
        raise NoReport(name, "missing") from None
    except OSError:
        raise NoReport(name, "unreadable") from None
    try:
        return parse(raw, id)
    except ValueError:
        raise NoReport(name, "not-a-report") from None
