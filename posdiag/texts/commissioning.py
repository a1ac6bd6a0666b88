"""Is a new shop ready to be handed over? Its gates, and who signs for each.

A gate is passed where every check of it that applies was carried out and found nothing
(seed map PRO-11); what only a person can see is a gate, too, and stays open until that
person signs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from posdiag.model import Status
from posdiag.model.site import Site
from posdiag.texts.clean import clean
from posdiag.texts.lookup import WORDS, Texts
from posdiag.texts.pair import Pair

if TYPE_CHECKING:
    from posdiag.texts.explain import ExplainedResult

TEXTS = Texts("posdiag.texts", "commissioning.toml")

State = Literal["passed", "risk", "failed", "open", "none", "by-hand"]

MEASURED = (Status.OK, Status.WARN, Status.FAIL)
#: States that are no reason against handing over.
FINE = ("passed", "none", "by-hand")

#: Skips for which nothing is missing at this shop.
NOTHING_MISSING = (
    "skip.not-configured", "skip.not-applicable", "skip.not-asked-for",
    "skip.nothing-to-test", "skip.no-lookup", "skip.one-uplink", "skip.thorough",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A gate as such: `members` are groups and ids of checks, none where a person
    looks. `needed`: no shop is without it, so that nothing measured leaves it open."""

    id: str
    who: str
    members: tuple[str, ...] = ()
    needed: bool = False


#: In the order in which they are gone through. The last measured one takes the checks
#: of plugins, whose groups are not known here.
KINDS = (
    Kind(
        "link",
        "technician",
        ("link", "wifi", "cellular", "pstn", "bluetooth"),
        needed=True,
    ),
    Kind("address", "technician", ("ip", "host"), needed=True),
    Kind("router", "technician", ("router",)),
    Kind("internet", "isp", ("isp", "path")),
    Kind("dns", "technician", ("dns",)),
    Kind("clock", "technician", ("clock",)),
    Kind("acquirer", "acquirer", ("acquirer", "vpn"), needed=True),
    Kind("line", "isp", ("acquirer.loss", "acquirer.idle"), needed=True),
    Kind("data", "merchant", ("data",)),
    Kind("terminal", "technician", ("terminal",)),
    Kind("devices", "terminal-service", ("target", "peripheral")),
    Kind("approval", "acquirer"),
    Kind("sale", "merchant"),
    Kind("training", "merchant"),
)
OTHERS = "devices"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate at this shop. `checks` are the ids that it rests on, `why` what keeps it
    from being passed."""

    id: str
    title: Pair
    who: str
    signer: Pair
    state: State
    checks: tuple[str, ...] = ()
    why: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Handover:
    """The page that ends a commissioning. `contacts` are parties with their numbers."""

    gates: tuple[Gate, ...]
    contacts: tuple[tuple[Pair, str], ...]

    @property
    def ready(self) -> bool:
        """Is every gate that can be measured passed, or none of this shop's?"""
        return all(gate.state in FINE for gate in self.gates)


def handover(results: "Sequence[ExplainedResult]", site: Site) -> Handover:
    """The gates of a run, and whom the shop calls later."""
    by_gate: dict[str, list[ExplainedResult]] = {}
    for result in results:
        by_gate.setdefault(gate_of(result.check), []).append(result)
    numbers = site.support.numbers.items()
    return Handover(
        tuple(_gate(kind, by_gate.get(kind.id, [])) for kind in KINDS),
        tuple((WORDS(f"who.{who}"), clean(number, 80)) for who, number in numbers),
    )


def gate_of(check: str) -> str:
    """The gate that a check belongs to; its own id outweighs its group."""
    named: Mapping[str, str] = {m: kind.id for kind in KINDS for m in kind.members}
    return named.get(check) or named.get(check.partition(".")[0]) or OTHERS


def _gate(kind: Kind, results: "Sequence[ExplainedResult]") -> Gate:
    state = _state(kind, results)
    open_ = [r for r in results if _keeps_open(r)] if state != "passed" else []
    why = tuple(TEXTS("why.line", title=r.title, text=r.text) for r in open_)
    return Gate(
        id=kind.id,
        title=TEXTS(f"gate.{kind.id}"),
        who=kind.who,
        signer=TEXTS(f"signs.{kind.who}"),
        state=state,
        checks=tuple(r.check for r in results if r.status in MEASURED),
        why=why or ((TEXTS("why.nothing"),) if state == "open" else ()),
    )


def _state(kind: Kind, results: "Sequence[ExplainedResult]") -> State:
    if not kind.members:
        return "by-hand"
    statuses = {result.status for result in results}
    if Status.FAIL in statuses:
        return "failed"
    if any(_keeps_open(r) for r in results if r.status is not Status.WARN):
        return "risk" if Status.WARN in statuses else "open"
    if Status.WARN in statuses:
        return "risk"
    if Status.OK in statuses:
        return "passed"
    return "open" if kind.needed else "none"


def _keeps_open(result: "ExplainedResult") -> bool:
    if result.status is Status.SKIP:
        return result.code not in NOTHING_MISSING
    return result.status is not Status.OK
