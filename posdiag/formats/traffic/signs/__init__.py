"""What do single signs in a survey mean? Shared by those who judge and by the watch,
which ends as soon as they are certain. Pure; the figures are `terminal.*` of the table
of limits."""

from posdiag.formats.traffic.signs.acquirer import (
    busy,
    certain_failure,
    sales,
    tls_failure,
)
from posdiag.formats.traffic.signs.identity import (
    candidates,
    goes_to,
    kept_out,
    terminal_of,
)
from posdiag.formats.traffic.signs.lease import (
    leased,
    no_lease,
    refusals,
    unanswered_discovers,
    used_address,
)
from posdiag.formats.traffic.signs.neighbours import (
    answers,
    boot_heard,
    gateways,
    in_network,
    network_of,
    own_search,
    reaches_beyond,
    rivals_for,
)
from posdiag.formats.traffic.signs.progress import (
    control_address,
    in_trouble,
    settled,
    to_ask,
)

__all__ = [
    "answers", "boot_heard", "busy", "candidates", "certain_failure", "control_address",
    "gateways", "goes_to", "in_network", "in_trouble", "kept_out", "leased",
    "network_of", "no_lease", "own_search", "reaches_beyond", "refusals", "rivals_for",
    "sales", "settled", "terminal_of", "tls_failure", "to_ask", "unanswered_discovers",
    "used_address",
]  # fmt: skip
