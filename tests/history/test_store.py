"""Reports that are kept: private, whole, the newest 200, and found again."""

import json
import os
from pathlib import Path

import pytest

from posdiag.history import store
from posdiag.history.store import MOST, NoReport
from tests.history.reports import whole


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "posdiag" / "reports"


def keep(day: int, hour: int = 0, verdict: str = "healthy") -> str:
    raw = json.dumps(whole(verdict)).encode()
    return store.save(raw, f"2026-01-{day:02}T{hour:02}:00:00+08:00")


def test_a_report_is_kept_for_its_owner_alone(place: Path) -> None:
    id = keep(2)

    assert id.startswith("20260101-160000-")
    file = place / f"{id}.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700
    assert store.load(id).verdict == "healthy"


def test_only_the_newest_stay(place: Path) -> None:
    place.mkdir(parents=True)
    for number in range(MOST + 5):
        (place / f"20250101-{number:06}-0000.json").write_text("{}")
    (place / "notes.json").write_text("mine")
    newest = keep(3)

    assert len(store.ids()) == MOST
    assert store.ids()[0] == newest
    assert not (place / "20250101-000000-0000.json").exists()
    assert (place / "notes.json").exists()


def test_names_that_people_give_lead_to_their_report(tmp_path: Path) -> None:
    first, second = keep(1, verdict="broken"), keep(2)
    file = tmp_path / "kept elsewhere.json"
    file.write_text(json.dumps(whole("degraded")), "utf-8")

    assert store.find("last").id == store.find("last~0").id == second
    assert store.find("last~1").id == store.find(first).id == first
    assert store.find("20260101").id == second
    assert store.find(str(file)).verdict == "degraded"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("last~2", "missing"),
        ("last~99999", "missing"),
        ("20260101", "several"),
        ("no such file", "missing"),
        ("\x00", "missing"),
        ("", "unreadable"),
        ("/", "unreadable"),
        (os.devnull, "unreadable"),
        (__file__, "not-a-report"),
    ],
)
def test_what_is_not_there_is_told(name: str, why: str) -> None:
    keep(2, 1), keep(2, 2)

    with pytest.raises(NoReport) as told:
        store.find(name)
    assert told.value.why == why


def test_no_folder_is_no_report() -> None:
    assert store.ids() == []
    with pytest.raises(NoReport):
        store.find("last")


def test_a_place_that_is_a_file_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "posdiag").write_text("in the way")

    with pytest.raises(OSError, match=r"."):
        keep(1)
    assert store.ids() == []
