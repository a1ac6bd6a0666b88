"""One measurement for equal questions, whatever becomes of those who ask."""

import asyncio
import gc
from typing import Any

import pytest

from posdiag.model.questions.base import A, Question, Unknown
from posdiag.model.questions.machine import AskTime, WallClock
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import JoinWifi
from posdiag.system.core.cache import Cached


class Slow:
    """A system that counts what it is asked and answers when told to."""

    name = "slow"

    def __init__(self, trouble: Exception | None = None) -> None:
        self.meter = Meter()
        self.asked: list[Question[Any]] = []
        self.cancelled = 0
        self.go = asyncio.Event()
        self._trouble = trouble

    async def close(self) -> None:
        pass

    async def ask(self, question: Question[A]) -> A | Unknown:
        self.asked.append(question)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self._trouble is not None:
            raise self._trouble
        answer: Any = WallClock(float(len(self.asked)))
        return answer  # type: ignore[no-any-return]  # a fake knows one answer only


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_equal_questions_share_one_measurement() -> None:
    async def story() -> None:
        slow = Slow()
        cached = Cached(slow)
        askers = [asyncio.create_task(cached.ask(AskTime())) for _ in range(3)]
        await settle()
        slow.go.set()

        assert [WallClock(1.0)] * 3 == await asyncio.gather(*askers)
        assert WallClock(1.0) == await cached.ask(AskTime())
        assert [AskTime()] == slow.asked

    asyncio.run(story())


def test_another_moment_is_measured_anew() -> None:
    async def story() -> None:
        slow = Slow()
        slow.go.set()
        cached = Cached(slow)

        assert WallClock(1.0) == await cached.ask(AskTime(number=0))
        assert WallClock(2.0) == await cached.ask(AskTime(number=1))

    asyncio.run(story())


def test_a_cancelled_asker_does_not_cancel_the_measurement_of_the_others() -> None:
    async def story() -> None:
        slow = Slow()
        cached = Cached(slow)
        first = asyncio.create_task(cached.ask(AskTime()))
        second = asyncio.create_task(cached.ask(AskTime()))
        await settle()
        first.cancel()
        await settle()
        slow.go.set()

        assert WallClock(1.0) == await second
        assert first.cancelled()
        assert slow.cancelled == 0

    asyncio.run(story())


def test_name_and_meter_are_those_of_the_system_inside() -> None:
    async def story() -> None:
        slow = Slow()
        cached = Cached(slow)

        assert ("slow", slow.meter) == (cached.name, cached.meter)

    asyncio.run(story())


def test_closing_ends_what_runs_and_whoever_waits_is_told() -> None:
    async def story() -> None:
        slow = Slow()
        cached = Cached(slow)
        asker = asyncio.create_task(cached.ask(AskTime()))
        await settle()
        await cached.close()

        assert slow.cancelled == 1
        assert isinstance(await asker, Unknown)
        assert isinstance(await cached.ask(AskTime(number=5)), Unknown)
        assert [AskTime()] == slow.asked

    asyncio.run(story())


def test_a_failure_that_nobody_waits_for_is_no_warning() -> None:
    complaints: list[dict[str, Any]] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        slow = Slow(RuntimeError("bug"))
        cached = Cached(slow)
        asker = asyncio.create_task(cached.ask(AskTime()))
        await settle()
        asker.cancel()
        await settle()
        slow.go.set()
        await settle()
        await cached.close()
        del cached, asker
        gc.collect()
        await settle()

    asyncio.run(story())

    assert complaints == []


def test_our_own_bug_reaches_every_asker() -> None:
    async def story() -> None:
        slow = Slow(RuntimeError("bug"))
        slow.go.set()
        cached = Cached(slow)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="bug"):
                await cached.ask(AskTime())

    asyncio.run(story())


def test_a_question_that_changes_the_machine_makes_earlier_answers_old() -> None:
    async def story() -> None:
        slow = Slow()
        slow.go.set()
        cached = Cached(slow)
        join = JoinWifi("wlan0", "73686f70")

        await cached.ask(AskTime())
        await cached.ask(join)
        assert WallClock(3.0) == await cached.ask(AskTime())
        await cached.ask(join)
        assert WallClock(3.0) == await cached.ask(AskTime())
        assert [AskTime(), join, AskTime()] == slow.asked

    asyncio.run(story())
