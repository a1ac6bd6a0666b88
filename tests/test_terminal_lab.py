"""The terminal lab itself: its cases, its grading and its scoreboard. What it runs
needs root (`python -m tests.lab.terminal`)."""

from pathlib import Path
from typing import Any

import pytest

from posdiag.engine.registry import core
from posdiag.texts.catalogue import Catalogue
from tests.lab.terminal import libraries
from tests.lab.terminal.case import Case, load
from tests.lab.terminal.cases.libraries import CLIENTS, NEW, OLD, TROUBLES
from tests.lab.terminal.runner import Outcome, grade, judged
from tests.lab.terminal.table import row, summary
from tests.lab.terminal.worker import late

LATE = "listen-no-lease"


def raw(
    *causes: str, verdict: str = "broken", exit: int = 1, listened: float = 10.0
) -> Any:
    """A worker's outcome; the terminal began a second after the watch did."""
    named = [{"id": cause, "confidence": 0.95} for cause in causes]
    seen = {"id": "terminal.seen", "facts": {"seconds": listened}}
    report = {"causes": named, "verdict": verdict, "checks": [seen]}
    spent = {"seconds": 20.0, "tried": 12.0, "late": 1.0}
    return {"report": report, "exit": exit, **spent}


def test_every_cause_of_the_terminal_is_made() -> None:
    causes = Catalogue(core()).cause_ids()
    wanted = {cause for cause in causes if cause.startswith("terminal.")}

    assert wanted
    assert wanted <= {case.expected for case in load().values()}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_library_meets_every_trouble_by_each_of_its_versions(
    trouble: str,
) -> None:
    made = {(c.id, c.mode) for c in load().values() if c.id.endswith(f"-{trouble}")}
    wanted = {
        f"{client.library}{client.number}-tls{version}-{trouble}"
        for client in CLIENTS
        for version in client.versions
    }

    assert {id for id, _ in made} == wanted
    assert {mode for _, mode in made} == {"inline", "host"}


def test_each_library_has_tls_1_3_in_its_newest_version() -> None:
    newest = {client.library: client.versions for client in CLIENTS}

    assert set(newest.values()) == {(OLD, NEW)}


def test_only_what_runs_a_library_of_another_release_has_it_fetched() -> None:
    fetched = {str(case) for case in load().values() if case.libraries}

    assert "inline-openssl1.1-tls1.2-sale" in fetched
    assert not fetched & {"inline-openssl3.0-tls1.2-sale", "inline-gnutls"}


def test_other_packages_are_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = libraries.folder()
    monkeypatch.setitem(libraries.PACKAGES, libraries.OLDER, "openssl")

    assert libraries.folder() != before


def test_a_newer_program_has_a_loader_of_its_own(tmp_path: Path) -> None:
    for release in (libraries.NEWER, libraries.OLDER):
        there = tmp_path / release / "usr" / "lib" / "x86_64-linux-gnu"
        there.mkdir(parents=True)
        (there / "libcrypto.so.3").touch()
        (there / "ld-linux-x86-64.so.2").touch()

    new = libraries.program(tmp_path / libraries.NEWER, "openssl")
    old = libraries.program(tmp_path / libraries.OLDER, "openssl")
    assert Path(new[0]).name == "ld-linux-x86-64.so.2"
    assert old[0] == "env"


@pytest.mark.parametrize(
    ("case", "outcome", "problem"),
    [
        (LATE, raw("terminal.no-lease"), ""),
        (LATE, raw("terminal.no-lease", exit=0), "exit 0"),
        (LATE, raw("terminal.not-seen"), "['terminal.not-seen'], broken"),
        (LATE, raw("terminal.no-lease", listened=16.4), "certain 15.4 s after"),
        ("inline-no-lease", raw("terminal.no-lease", listened=16.4), ""),
        ("listen-router-off", raw("router.unreachable", listened=16.4), ""),
        ("listen-lease", raw(verdict="unknown", exit=3), ""),
        ("listen-lease", raw(verdict="healthy", exit=0), "where unknown belongs"),
        ("inline-lease", raw(verdict="healthy", exit=0), ""),
        ("inline-lease", raw(verdict="unknown", exit=3), "where healthy belongs"),
        ("inline-lease", {"trouble": "no end"}, "no end"),
    ],
)
def test_an_outcome_is_graded(case: str, outcome: Any, problem: str) -> None:
    found = grade(load()[case], outcome)

    assert (problem in found) if problem else (found == "")


@pytest.mark.parametrize(
    ("begun", "listened", "expected"),
    [(7.0, 6.0, 1.0), (2.0, 6.0, 0.0), (None, 6.0, None), (61.0, None, None)],
)
def test_a_watch_that_began_too_late_has_no_seconds(
    begun: float | None, listened: float | None, expected: float | None
) -> None:
    assert late(begun, listened) == expected


def test_the_summary_has_the_scoreboard_and_how_soon_listen_was_certain() -> None:
    def ran(case: str, outcome: Any) -> Outcome:
        return judged(load()[case], 5, outcome)

    broken = Outcome(load()[LATE], 6, "no such namespace", broken=True)
    text = summary(
        [
            ran(LATE, raw("terminal.no-lease")),
            ran("inline-lease", raw("terminal.silent")),
            broken,
        ]
    )

    assert "faults: 1 of 1 right" in text
    assert "seconds: p50 20.0, p95 20.0, most 20.0" in text
    assert "by cause (macro, 1 causes): 100.0%" in text
    assert "false alarms: 1," in text
    assert "healthy -> terminal.silent (inline-lease) 1" in text
    assert "invalid trials, left out: 1" in text
    assert (
        "listen, terminal.no-lease: certain at most 9.0 s after its first try" in text
    )
    assert text.endswith("1 of 3 right")


def test_a_row_tells_the_seed_of_what_went_wrong() -> None:
    case: Case = load()[LATE]

    assert "(seed 7)" in row(judged(case, 7, raw("terminal.not-seen")))
    assert "seed" not in row(judged(case, 7, raw("terminal.no-lease")))
