"""Is traffic into a tunnel answered? Tested by sending some.

An idle tunnel is as silent as a dead one, so its state alone proves nothing. A
WireGuard peer that receives data and has nothing to reply sends a keep-alive within
10 s, so longer silence is proof (Donenfeld 2017, section 6.5).
"""

import asyncio
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from posdiag.measure.tasks import Background
from posdiag.model import Context, known
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskWireguard, Wireguard
from posdiag.model.questions.machine import AskInterfaces, AskRoutes, Interface
from posdiag.model.questions.wire import Connect, Ping

LOOK = 0.5  # seconds between two looks at the counters
HANDSHAKE = 7.5  # seconds: Rekey-Timeout is 5 s, so two attempts
OTHER = 5.0  # seconds for a tunnel of another kind to bring an answer
INITIATION = 148  # bytes of WireGuard's handshake initiation (Donenfeld 2017, 5.4.2)
SPARE = 2.5  # seconds on top of the peer's keep-alive


@dataclass(frozen=True, slots=True)
class Traffic:
    """Traffic through the tunnel while its far side was probed.

    `answered`: a probe was answered. `sent` and `received` count packets of the
    interface, None where the system does not count; `ever` those received since it came
    up. `peers_sent` and `peers_received` are WireGuard's own bytes, 0 for a tunnel of
    another kind. `far` is the tunnel's other end, "" if unknown. `untold` is why
    WireGuard's state is unknown.
    """

    answered: bool = False
    wireguard: Wireguard | None = None
    untold: Unknown | None = None
    sent: int | None = None
    received: int | None = None
    ever: int | None = None
    peers_sent: int = 0
    peers_received: int = 0
    far: str = ""
    far_known: bool = False
    asked_acquirer: bool = False
    seconds: float = 0.0

    @property
    def alive(self) -> bool:
        # A peer that receives nothing repeats its handshake initiation: no answer.
        replied = self.peers_received % INITIATION > 0
        return self.answered or bool(self.received) or replied

    @property
    def handshake(self) -> float | None:
        """The age of the newest handshake in seconds, None without any."""
        peers = self.wireguard.peers if self.wireguard else ()
        ages = [p.handshake for p in peers if p.handshake is not None]
        return min(ages, default=None)


@dataclass(frozen=True, slots=True)
class _Look:
    interface: Interface
    wireguard: Wireguard | Unknown

    @property
    def peers(self) -> tuple[int, int]:
        """Bytes sent to and received from all peers."""
        if isinstance(self.wireguard, Unknown):
            return 0, 0
        peers = self.wireguard.peers
        return sum(p.sent for p in peers), sum(p.received for p in peers)


async def _look(ctx: Context, name: str, number: int) -> _Look | None:
    asked = AskInterfaces(series="vpn", number=number)
    interfaces, state = await asyncio.gather(
        ctx.system.ask(asked),
        ctx.system.ask(AskWireguard(name, series="vpn", number=number)),
    )
    same = [i for i in known(interfaces).all if i.name == name]
    return _Look(same[0], state) if same else None


async def through(
    ctx: Context, interface: Interface, acquirer: str = ""
) -> Traffic | None:
    """Probe the acquirer's port, where it is routed through the tunnel, and the
    tunnel's other end; None where the interface vanished meanwhile."""
    name = interface.name
    before = await _look(ctx, name, 0)
    if before is None:
        return None
    far, far_known = await far_end(ctx, interface)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    patience = _patience(ctx, before)
    traffic: Traffic | None = None
    with Background() as tasks:
        asking = [tasks.start(_ping(ctx, far))] if far else []
        if acquirer:
            asking.append(tasks.start(_connects(ctx, acquirer)))
        for number in range(1, 100):
            if asking:
                await asyncio.wait(
                    asking, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED
                )
            answered = any(a.result() for a in asking if a.done())
            asking = [a for a in asking if not a.done()]
            after = await _look(ctx, name, number)
            if after is None:
                return None
            seconds = loop.time() - begun
            traffic = replace(
                _compared(before, after),
                answered=answered,
                far=far,
                far_known=far_known,
                asked_acquirer=bool(acquirer),
                seconds=seconds,
            )
            if traffic.alive or seconds >= patience:
                break
            if not asking:
                await asyncio.sleep(LOOK)
    return traffic


def _patience(ctx: Context, before: _Look) -> float:
    """Seconds after which the tunnel counts as silent."""
    state = before.wireguard
    if isinstance(state, Unknown) or not state.spoken:
        return OTHER
    ages = [p.handshake for p in state.peers if p.handshake is not None]
    if min(ages, default=float("inf")) > ctx.limits["vpn.stale"]:
        return HANDSHAKE
    return ctx.limits["vpn.keepalive"] + SPARE


def _compared(before: _Look, after: _Look) -> Traffic:
    old, new = before.interface.counters, after.interface.counters
    sent, received = (
        now - then for now, then in zip(after.peers, before.peers, strict=True)
    )
    state = after.wireguard
    return Traffic(
        wireguard=None if isinstance(state, Unknown) or not state.spoken else state,
        untold=state if isinstance(state, Unknown) else None,
        sent=new.tx_packets - old.tx_packets if old and new else None,
        received=new.rx_packets - old.rx_packets if old and new else None,
        ever=new.rx_packets if new else None,
        peers_sent=sent,
        peers_received=received,
    )


async def _ping(ctx: Context, address: str) -> bool:
    echoes = await ctx.system.ask(Ping(address, 3, interval=1.0, series="vpn"))
    return not isinstance(echoes, Unknown) and bool(echoes.answered)


async def _connects(ctx: Context, address: str) -> bool:
    """Does the acquirer's host itself answer, be it with a refusal?"""
    port = ctx.site.acquirer.port
    answer = await ctx.system.ask(Connect(address, port, tries=3, series="vpn"))
    if isinstance(answer, Unknown):
        return False
    by_host = answer.error is None or answer.error.by == address
    return answer.outcome in ("ok", "closed") or (
        answer.outcome == "refused" and by_host
    )


async def far_end(ctx: Context, interface: Interface) -> tuple[str, bool]:
    """An address behind the tunnel, and whether it is known to be its other end: the
    peer or a gateway of its routes, else the first host of a network that is routed
    through it. "" for none."""
    own = {a.address for a in interface.addresses}
    local = [a for a in interface.addresses if a.family == 4]
    routes = await ctx.system.ask(AskRoutes())
    every = () if isinstance(routes, Unknown) else routes.all
    routed = [r for r in every if r.interface == interface.name and r.family == 4]
    ends = [a.peer for a in local] + [r.gateway or "" for r in routed]
    known_end = next((a for a in ends if a and a not in own), "")
    if known_end:
        return known_end, True
    networks = [f"{a.address}/{a.prefix}" for a in local if a.prefix < 31]
    networks += [r.destination for r in routed if r.destination != "default"]
    guesses = map(_first_host, networks)
    return next((a for a in guesses if a not in own), ""), False


def _first_host(network: str) -> str:
    """The first host of a network, the only one of a /32."""
    found = ip_network(network, strict=False)
    lone = found.prefixlen >= found.max_prefixlen - 1
    base = found.network_address
    return str(base if lone else ip_address(int(base) + 1))
