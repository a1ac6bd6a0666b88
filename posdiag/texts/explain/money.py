"""What has to be minded before a step, so that no money is lost?

Two rules, kept here and nowhere else (seed map SEC-30, EMG-06; traps 3 and 4):

- before the first step that touches the way to the network: a sale in progress is let
  end. Sales that have ended are kept in the terminal, so this is a remark, no question;
- before the first that touches the terminal (restart, update, reset): are there sales
  unsent or unsettled? Settling is never demanded where the network for it is down.

The computer that runs this program holds no sales: nothing stands before its steps.
"""

from collections.abc import Sequence
from dataclasses import replace

from posdiag.texts.catalogue import Advice, Step, advice
from posdiag.texts.lookup import WORDS

NETWORK, TERMINAL = "EMG-06", "SEC-30"  # rows of the seed map
SALE_IN_PROGRESS = "sale-in-progress"  # the name of the remark


def note(step: Step) -> str:
    """The name of the remark that belongs to a step; "" for none."""
    return SALE_IN_PROGRESS if step.touches == "network" else ""


def gate(*, offline: bool = False) -> Step:
    """The question about unsent and unsettled sales. `offline`: they cannot be sent."""
    return Step(WORDS("gate.offline") if offline else WORDS("gate.terminal"), gate=True)


def gated(steps: Sequence[Step], *, offline: bool = False) -> tuple[Step, ...]:
    """`steps` with the gate before the first that touches the terminal, and with the
    remark at the first that touches the network."""
    shown: list[Step] = []
    touched: set[str] = set()
    for step in steps:
        first = step.touches not in touched
        touched.add(step.touches)
        if first and step.touches == "terminal":
            shown.append(gate(offline=offline))
        if first and step.touches == "network":
            shown.append(replace(step, before=WORDS("gate.network")))
        else:
            shown.append(step)
    return tuple(shown)


def gated_advice(
    found: Sequence[Advice], most: int, *, offline: bool
) -> tuple[Advice, ...]:
    """At most `most` measures, with what has to be minded before them."""
    shown: list[Advice] = []
    for measure in found:
        before = _before(measure, offline)
        if before and all(a.id != before.id for a in shown):
            shown.append(before)
        shown.append(measure)
    while len(shown) > most or (shown and shown[-1].id in (NETWORK, TERMINAL)):
        shown.pop()  # nothing may stand without what belongs before it
    return tuple(shown)


def _before(measure: Advice, offline: bool) -> Advice | None:
    if measure.touches == "network":
        return advice(NETWORK)
    if measure.touches == "terminal":
        return Advice(TERMINAL, gate(offline=offline).text)
    return None
