"""Signals work from the first line on."""

import os
import subprocess
import sys

INTERRUPTED_IMPORT = """
import os, signal, sys
import posdiag.start

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "posdiag.commands":  # the command line is half imported
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
sys.argv[1:] = ["--version"]
posdiag.start.main()
"""


def test_an_interrupt_while_the_command_line_is_imported_shows_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
