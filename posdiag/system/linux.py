"""The Linux system: which handler answers which question."""

import time

from posdiag.model.questions import wifi as ask_wifi
from posdiag.model.questions.lan import AskNeighbour, AskSweep, DiscoverDhcp, ProbeArp
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
    AskTime,
    WallClock,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import AskManagedModem, AskModem, AskSerialPorts
from posdiag.model.questions.payment import Exchange, StayQuiet
from posdiag.model.questions.terminal import EndWatch, WatchTerminal
from posdiag.model.questions.tls import AskTlcp, Shake
from posdiag.model.questions.wire import (
    AskNetworkTime,
    Connect,
    Fetch,
    Knock,
    Lookup,
    MeasureSpeed,
    Ping,
    Trace,
)
from posdiag.system.core.dispatch import Dispatch


async def wall_clock(question: AskTime, meter: Meter) -> WallClock:
    return WallClock(time.time())


def linux() -> Dispatch:
    """Handlers import heavy libraries when they are called."""
    from posdiag.system.bus import modemmanager
    from posdiag.system.devices import equipment, modem, ports
    from posdiag.system.link import neighbour, netlink, resolvers
    from posdiag.system.link.packet_probes import PacketProbes
    from posdiag.system.terminal.watch import Watcher
    from posdiag.system.wifi import linux as wifi
    from posdiag.system.wifi.capture import handshakes
    from posdiag.system.wifi.join import joiner as join
    from posdiag.system.wire import dns, http, sntp, speed, tcp
    from posdiag.system.wire import payment as exchange
    from posdiag.system.wire.icmp import ping as icmp
    from posdiag.system.wire.icmp import trace
    from posdiag.system.wire.raw import knock
    from posdiag.system.wire.tls import handshake as tls
    from posdiag.system.wire.tls import tlcp

    packets = PacketProbes()
    joiner = join.Joiner()
    watcher = Watcher()
    return Dispatch(
        "linux",
        {
            AskInterfaces: netlink.interfaces,
            AskDamage: netlink.damage,
            AskRoutes: netlink.all_routes,
            AskRouteTo: netlink.route_for,
            AskNeighbour: neighbour.neighbour,
            AskSweep: neighbour.sweep,
            AskResolvers: resolvers.resolvers,
            AskLocalName: resolvers.local_name,
            AskTime: wall_clock,
            Ping: icmp.ping,
            Connect: tcp.connect,
            Knock: knock.knock,
            Shake: tls.shake,
            AskTlcp: tlcp.ask,
            Exchange: exchange.exchange,
            StayQuiet: exchange.stay_quiet,
            Lookup: dns.lookup,
            Fetch: http.fetch,
            Trace: trace.trace,
            AskNetworkTime: sntp.ask,
            MeasureSpeed: speed.measure,
            DiscoverDhcp: packets.discover_dhcp,
            ProbeArp: packets.probe_arp,
            AskModem: modem.ask,
            AskManagedModem: modemmanager.ask,
            AskSerialPorts: ports.ports,
            WatchTerminal: watcher.watch,
            EndWatch: watcher.end,
            ask_wifi.ScanWifi: wifi.scan,
            ask_wifi.AskWifiLink: wifi.link,
            ask_wifi.AskSurvey: wifi.survey,
            ask_wifi.AskRadio: wifi.radio,
            ask_wifi.WatchWifi: wifi.watch,
            ask_wifi.JoinWifi: joiner.join,
            ask_wifi.ReadHandshakes: handshakes.read,
            **equipment.handlers(),
        },
        closers=(joiner.close, watcher.close),
    )
