"""A till and a place for locks of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benches.till import Till


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "locks"
    monkeypatch.setenv("POSDIAG_LOCKS", str(folder))
    return folder


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    found = Till(tmp_path / "till")
    yield found
    found.close()
