"""Measurements beside each other, left alone as soon as their result is not needed.

Cancelling only ends the wait: what the system already measures goes on and is cached
for other checks.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """Tasks that are cancelled at the end of a `with` block, if they still run."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def __enter__(self) -> "Background":
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()

    def start(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(coroutine)
        self._tasks.append(task)
        return task


async def first_result(coroutines: Iterable[Coroutine[Any, Any, T | None]]) -> T | None:
    """The first result that is not None, None where there is none; the others are
    cancelled. Raises what a coroutine raised before that."""
    with Background() as tasks:
        for ended in asyncio.as_completed([tasks.start(c) for c in coroutines]):
            result = await ended
            if result is not None:
                return result
    return None
