"""A file is written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from posdiag.system.core.files import PRIVATE, is_writable_kind, replace_file


def test_it_is_there_with_the_mode_of_any_new_file(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        replace_file(tmp_path / "a", b"1")
        replace_file(tmp_path / "b", b"2", PRIVATE)
    finally:
        os.umask(old)

    modes = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in "ab"]
    assert modes == [0o640, 0o600]
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_failure_half_way_leaves_the_former_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"yesterday")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"today")

    assert path.read_bytes() == b"yesterday"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"kept")
    link.symlink_to(target)
    replace_file(link, b"new")

    assert (target.read_bytes(), link.read_bytes()) == (b"kept", b"new")
    assert not link.is_symlink()


def test_a_device_is_written_to_and_a_pipe_is_no_place_for_a_report(
    tmp_path: Path,
) -> None:
    replace_file(Path(os.devnull), b"x")
    os.mkfifo(tmp_path / "pipe")

    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    assert is_writable_kind(Path(os.devnull))
    assert not is_writable_kind(tmp_path / "pipe")
    assert is_writable_kind(tmp_path / "new")
