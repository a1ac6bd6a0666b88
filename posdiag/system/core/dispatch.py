"""A system made of handlers, one coroutine a class of questions, and a system around
another one."""

import errno
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from posdiag.model.questions.base import A, Question, System, Unknown
from posdiag.model.questions.meter import Meter

# A handler takes a question of its own kind and the meter, and gives that kind's
# answer. The mapping keeps question type and handler together; Python's type system
# cannot express "the answer type of this key", hence Any in this one place.
Handler = Callable[[Any, Meter], Awaitable[Any]]

# No descriptor, no memory, no buffer left: that says nothing about the network.
EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS))


def is_exhaustion(error: BaseException) -> bool:
    """Did this fail for want of memory or descriptors?"""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, OSError) and error.errno in EXHAUSTED


class Dispatch:
    """Looks up the handler of each question; what has none is `unsupported`."""

    def __init__(
        self,
        name: str,
        handlers: Mapping[type[Question[Any]], Handler],
        closers: Iterable[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self.name = name
        self.meter = Meter()
        self._handlers = dict(handlers)
        self._closers = tuple(closers)

    async def ask(self, question: Question[A]) -> A | Unknown:
        handler = self._handlers.get(type(question))
        if handler is None:
            return Unknown("unsupported")
        try:
            answer: A | Unknown = await handler(question, self.meter)
        except (MemoryError, OSError) as trouble:
            if not is_exhaustion(trouble):
                raise
            return Unknown("trouble", "no memory or descriptors left")
        return answer

    async def close(self) -> None:
        for closer in self._closers:
            await closer()


class Layer:
    """A system around another one, some of whose answers it changes or keeps."""

    def __init__(self, system: System) -> None:
        self._system = system

    @property
    def name(self) -> str:
        return self._system.name

    @property
    def meter(self) -> Meter:
        return self._system.meter

    async def close(self) -> None:
        await self._system.close()
