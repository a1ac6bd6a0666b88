"""A system made of handlers: one coroutine for each class of questions."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from posdiag.model.questions.base import A, Question, Unknown
from posdiag.model.questions.meter import Meter
from posdiag.system.core.starved import starved

# A handler takes a question of its own kind and the meter, and gives that kind's
# answer. The mapping keeps question type and handler together; Python's type system
# has no way to say "the answer type of this key", hence Any in this one place.
Handler = Callable[[Any, Meter], Awaitable[Any]]


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
            if not starved(trouble):
                raise
            return Unknown("trouble", "no memory or descriptors left")
        return answer

    async def close(self) -> None:
        for closer in self._closers:
            await closer()
