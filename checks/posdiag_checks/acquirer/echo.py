"""Does the payment host answer an ISO 8583 echo, and with which response code?

One echo a run, only with a configured dialect and consent, never a sign-in. The wire
layer passes on only the fields that are judged here.
"""

from dataclasses import dataclass, replace

from posdiag.formats.iso8583.echo import (
    ANSWERS,
    BATCH,
    HEADER,
    TPDU,
    Form,
    Wanted,
    request,
    stan,
)
from posdiag.formats.iso8583.framing import swapped
from posdiag.measure.acquirer import (
    TLCP_ONLY,
    acquirer_address,
    handshake_question,
    no_common_tls,
    tlcp_suite,
)
from posdiag.model import Context, Facts, Finding, check, fail, known, ok, skip, warn
from posdiag.model.limits import Limits
from posdiag.model.questions.machine import AskTime
from posdiag.model.questions.payment import Exchange, Exchanged, PaymentReply
from posdiag.model.questions.wire import Connect
from posdiag.model.site import Iso8583, Secret, Site
from posdiag.texts import response_codes as codes

MOST_ANNOUNCED = 999
"""Bytes. A longer "length" is no prefix but two bytes of another protocol."""
SIGN_IN = ("22", "77", "99", "A0", "A7")
"""Codes that ask for a new sign-in: the network is fine."""
OUR_FORMAT = ("12", "30", "40")
"""Codes by which the host rejects the message: our template, not the terminal's."""
INVALID_MERCHANT = "03"
TOUCHES_PAYMENTS = ("terminal-state", "beyond-merchant")
"""Families of codes that a sale would be refused with, too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent, as far as the reply must match it."""

    question: Exchange
    stan: str
    host: str
    port: int


@check(
    "acquirer.echo",
    order=40,
    proves="payment",
    evidence=("payment.echo",),
    part="echo",
    needs=("acquirer.connect", "acquirer.tls"),
    timeout=22,
)
async def acquirer_echo(ctx: Context) -> Finding:
    iso = ctx.site.acquirer.iso8583
    if not ctx.site.acquirer.host or iso is None:
        return skip("skip.not-configured")
    if "echo" not in ctx.consent:
        return skip("skip.no-consent", hint="posdiag run --allow-echo")
    address = await acquirer_address(ctx)
    if not address:
        return skip("skip.nothing-to-test")
    now = known(await ctx.system.ask(AskTime(series="trace-number"))).seconds
    asked = ask(ctx, iso, address, now)
    got = known(await ctx.system.ask(asked.question))
    if got.handshake is not None and no_common_tls(got.handshake):
        suite = await tlcp_suite(ctx, address)
        if suite:
            return skip(TLCP_ONLY, host=asked.host, suite=suite)
    return judge(asked, got, ctx.limits)


def ask(ctx: Context, iso: Iso8583, address: str, now: float) -> Asked:
    """The echo as this site's terminal would send it."""
    plain = iso.dialect == "ascii"
    header = ("" if plain else HEADER) if iso.header is None else iso.header
    tpdu = ("" if plain else TPDU) if iso.tpdu is None else iso.tpdu
    inclusive = iso.length_includes_itself
    form = Form(iso.dialect, iso.length, tpdu, len(header) // 2, iso.bitmap, inclusive)
    terminal, merchant = _numbers(ctx.site, iso)
    wanted = Wanted(header, terminal, merchant, iso.batch or BATCH, iso.fields)
    there = ctx.site.acquirer
    tls = ctx.seen.get("acquirer.tls")
    # Where only an older device's TLS is accepted, the echo uses it.
    legacy = tls is not None and tls.variant == "stricter"
    question = Exchange(
        through=replace(handshake_question(ctx, address), legacy=legacy)
        if there.tls
        else Connect(address, there.port),
        dialect=form.dialect,
        length=form.length,
        tpdu=form.tpdu,
        header=form.header,
        payload=Secret(request(form, wanted, now).hex()),
        timeout=max(ctx.limits["echo.listen"], ctx.limits["echo.timeout"]),
        bitmap=form.bitmap,
        inclusive=form.inclusive,
    )
    trace = iso.fields.get("11") or stan(now)
    return Asked(question, trace, there.host or address, there.port)


def _numbers(site: Site, iso: Iso8583) -> tuple[str, str]:
    """Terminal and merchant number; from [site] if only that has them and they fit."""
    terminal = iso.terminal_id or site.site.terminal_id or ""
    merchant = iso.merchant_id or site.site.merchant_id or ""
    fits = len(terminal) <= 8 and terminal.isascii()
    return (
        terminal if fits else "",
        merchant if len(merchant) <= 15 and merchant.isascii() else "",
    )


def judge(asked: Asked, got: Exchanged, limits: Limits) -> Finding:
    facts = _facts(asked, got, limits)
    shaken = got.handshake
    if got.tcp.outcome != "ok" or (shaken is not None and shaken.outcome != "ok"):
        # The connection that `acquirer.connect` made has just worked.
        tries = max(1, got.tcp.tries)
        return fail(
            "acquirer.no-answer", facts, variant="lost", tries=tries, confidence=0.6
        )
    reply = got.reply
    if reply is None:
        closed = got.outcome == "closed"
        return fail(
            "acquirer.no-answer",
            facts,
            variant="closed" if closed else "silent",
            confidence=0.9,
            rivals=("acquirer.bad-answer",),
        )
    variant = _malformation(asked, reply)
    if variant:
        what: Facts = {"start": reply.start or "-", "announced": reply.announced}
        if variant == "after":
            what = {**what, "after": reply.after}
        if variant == "unlike":
            what = {**what, "wrong": _mismatches(asked, reply)}
        if variant == "form":
            # The host repeats our trace number: it is alive, and sales may well work.
            return warn("acquirer.bad-answer", {**facts, **what}, variant=variant)
        return fail("acquirer.bad-answer", {**facts, **what}, variant=variant)
    if got.seconds > limits["echo.timeout"]:
        return fail("acquirer.no-answer", facts, variant="late", code=reply.code)
    if reply.code != "00":
        return _declined(reply.code, facts)
    return ok("", facts, variant="" if shaken else "plain", code=reply.code)


def _facts(asked: Asked, got: Exchanged, limits: Limits) -> Facts:
    """Times of each part beside a terminal's time limits; no merchant or terminal
    number. `total` includes the connection that a terminal opens for a message."""
    shaken, question = got.handshake, asked.question
    secure = shaken.seconds if shaken else None
    return {
        "host": asked.host,
        "port": asked.port,
        "dialect": question.dialect,
        "bitmap": question.bitmap,
        "length": question.length,
        "tpdu": bool(question.tpdu),
        "connect": got.tcp.seconds,
        "tls": secure,
        "seconds": got.seconds,
        "total": got.tcp.seconds + (secure or 0.0) + got.seconds,
        "limit": limits["echo.timeout"],
        "host_timeout": limits["echo.host_timeout"],
        "received": got.reply.size if got.reply else 0,
    }


def _malformation(asked: Asked, reply: PaymentReply) -> str:
    """What is wrong with a reply, as a variant of the text; "" for nothing."""
    if reply.kind in ("http", "tls"):
        return reply.kind
    if reply.kind != "iso8583":
        half = not reply.whole and reply.announced is not None
        half = half and reply.size < (reply.announced or 0) <= MOST_ANNOUNCED
        return "half" if half else "foreign"
    if reply.after:
        return "after"
    if _mismatches(asked, reply):
        return "unlike"
    return "" if reply.understood else "form"


def _mismatches(asked: Asked, reply: PaymentReply) -> tuple[str, ...]:
    """Which parts of the reply do not match the request.

    The TPDU is for routers on the path: hosts that return it unswapped answer well.
    """
    question = asked.question
    fits = {
        "MTI": reply.mti == ANSWERS[question.dialect],
        "STAN": reply.stan == asked.stan,
        "39": reply.code != "" or not reply.understood,
    }
    wrong = tuple(name for name, right in fits.items() if not right)
    if wrong and reply.tpdu != swapped(question.tpdu):
        return (*wrong, "TPDU")
    return wrong


def _declined(code: str, facts: Facts) -> Finding:
    """A refused echo proves that the host answers, not that sales fail: many hosts do
    not support the echo, or not for this merchant."""
    found = codes.lookup(code)
    family = found.family if found else ""
    meaning, action = codes.meaning_of(code), codes.action_of(code)
    declined: Facts = {
        **facts,
        "code": code,
        "meaning": meaning.en,
        "meaning_zh": meaning.zh,
        "action": action.en,
        "action_zh": action.zh,
        "family": family,
    }
    likely = family in TOUCHES_PAYMENTS or code in (*SIGN_IN, INVALID_MERCHANT)
    variant = "beyond" if family == "beyond-merchant" else ""
    if code in SIGN_IN:
        variant = "sign-in"
    elif code in OUR_FORMAT:
        likely, variant = False, "format"
    confidence = 0.9 if likely else 0.8
    return warn("acquirer.declined", declined, variant=variant, confidence=confidence)
