"""A lock that every user of this machine sees and that ends with its holder.

flock(2) on a file in a folder that all users share: the kernel drops the lock when the
last process that has the file open ends, however it ends. The file says who holds it;
it stays behind, empty of meaning, because removing it would race with the next holder.
"""

import getpass
import json
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FOLDER = "posdiag-locks"
SHARED = Path("/run/lock")  # of all users (FHS 3.0, 5.9)
LONGEST_NOTE = 4_000  # bytes
EVERYBODY = 0o666


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock; "" and 0 where the file does not say. `since` is local time."""

    user: str = ""
    pid: int = 0
    since: str = ""

    def __str__(self) -> str:
        parts = (self.user, f"pid {self.pid}" if self.pid else "", self.since)
        return " ".join(filter(None, parts)) or "?"


class Lock:
    """One lock that is held. `handle` may be passed on to children: it is held until
    the last of them has ended."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def release(self) -> None:
        os.close(self.handle)


def folder() -> Path:
    """Where locks are kept; `POSDIAG_LOCKS` overrides it."""
    wanted = os.environ.get("POSDIAG_LOCKS")
    if wanted:
        return Path(wanted)
    shared = SHARED if os.access(SHARED, os.W_OK) else Path(tempfile.gettempdir())
    return shared / FOLDER


def take(name: str, now: Callable[[], datetime] = datetime.now) -> Lock | Holder:
    """The lock of this name, or who holds it. OSError where none can be made."""
    import fcntl

    handle = _open(_path(name))
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _read(handle)
        os.close(handle)
        return holder
    since = now().astimezone().isoformat(timespec="seconds")
    note = {"user": _user(), "pid": os.getpid(), "since": since}
    with suppress(OSError):  # the note is for people; the lock holds without it
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(note).encode(), 0)
    return Lock(handle)


def holder(name: str) -> Holder | None:
    """Who holds the lock of this name, None if it is free. OSError as for `take`."""
    if not _path(name).exists():
        return None
    found = take(name)
    if isinstance(found, Holder):
        return found
    found.release()
    return None


def _path(name: str) -> Path:
    """A file name that any bench name can have: its octets in hexadecimal."""
    return folder() / f"{name.encode('utf-8').hex()[:200]}.lock"


def _open(path: Path) -> int:
    parent = path.parent
    if not parent.exists():
        with suppress(FileExistsError):
            parent.mkdir(parents=True)
            parent.chmod(
                0o1777
            )  # as /tmp: anyone may make a lock, and remove only their own
    # First without O_CREAT: in sticky folders Linux refuses that for files of others.
    for flags in (os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_RDWR):
        with suppress(FileNotFoundError):
            handle = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, EVERYBODY)
            break
    else:
        raise FileNotFoundError(f"{path}: comes and goes")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path}: not a regular file")
    with suppress(OSError):  # another user's file, or ours whatever the umask says
        os.fchmod(handle, EVERYBODY)
    return handle


def _read(handle: int) -> Holder:
    try:
        note = json.loads(os.pread(handle, LONGEST_NOTE, 0) or b"{}")
    except (OSError, ValueError):
        return Holder()
    if not isinstance(note, Mapping):
        return Holder()
    user, pid, since = (note.get(key) for key in ("user", "pid", "since"))
    return Holder(
        user if isinstance(user, str) else "",
        pid if isinstance(pid, int) else 0,
        since if isinstance(since, str) else "",
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return str(os.getuid())
