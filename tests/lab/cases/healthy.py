"""Shops in which nothing is wrong, however strange they look."""

from tests.lab import services
from tests.lab.case import healthy
from tests.lab.cases.dhcp import second
from tests.lab.cases.isp import default_urls
from tests.lab.cases.target import office
from tests.lab.dnsmasq import Dnsmasq
from tests.lab.netns import ip, sysctl
from tests.lab.world import World

ECHO = "icmp type echo-request drop"


@healthy("plain")
def plain(w: World) -> None:
    """An ordinary shop."""


@healthy("quick")
def quick(w: World) -> None:
    """An ordinary shop, --quick."""
    w.args += ["--quick"]


@healthy("told")
def told(w: World) -> None:
    """Everything is in the profile, and all of it is right."""
    p = w.plan
    w.set(
        "connection", kind="ethernet", interface="eth0", address=f"{p.shop}/{p.mask}",
        gateway=p.router, dns=[p.router],
    )  # fmt: skip
    office(w)


@healthy("router-no-ping")
def router_no_ping(w: World) -> None:
    """The router ignores ping."""
    w.drop("router", ECHO, "input")


@healthy("router-silent")
def router_silent(w: World) -> None:
    """The router answers nothing but ARP and DHCP; DNS is elsewhere."""
    w.resolv(w.plan.resolver)
    w.drop("router", "meta l4proto { tcp, icmp } drop", "input")


@healthy("acquirer-no-ping")
def acquirer_no_ping(w: World) -> None:
    """The acquirer ignores ping."""
    w.drop("acq", ECHO, "input")


@healthy("acquirer-only-port")
def only_port(w: World) -> None:
    """The acquirer swallows everything but its port."""
    w.drop("acq", f"tcp dport != {w.plan.port} drop", "input")
    w.drop("acq", "meta l4proto icmp drop", "input")


@healthy("nobody-pings")
def nobody_pings(w: World) -> None:
    """No router and no host answers ping or sends any ICMP."""
    for space in ("router", "isp", "core", "net", "acq"):
        w.drop(space, "meta l4proto icmp drop", "input")
        w.drop(space, "meta l4proto icmp drop", "output")


@healthy("nobody-pings-quick")
def nobody_pings_quick(w: World) -> None:
    """The same with --quick."""
    nobody_pings(w)
    w.args += ["--quick"]


@healthy("far", relays={"acq": {"delay": 0.09, "jitter": 0.02}})
def far(w: World) -> None:
    """The acquirer is 180 ms away, with jitter."""


@healthy("far-line", relays={"wan": {"delay": 0.1, "jitter": 0.03}})
def far_line(w: World) -> None:
    """Everything is 200 ms away (a mobile line)."""


def no_dns(w: World) -> None:
    w.resolv()
    w.router_dns.dns = False


@healthy("acquirer-by-address")
def by_address(w: World) -> None:
    """No DNS at all, none needed: everything is given by address."""
    w.set("acquirer", host=w.plan.acquirer, server_name=w.plan.name)
    w.connectivity(f"http://{w.plan.web}/generate_204")
    no_dns(w)


@healthy("pppoe")
def pppoe(w: World) -> None:
    """PPPoE: an MTU of 1492 that is announced."""
    ip("router", "link set dev wan0 mtu 1492")
    ip("isp", "link set dev cust0 mtu 1492")


@healthy("mtu-1400")
def small_mtu(w: World) -> None:
    """A tunnel of 1400 that is announced."""
    ip("isp", "link set dev core0 mtu 1400")
    ip("core", "link set dev isp0 mtu 1400")


@healthy("rate-limit")
def rate_limit(w: World) -> None:
    """The ISP's routers answer one ICMP message a second; what passes is untouched."""
    for space in ("isp", "core"):
        w.drop(space, "meta l4proto icmp limit rate 1/second burst 1 packets accept",
               "output")  # fmt: skip
        w.drop(space, "meta l4proto icmp limit rate over 1/second burst 1 packets drop",
               "output")  # fmt: skip


@healthy("router-rate-limit")
def router_rate_limit(w: World) -> None:
    """The shop's own router answers two pings a second."""
    rule = "icmp type echo-request limit rate over 2/second burst 3 packets drop"
    w.drop("router", rule, "input")


@healthy("no-ipv6")
def no_ipv6(w: World) -> None:
    """No IPv6 at all."""
    sysctl("shop", ipv6__conf__all__disable_ipv6=1)


@healthy("ipv6-lan")
def ipv6_lan(w: World) -> None:
    """IPv6 on the LAN only: address and router, but no way out; names have AAAA."""
    sysctl("router", ipv6__conf__all__disable_ipv6=0, ipv6__conf__lan0__disable_ipv6=0)
    ip("router", "addr add fd5a:1:2::1/64 dev lan0 nodad")
    ip("shop", "addr add fd5a:1:2::9/64 dev eth0 nodad",
       "route add default via fd5a:1:2::1 dev eth0 metric 1024")  # fmt: skip
    w.resolver.options.append(f"--host-record={w.plan.name},2001:db8:77::5")


@healthy("public-resolver")
def public_resolver(w: World) -> None:
    """The resolver is not the router."""
    w.resolv(w.plan.resolver)


@healthy("loopback-resolver")
def loopback_resolver(w: World) -> None:
    """A resolver on this machine itself."""
    local = Dnsmasq("shop", ["127.0.0.1"], upstream=[w.plan.router])
    w.later(lambda: local.start(w)())
    w.resolv("127.0.0.1")


@healthy("hosts-file")
def hosts_file(w: World) -> None:
    """The acquirer stands in the hosts file; DNS does not know it."""
    del w.resolver.names[w.plan.name]
    w.hosts(**{w.plan.name: w.plan.acquirer})


@healthy("hosts-file-differs")
def hosts_file_differs(w: World) -> None:
    """The hosts file is right, though DNS gives another address."""
    w.hosts(**{w.plan.name: w.plan.acquirer})
    w.resolver.names[w.plan.name] = w.plan.parking


@healthy("own-firewall")
def own_firewall(w: World) -> None:
    """This machine's own firewall lets out only what payments, names and ping need."""
    kept = f"tcp dport != {{ 80, {w.plan.port} }}"
    w.drop("shop", f'oifname "eth0" {kept} reject', "output")


@healthy("plain-tcp")
def plain_tcp(w: World) -> None:
    """An acquirer without TLS."""
    w.acquirer = services.hold
    w.set("acquirer", tls=False, ca_file=None)


@healthy("tls-12")
def tls_12(w: World) -> None:
    """An acquirer that speaks TLS 1.2 and nothing newer."""
    import ssl

    w.acquirer = services.tls(w.certs / "good.pem", newest=ssl.TLSVersion.TLSv1_2)


@healthy("two-uplinks", uplinks=2)
def two_uplinks(w: World) -> None:
    """Two uplinks, both fine."""


@healthy("proxy-variables")
def proxy(w: World) -> None:
    """Proxy variables that lead nowhere; nothing here uses a proxy."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        w.env[name] = f"http://{w.plan.spare}:3128"


@healthy("second-dhcp-agrees")
def agreeing(w: World) -> None:
    """Two DHCP servers that give the same settings."""
    second(w, w.plan.router, w.plan.router)


@healthy("no-dhcp")
def no_dhcp(w: World) -> None:
    """Fixed settings, no DHCP server."""
    w.router_dns.dhcp = []


@healthy("slow-dns", relays={"net": {"delay": 0.15}})
def slow_dns(w: World) -> None:
    """Names take 300 ms."""
    w.resolv(w.plan.resolver)


@healthy("no-url")
def no_url(w: World) -> None:
    """The profile names no URL; the program's own answer."""
    w.connectivity(None)
    default_urls(w)


@healthy("url-off")
def url_off(w: World) -> None:
    """Connectivity URL switched off: the acquirer is evidence enough."""
    w.connectivity(False)


@healthy("url-dead")
def url_dead(w: World) -> None:
    """The connectivity URL's host is down; payments work."""
    w.drop("core", f"ip daddr {w.plan.web} drop")


@healthy("acquirer-option", uplinks=1)
def acquirer_option(w: World) -> None:
    """No profile, only --acquirer, a host whose CA the machine trusts."""
    w.profile = None
    default_urls(w)
    w.env["SSL_CERT_FILE"] = str(w.certs / "ca.pem")
    w.args += ["--acquirer", f"{w.plan.name}:{w.plan.port}"]


@healthy("no-profile")
def no_profile(w: World) -> None:
    """No profile at all: up to the Internet, which is fine."""
    w.profile = None
    default_urls(w)


@healthy("unprivileged")
def unprivileged(w: World) -> None:
    """A user without rights; ping sockets are allowed, as on a desktop."""
    sysctl("shop", ipv4__ping_group_range="0 2147483647")
    as_nobody(w)


def as_nobody(w: World) -> None:
    w.prefix += ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    w.prefix += ["--bounding-set=-all", "--inh-caps=-all"]


@healthy("unprivileged-no-ping")
def unprivileged_no_ping(w: World) -> None:
    """A user without rights, to whom ping sockets are not allowed either."""
    as_nobody(w)
