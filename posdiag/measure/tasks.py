"""Concurrent measurements, cancelled as soon as their result is not needed.

Cancelling only ends the wait: a measurement that has begun continues and is cached for
other checks.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
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


async def wait_until(
    tasks: Sequence[asyncio.Task[Any]],
    enough: Callable[[], object],
    seconds: float | None = None,
) -> None:
    """Wait until `enough()` is true, all tasks have ended, or `seconds` are over."""
    loop = asyncio.get_running_loop()
    ends = None if seconds is None else loop.time() + seconds
    while not enough() and (pending := [t for t in tasks if not t.done()]):
        left = None if ends is None else ends - loop.time()
        if left is not None and left <= 0:
            break
        await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
