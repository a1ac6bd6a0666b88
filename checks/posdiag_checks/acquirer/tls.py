"""Does the TLS handshake with the acquirer succeed, and if not, at which step?"""

from dataclasses import replace

from posdiag.measure.acquirer import (
    TLCP_ONLY,
    acquirer_address,
    handshake,
    handshake_question,
    tlcp_suite,
    unverified_handshake,
)
from posdiag.model import Context, Facts, Finding, Status, check, known, skip, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskTime
from posdiag.model.questions.tls import Handshake
from posdiag_checks.acquirer.tls_verdict import Evidence, judge, stricter

NO_COMMON_TLS = ("acquirer.tls-version", "acquirer.closed-connection")


def _host_delay(shaken: Handshake) -> float:
    """Seconds that the host itself took: what is left of a handshake beyond three round
    trips, one more than TLS 1.2 needs."""
    return shaken.seconds - 3 * shaken.tcp.seconds


@check(
    "acquirer.tls",
    order=20,
    proves="payment",
    evidence=("payment.tls",),
    first_host=True,
    part="tls",
    needs=("acquirer.connect",),
    after=("clock.skew",),
    vital=True,
)
async def acquirer_tls(ctx: Context) -> Finding:
    if not ctx.site.acquirer.host:
        return skip("skip.not-configured")
    if not ctx.site.acquirer.tls:
        return skip("skip.not-applicable")
    address = await acquirer_address(ctx)
    if not address:
        return skip("skip.nothing-to-test")
    shaken = known(await handshake(ctx, address))
    refused = shaken.outcome == "refused"
    lenient = await unverified_handshake(ctx, address) if refused else None
    legacy = None
    if stricter(shaken, lenient):
        asked = replace(handshake_question(ctx, address), legacy=True)
        answer = await ctx.system.ask(asked)
        legacy = None if isinstance(answer, Unknown) else answer
    now = known(await ctx.system.ask(AskTime(series="tls"))).seconds
    clock = ctx.seen.get("clock.skew")
    skew: Facts = clock.facts if clock else {}
    offset = skew.get("offset")
    host = ctx.site.acquirer.server_name or ctx.site.acquirer.host
    found = judge(
        Evidence(
            host,
            shaken,
            lenient,
            ctx.site.acquirer.client_cert is not None,
            now,
            float(offset) if isinstance(offset, int | float) else 0.0,
            str(skew.get("source") or ""),
            clock is not None and clock.status is Status.OK,
            legacy,
        )
    )
    if found.status is Status.OK and _host_delay(shaken) >= ctx.limits["tls.slow"]:
        return warn("acquirer.slow", found.facts, variant="tls", confidence=0.85)
    if found.code not in NO_COMMON_TLS:
        return found
    # A TLCP server refuses OpenSSL's ClientHello and accepts the terminal's.
    suite = await tlcp_suite(ctx, address)
    return skip(TLCP_ONLY, host=host, suite=suite) if suite else found
