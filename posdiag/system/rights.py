"""Which command would grant the rights that this run lacks?"""

import shlex
import sys
from pathlib import Path


def _as_root() -> str:
    """This program with all rights: sudo knows neither the user's PATH nor a virtual
    environment."""
    program = Path(sys.argv[0])
    if program.name == "posdiag" and program.exists():
        return f"sudo {shlex.quote(str(program.absolute()))} run"
    return f"sudo {shlex.quote(sys.executable)} -m posdiag run"


RUN_AS_ROOT = _as_root()
