"""Does the cash register take connections, and how soon?

Its address is a key of ours in the profile (`profile.toml`), or the first [[target]].
Without it amounts can still be keyed in at the terminal, so this only ever warns.
"""

from dataclasses import replace

from posdiag.measure.names import resolve
from posdiag.model import (
    Bar,
    Context,
    Facts,
    Finding,
    check,
    ok,
    skip,
    unmeasured,
    warn,
)
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Connect, Connection

CONNECTIONS = 3


@check("ecr.reach", needs=("link.state",), timeout=8.0)
async def ecr_reach(context: Context) -> Finding:
    host, port = where(context)
    if not host:
        return skip("skip.not-configured")
    resolved = await resolve(context, host)
    if not resolved.found:  # whether names resolve is for dns.resolve to say
        return skip("skip.nothing-to-test")
    answers: list[Connection] = []
    for number in range(CONNECTIONS):
        question = Connect(resolved.addresses[0], port, tries=3, number=number)
        answer = await context.system.ask(question)
        if isinstance(answer, Unknown):
            return unmeasured(answer)
        answers.append(answer)
        if answer.outcome != "ok":
            break
    late = context.plugin["late"]
    assert isinstance(late, float)
    return judge(host, port, answers, late)


def where(context: Context) -> tuple[str, int]:
    """Host and port, "" where the profile names none."""
    host, port = context.plugin.get("host"), context.plugin["port"]
    if isinstance(host, str) and isinstance(port, int):
        return host, port
    targets = context.site.target
    return (targets[0].host, targets[0].port) if targets else ("", 0)


def judge(host: str, port: int, answers: list[Connection], late: float) -> Finding:
    """`late` is in seconds. The chart is a bar for each connection."""
    last = answers[-1]
    if last.outcome in ("refused", "closed"):
        return warn("ecr.refused", host=host, port=port)
    if last.outcome != "ok":
        return warn("ecr.unreachable", tries=last.tries, host=host, port=port)
    seconds = tuple(answer.seconds for answer in answers)
    facts: Facts = {"host": host, "port": port, "seconds": max(seconds)}
    found = ok("", facts) if max(seconds) < late else warn("ecr.slow", facts)
    bars = tuple(
        Bar(str(number), took / (max(seconds) or 1.0), f"{took * 1000:.1f} ms")
        for number, took in enumerate(seconds, 1)
    )
    return replace(found, chart=bars, trips=seconds)
