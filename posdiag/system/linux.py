"""The Linux system: which handler answers which question."""

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
)
from posdiag.model.questions.modem import AskManagedModem
from posdiag.model.questions.terminal import EndWatch, WatchTerminal
from posdiag.model.questions.wire import Knock, Ping, Trace
from posdiag.system.core.clock import wall_clock
from posdiag.system.core.dispatch import Dispatch


def linux() -> Dispatch:
    """Handlers import heavy libraries when they are called."""
    from posdiag.system import wire
    from posdiag.system.bus import modemmanager
    from posdiag.system.devices import equipment
    from posdiag.system.link import neighbour, netlink, resolvers
    from posdiag.system.link.packet_probes import PacketProbes
    from posdiag.system.terminal.watch import Watcher
    from posdiag.system.wifi import linux as wifi
    from posdiag.system.wifi.capture import handshakes
    from posdiag.system.wifi.join import joiner as join
    from posdiag.system.wire.icmp import ping as icmp
    from posdiag.system.wire.icmp import trace
    from posdiag.system.wire.raw import knock

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
            Knock: knock.knock,
            Trace: trace.trace,
            DiscoverDhcp: packets.discover_dhcp,
            ProbeArp: packets.probe_arp,
            AskManagedModem: modemmanager.ask,
            WatchTerminal: watcher.watch,
            EndWatch: watcher.end,
            ask_wifi.ScanWifi: wifi.scan,
            ask_wifi.AskWifiLink: wifi.link,
            ask_wifi.AskSurvey: wifi.survey,
            ask_wifi.AskRadio: wifi.radio,
            ask_wifi.WatchWifi: wifi.watch,
            ask_wifi.JoinWifi: joiner.join,
            ask_wifi.ReadHandshakes: handshakes.read,
            **wire.handlers(),
            **equipment.handlers(),
        },
        closers=(joiner.close, watcher.close),
    )
