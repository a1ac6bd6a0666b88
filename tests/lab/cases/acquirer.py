"""The Internet is fine; the acquirer or its port is not."""

from tests.lab import services
from tests.lab.case import fault, healthy
from tests.lab.netns import ip
from tests.lab.symptom.confirm import no_sale
from tests.lab.world import World


@fault("acquirer-gone", "acquirer.unreachable")
def gone(w: World) -> None:
    """Nobody has the acquirer's address any more."""
    ip("acq", f"addr del {w.plan.acquirer}/24 dev eth0")


@fault("acquirer-drops-all", "acquirer.unreachable")
def drops_all(w: World) -> None:
    """The host, or a firewall before it, swallows everything."""
    w.drop("acq", "drop", "input")


@fault("acquirer-no-way", "acquirer.unreachable")
def no_way(w: World) -> None:
    """A router of the Internet has no way to the acquirer's network and says so."""
    ip("core", f"route add unreachable {w.plan.acquirer}/32")


@fault("acquirer-no-way-silent", "acquirer.unreachable")
def no_way_silent(w: World) -> None:
    """The acquirer's network vanished from the Internet."""
    ip("core", f"route add blackhole {w.plan.acquirer}/32")


@fault("acquirer-link-down", "acquirer.unreachable")
def link_down(w: World) -> None:
    """The acquirer's line is out."""
    ip("acq", "link set dev eth0 down")


@fault("acquirer-gone-no-url", "acquirer.unreachable")
def gone_default(w: World) -> None:
    """The host is gone; the profile names no URL, the program's own answer."""
    from tests.lab.cases.isp import default_urls

    w.connectivity(None)
    default_urls(w)
    w.drop("acq", "drop", "input")


@fault("acquirer-gone-address", "acquirer.unreachable")
def gone_address(w: World) -> None:
    """The host is gone and was given by address."""
    w.set("acquirer", host=w.plan.acquirer, server_name=w.plan.name)
    w.drop("acq", "drop", "input")


@fault("acquirer-port-dropped", "acquirer.port-blocked")
def dropped(w: World) -> None:
    """Packets to the port vanish; the host answers ping."""
    w.drop("acq", f"tcp dport {w.plan.port} drop", "input")


@fault("acquirer-port-dropped-at-isp", "acquirer.port-blocked")
def dropped_isp(w: World) -> None:
    """The ISP swallows that port."""
    w.drop("isp", f"tcp dport {w.plan.port} drop")


@fault("acquirer-port-dropped-at-router", "acquirer.port-blocked")
def dropped_router(w: World) -> None:
    """The shop's own router swallows that port."""
    w.drop("router", f"tcp dport {w.plan.port} drop")


@fault("acquirer-port-dropped-no-ping", "acquirer.port-blocked")
def dropped_no_ping(w: World) -> None:
    """Port and ping are filtered; other ports of the host are refused."""
    w.drop("acq", f"tcp dport {w.plan.port} drop", "input")
    w.drop("acq", "icmp type echo-request drop", "input")


@fault("acquirer-port-dropped-private", "acquirer.port-blocked", private=True)
def dropped_private(w: World) -> None:
    """The router swallows that port of the one host that a private network has; no
    hop in between says anything."""
    w.set("connection", kind="private")
    w.connectivity(None)
    for space in ("isp", "core"):
        w.drop(space, "icmp type time-exceeded drop", "output")
    w.drop("router", f"tcp dport {w.plan.port} drop")


@fault("acquirer-prohibited", "acquirer.port-blocked")
def prohibited(w: World) -> None:
    """A firewall on the way says that it is not allowed."""
    rule = f"tcp dport {w.plan.port} reject with icmp type admin-prohibited"
    w.drop("core", rule)


@fault("acquirer-prohibited-router", "acquirer.port-blocked")
def prohibited_router(w: World) -> None:
    """The shop's own firewall says that it is not allowed."""
    rule = f"tcp dport {w.plan.port} reject with icmp type admin-prohibited"
    w.drop("router", rule)


@fault("acquirer-port-closed", "acquirer.port-closed")
def closed(w: World) -> None:
    """No service on the port."""
    w.acquirer = None


@fault("acquirer-port-closed-no-ping", "acquirer.port-closed")
def closed_no_ping(w: World) -> None:
    """No service on the port, and no ping either."""
    w.acquirer = None
    w.drop("acq", "icmp type echo-request drop", "input")


@fault("acquirer-port-closed-private", "acquirer.port-closed", private=True)
def closed_private(w: World) -> None:
    """No service on the port, in a private network that is not told."""
    w.connectivity(None)
    w.acquirer = None


@fault("acquirer-wrong-port", "acquirer.port-closed")
def wrong_port(w: World) -> None:
    """The profile has the wrong port."""
    w.set("acquirer", port=w.plan.port + 1)


@fault("acquirer-closes", "acquirer.closed-connection")
def closes(w: World) -> None:
    """Accepts and closes at once (not on the allow list)."""
    w.acquirer = services.close_at_once


@fault("acquirer-resets", "acquirer.closed-connection")
def resets(w: World) -> None:
    """Accepts and resets at once."""
    w.acquirer = services.reset_at_once


@fault("acquirer-closes-on-hello", "acquirer.closed-connection")
def closes_hello(w: World) -> None:
    """Accepts, reads the ClientHello and hangs up without a word of TLS."""
    w.acquirer = services.close_on_hello


@fault("acquirer-closes-plain", "acquirer.closed-connection")
def closes_plain(w: World) -> None:
    """A plain-TCP host that closes at once."""
    w.set("acquirer", tls=False, ca_file=None)
    w.acquirer = services.close_at_once


def two_addresses(w: World) -> str:
    """The acquirer's name has a second address, at which nobody is yet."""
    w.resolver.options.append(f"--host-record={w.plan.name},{w.plan.acq[250]}")
    return str(w.plan.acq[250])


@fault("acquirer-one-of-two-gone", "acquirer.unreachable")
def one_gone(w: World) -> None:
    """The acquirer's name has two addresses; nobody has the second."""
    two_addresses(w)


@fault("acquirer-one-of-two-closed", "acquirer.unreachable")
def one_closed(w: World) -> None:
    """The acquirer's name has two addresses; at the second the port is closed."""
    ip("acq", f"addr add {two_addresses(w)}/24 dev eth0")


@healthy("two-acquirer-addresses")
def both(w: World) -> None:
    """The acquirer's name has two addresses, and both take payments."""
    address = two_addresses(w)
    ip("acq", f"addr add {address}/24 dev eth0")
    good = services.tls(w.certs / "good.pem")
    services.listen("acq", address, w.plan.port, good)


@healthy("acquirer-alias")
def alias(w: World) -> None:
    """The acquirer's name is an alias of another."""
    del w.resolver.names[w.plan.name]
    w.resolver.names[f"gslb.{w.plan.domain}"] = w.plan.acquirer
    w.resolver.options.append(f"--cname={w.plan.name},gslb.{w.plan.domain}")


@fault("host-firewall-rejects", "host.firewall")
def own_firewall(w: World) -> None:
    """This machine's own firewall rejects what goes to the acquirer's port."""
    w.drop("shop", f"tcp dport {w.plan.port} reject", "output")


@fault("host-firewall-prohibits", "host.firewall")
def own_firewall_prohibits(w: World) -> None:
    """The same, by "administratively prohibited", for the acquirer's address."""
    rule = "reject with icmp type admin-prohibited"
    w.drop("shop", f"ip daddr {w.plan.acquirer} {rule}", "output")


@fault("host-route-blackhole", "host.route")
def own_blackhole(w: World) -> None:
    """A blackhole route to the acquirer was left over on this machine."""
    ip("shop", f"route add blackhole {w.plan.acquirer}")


@fault("host-route-prohibit", "host.route")
def own_prohibit(w: World) -> None:
    """A route that prohibits the acquirer's network was left over on this machine."""
    ip("shop", f"route add prohibit {w.plan.acq}")


@fault("acquirer-silent-own-rules", "acquirer.unreachable")
def silent_own_rules(w: World) -> None:
    """The acquirer is down; this machine has a firewall and container networks that
    have no part in it."""
    kept = f"tcp dport != {{ 53, 80, {w.plan.port} }}"
    w.drop("shop", f'oifname "eth0" {kept} drop', "output")
    ip("shop", "link add docker0 type bridge", "addr add 172.31.0.1/16 dev docker0",
       "link set dev docker0 up")  # fmt: skip
    w.drop("core", f"ip daddr {w.plan.acquirer} drop")


@fault("acquirer-silent-own-route", "acquirer.unreachable")
def silent_own_route(w: World) -> None:
    """The acquirer is down; a route of its own leads there by the right router."""
    ip("shop", f"route add {w.plan.acq} via {w.plan.router}")
    w.drop("core", f"ip daddr {w.plan.acquirer} drop")


@healthy("forged-prohibited", relays={"acq": {"delay": 0.03}})
def forged_prohibited(w: World) -> None:
    """Somebody on the way answers each connect by "prohibited"; the true answer comes
    a moment later."""
    w.later(lambda: services.forge_errors("isp", "cust0", w.plan.port, 13))
    w.sign = no_sale  # Linux itself believes it


@healthy("forged-unreachable", relays={"acq": {"delay": 0.03}})
def forged_unreachable(w: World) -> None:
    """The same by "host unreachable"."""
    w.later(lambda: services.forge_errors("isp", "cust0", w.plan.port, 1))
    w.sign = no_sale  # Linux itself believes it


@fault("acquirer-prohibited-far", "acquirer.port-blocked")
def prohibited_far(w: World) -> None:
    """The acquirer's own firewall forbids it: no true answer follows."""
    rule = f"tcp dport {w.plan.port} reject with icmp type admin-prohibited"
    w.drop("acq", rule, "input")


@fault("acquirer-port-reset-at-router", "acquirer.port-blocked")
def reset_by_router(w: World) -> None:
    """The shop's own firewall resets what goes to that port, and nothing else."""
    w.drop("router", f"tcp dport {w.plan.port} reject with tcp reset")


@fault("acquirer-port-dropped-by-options", "acquirer.port-blocked")
def dropped_options(w: World) -> None:
    """A firewall far away swallows connections that ask for TCP timestamps, as those of
    all ordinary programs do."""
    kind = "tcp flags syn tcp option timestamp exists"
    w.drop("core", f"ip daddr {w.plan.acquirer} {kind} drop")
