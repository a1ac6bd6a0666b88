"""A check whose texts explain away a cause of the core."""

from posdiag.model import Context, Finding, check, fail


@check("bad.texts")
async def texts(context: Context) -> Finding:
    return fail("bad.texts")
