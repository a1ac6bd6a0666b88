"""Does the terminal's own TLS handshake with the acquirer succeed?

Judged by alerts and lengths alone. The certificate is blamed on the terminal only
while this machine finds it valid.
"""

from dataclasses import replace

from posdiag.formats.traffic import signs
from posdiag.measure.acquirer import sni
from posdiag.model import Context, Finding, Value, check, fail
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.terminal import TcpTalk
from posdiag.model.questions.tls import Handshake, Shake
from posdiag_checks.terminal.heard import Heard, heard

NEEDS = (
    "terminal.seen",
    "terminal.lease",
    "terminal.address",
    "terminal.gateway",
    "isp.reach",
    "acquirer.tls",
)
CAUSES = {
    "version": "terminal.tls-version",
    "certificate": "terminal.tls-rejects-certificate",
    "no-certificate": "terminal.tls-no-certificate",
}
ORDER = ("SSL 3", "1.0", "1.1", "1.2", "1.3")


@check("terminal.tls", order=70, needs=NEEDS)
async def terminal_tls(ctx: Context) -> Finding:
    found = await heard(ctx)
    if isinstance(found, Finding):
        return found
    failed = failures(found)
    own = await _own(ctx, failed[-1]) if failed else None
    return judge(found, own)


async def _own(ctx: Context, talk: TcpTalk) -> Handshake | None:
    """This machine's own handshake with the host that the terminal talked to."""
    acquirer = ctx.site.acquirer
    name = talk.tls.server_name if talk.tls else ""
    host = acquirer.server_name or acquirer.host or name or talk.address
    asked = Shake(
        talk.address,
        talk.port,
        host=host,
        server_name=sni(name or host),
        ca_file=acquirer.ca_file or "",
        client_cert=acquirer.client_cert or "",
        client_key=acquirer.client_key or "",
        timeout=ctx.limits["tls.timeout"],
    )
    answer = await ctx.system.ask(asked)
    if isinstance(answer, Handshake) and answer.outcome != "ok" and name:
        answer = await ctx.system.ask(replace(asked, number=1, series="terminal"))
    return None if isinstance(answer, Unknown) else answer


def failures(found: Heard) -> list[TcpTalk]:
    """Handshakes that failed, or that were cut off early."""
    station = found.terminal
    if station is None:
        return []
    talks = found.to(found.hosts) if found.hosts else list(station.talks)
    if any(t.answered is not None for t in talks):
        return []
    return [t for t in talks if signs.tls_failure(t) or _cut_off(t)]


def _cut_off(talk: TcpTalk) -> bool:
    """The host ended it upon the ClientHello, without a readable reason."""
    tls = talk.tls
    return bool(
        tls and tls.offered and not tls.chosen and talk.ended_by == "host"
        and not talk.joined
    )  # fmt: skip


def judge(found: Heard, own: Handshake | None) -> Finding:
    """`own` is this machine's handshake with that host, None where there is none."""
    station = found.terminal
    if station is None:
        return found.untold("skip.terminal-unheard")
    if found.mode == "listen":
        return found.untold("skip.terminal-listening")
    talks = found.to(found.hosts) if found.hosts else list(station.talks)
    secure = [t for t in talks if t.tls is not None]
    if not secure:
        return found.untold("skip.nothing-to-test")
    failed = failures(found)
    if not failed:
        done = [t for t in secure if t.tls and t.tls.finished]
        if not done:
            return found.untold("skip.terminal-undecided")
        return found.fine(**_facts(done[-1]))
    return _judge_failed(found, failed, own)


def _judge_failed(
    found: Heard, failed: list[TcpTalk], own: Handshake | None
) -> Finding:
    kinds = [signs.tls_failure(t) for t in failed]
    last, kind = failed[-1], kinds[-1]
    if not kind:
        return _cut(found, failed, own)
    valid = own is not None and own.outcome == "ok"
    if kind == "certificate" and not valid:
        return found.untold("skip.terminal-certificate-unproven", **_told(last, failed))
    readable = signs.certain_failure(last)
    alike = kinds.count(kind)
    unreadable = 0.85 if alike > 1 else 0.7
    return fail(
        CAUSES[kind],
        {**found.about(), **_told(last, failed)},
        variant="" if readable else "unreadable" if kind == "certificate" else "",
        confidence=0.97 if readable else unreadable,
    )


def _cut(found: Heard, failed: list[TcpTalk], own: Handshake | None) -> Finding:
    """Cut off upon the ClientHello: too old a version, if a newer one is taken."""
    last = failed[-1]
    newest = (
        max((ORDER.index(v) for v in last.tls.offered), default=0) if last.tls else 0
    )
    taken = own.version.removeprefix("TLSv") if own and own.outcome == "ok" else ""
    if taken not in ORDER or ORDER.index(taken) <= newest:
        return found.untold("skip.terminal-undecided", **_told(last, failed))
    return fail(
        "terminal.tls-version",
        {**found.about(), **_told(last, failed)},
        variant="cut",
        confidence=0.85,
        rivals=("acquirer.closed-connection",),
    )


def _told(last: TcpTalk, failed: list[TcpTalk]) -> dict[str, Value]:
    return {**_facts(last), "attempts": len(failed)}


def _facts(talk: TcpTalk) -> dict[str, Value]:
    tls = talk.tls
    name = (tls.server_name if tls else "") or next(iter(talk.names), talk.address)
    return {
        "host": name,
        "port": talk.port,
        "offered": tls.offered[0] if tls and tls.offered else None,
        "version": (tls.chosen if tls else "") or None,
        "alert": tls.alert if tls else None,
        "alert_by": (tls.alert_by or tls.encrypted_alert) or None if tls else None,
    }
