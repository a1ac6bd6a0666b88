"""Has this machine run out of what a measurement needs, so that it tells nothing?"""

import errno

STARVED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS))
"""No descriptor, no memory, no buffer left: no word on the network."""


def starved(error: BaseException) -> bool:
    """Is it for want of memory or descriptors that this failed?"""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, OSError) and error.errno in STARVED
