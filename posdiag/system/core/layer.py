"""A system around another one, some of whose answers it changes or keeps."""

from posdiag.model.questions.base import System
from posdiag.model.questions.meter import Meter


class Layer:
    """Name, meter and end are those of the system inside."""

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
