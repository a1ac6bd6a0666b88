"""`posdiag run --commissioning` from outside."""

import asyncio
import json
from pathlib import Path

import pytest

from posdiag.cli import carry_out
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag.system.core.record import Recorder
from tests.checks.machine import shop


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run whose one selected check is fine."""
    monkeypatch.setenv("POSDIAG_LANG", "en")
    recorder = Recorder(shop({}))
    for question in (AskInterfaces(), AskRoutes()):
        asyncio.run(recorder.ask(question))
    recorder.save(tmp_path / "r.json")
    return ["run", "link.state", "--replay", str(tmp_path / "r.json")]


def test_a_gate_that_is_open_is_exit_3_though_no_fault_was_found(
    linked: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(linked) == 0
    assert "Hand-over" not in capfd.readouterr().out
    assert carry_out([*linked, "--commissioning"]) == 3
    told = capfd.readouterr().out

    assert "Hand-over of a new shop\nNot ready to be handed over" in told
    assert "Signed, technician: ____________" in told


def test_a_fault_outweighs_an_open_gate(
    linked: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    recording = linked[-1]
    whole = json.loads(Path(recording).read_text("utf-8"))
    Path(recording).write_text(
        json.dumps(whole).replace('"carrier": true', '"carrier": false'), "utf-8"
    )

    assert carry_out([*linked, "--commissioning", "--format", "json"]) == 1
    gates = json.loads(capfd.readouterr().out)["gates"]
    assert {g["id"]: g["state"] for g in gates["gates"]}["link"] == "failed"
