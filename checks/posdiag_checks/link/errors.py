"""Are frames damaged, does the link flap, did it fall back to half duplex?"""

from posdiag.measure.frame_errors import judge_frames, watch_frames
from posdiag.model import Context, Finding, check


@check("link.errors", order=20, part="link", needs=("link.state",), timeout=15)
async def link_errors(ctx: Context) -> Finding:
    return judge_frames(await watch_frames(ctx), ctx.limits)
