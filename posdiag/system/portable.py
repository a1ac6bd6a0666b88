"""The portable system: psutil, plain sockets and the programs of the operating system.

For everything but Linux, where a switch forces it. What it cannot do is `unsupported`:
damage counters, traces, DHCP discovery, ARP probes, and joining a Wi-Fi network.
"""

import errno
import socket
from functools import partial
from ipaddress import ip_address

from posdiag.formats.desktop.netstat import unix_routes, windows_routes
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import AskNeighbour, AskSweep
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
    LocalName,
    Resolvers,
    Route,
    Routes,
    RouteTo,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import ReadHandshakes
from posdiag.model.questions.wire import Ping
from posdiag.system.core.dispatch import Dispatch
from posdiag.system.link.portable_interfaces import interfaces
from posdiag.system.link.portable_neighbour import neighbour, sweep
from posdiag.system.link.resolvers import HOSTS_LIMIT, parse_hosts
from posdiag.system.process.tools import TOOL_TIME, Tools, here, key, owners
from posdiag.system.wire.sockets import DISCARD


async def routes(tools: Tools, question: AskRoutes, meter: Meter) -> Routes | Unknown:
    commands = [["netstat", "-rn"]]
    if tools.os == "linux":  # -e adds the metric; the families come one by one
        commands = [["netstat", "-rne", "-4"], ["netstat", "-rne", "-6"]]
    found: list[Route] = []
    for number, command in enumerate(commands):
        output = await tools.run(command, TOOL_TIME)
        if isinstance(output, Unknown):
            return output
        if output.code != 0 and number == 0:
            return Unknown("trouble", f"netstat: {output.err.strip()[:200]}")
        if tools.os == "windows":
            found += windows_routes(output.out, owners())
        else:
            found += unix_routes(output.out)
    rows = [route for route in found if route.interface != "lo"]
    rows.sort(key=lambda route: (route.destination != "default", route.metric))
    return Routes(tuple(rows))


async def route_to(question: AskRouteTo, meter: Meter) -> RouteTo | Unknown:
    """Ask the system by connecting a datagram socket, which sends nothing."""
    try:
        six = ip_address(question.address).version == 6
        family = socket.AF_INET6 if six else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((question.address, DISCARD))
            source = str(probe.getsockname()[0])
    except ValueError:
        return Unknown("trouble", "not an address")
    except OSError as error:
        if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL):
            return RouteTo(None)
        return Unknown("trouble", f"connect: {error}"[:200])
    interface = owners().get(key(source))
    if interface is None:
        return Unknown("trouble", "no interface has the chosen address")
    return RouteTo(interface, source=key(source))


async def resolvers(question: AskResolvers, meter: Meter) -> Resolvers | Unknown:
    """What dnspython finds: the registry on Windows, resolv.conf elsewhere."""
    import dns.exception
    import dns.resolver

    try:
        found = dns.resolver.Resolver(configure=True)
    except dns.resolver.NoResolverConfiguration:
        return Resolvers(())
    except (OSError, dns.exception.DNSException, ValueError) as error:
        return Unknown("trouble", f"resolver settings: {error}"[:200])
    search = tuple(str(name).rstrip(".") for name in found.search)
    return Resolvers(tuple(str(s) for s in found.nameservers), search, "system")


async def local_name(
    tools: Tools, question: AskLocalName, meter: Meter
) -> LocalName | Unknown:
    try:
        with tools.hosts_file().open("rb") as file:
            text = file.read(HOSTS_LIMIT).decode("utf-8", "replace")
    except FileNotFoundError:
        return LocalName(())
    except OSError as error:
        return Unknown("trouble", f"hosts file: {error.strerror}")
    return parse_hosts(text, question.name)


def portable(tools: Tools | None = None) -> Dispatch:
    """The portable system, by default for this machine."""
    from posdiag.system import devices, wire
    from posdiag.system.wifi import portable as portable_wifi
    from posdiag.system.wifi.capture import handshakes
    from posdiag.system.wire.icmp.ping_command import ping

    tools = tools or Tools(here())
    return Dispatch(
        "portable",
        {
            AskInterfaces: partial(interfaces, tools, portable_wifi.adapters),
            AskRoutes: partial(routes, tools),
            AskRouteTo: route_to,
            AskNeighbour: partial(neighbour, tools),
            AskSweep: partial(sweep, tools),
            AskResolvers: resolvers,
            AskLocalName: partial(local_name, tools),
            Ping: partial(ping, tools),
            ReadHandshakes: handshakes.read,
            **wire.handlers(),
            **devices.portable_handlers(),
            **portable_wifi.handlers(tools),
        },
    )
