"""Does the terminal's own TLS handshake with the acquirer succeed?

Judged by alerts and record lengths alone. A refused certificate is put down to the
terminal only if this machine finds it valid.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from posdiag.formats.traffic import signs
from posdiag.measure.acquirer import sni
from posdiag.model import Context, Finding, Value, check, fail
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.terminal import Station, TcpTalk, TlsTalk
from posdiag.model.questions.tls import Handshake, Shake
from posdiag_checks.terminal.observation import Observation, observe

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
    observed = await observe(ctx)
    if isinstance(observed, Finding):
        return observed
    failed = failures(observed)
    own = await own_handshake(ctx, failed[-1]) if failed else None
    return observed.judged_by(partial(judge, own=own))


async def own_handshake(ctx: Context, talk: TcpTalk) -> Handshake | None:
    """This machine's own handshake with the host that the terminal talked to, without a
    name where the terminal sent none: a host may refuse that."""
    acquirer = ctx.site.acquirer
    name = talk.tls.server_name if talk.tls else ""
    nameless = talk.tls is not None and talk.tls.offered and not name
    host = acquirer.server_name or acquirer.host or name or talk.address
    asked = Shake(
        talk.address,
        talk.port,
        host=host,
        server_name="" if nameless else sni(name or host),
        ca_file=acquirer.ca_file or "",
        client_cert=acquirer.client_cert or "",
        client_key=acquirer.client_key or "",
        timeout=ctx.limits["tls.timeout"],
    )
    answer = await ctx.system.ask(asked)
    if isinstance(answer, Handshake) and answer.outcome != "ok" and name:
        answer = await ctx.system.ask(replace(asked, number=1, series="terminal"))
    return None if isinstance(answer, Unknown) else answer


def failures(observed: Observation) -> list[TcpTalk]:
    """Handshakes that failed or were cut off after the ClientHello; none once the host
    has answered data of the terminal."""
    station = observed.terminal
    if station is None:
        return []
    talks = _talks(observed, station)
    if any(t.answered is not None for t in talks):
        return []
    return [t for t in talks if signs.tls_failure(t) or _cut_off(t)]


def _talks(observed: Observation, station: Station) -> Sequence[TcpTalk]:
    """The connections to the acquirer; all of them where the profile names none."""
    return observed.connections_to(observed.hosts) if observed.hosts else station.talks


def _cut_off(talk: TcpTalk) -> bool:
    """Did the host close it on the ClientHello, without a readable alert?"""
    tls = talk.tls
    if tls is None or not tls.offered or tls.chosen:
        return False
    return talk.ended_by == "host" and not talk.joined


def judge(observed: Observation, station: Station, own: Handshake | None) -> Finding:
    """`own` is this machine's handshake with that host, None where there is none."""
    if observed.mode == "listen":
        return observed.skipped("skip.terminal-listening")
    talks = _talks(observed, station)
    secure = [t for t in talks if t.tls is not None]
    if not secure:
        return observed.skipped("skip.nothing-to-test")
    failed = failures(observed)
    if not failed:
        done = [t for t in secure if t.tls and t.tls.finished and not _refused(t.tls)]
        if not done:
            return observed.skipped("skip.terminal-undecided")
        return observed.passed(**_facts(done[-1]))
    return _judge_failed(observed, failed, own)


def _refused(tls: TlsTalk) -> bool:
    """Did the host end it by an alert, as one does that rejects the terminal's own
    certificate?"""
    return "host" in (tls.alert_by, tls.encrypted_alert)


def _judge_failed(
    observed: Observation, failed: list[TcpTalk], own: Handshake | None
) -> Finding:
    kinds = [signs.tls_failure(t) for t in failed]
    last, kind = failed[-1], kinds[-1]
    if not kind:
        return _cut(observed, failed, own)
    facts = _facts(last, len(failed))
    valid = own is not None and own.outcome == "ok"
    if kind == "certificate" and not valid:
        return observed.skipped("skip.terminal-certificate-unproven", **facts)
    readable = signs.certain_failure(last)
    repeated = kinds.count(kind) > 1
    return fail(
        CAUSES[kind],
        {**observed.facts(), **facts},
        variant="unreadable" if kind == "certificate" and not readable else "",
        confidence=0.97 if readable else 0.85 if repeated else 0.7,
    )


def _cut(
    observed: Observation, failed: list[TcpTalk], own: Handshake | None
) -> Finding:
    """Closed on the ClientHello: the version is too old if this machine's newer one is
    accepted."""
    last, facts = failed[-1], _facts(failed[-1], len(failed))
    offered = last.tls.offered if last.tls else ()
    newest = max(map(ORDER.index, offered), default=0)
    taken = own.version.removeprefix("TLSv") if own and own.outcome == "ok" else ""
    if taken not in ORDER or ORDER.index(taken) <= newest:
        return observed.skipped("skip.terminal-undecided", **facts)
    return fail(
        "terminal.tls-version",
        {**observed.facts(), **facts},
        variant="cut",
        confidence=0.85,
        rivals=("acquirer.closed-connection",),
    )


def _facts(talk: TcpTalk, attempts: int | None = None) -> dict[str, Value]:
    tls = talk.tls or TlsTalk()
    facts: dict[str, Value] = {
        "host": tls.server_name or next(iter(talk.names), talk.address),
        "port": talk.port,
        "offered": next(iter(tls.offered), None),
        "version": tls.chosen or None,
        "alert": tls.alert,
        "alert_by": tls.alert_by or tls.encrypted_alert or None,
    }
    return facts if attempts is None else {**facts, "attempts": attempts}
