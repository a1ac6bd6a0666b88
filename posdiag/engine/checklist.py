"""The core's checks in the order in which they are shown."""

#: The core's checks in the order in which they are shown (CONTRACT section 4).
CHECKLIST = (
    "link.state",
    "link.errors",
    "wifi.credentials",
    "wifi.security",
    "wifi.signal",
    "wifi.interference",
    "ip.address",
    "ip.conflict",
    "ip.gateway",
    "ip.dhcp",
    "router.reach",
    "isp.reach",
    "isp.portal",
    "dns.resolve",
    "dns.integrity",
    "clock.skew",
    "path.mtu",
    "path.redundancy",
    "vpn.tunnel",
    "acquirer.connect",
    "acquirer.tls",
    "acquirer.loss",
    "acquirer.echo",
    "acquirer.idle",
    "target.connect",
    "cellular.sim",
    "cellular.registration",
    "cellular.signal",
    "cellular.data",
    "pstn.line",
    "bluetooth.adapter",
    "bluetooth.terminal",
    "peripheral.printer",
    "peripheral.reader",
    "data.estimate",
    "data.speed",
)

#: Groups of ids that no plugin may use, neither for a check nor for a cause: those of
#: the core's checks, of its causes, and of the reasons for skip and error.
RESERVED = frozenset(
    {id.partition(".")[0] for id in CHECKLIST} | {"printer", "reader", "skip", "tool"}
)
