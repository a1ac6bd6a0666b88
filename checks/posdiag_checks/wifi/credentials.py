"""Can a terminal with these credentials get into the network, and if not, why?

In this order: the form of the passphrase, a capture of the terminal, what is heard
under that name, what it offers, and, with consent, a real join.
"""

from dataclasses import replace

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.passphrase import fits_wep, flaws
from posdiag.measure.uplink import find_uplink
from posdiag.measure.wifi.network import Network, adapter, applies, network, scan
from posdiag.model import Context, Finding, Status, check, ok, skip, unmeasured
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import Interface
from posdiag.model.questions.wifi import AskRadio, JoinWifi, ReadHandshakes
from posdiag.model.questions.wifi_answers import Joined
from posdiag_checks.wifi.capture_verdict import Capture, broke_off, judge_capture
from posdiag_checks.wifi.heard import Air, judge_air, judge_form
from posdiag_checks.wifi.join_verdict import Trial, judge_join
from posdiag_checks.wifi.offer import ways

NOTHING_TO_JOIN = ("skip.radio-off", "skip.not-configured")


@check("wifi.credentials", order=10, part="link", timeout=75, alone="join")
async def wifi_credentials(ctx: Context) -> Finding:
    if not await applies(ctx):
        return skip("skip.not-applicable")
    here = await adapter(ctx)
    air = await _listen(ctx, here)
    form = judge_form(air)
    if form is not None:
        return _placed(form, air, None)
    capture = await _captured(ctx)
    left = capture if isinstance(capture, Capture) else Capture()
    trial: Finding | Unknown | None = None
    if isinstance(here, Interface):
        passive = judge_air(air)
        trial = await _tried(ctx, here, air, passive, left)
    else:
        passive = unmeasured(here) if here else skip("skip.no-wifi")
    proven = capture if isinstance(capture, Finding) else None
    return _placed(proven or conclude(passive, trial, left), air, trial)


def conclude(
    passive: Finding, trial: Finding | Unknown | None, capture: Capture
) -> Finding:
    """One finding from what was heard, what the join test proved and what the capture
    left open. `trial` is None where it was not made, Unknown where it could not be."""
    if passive.status is Status.FAIL:
        return passive
    tried = trial if isinstance(trial, Finding) else None
    if tried is not None and tried.status is Status.FAIL:
        return tried
    joined = tried is not None and tried.status is Status.OK
    broken = broke_off(capture, proven=joined)
    if broken is not None:
        return broken
    if passive.status is Status.WARN:
        return passive
    if tried is not None:
        return tried
    if capture.state == "right":
        return ok("", {**passive.facts, **capture.facts}, variant="capture")
    if isinstance(trial, Unknown) and passive.variant != "joined":
        return unmeasured(trial)
    return replace(passive, facts={**passive.facts, **capture.facts})


def _placed(finding: Finding, air: Air, trial: Finding | Unknown | None) -> Finding:
    """With what the join test left behind, and `elsewhere` where this is about a way
    that this machine does not go. A fault of the terminal alone (it has a `station`) is
    elsewhere as soon as this machine is in."""
    tried = trial if isinstance(trial, Finding) else None
    facts = dict(finding.facts)
    if tried is not None:
        left = ("after", "former")
        facts |= {name: tried.facts[name] for name in left if name in tried.facts}
    inside = air.network.joined or (tried is not None and tried.status is Status.OK)
    elsewhere = air.elsewhere or ("station" in facts and inside)
    return replace(
        finding,
        facts=facts,
        note="wifi-lost" if facts.get("after") == "lost" else "",
        elsewhere=elsewhere and finding.status in (Status.FAIL, Status.WARN),
    )


# -- measuring ------------------------------------------------------------------------


async def _listen(ctx: Context, here: Interface | Unknown | None) -> Air:
    """Everything that is to be had without leaving the present network."""
    if not isinstance(here, Interface):
        wanted = Network(ssid.octets(ctx.site.wifi.ssid or ""), True)
        return Air(ctx.site, wanted, elsewhere=True)
    radio = await ctx.system.ask(AskRadio(here.name))
    meant = await network(ctx, here.name)
    # Inside already, and not about to leave: there is nothing to look for.
    inside = meant.joined and "join" not in ctx.consent
    heard = await scan(ctx, here.name, remembered=inside)
    up = await find_uplink(ctx)
    own_way = up is not None and up.interface.name == here.name
    away = meant.link is not None and meant.link.state != "disconnected"
    return Air(
        ctx.site,
        meant,
        heard,
        radio=None if isinstance(radio, Unknown) else radio,
        enabled=here.enabled,
        gateway=(up.gateway or "") if up is not None and own_way else "",
        elsewhere=not own_way or (away and not meant.joined),
    )


async def _captured(ctx: Context) -> Finding | Capture:
    path, secret = ctx.site.wifi.handshake, ctx.site.wifi.passphrase
    if not path:
        return Capture()
    name = ssid.octets(ctx.site.wifi.ssid or "")
    read = await ctx.system.ask(ReadHandshakes(path, name.hex(), secret))
    return judge_capture(read, name)


async def _tried(
    ctx: Context, here: Interface, air: Air, passive: Finding, capture: Capture
) -> Finding | Unknown | None:
    """A real join, where it is allowed, possible and can still tell something."""
    secret = ctx.site.wifi.passphrase
    unlocked = any("open" in ways(p) for p in air.mine)
    if "join" not in ctx.consent or not ctx.site.wifi.ssid:
        return None
    if passive.status is Status.FAIL or passive.code in NOTHING_TO_JOIN:
        return None
    if secret is None and not unlocked and ctx.site.wifi.security != "open":
        return None
    offers_wep = any("wep" in ways(p) for p in air.mine)
    wep = offers_wep and secret is not None and fits_wep(secret)
    joined = await ctx.system.ask(
        JoinWifi(
            here.name,
            air.network.hex,
            security="wep" if wep else ctx.site.wifi.security or "",
            hidden=ctx.site.wifi.hidden or air.hides,
            passphrase=secret,
        )
    )
    if isinstance(joined, Unknown):
        return joined
    heard = air.facts if air.mine else {**air.facts, **air.around}
    sae = bool(air.mine) and all(ways(p) == {"sae"} for p in air.mine)
    return judge_join(
        Trial(
            joined,
            ctx.limits,
            {**heard, **capture.facts, **_back(joined)},
            phone=air.phone,
            heard=air.mine[0].signal if air.mine else None,
            listed=bool(air.mine),
            wep=offers_wep,
            sae=sae or ctx.site.wifi.security == "wpa3",
            blank=secret is not None
            and any(f.kind == "blank-end" for f in flaws(secret)),
            vouched=capture.state in ("right", "broken"),
        )
    )


def _back(joined: Joined) -> dict[str, str]:
    """How this machine stands after the test; a note where it is not back."""
    told: dict[str, str] = {"after": joined.after}
    if joined.after == "lost":
        former = ssid.shown(ssid.of_hex(joined.former))
        told["former"] = former
    return told
