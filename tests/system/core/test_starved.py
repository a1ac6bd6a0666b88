"""Want of memory or descriptors is no word on the network."""

import asyncio
import errno
from collections.abc import Callable

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskTime, WallClock
from posdiag.model.questions.meter import Meter
from posdiag.system.core.dispatch import Dispatch, is_exhaustion


def failing(error: BaseException) -> Callable[[], object]:
    async def handler(question: AskTime, meter: Meter) -> WallClock:
        raise error

    return lambda: asyncio.run(Dispatch("test", {AskTime: handler}).ask(AskTime()))


@pytest.mark.parametrize(
    "error",
    [MemoryError(), OSError(errno.EMFILE, ""), OSError(errno.ENOBUFS, "")],
    ids=["memory", "descriptors", "buffers"],
)
def test_a_measurement_that_starves_is_not_known(error: BaseException) -> None:
    found = failing(error)()

    assert isinstance(found, Unknown)
    assert found.why == "trouble"


def test_any_other_error_is_a_bug_of_ours() -> None:
    assert not is_exhaustion(OSError(errno.ENETUNREACH, ""))
    with pytest.raises(OSError, match="x"):
        failing(OSError(errno.ENOENT, "x"))()
