"""The entry point: signals work from the first line on.

Ctrl-C while the command line is being imported ends the process without a traceback.
Imports nothing but what Python has loaded already.
"""

import os
import signal

INTERRUPTED = 130


def main() -> None:
    """Run the command line. Ends the process."""
    former = signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from posdiag.cli import main as command_line

    command_line(lambda: signal.signal(signal.SIGINT, former))
