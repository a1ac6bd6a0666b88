"""Files that are written whole or not at all, and bounded reads."""

import errno
import os
import stat
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Literal

PRIVATE = 0o600  # what only its owner may read: a recording holds a whole network


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Put `content` in place of the file, by a rename: a full disk or a kill leaves the
    former one, and a symbolic link is replaced, not followed. A device is written to
    as it is. `mode` is that of the new file, by default what the umask says. OSError as
    the file system says."""
    if path.exists() and stat.S_ISCHR(path.stat().st_mode):
        path.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    with ExitStack() as undo:
        undo.callback(_remove, name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _default_mode() if mode is None else mode)
        os.replace(name, path)
        undo.pop_all()


class NotRegular(OSError):
    """A pipe, a device or a folder, from which reading might block for ever."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "not a regular file")


def read_regular(path: str | Path, most: int) -> bytes:
    """The first `most` bytes of a regular file, and one more if it is longer.
    `NotRegular` for any other kind; OSError as the file system says."""
    # Without O_NONBLOCK a pipe without a writer could not even be opened.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    if os.path.exists(path) and not os.path.isfile(path):
        raise NotRegular  # opening some devices does something
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotRegular
        return file.read(most + 1)


def read_text(path: Path, most: int = 256) -> str:
    """The first `most` bytes of a file of /sys or /proc; "" where it is absent or
    cannot be read. Drivers answer EINVAL to a question that makes no sense in their
    state, such as the speed of a port with no cable."""
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def rfkill(radio: Path) -> Literal["soft", "hard"] | None:
    """Is a radio blocked, by its folder in /sys? Hardware outranks software."""
    switches = [*radio.glob("rfkill*")]
    if any(read_text(switch / "hard") == "1" for switch in switches):
        return "hard"
    soft = any(read_text(switch / "soft") == "1" for switch in switches)
    return "soft" if soft else None


def same_file(one: str | Path, other: str | Path) -> bool:
    """Do both names lead to one file, there or not, by whatever links?"""
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there
        return os.path.realpath(one) == os.path.realpath(other)


def is_writable_kind(path: Path) -> bool:
    """May a report go there? A pipe or a socket might block for ever."""
    if not path.exists():
        return True
    kind = path.stat().st_mode
    return stat.S_ISREG(kind) or stat.S_ISCHR(kind)


def accepts_files(folder: Path) -> bool:
    """Can a file be made in this folder? A file system may refuse it (/proc) although
    its permissions do not."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _remove(name: str) -> None:
    with suppress(OSError):
        os.unlink(name)


def _default_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
