"""Is what was found about the connection that the terminal uses, or merely about the
network of the machine that examines it?

A terminal on a SIM, on a telephone line or on Bluetooth does not pass through the
network of the technician's laptop. What is wrong with that network keeps the acquirer
from being examined, but is no cause of the terminal's outage. Pure.
"""

from collections.abc import Mapping, Sequence

from posdiag.engine.causes import Relations, rank
from posdiag.engine.checklist import Checklist, of_own_network
from posdiag.engine.proof import CONNECTIONS, LINES, given
from posdiag.model import Cause, Check, Result
from posdiag.model.site import Site

SHARED: Mapping[str, str] = {"cellular": "link.cellular"}
"""By line, the evidence that this machine itself is online by it."""


def judge(
    site: Site, checks: Sequence[Check], results: Sequence[Result], relations: Relations
) -> tuple[tuple[Cause, ...], tuple[Cause, ...]]:
    """The causes of the terminal's trouble, the one to fix first at the front, and what
    is wrong with this machine's own network where the terminal does not use it."""
    line = CONNECTIONS[site.connection.kind]
    line = line if line in LINES else ""
    ranked = rank(results, Checklist(tuple(checks)), relations, line)
    if not line or SHARED.get(line) in given(checks, results):
        return ranked, ()
    own = [cause for cause in ranked if _own(cause, relations)]
    return tuple(cause for cause in ranked if cause not in own), tuple(own)


def _own(cause: Cause, relations: Relations) -> bool:
    told = relations.own(cause.checks[0], cause.id)
    return told if told is not None else cause.id.partition(".")[0] in of_own_network()
