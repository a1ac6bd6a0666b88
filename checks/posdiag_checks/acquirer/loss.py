"""How much is lost on the path to the acquirer, how slow is it, and where does that
begin?

Loss and delay are charged to the first segment that shows them: LAN, ISP, acquirer.
"""

from dataclasses import replace

from posdiag.measure.frame_errors import FrameErrors, judge_frames
from posdiag.measure.loss.samples import (
    HostSample,
    LossSurvey,
    SaleLoss,
    Segments,
    first_lossy,
    is_slow,
)
from posdiag.measure.loss.survey import survey_loss
from posdiag.measure.statistics import OUTAGES, percentile, proven_loss
from posdiag.model import Context, Facts, Finding, check, fail, ok, skip, warn
from posdiag.model.limits import Limits

HEAVY = 0.2  # loss; a segment that shows this much need not show more


@check(
    "acquirer.loss", evidence=("loss",), order=30, needs=("router.reach",), timeout=26
)
async def acquirer_loss(ctx: Context) -> Finding:
    survey = await survey_loss(ctx)
    found = judge(survey, ctx.limits)
    return replace(found, trips=survey.reported.trips) if survey else found


def judge(survey: LossSurvey | None, limits: Limits) -> Finding:
    """Loss outranks delay; a path without either passes, however coarsely measured."""
    if survey is None:
        return skip("skip.nothing-to-test")
    if survey.rate_limiting == "not-separable":
        return skip("skip.limited", target=survey.path.address)
    if survey.is_lossy(limits):
        return judge_loss(survey, limits)
    if survey.sale and survey.sale.decision == "bad":
        return judge_sale(survey, survey.sale, limits)
    return judge_delay(survey, limits) or _passed(survey, limits)


def judge_loss(survey: LossSurvey, limits: Limits) -> Finding:
    """Charge a real loss to damaged frames, else to the first segment that shows it or
    a good part of it: loss varies, and a nearer segment must not be cleared because the
    path was worse a moment before."""
    found = _first_segment(survey.path, survey.segments, survey.frames, limits)
    if found.code == "link.errors":
        return found
    outages = survey.path.sample.outages >= OUTAGES
    return replace(found, variant="outages") if outages else found


def judge_sale(survey: LossSurvey, sale: SaleLoss, limits: Limits) -> Finding:
    """The same for full segments or connections, which are lost where echoes pass."""
    clean = survey.path.sample
    found = _first_segment(sale.path, sale.segments, survey.frames, limits)
    if found.code == "link.errors":
        return found
    extra = {"kind": sale.kind, "echoes_lost": clean.k, "echoes_sent": clean.n}
    if sale.size:
        extra["size"] = sale.size
    facts: Facts = {**found.facts, **extra}
    return replace(found, facts=facts, variant=sale.kind)


def _first_segment(
    path: HostSample, near: Segments, frames: FrameErrors | None, limits: Limits
) -> Finding:
    damaged = judge_frames(frames, limits) if frames else None
    if damaged and damaged.code == "link.errors":
        return damaged
    loss = min(HEAVY, proven_loss(path.sample))
    if near.router and first_lossy((near.router,), loss):
        rivals = ("link.errors",) if frames and frames.uncounted else ()
        return _loss("router.packet-loss", path, near.router, limits, rivals)
    if lossy := first_lossy(near.beyond, loss):
        return _loss("isp.packet-loss", path, lossy, limits)
    if near.beyond or near.last_hop:
        return _loss("acquirer.packet-loss", path, path, limits)
    rivals = () if near.router else ("router.packet-loss",)
    rivals = (*rivals, "acquirer.packet-loss")
    return _loss("isp.packet-loss", path, path, limits, rivals)


def judge_delay(survey: LossSurvey, limits: Limits) -> Finding | None:
    """Charge the delay to the first segment that has more than half of it. A path that
    is fast enough as a whole may still have a slow LAN. None: not slow."""
    path, near, router = survey.path, survey.delays, survey.delays.router
    slow, total = is_slow(path, limits), path.rtt or 0.0
    share = total / 2 if slow else 0.0
    near_rtt = min(router.rtt or 0.0, total) if router else 0.0
    if router and near_rtt >= max(share, limits["delay.slow_lan"]):
        return _delay("router.slow", path, router)
    if not slow:
        return None
    for host in near.beyond:
        if host.rtt and host.rtt >= share:
            return _delay("isp.slow", path, host)
    if near.beyond or near.last_hop:
        return _delay("acquirer.slow", path, path)
    return _delay("isp.slow", path, path, rivals=("acquirer.slow",))


def _passed(survey: LossSurvey, limits: Limits) -> Finding:
    path = survey.path
    decided = survey.decision(limits) == "good" and not survey.sale
    coarse = "coarse" if path.method == "tcp" else ""
    found = ok(
        variant=coarse if decided else "undecided",
        target=path.address,
        lost=path.sample.k,
        sent=path.sample.n,
        below=path.sample.always_valid()[1],
        method=path.method,
        rtt=path.rtt,
        p95=percentile(path.rtts),
    )
    # An open sample proves no fault, and no health either.
    return found if decided else replace(found, proves=())


def _loss(
    code: str,
    path: HostSample,
    where: HostSample,
    limits: Limits,
    rivals: tuple[str, ...] = (),
) -> Finding:
    low, high = path.sample.always_valid()
    make = fail if path.sample.ratio >= limits["loss.broken"] else warn
    found = make(
        code,
        target=path.address,
        lost=path.sample.k,
        sent=path.sample.n,
        low=low,
        high=high,
        burst=path.sample.longest_burst,
        rtt=path.rtt,
        method=path.method,
        where=where.address,
        confidence=0.6 if rivals else 0.95,
        rivals=rivals,
    )
    return replace(found, loss=path.sample.ratio)


def _delay(
    code: str, path: HostSample, where: HostSample, rivals: tuple[str, ...] = ()
) -> Finding:
    facts: Facts = {
        "target": path.address,
        "lost": path.sample.k,
        "sent": path.sample.n,
        "rtt": path.rtt,
        "where": where.address,
        "where_rtt": where.rtt,
        "method": path.method,
    }
    return warn(code, facts, rivals=rivals, confidence=0.6 if rivals else 0.93)
