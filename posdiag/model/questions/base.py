"""Questions to the machine and their answers.

A check asks a *question* (a frozen value of a module beside this one) and gets its
answer (another frozen value, of the same module) or `Unknown` with a reason. Because
questions are values, one mechanism caches answers within a run, records them, replays
them in tests, meters them, and answers "not on this system".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from posdiag.model.questions.meter import Meter

A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)


class Question(Generic[A_co]):
    """Something to ask of the machine; `A_co` is the type of its answer.

    `changes`: asking it changes the machine and so invalidates cached answers.
    `lasts`: its answer stays valid then, as it is about the surroundings.
    """

    __slots__ = ()
    changes: ClassVar[bool] = False
    lasts: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable(Question[A_co]):
    """A question that may be asked more than once within a run.

    Equal questions share one answer. `series` names the measurement that needs answers
    of its own, `number` distinguishes its probes.
    """

    series: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known, and why. Never an empty answer, never False, never 0.

    `why` is the part of a skip code behind "skip.": `no-rights`, `no-tool`,
    `unsupported`, `not-recorded`, `trouble`...; for a join test also `iwd` and
    `unmanaged` (by any program). `hint` is the exact command that would grant the right
    or install the tool; of `busy`, the program that holds the port.
    """

    why: str
    hint: str = ""


class System(Protocol):
    """The machine under test."""

    @property
    def name(self) -> str:
        """`linux`, `portable`, `replay` or `demo`."""
        ...

    @property
    def meter(self) -> Meter:
        """What has been sent and received so far."""
        ...

    async def ask(self, question: Question[A]) -> A | Unknown:
        """Carry out one measurement. Raises only for our own bugs."""
        ...

    async def close(self) -> None:
        """Restore what was changed. Called once, when the run ends; may take seconds,
        and goes on in the background if it is cancelled."""
        ...


async def ask_all(
    system: System, questions: Iterable[Question[A]]
) -> list[A | Unknown]:
    """Ask several questions of one kind at once; answers in the same order."""
    import asyncio

    return list(await asyncio.gather(*(system.ask(q) for q in questions)))
