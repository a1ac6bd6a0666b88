"""How the tests run in CI: the same examples each time. And what several of them need.

At a developer's desk hypothesis looks for new examples at every run; what it finds is
mended there. A build must not fail for an example that nobody has seen before, nor
anywhere because another program is busy: how long an example takes is not tested.
"""

import atexit
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests import PEERS

settings.register_profile("ci", derandomize=True, print_blob=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# Reports that tests make are not to be kept among those of whoever runs the tests.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="posdiag-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_DATA_HOME"], ignore_errors=True)

# The only TLCP server that can be had without a compiler, in the wheel of tongsuopy, is
# made for this machine alone.
collect_ignore = [] if platform.machine() == "x86_64" else ["test_tlcp_peer.py"]


@pytest.fixture(scope="session")
def peers() -> Path:
    """Where the payment peers that others wrote are installed; kept from run to run, as
    pip keeps its wheels. It fails where node or npm are missing."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    place = Path(cache) / "posdiag-peers"
    subprocess.run([str(PEERS / "setup.sh"), str(place)], check=True, timeout=300)
    return place
