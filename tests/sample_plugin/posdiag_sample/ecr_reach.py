"""Does the cash register at the first [[target]] take connections?

Without it amounts can still be keyed in at the terminal, so this only ever warns.
"""

from posdiag.measure.names import resolve
from posdiag.model import Context, Finding, check, ok, skip, unmeasured, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Connect, Connection
from posdiag.model.site import Target


@check("ecr.reach", needs=("link.state",), timeout=8.0)
async def ecr_reach(context: Context) -> Finding:
    if not context.site.target:
        return skip("skip.not-configured")
    register = context.site.target[0]
    resolved = await resolve(context, register.host)
    if not resolved.found:  # whether names resolve is for dns.resolve to say
        return skip("skip.nothing-to-test")
    address = resolved.addresses[0]
    answer = await context.system.ask(Connect(address, register.port, tries=3))
    if isinstance(answer, Unknown):
        return unmeasured(answer)
    return judge(register, answer)


def judge(register: Target, answer: Connection) -> Finding:
    host, port = register.host, register.port
    if answer.outcome == "ok":
        return ok(host=host, port=port, seconds=answer.seconds)
    if answer.outcome in ("refused", "closed"):
        return warn("ecr.refused", host=host, port=port)
    return warn("ecr.unreachable", tries=answer.tries, host=host, port=port)
