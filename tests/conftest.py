"""How the tests run in CI: the same examples each time.

At a developer's desk hypothesis looks for new examples at every run; what it finds is
mended there. A build must not fail for an example that nobody has seen before.
"""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
