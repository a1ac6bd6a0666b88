"""What is to be carried out, from the command line and the profile."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from posdiag.commands.shared.selection import named_checks, select

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.model.site import Site
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

DESCRIBING = 0.5  # of the time of a run, at most, for plugins to describe themselves


def order_for(
    site: Site,
    lang: Lang,
    *,
    plan: str,
    seconds: float,
    selected: Sequence[str] = (),
    skipped: Sequence[str] = (),
    consent: frozenset[str] = frozenset(),
) -> tuple[Order, Catalogue]:
    """The order, and the texts of all registered checks. Refuses unknown names; without
    a name all checks are run."""
    from posdiag.engine.registry import checks
    from posdiag.engine.session import Order
    from posdiag.model.limits import Plan
    from posdiag.texts.catalogue import Catalogue

    begin = monotonic()
    registered = checks(seconds * DESCRIBING)
    catalogue = Catalogue(registered.checks)
    order = Order(
        checks=registered.checks,
        chosen=select(registered, selected, skipped, site, lang),
        site=site,
        relations=catalogue,
        plan=Plan(plan),
        consent=consent,
        selected=named_checks(registered.checks, selected),
        deadline=seconds - (monotonic() - begin),
        left_out=registered.left_out,
    )
    return order, catalogue
