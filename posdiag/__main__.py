"""`python -m posdiag` is `posdiag`."""

import os
import sys

# `-m` puts the current directory first on the path: files that lie there by chance
# are not ours to run. Where posdiag itself was found there, it is left.
if not sys.flags.safe_path and os.path.realpath(sys.path[0]) != os.path.realpath(
    os.path.join(os.path.dirname(__file__), os.pardir)
):
    del sys.path[0]

from posdiag.start import main

main()
