"""Names do not resolve, resolve late, or resolve to a lie."""

from pathlib import Path

from tests.lab import services
from tests.lab.case import fault
from tests.lab.netns import ip
from tests.lab.world import World

ANCHOR = "223.5.5.5"  # one of the product's public resolvers, here on a lab host


def own(w: World, answer: services.Answer, rcode: int = 3, delay: float = 0.0) -> None:
    """In place of dnsmasq on the router."""
    w.router_dns.dns = False
    services.dns("router", w.plan.router, answer, rcode, delay)


def truth(w: World) -> dict[str, str]:
    return dict(w.resolver.names)


@fault("dns-no-server", "dns.no-server")
def no_server(w: World) -> None:
    """An empty resolv.conf."""
    w.resolv()


@fault("dns-no-server-private", "dns.no-server", private=True)
def no_server_private(w: World) -> None:
    """The same in a private payment network; fixed settings."""
    w.router_dns.dhcp = []
    w.set("connection", kind="private")
    w.connectivity(False)
    w.resolv()


@fault("dns-port-closed", "dns.server-unreachable")
def port_closed(w: World) -> None:
    """The router lives; its DNS service does not."""
    w.router_dns.dns = False


@fault("dns-silent", "dns.server-unreachable")
def silent(w: World) -> None:
    """Questions to the router vanish."""
    w.drop(
        "router", 'iifname "lan0" meta l4proto { tcp, udp } th dport 53 drop', "input"
    )


@fault("dns-dead-on-lan", "dns.server-unreachable")
def dead_lan(w: World) -> None:
    """The resolver is an address of the LAN that nobody has."""
    w.resolv(w.plan.spare)


@fault("dns-dead-on-internet", "dns.server-unreachable")
def dead_internet(w: World) -> None:
    """The resolver is an address of the Internet that nobody has."""
    w.resolv(w.plan.nobody)


@fault("dns-two-dead", "dns.server-unreachable")
def two_dead(w: World) -> None:
    """Two resolvers, both gone."""
    w.resolv(w.plan.nobody, w.plan.spare)


@fault("dns-loopback-dead", "dns.server-unreachable")
def loopback_dead(w: World) -> None:
    """The resolver on this machine itself is not running."""
    w.resolv("127.0.0.53")


@fault("dns-dead-no-profile", "dns.server-unreachable")
def dead_untold(w: World) -> None:
    """Only --acquirer is given; the resolver is dead, an anchor resolver lives."""
    anchor(w, truth(w))
    w.profile = None
    w.args += ["--acquirer", f"{w.plan.name}:{w.plan.port}"]
    w.resolv(w.plan.nobody)


def anchor(w: World, names: dict[str, str]) -> None:
    """A public resolver that the product asks when its own ones fail."""
    ip("net", f"addr add {ANCHOR}/32 dev lo")
    ip("core", f"route add {ANCHOR} via {w.plan.web}")
    services.dns("net", ANCHOR, names.get)


@fault("dns-servfail", "dns.server-failure")
def servfail(w: World) -> None:
    """SERVFAIL for everything."""
    own(w, lambda _: None, services.SERVFAIL)


@fault("dns-refused", "dns.server-failure")
def refused(w: World) -> None:
    """REFUSED for everything: dnsmasq without an upstream."""
    w.router_dns.upstream = []


@fault("dns-servfail-beyond", "dns.server-failure")
def servfail_beyond(w: World) -> None:
    """The router's upstream fails; the router passes it on."""
    w.resolver.wanted = False
    services.dns("net", w.plan.resolver, lambda _: None, services.SERVFAIL)


@fault("dns-first-dead", "dns.slow")
def first_dead(w: World) -> None:
    """The first of two resolvers is dead."""
    w.resolv(w.plan.nobody, w.plan.router)


@fault("dns-first-dead-lan", "dns.slow")
def first_dead_lan(w: World) -> None:
    """The first of two resolvers is a LAN address that nobody has."""
    w.resolv(w.plan.spare, w.plan.resolver)


@fault("dns-late", "dns.slow")
def late(w: World) -> None:
    """Every answer takes 2.5 s."""
    own(w, truth(w).get, delay=2.5)


@fault("dns-nxdomain", "dns.acquirer-not-found")
def nxdomain(w: World) -> None:
    """The acquirer's name does not exist."""
    del w.resolver.names[w.plan.name]


@fault("dns-typing-error", "dns.acquirer-not-found")
def typing_error(w: World) -> None:
    """The profile has the name with a letter too many."""
    w.set("acquirer", host=w.plan.name.replace("pos", "poss"))


@fault("dns-no-data", "dns.acquirer-not-found")
def no_data(w: World) -> None:
    """The name exists, but has no address."""
    del w.resolver.names[w.plan.name]
    w.resolver.options.append(f"--txt-record={w.plan.name},gone")


@fault("dns-nxdomain-private", "dns.acquirer-not-found", private=True)
def nxdomain_private(w: World) -> None:
    """In a private payment network that knows no other name."""
    w.set("connection", kind="private")
    w.connectivity(False)
    w.resolver.names.clear()


@fault("dns-wildcard-unknown", "dns.hijack")
def wildcard(w: World) -> None:
    """Names that do not exist lead to an advertising page; the true ones are right."""
    names = truth(w)
    own(w, lambda name: names.get(name, w.plan.parking))
    services.listen("net", w.plan.parking, 80, services.http("200 OK", services.PAGE))


@fault("dns-wildcard-all", "dns.hijack")
def wildcard_all(w: World) -> None:
    """Every name leads to one host, on which no payment port is open."""
    w.connectivity(False)
    own(w, lambda _: w.plan.parking)
    services.listen("net", w.plan.parking, 80, services.http("200 OK", services.PAGE))


@fault("dns-acquirer-is-lan", "dns.hijack")
def acquirer_lan(w: World) -> None:
    """The acquirer's name leads into this LAN."""
    names = truth(w) | {w.plan.name: w.plan.host2}
    own(w, names.get)


@fault("dns-acquirer-is-private", "dns.hijack")
def acquirer_private(w: World) -> None:
    """The acquirer's name leads to a private address that is not even of this LAN."""
    names = truth(w) | {w.plan.name: "172.16.44.9"}
    own(w, names.get)


@fault("dns-acquirer-is-router", "dns.hijack")
def acquirer_router(w: World) -> None:
    """The acquirer's name leads to the router (parental control, ad blocker)."""
    names = truth(w) | {w.plan.name: w.plan.router}
    own(w, names.get)


@fault("dns-acquirer-is-null", "dns.hijack")
def acquirer_null(w: World) -> None:
    """The acquirer's name is blocked with 0.0.0.0."""
    names = truth(w) | {w.plan.name: "0.0.0.0"}
    own(w, names.get)


@fault("dns-acquirer-elsewhere", "dns.hijack")
def acquirer_wrong(w: World) -> None:
    """The router lies about the acquirer; the second resolver does not."""
    names = truth(w) | {w.plan.name: w.plan.parking}
    own(w, names.get)
    w.resolv(w.plan.router, w.plan.resolver)


@fault("dns-acquirer-elsewhere-anchor", "dns.hijack")
def acquirer_wrong_anchor(w: World) -> None:
    """The only resolver lies; a public resolver knows the truth."""
    anchor(w, truth(w))
    names = truth(w) | {w.plan.name: w.plan.parking}
    own(w, names.get)


@fault("dns-acquirer-impostor", "dns.hijack")
def acquirer_impostor(w: World) -> None:
    """The lie leads to a host that answers TLS with a certificate of its own."""
    names = truth(w) | {w.plan.name: w.plan.parking}
    own(w, names.get)
    w.resolv(w.plan.router, w.plan.resolver)
    fake = services.tls(w.certs / "intercepted.pem")
    services.listen("net", w.plan.parking, w.plan.port, fake)


@fault("dns-acquirer-denied", "dns.hijack")
def acquirer_denied(w: World) -> None:
    """The router says that the name does not exist; the second resolver knows it."""
    own(w, {f"online.{w.plan.domain}": w.plan.web}.get)
    w.resolv(w.plan.router, w.plan.resolver)


@fault("dns-acquirer-denied-anchor", "dns.hijack")
def acquirer_denied_anchor(w: World) -> None:
    """The only resolver denies the name; a public resolver knows it."""
    anchor(w, truth(w))
    own(w, {f"online.{w.plan.domain}": w.plan.web}.get)


@fault("dns-nxdomain-wildcard", "dns.acquirer-not-found")
def nxdomain_wildcard(w: World) -> None:
    """The name does not exist; a public resolver has an address for every name."""
    ip("net", f"addr add {ANCHOR}/32 dev lo")
    ip("core", f"route add {ANCHOR} via {w.plan.web}")
    services.dns("net", ANCHOR, lambda _: w.plan.parking)
    del w.resolver.names[w.plan.name]


@fault("host-hosts-file-old", "host.hosts-file")
def hosts_old(w: World) -> None:
    """The hosts file holds the acquirer's former address; DNS knows the new one."""
    w.hosts(**{w.plan.name: w.plan.parking})


@fault("host-hosts-file-silent", "host.hosts-file")
def hosts_silent(w: World) -> None:
    """The same, and nothing at all answers at the former address."""
    w.hosts(**{w.plan.name: w.plan.parking})
    w.drop("net", f"ip daddr {w.plan.parking} drop", "input")


@fault("host-hosts-file-two", "host.hosts-file")
def hosts_two(w: World) -> None:
    """The hosts file holds the acquirer's former address before its present one."""
    w.hosts(**{w.plan.name: w.plan.parking})
    with Path("/etc/hosts").open("a", encoding="ascii") as file:
        file.write(f"{w.plan.acquirer} {w.plan.name}\n")


@fault("host-hosts-file-loopback", "host.hosts-file")
def hosts_loopback(w: World) -> None:
    """The hosts file sends the acquirer's name to this machine itself."""
    w.hosts(**{w.plan.name: "127.0.0.1"})


@fault("acquirer-refuses-hosts-file", "acquirer.port-closed")
def hosts_right_refused(w: World) -> None:
    """The hosts file is right, DNS has a parking page, and the acquirer is down."""
    w.hosts(**{w.plan.name: w.plan.acquirer})
    w.resolver.names[w.plan.name] = w.plan.parking
    w.acquirer = None


@fault("dns-truncated", "dns.server-unreachable")
def truncated(w: World) -> None:
    """Each answer by UDP is cut short, and nothing listens for TCP."""
    cut = services.NOERROR | 0x0200  # TC: RFC 1035, section 4.1.1
    w.router_dns.dns = False
    services.dns("router", w.plan.router, lambda _: None, cut)
    w.drop("router", "tcp dport 53 reject with tcp reset", "input")


@fault("dns-all-private", "dns.hijack")
def all_private(w: World) -> None:
    """Every name leads to one private address at which nobody is."""
    own(w, lambda _: "10.255.3.4")


@fault("dns-injected", "dns.hijack")
def injected(w: World) -> None:
    """By UDP a lie about the acquirer comes ahead of the truth; TCP is left alone."""
    w.router_dns.dns = False
    lie, router = {w.plan.name: w.plan.parking}.get, w.plan.router
    services.dns("router", router, truth(w).get, delay=0.02, lie=lie)
