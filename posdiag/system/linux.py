"""The Linux system: which handler answers which question."""

import time

from posdiag.system import questions as ask
from posdiag.system import wifi_questions as ask_wifi
from posdiag.system.answers import WallClock
from posdiag.system.dispatch import Dispatch
from posdiag.system.meter import Meter


async def wall_clock(question: ask.AskTime, meter: Meter) -> WallClock:
    return WallClock(time.time())


def linux() -> Dispatch:
    """Handlers import what is heavy only when they are asked."""
    from posdiag.system import (
        dns,
        exchange,
        http,
        icmp,
        join,
        neighbour,
        netlink,
        raw,
        resolvers,
        sntp,
        tcp,
        tlcp,
        tls,
        trace,
    )

    child = raw.Raw()
    joiner = join.Joiner()
    return Dispatch(
        "linux",
        {
            ask.AskInterfaces: netlink.interfaces,
            ask.AskDamage: netlink.damage,
            ask.AskRoutes: netlink.all_routes,
            ask.AskRouteTo: netlink.route_for,
            ask.AskNeighbour: neighbour.neighbour,
            ask.AskSweep: neighbour.sweep,
            ask.AskResolvers: resolvers.resolvers,
            ask.AskLocalName: resolvers.local_name,
            ask.AskTime: wall_clock,
            ask.Ping: icmp.ping,
            ask.Connect: tcp.connect,
            ask.Shake: tls.shake,
            ask.AskTlcp: tlcp.ask,
            ask.Exchange: exchange.exchange,
            ask.StayQuiet: exchange.stay_quiet,
            ask.Lookup: dns.lookup,
            ask.Fetch: http.fetch,
            ask.Trace: trace.trace,
            ask.AskNetworkTime: sntp.ask,
            ask.DiscoverDhcp: child.discover_dhcp,
            ask.ProbeArp: child.probe_arp,
            ask_wifi.JoinWifi: joiner.join,
        },
        closers=(joiner.close,),
    )
