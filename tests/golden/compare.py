"""Compare a rendered report with the one on file.

`POSDIAG_GOLDEN=write python -m pytest tests` writes them anew; read the difference
before it is committed.
"""

import os
from pathlib import Path

HERE = Path(__file__).parent


def matches(name: str, text: str) -> None:
    path = HERE / name
    if os.environ.get("POSDIAG_GOLDEN") == "write":
        path.write_text(text, "utf-8")

    assert text == path.read_text("utf-8")
