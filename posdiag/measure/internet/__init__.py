"""What answers from beyond the router? Evidence only; `isp.reach` judges it.

No public host is required: the acquirer, the resolvers, the connectivity URL and the
other targets are all evidence, and any one of them is enough.

- `evidence`: the values
- `hosts`: probe them
- `pages`: the connectivity URL and what its reply means
"""

from posdiag.measure.internet.evidence import Clue, Evidence
from posdiag.measure.internet.hosts import HOP_TIMEOUT, KNOWN, PATIENCE, probe_internet
from posdiag.measure.internet.pages import (
    PageReading,
    connectivity_host,
    fetch_connectivity,
    proves_internet,
    read_page,
)

__all__ = [
    "HOP_TIMEOUT",
    "KNOWN",
    "PATIENCE",
    "Clue",
    "Evidence",
    "PageReading",
    "connectivity_host",
    "fetch_connectivity",
    "probe_internet",
    "proves_internet",
    "read_page",
]
