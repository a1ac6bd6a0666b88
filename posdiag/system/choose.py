"""Which system answers on this machine?"""

import os
import sys

from posdiag.model.questions.base import System

NAMES = ("linux", "portable")
VARIABLE = "POSDIAG_SYSTEM"


def choose(name: str | None = None) -> System:
    """The system called `name`, else by POSDIAG_SYSTEM, else the best one here.

    ValueError for a name that does not exist or not on this machine.
    """
    default = "linux" if sys.platform == "linux" else "portable"
    chosen = name or os.environ.get(VARIABLE) or default
    if chosen == "portable":
        from posdiag.system.portable import portable

        return portable()
    if chosen != "linux":
        raise ValueError(f"no system {chosen!r}; there are {', '.join(NAMES)}")
    if sys.platform != "linux":
        raise ValueError("the system 'linux' needs Linux; there is 'portable'")
    from posdiag.system.linux import linux

    return linux()
