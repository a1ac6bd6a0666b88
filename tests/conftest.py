"""How the tests run in CI: the same examples each time.

At a developer's desk hypothesis looks for new examples at every run; what it finds is
mended there. A build must not fail for an example that nobody has seen before, nor
anywhere because another program is busy: how long an example takes is not tested.
"""

import os
import platform

from hypothesis import settings

settings.register_profile("ci", derandomize=True, print_blob=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# The only TLCP server that can be had without a compiler, in the wheel of tongsuopy, is
# made for this machine alone.
collect_ignore = [] if platform.machine() == "x86_64" else ["test_tlcp_peer.py"]
