"""What may a child process that runs other people's code use up?"""

import os
import sys

MEMORY = 1 << 30  # bytes of address space: far above any honest check


def redirect_output() -> int:
    """Redirect descriptors 0 and 1 to the null device; return one for the answer."""
    out = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return out


def limit_resources(seconds: float) -> None:
    """Bound memory and time, and leave no core dump. (Not on Windows)"""
    if sys.platform == "win32":
        return
    import resource
    import signal

    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
    signal.alarm(int(seconds) + 3)


def lower_priority() -> None:
    """A busy loop must not disturb what the core measures meanwhile."""
    if sys.platform != "win32":
        os.nice(10)
