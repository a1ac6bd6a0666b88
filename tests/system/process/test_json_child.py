"""Lines of JSON to a child and back, and nothing of it left behind."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from posdiag.system.process.json_child import JsonChild

MODULE = "tests.system.process.children"


def with_child(act: Callable[[JsonChild], Awaitable[Any]], limit: int = 10_000) -> Any:
    async def run() -> Any:
        child = await JsonChild.start(MODULE, limit=limit)
        try:
            async with asyncio.timeout(30):
                return await act(child)
        finally:
            await child.end()
            assert not psutil.pid_exists(child.pid)

    return asyncio.run(run())


def test_each_request_is_answered_by_a_line() -> None:
    async def act(child: JsonChild) -> list[Any]:
        child.send({"do": "repeat", "text": "店"})
        child.send({"do": "repeat", "text": "two"})
        return [await child.receive(), await child.receive()]

    assert with_child(act) == [{"said": "店"}, {"said": "two"}]


def test_a_request_may_be_larger_than_a_pipe() -> None:
    async def act(child: JsonChild) -> Any:
        child.send({"do": "repeat", "text": "x" * 1_000_000})
        return await child.receive()

    assert len(with_child(act, limit=2_000_000)["said"]) == 1_000_000


@pytest.mark.parametrize("text", ["no JSON", "[1]", "[" * 9_000, "x" * 30_000, "\xff"])
def test_a_line_that_is_no_answer_is_a_value_error(text: str) -> None:
    async def act(child: JsonChild) -> None:
        child.send({"do": "print", "text": text})
        with pytest.raises(ValueError, match=r"^sent "):
            await child.receive()

    with_child(act)


def test_a_child_ends_by_itself_when_its_input_is_closed() -> None:
    async def act(child: JsonChild) -> list[Any]:
        child.close_input()
        answers = [await child.receive(), await child.receive()]
        assert await child.wait(10)
        child.send({"do": "hang"})
        return answers

    assert with_child(act) == [{"input": "closed"}, None]


def test_a_child_ends_with_its_process_group() -> None:
    async def act(child: JsonChild) -> Any:
        child.send({"do": "start"})
        started = await child.receive()
        child.send({"do": "hang"})
        assert started is not None
        return psutil.Process(started["pid"])

    sleeper = with_child(act)
    psutil.wait_procs([sleeper], timeout=5)
    assert not sleeper.is_running()


def test_a_child_is_ended_also_where_the_task_is_cancelled() -> None:
    async def run() -> int:
        child = await JsonChild.start(MODULE, limit=100)

        async def work() -> None:
            try:
                await child.receive()
            finally:
                await child.end()

        task = asyncio.create_task(work())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        return child.pid

    assert not psutil.pid_exists(asyncio.run(run()))


def test_a_child_imports_what_its_parent_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the site packages hold another module of that name."""
    (tmp_path / "h11.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def act(child: JsonChild) -> Any:
        child.send({"do": "find", "module": "h11"})
        return await child.receive()

    assert with_child(act) == {"file": str(tmp_path / "h11.py")}


def test_a_child_that_cannot_be_started_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="/no/such/python"):
        asyncio.run(JsonChild.start(MODULE, limit=100))
    assert len(os.listdir("/proc/self/fd")) == before
