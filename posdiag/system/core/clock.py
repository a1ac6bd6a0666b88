"""What time does this machine think it is?"""

import time

from posdiag.model.questions.machine import AskTime, WallClock
from posdiag.model.questions.meter import Meter


async def wall_clock(question: AskTime, meter: Meter) -> WallClock:
    return WallClock(time.time())
