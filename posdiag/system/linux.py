"""The Linux system: which handler answers which question."""

from posdiag.model.questions import lan, machine, terminal, wifi
from posdiag.model.questions.wire import Knock, Ping, Trace
from posdiag.system.core.dispatch import Dispatch


def linux() -> Dispatch:
    """Handlers import heavy libraries when they are called."""
    from posdiag.system import devices, wire
    from posdiag.system.link import neighbour, netlink, resolvers
    from posdiag.system.link.packet_probes import PacketProbes
    from posdiag.system.terminal.watch import Watcher
    from posdiag.system.wifi import linux as wifi_linux
    from posdiag.system.wifi.capture import handshakes
    from posdiag.system.wifi.join.joiner import Joiner
    from posdiag.system.wire.icmp import ping, trace
    from posdiag.system.wire.raw import knock

    packets = PacketProbes()
    joiner = Joiner()
    watcher = Watcher()
    return Dispatch(
        "linux",
        {
            machine.AskInterfaces: netlink.interfaces,
            machine.AskDamage: netlink.damage,
            machine.AskRoutes: netlink.all_routes,
            machine.AskRouteTo: netlink.route_for,
            machine.AskResolvers: resolvers.resolvers,
            machine.AskLocalName: resolvers.local_name,
            lan.AskNeighbour: neighbour.neighbour,
            lan.AskSweep: neighbour.sweep,
            lan.DiscoverDhcp: packets.discover_dhcp,
            lan.ProbeArp: packets.probe_arp,
            Ping: ping.ping,
            Knock: knock.knock,
            Trace: trace.trace,
            terminal.WatchTerminal: watcher.watch,
            terminal.EndWatch: watcher.end,
            wifi.ScanWifi: wifi_linux.scan,
            wifi.AskWifiLink: wifi_linux.link,
            wifi.AskSurvey: wifi_linux.survey,
            wifi.AskRadio: wifi_linux.radio,
            wifi.WatchWifi: wifi_linux.watch,
            wifi.JoinWifi: joiner.join,
            wifi.ReadHandshakes: handshakes.read,
            **wire.handlers(),
            **devices.handlers(),
        },
        closers=(joiner.close, watcher.close),
    )
