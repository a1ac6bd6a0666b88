"""Which connection suits this shop: cable, Wi-Fi or SIM? Pure.

Nothing is claimed that was not measured here: a connection that this run did not use is
reported as unmeasured, whatever articles say of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from posdiag.guide import WORDS
from posdiag.model import Cause, Report, Severity, Status, Verdict
from posdiag.model.site import Site
from posdiag.texts.catalogue import advice
from posdiag.texts.pair import Pair

WAYS = ("wired", "wifi", "sim")
MOBILE = ("mobile-stall", "delivery", "service")
SALE = (10_000, 15_000)  # bytes of a card sale (article 000:67)
DAYS = 30
ASSUMED = 100  # sales a day
#: Causes by which a way that was seen is not steady.
UNSTEADY = ("loss", "slow", "errors", "signal", "interference", "no-internet")
#: Groups whose broken causes lie in the way itself.
LINE = ("link", "wifi", "ip", "router", "isp", "cellular")
LOSS = "acquirer.loss"
#: The plan for every shop, by rows of the seed map, and what a finding puts before it.
PLAN = ("PRV-04", "PRV-06", "PRV-07", "PRV-03", "PRV-16", "SWR-12", "PRV-19", "ESC-09")
PLAN_OF = {
    "link.errors": ("PRV-08",),
    "router.unreachable": ("PRV-08", "PRV-09"),
    "isp.no-internet": ("PRV-09",),
    "wifi.interference": ("PRV-12",),
    "wifi.weak-signal": ("PRV-01",),
    "data.over-quota": ("EMG-16",),
}
UNSAFE = ("wifi.insecure", "wifi.evil-twin", "isp.captive-portal")


@dataclass(frozen=True, slots=True)
class Way:
    """One connection: what this run knows of it. `steady` None: not measured."""

    id: str
    steady: bool | None
    reasons: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Suits:
    """The connections, the best first."""

    best: str
    ways: tuple[Way, ...]
    notes: tuple[Pair, ...] = field(default=())
    plan: tuple[Pair, ...] = field(default=())


def suits(report: Report) -> Suits:
    """What fits the shop of this report."""
    site = report.site
    measured = _measured_connection(report)
    ways = {id: _way(id, id == measured, report) for id in WAYS}
    order = sorted(WAYS, key=lambda id: _rank(ways[id], site))
    second = _status(report, "path.redundancy") is Status.OK
    line = WORDS("suit.second") if second else WORDS("suit.one-line")
    notes = (_data(site), line, WORDS("suit.public"))
    return Suits(order[0], tuple(ways[id] for id in order), notes, _plan(report))


def _plan(report: Report) -> tuple[Pair, ...]:
    """A plan of maintenance for this shop, by its own findings first."""
    own = [row for c in report.causes for row in PLAN_OF.get(c.id, ())]
    found = (advice(id) for id in dict.fromkeys((*own, *PLAN)))
    return tuple(a.text for a in found if a)


def _measured_connection(report: Report) -> str:
    """By which of the ways did this machine measure?"""
    kind = report.site.connection.kind
    if kind in ("wifi", "hotspot"):
        return "wifi"
    if kind == "cellular":
        return "sim"
    wifi = _status(report, "wifi.signal")
    return "wifi" if wifi in (Status.OK, Status.WARN) and kind is None else "wired"


def _status(report: Report, check: str) -> Status | None:
    found: Mapping[str, Status] = {r.check: r.finding.status for r in report.results}
    return found.get(check)


def _way(id: str, measured: bool, report: Report) -> Way:
    reasons = [WORDS("suit.measured") if measured else WORDS("suit.unmeasured")]
    steady = None
    if measured:
        steady = _steady(report)
        if steady is None:
            reasons.append(WORDS("suit.unproven"))
        else:
            reasons.append(WORDS("suit.steady") if steady else WORDS("suit.unsteady"))
    if id == "wifi":
        unsafe = [c.id for c in report.causes if c.id in UNSAFE]
        reasons.append(WORDS("suit.unsafe") if unsafe else WORDS("suit.own-wifi"))
    if id == "sim":
        reasons += [WORDS("suit.mobile"), WORDS("suit.plan")]
    if id == "wired":
        reasons.append(WORDS("suit.fixed"))
    return Way(id, steady, tuple(reasons))


def _steady(report: Report) -> bool | None:
    """Steady is what loss was measured on, and decided; None: not known. What is wrong
    beyond the line (a wallet, a certificate) says nothing of it."""
    if any(_unsteady(cause) for cause in report.causes):
        return False
    if report.verdict is Verdict.BROKEN:
        return None
    loss = next((r.finding for r in report.results if r.check == LOSS), None)
    # An open sample is ok as well, but proves nothing.
    decided = loss is not None and loss.status is Status.OK and loss.proves is None
    return True if decided else None


def _unsteady(cause: Cause) -> bool:
    of_line = cause.id.partition(".")[0] in LINE
    broken = of_line and cause.severity is Severity.BROKEN
    return broken or any(word in cause.id for word in UNSTEADY)


def _rank(way: Way, site: Site) -> tuple[int, int]:
    """A way that was measured unsteady comes last; a shop that moves needs a SIM."""
    moves = site.site.kind in MOBILE
    order: Sequence[str] = ("sim", "wifi", "wired") if moves else WAYS
    return int(way.steady is False), order.index(way.id)


def _data(site: Site) -> Pair:
    """What the sales cost in data; without a number of sales, for a hundred a day."""
    sales = site.data.transactions_per_day
    least = site.data.bytes_per_transaction or SALE[0]
    most = site.data.bytes_per_transaction or SALE[1]
    count = ASSUMED if sales is None else sales
    facts = {
        "sales": count,
        "least": count * least,
        "most": count * most,
        "month": count * most * DAYS,
    }
    data = WORDS("suit.data", **facts)
    if sales is not None:
        return data
    assumed = WORDS("suit.data-assumed", sales=count)
    return Pair(assumed.zh + data.zh, f"{assumed.en} {data.en}")
