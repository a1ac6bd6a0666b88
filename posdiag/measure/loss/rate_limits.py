"""Is a loss real, or are replies dropped by a rate limiter?

Firewalls and routers answer a number of echoes per second and drop the rest.
Connections are not limited that way, so where TCP to the same host loses clearly less,
its sample counts. Some firewalls limit the number of connections.
"""

import asyncio

from posdiag.measure.loss.probes import echo_timeout
from posdiag.measure.loss.samples import HostSample
from posdiag.measure.loss.sampling import sample_connections, sample_echoes
from posdiag.measure.statistics import (
    evenly_spaced,
    exceeds,
    is_cut_off,
    proven_loss,
    recovers,
    shows_loss,
)
from posdiag.model import Context

TCP_TRIALS = 48  # with the connections of other checks, at most 30 a run
ECHOES = 72  # sent again, at a faster rate
BESIDE = 36  # of these, in the 0.7 s that the connections take
MANY_LOST = 8


async def exclude_rate_limiting(
    ctx: Context, lossy: HostSample, ports: tuple[int, ...]
) -> HostSample | None:
    """The sample of this host that no rate limiter distorts: the one given, or another
    by TCP to one of `ports`. None if path loss and dropped replies cannot be told
    apart."""
    if lossy.method != "icmp":
        return None if is_cut_off(lossy.sample) else lossy
    tcp, faster = await asyncio.gather(
        sample_connections(ctx, lossy.address, ports, TCP_TRIALS),
        sample_echoes(ctx, lossy.address, ECHOES, echo_timeout(lossy.rtts), "brisk"),
    )
    if _spared(tcp, faster):
        return tcp
    if recovers(lossy.sample):
        return lossy
    if exceeds(faster.sample, tcp.sample):
        return tcp
    # A loss that is gone at a faster rate was no rate limit.
    again = shows_loss(faster.sample, proven_loss(lossy.sample))
    if again and exceeds(lossy.sample, tcp.sample):
        return tcp
    if not evenly_spaced(faster.sample):
        return lossy
    if not tcp.answered or is_cut_off(tcp.sample):
        return None
    return lossy if shows_loss(tcp.sample, proven_loss(lossy.sample)) else tcp


def _spared(tcp: HostSample, echoes: HostSample) -> bool:
    """Was no SYN lost while many of the echoes sent at the same time were? At another
    time, between two outages, TCP proves nothing. A sample without an answer is empty:
    all of its echoes were lost."""
    lost = sum(echoes.sample.lost[:BESIDE])
    many = lost >= MANY_LOST or not echoes.sample.n
    return tcp.usual > 0 and not tcp.sample.k and many
