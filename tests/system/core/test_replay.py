"""Recordings and answers written in code feed the same checks."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag import __version__
from posdiag.model.questions.base import Question, Unknown
from posdiag.model.questions.machine import AskResolvers, AskTime, Resolvers, WallClock
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import Joined
from posdiag.model.questions.wire import Connect, Echoes, Ping
from posdiag.system.choose import choose
from posdiag.system.core.record import Recorder
from posdiag.system.core.replay import Replay, read_pairs


def ask(system: Any, *questions: Question[Any]) -> list[Any]:
    async def story() -> list[Any]:
        return [await system.ask(question) for question in questions]

    return asyncio.run(story())


HOST = "192.0.2.1"
PING = Ping(HOST, 2, timeout=1.0)
ECHOES = Echoes(HOST, (0.01, None))


def test_a_recording_answers_as_the_machine_did(tmp_path: Path) -> None:
    machine = Replay({PING: ECHOES, AskTime(): WallClock(5.0)})
    recorder = Recorder(machine)
    answers = ask(recorder, PING, AskTime(), AskTime(), AskResolvers())
    recorder.save(tmp_path / "run.json")
    replay = Replay.load(tmp_path / "run.json")

    assert answers == ask(replay, PING, AskTime(), AskTime(), AskResolvers())
    assert [ECHOES, WallClock(5.0)] == answers[:2]
    assert len(recorder.pairs) == 3
    assert ("replay", machine.meter) == (recorder.name, recorder.meter)


def test_a_recording_says_what_it_is(tmp_path: Path) -> None:
    recorder = Recorder(Replay({AskTime(): WallClock(5.0)}))
    ask(recorder, AskTime())
    recorder.save(tmp_path / "run.json")
    document = json.loads((tmp_path / "run.json").read_text())

    assert document["schema"] == "posdiag.recording/1"
    assert __version__ == document["version"]
    assert len(document["pairs"]) == 1


def test_names_that_utf8_cannot_write_are_kept(tmp_path: Path) -> None:
    odd = Resolvers(("\udc80\u4ee5", "\x1b[2J"))
    recorder = Recorder(Replay({AskResolvers(): odd}))
    ask(recorder, AskResolvers())
    recorder.save(tmp_path / "run.json")

    assert [odd] == ask(Replay.load(tmp_path / "run.json"), AskResolvers())


def test_what_is_not_recorded_is_unknown() -> None:
    replay = Replay({PING: ECHOES})
    others = (Ping("192.0.2.2", 2), Ping(HOST, 3), Connect(HOST, 443), AskTime())

    assert [Unknown("not-recorded")] * 4 == ask(replay, *others)
    assert list(others) == replay.asked


def test_the_nearest_question_answers_when_only_times_were_tuned() -> None:
    near, far = Echoes(HOST, (0.1,)), Echoes(HOST, (0.2,))
    replay = Replay([(Ping(HOST, timeout=9.0), far), (Ping(HOST, timeout=1.5), near)])

    assert [near] == ask(replay, Ping(HOST, timeout=1.2, interval=0.5))
    assert [far] == ask(replay, Ping(HOST, timeout=8.0))


def test_a_recorded_number_comes_before_a_recorded_time() -> None:
    first, second = Echoes(HOST, (0.1,)), Echoes(HOST, (0.2,))
    replay = Replay({Ping(HOST, number=0): first, Ping(HOST, number=1): second})

    assert [second] == ask(replay, Ping(HOST, number=1, timeout=7.0))
    assert [second] == ask(replay, Ping(HOST, number=9))


def test_a_recorded_series_comes_before_a_recorded_number() -> None:
    loss, mtu = Echoes(HOST, (0.1,)), Echoes(HOST, (0.2,))
    asked = Ping(HOST, series="loss", number=5), Ping(HOST, series="mtu")
    replay = Replay(dict(zip(asked, (loss, mtu), strict=True)))

    assert [loss, mtu] == ask(replay, Ping(HOST, series="loss"), asked[1])


def test_an_exact_replay_passes_over_near_questions() -> None:
    replay = Replay({PING: ECHOES}, exact=True)

    assert [Unknown("not-recorded")] == ask(replay, Ping(HOST, 2, timeout=2.0))


def test_a_class_of_questions_is_answered_by_a_value_or_a_function() -> None:
    replay = Replay(
        {
            Ping: lambda ping: Echoes(ping.address, (0.5,) * ping.count),
            AskTime: WallClock(7.0),
            PING: ECHOES,
        }
    )

    assert [ECHOES, Echoes("192.0.2.9", (0.5, 0.5)), WallClock(7.0)] == ask(
        replay, PING, Ping("192.0.2.9", 2), AskTime(number=3)
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe", "utf-8"),
        (b"[]", "schema"),
        (b"[" * 100_000, "deeply"),
        (b'{"schema": "posdiag.report/1", "pairs": []}', "schema"),
        (b'{"schema": "posdiag.recording/1", "pairs": {}}', "pairs"),
        (b'{"schema": "posdiag.recording/1", "pairs": [1]}', r"pairs\[0\]"),
        (
            b'{"schema": "posdiag.recording/1", "pairs": [{"question": {"is": '
            b'"AskTime"}, "answer": {"is": "Resolvers", "servers": []}}]}',
            r"pairs\[0\]\.answer: not WallClock",
        ),
        (
            b'{"schema": "posdiag.recording/1", "pairs": [{"question": {"is": '
            b'"WallClock", "seconds": 1}, "answer": {"is": "Unknown", "why": ""}}]}',
            r"pairs\[0\]\.question",
        ),
    ],
)
def test_a_bad_recording_is_a_value_error(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "bad.json").write_bytes(content)

    with pytest.raises(ValueError, match=complaint):
        Replay.load(tmp_path / "bad.json")


@given(
    st.recursive(
        st.none() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["schema", "pairs", "question", "answer", "is"]), x
            )
        ),
        max_leaves=9,
    )
)
def test_any_document_is_read_or_is_a_value_error(document: Any) -> None:
    if isinstance(document, dict):
        document["schema"] = "posdiag.recording/1"
    complaint = "schema" if isinstance(document, dict) else "pairs"
    try:
        read_pairs(document)
    except ValueError as error:
        complaint = str(error)

    assert complaint.startswith(("schema", "pairs"))


def test_the_switch_forces_the_portable_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_SYSTEM", "linux-or-not")
    with pytest.raises(ValueError, match="linux-or-not"):
        choose()

    assert choose("portable").name == "portable"
    monkeypatch.setenv("POSDIAG_SYSTEM", "portable")
    assert choose().name == "portable"
    with pytest.raises(ValueError, match="there are linux, portable"):
        choose("beos")


def test_a_recording_keeps_what_was_answered_after_a_change() -> None:
    clock = iter((WallClock(1.0), WallClock(2.0), WallClock(3.0)))
    joined = Joined("networkmanager", ())
    recorder = Recorder(
        Replay({AskTime: lambda asked: next(clock), JoinWifi: joined}, exact=True)
    )
    join = JoinWifi("wlan0", "73686f70")
    for question in (AskTime(), join, AskTime(), AskTime()):
        asyncio.run(recorder.ask(question))

    assert ((AskTime(), WallClock(2.0)), (join, joined)) == recorder.pairs
