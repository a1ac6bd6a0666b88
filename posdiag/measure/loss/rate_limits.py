"""Is a loss real? Who answers may limit how many he answers, and the way loses nothing.

Firewalls answer some pings a second and drop the rest. TCP is not limited so: where it
loses clearly less on the same way, it is the one to go by. Some limit connections too.
"""

import asyncio
from collections.abc import Iterable

from posdiag.measure.loss.sampling import (
    Measured,
    hypotheses,
    patience,
    sample_fixed,
    sample_tcp,
)
from posdiag.measure.statistics import at_least, cut_off, decide, evenly, exceeds, shows
from posdiag.model import Context

TRIED = 48  # trials by TCP: with the connections of other checks, at most 30 a run
PINGS = 72  # sent anew, and faster


async def confirmed(
    ctx: Context, lossy: Measured, ports: tuple[int, ...]
) -> Measured | None:
    """What the way loses, limits on answers apart. None: that cannot be told."""
    if lossy.method != "icmp":
        return None if cut_off(lossy.sample) else lossy
    tcp, brisk = await asyncio.gather(
        sample_tcp(ctx, lossy.address, ports, TRIED),
        sample_fixed(ctx, lossy.address, PINGS, patience(lossy.trips), "brisk"),
    )
    if any(exceeds(pinged.sample, tcp.sample) for pinged in (lossy, brisk)):
        return tcp
    if not evenly(brisk.sample):
        return lossy
    if not tcp.heard or cut_off(tcp.sample):
        return None
    return lossy if shows(tcp.sample, at_least(lossy.sample)) else tcp


def borne_out(ctx: Context, whole: Measured, parts: Iterable[Measured]) -> bool:
    """Is a loss that so few connections could not decide certain on a nearer part, and
    seen on the whole way too? Answers that are counted out prove nothing."""
    return any(
        decide(part.sample, hypotheses(ctx.limits, ctx.plan, part.method)) == "bad"
        and not evenly(part.sample)
        and shows(whole.sample, at_least(part.sample))
        for part in parts
    )
