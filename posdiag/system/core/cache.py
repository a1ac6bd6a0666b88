"""Each question is measured once a run.

Equal questions share one measurement, also while it is still running. What must be
measured again has another `series` or `number`. A question that changes the machine
invalidates all earlier answers, except those that last.
"""

import asyncio
from typing import Any

from posdiag.model.questions.base import A, Question, System, Unknown
from posdiag.system.core.dispatch import Layer

GRACE = 0.5  # seconds that running measurements get to end after they were cancelled


class Cached(Layer):
    """A system that measures each thing once. Belongs to one run and one event loop."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._tasks: dict[Question[Any], asyncio.Task[Any]] = {}
        self._old: list[asyncio.Task[Any]] = []
        self._closed = False

    async def ask(self, question: Question[A]) -> A | Unknown:
        task = self._tasks.get(question)
        if task is None:
            if self._closed:
                return Unknown("trouble", "the run has ended")
            task = asyncio.create_task(self._system.ask(question))
            task.add_done_callback(_retrieve)
            if question.changes:
                task.add_done_callback(lambda _: self._invalidate(question))
            self._tasks[question] = task
        # `wait` rather than `shield`: cancelling a waiter leaves the measurement alone,
        # and an exception without a waiter is not reported to the loop.
        await asyncio.wait((task,))
        if task.cancelled():
            return Unknown("trouble", "the run has ended")
        answer: A | Unknown = task.result()
        return answer

    def _invalidate(self, change: Question[Any]) -> None:
        self._old += [task for task in self._tasks.values() if not task.done()]
        kept = {q: task for q, task in self._tasks.items() if q is change or q.lasts}
        self._tasks = kept

    async def close(self) -> None:
        """Cancel what still runs and wait for it, at most `GRACE` seconds; then close
        the machine."""
        self._closed = True
        every = (*self._tasks.values(), *self._old)
        running = [task for task in every if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=GRACE)
        await self._system.close()


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Retrieve the exception, else asyncio logs a failure without a waiter."""
    if not task.cancelled():
        task.exception()
