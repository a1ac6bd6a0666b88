"""Does a cause concern the terminal's connection, or only the network of the machine
that runs posdiag?

A terminal on a SIM, a telephone line or Bluetooth does not use the network of the
technician's laptop. A fault of that network prevents the examination of the acquirer,
but is no cause of the terminal's outage. Pure.
"""

from collections.abc import Mapping, Sequence

from posdiag.engine.causes import Relations, rank
from posdiag.engine.checklist import Checklist, of_own_network
from posdiag.engine.proof import CONNECTIONS, LINES, given
from posdiag.model import Cause, Check, Result
from posdiag.model.site import Site

SHARED: Mapping[str, str] = {"cellular": "link.cellular"}
"""By line, the evidence that this machine itself uses it as its uplink."""


def judge(
    site: Site, checks: Sequence[Check], results: Sequence[Result], relations: Relations
) -> tuple[tuple[Cause, ...], tuple[Cause, ...]]:
    """The causes of the terminal's outage, the one to fix first at the front, and the
    faults of this machine's own network where the terminal does not use it."""
    line = CONNECTIONS[site.connection.kind]
    line = line if line in LINES else ""
    ranked = rank(results, Checklist(tuple(checks)), relations, line)
    if not line or SHARED.get(line) in given(checks, results):
        return ranked, ()
    own = [cause for cause in ranked if _own(cause, relations)]
    return tuple(cause for cause in ranked if cause not in own), tuple(own)


def _own(cause: Cause, relations: Relations) -> bool:
    own = relations.own(cause.checks[0], cause.id)
    return own if own is not None else cause.id.partition(".")[0] in of_own_network()
