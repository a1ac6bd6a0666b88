"""The line beyond the router."""

from tests.lab import services
from tests.lab.case import fault
from tests.lab.netns import ip, nft
from tests.lab.world import World

PORTAL = 8080


@fault("isp-wan-down", "isp.no-internet")
def wan_down(w: World) -> None:
    """The router's line is out; it says so."""
    ip("router", "link set dev wan0 down")


@fault("isp-wan-carrier", "isp.no-internet")
def wan_carrier(w: World) -> None:
    """The modem side is dead; the router still tries."""
    ip("isp", "link set dev cust0 down")


@fault("isp-blackhole", "isp.no-internet")
def blackhole(w: World) -> None:
    """The ISP swallows everything (arrears)."""
    w.drop("isp", "drop")
    w.drop("isp", 'iifname "cust0" drop', "input")


@fault("isp-forwards-nothing", "isp.no-internet")
def forwards_nothing(w: World) -> None:
    """The ISP's first router answers, nothing beyond it does."""
    w.drop("isp", "drop")


@fault("isp-net-unreachable", "isp.no-internet")
def net_unreachable(w: World) -> None:
    """The router has no default route and says so."""
    ip("router", "route del default")


@fault("isp-host-unreachable", "isp.no-internet")
def isp_gateway_gone(w: World) -> None:
    """The ISP's side of the line has no address: host unreachable after a while."""
    ip("isp", "addr flush dev cust0")


@fault("isp-blackhole-public-dns", "isp.no-internet")
def blackhole_dns(w: World) -> None:
    """The resolver lies beyond the dead line."""
    w.resolv(w.plan.resolver)
    w.drop("isp", "drop")


@fault("isp-blackhole-no-profile", "isp.no-internet")
def blackhole_untold(w: World) -> None:
    """No profile, dead line."""
    w.profile = None
    w.drop("isp", "drop")


@fault("isp-blackhole-acquirer-address", "isp.no-internet")
def blackhole_address(w: World) -> None:
    """The acquirer is given by address, no connectivity URL is told."""
    w.set("acquirer", host=w.plan.acquirer, server_name=w.plan.name)
    w.connectivity(None)
    w.drop("router", 'oifname "wan0" drop')


def redirect(w: World, talk: services.Talk) -> None:
    """The router answers for port 80 of the whole world and drops the rest."""
    services.listen("router", w.plan.router, PORTAL, talk)
    nft(
        "router",
        "table ip portal {\n chain pre { type nat hook prerouting priority dstnat; "
        f'iifname "lan0" tcp dport 80 redirect to :{PORTAL}; }}\n}}\n',
    )
    w.drop("router", 'iifname "lan0" drop')


@fault("isp-portal-redirect", "isp.captive-portal")
def portal_redirect(w: World) -> None:
    """A login page by redirect; nothing else passes."""
    page = f"http://{w.plan.router}:{PORTAL}/login"
    redirect(w, services.http("302 Found", location=page))


@fault("isp-portal-same-host", "isp.captive-portal")
def portal_same_host(w: World) -> None:
    """A login page that seems to lie on the very host that was asked for."""
    redirect(w, services.http("302 Found", location="/login"))


@fault("isp-portal-page", "isp.captive-portal")
def portal_page(w: World) -> None:
    """A login page in place of every page."""
    redirect(w, services.http("200 OK", services.PAGE))


@fault("isp-portal-ping-passes", "isp.captive-portal")
def portal_ping(w: World) -> None:
    """A login page; ping passes, TCP does not."""
    page = "http://login.hotspot.test/?ap=\x1b[31m1"
    redirect_tcp(w, services.http("302 Found", location=page))


def redirect_tcp(w: World, talk: services.Talk) -> None:
    services.listen("router", w.plan.router, PORTAL, talk)
    nft(
        "router",
        "table ip portal {\n chain pre { type nat hook prerouting priority dstnat; "
        f'iifname "lan0" tcp dport 80 redirect to :{PORTAL}; }}\n}}\n',
    )
    w.drop("router", 'iifname "lan0" meta l4proto tcp reject with tcp reset')


@fault("isp-portal-by-dns", "isp.captive-portal")
def portal_dns(w: World) -> None:
    """Every name is the login page's."""
    w.router_dns.wanted = False
    services.dns("router", w.plan.router, lambda _: w.plan.router)
    page = f"http://{w.plan.router}/login"
    services.listen(
        "router", w.plan.router, 80, services.http("302 Found", location=page)
    )
    w.drop("router", 'iifname "lan0" drop')


@fault("isp-portal-default-urls", "isp.captive-portal")
def portal_default(w: World) -> None:
    """The profile names no URL: the program's own meet the portal."""
    w.connectivity(None)
    default_urls(w)
    redirect(w, services.http("302 Found", location="http://login.hotspot.test/"))


def default_urls(w: World) -> None:
    """Some of the program's own connectivity URLs exist in this world."""
    for name in ("connect.rom.miui.com", "wifi.vivo.com.cn"):
        w.resolver.names[name] = w.plan.web
    w.resolver.names["connectivitycheck.platform.hicloud.com"] = w.plan.web


@fault("isp-loss-15", "isp.packet-loss", relays={"wan": {"loss_up": 0.15}})
def loss_15(w: World) -> None:
    """15 % is lost on the shop's line."""


@fault("isp-loss-30-both", "isp.packet-loss", relays={"wan": {"loss": 0.3}})
def loss_30(w: World) -> None:
    """30 % each way: names, pages and payments all fail at times."""


@fault("isp-loss-30-nft", "isp.packet-loss")
def loss_30_nft(w: World) -> None:
    """30 % each way in the router."""
    w.drop("router", "numgen random mod 100 < 30 drop")


@fault("isp-loss-8", "isp.packet-loss", relays={"wan": {"loss_down": 0.08}})
def loss_8(w: World) -> None:
    """8 % is lost on the shop's line."""


@fault("isp-loss-30-public-dns", "isp.packet-loss", relays={"wan": {"loss": 0.3}})
def loss_30_dns(w: World) -> None:
    """30 % each way, and the resolver lies beyond: not a fault of names."""
    w.resolv(w.plan.resolver)


@fault("isp-slow", "isp.slow", relays={"wan": {"delay": 0.35}})
def slow(w: World) -> None:
    """700 ms on the shop's line."""


@fault("isp-slow-jitter", "isp.slow", relays={"wan": {"delay": 0.4, "jitter": 0.1}})
def slow_jitter(w: World) -> None:
    """About 800 ms, uneven."""


@fault("isp-blackhole-vpn", "isp.no-internet")
def dead_line_vpn(w: World) -> None:
    """The line is dead, so that the VPN which takes all traffic is dead as well."""
    ip("shop", "tuntap add dev tun0 mode tun", "link set dev tun0 up",
       "addr add 10.8.0.6/24 dev tun0", "route add 0.0.0.0/1 dev tun0",
       "route add 128.0.0.0/1 dev tun0")  # fmt: skip
    w.drop("isp", 'iifname "cust0" drop', "prerouting")


SATELLITE = {"delay": 0.7, "jitter": 0.02}
GPRS = {"delay": 0.95, "jitter": 0.05}


@fault("isp-slow-satellite", "isp.slow", relays={"wan": SATELLITE})
def satellite(w: World) -> None:
    """1.4 s on the shop's line: two satellites."""


@fault("isp-slow-gprs", "isp.slow", relays={"wan": GPRS})
def gprs(w: World) -> None:
    """1.9 s on the shop's line: GPRS."""


@fault("isp-slow-gprs-public-dns", "isp.slow", relays={"wan": GPRS})
def gprs_dns(w: World) -> None:
    """1.9 s on the shop's line, and the resolver lies beyond it."""
    w.resolv(w.plan.resolver)


@fault("isp-slow-satellite-no-profile", "isp.slow", relays={"wan": SATELLITE})
def satellite_untold(w: World) -> None:
    """1.4 s on the shop's line, no profile."""
    w.profile = None
    default_urls(w)


@fault("isp-slow-satellite-no-icmp", "isp.slow", relays={"wan": SATELLITE})
def satellite_mute(w: World) -> None:
    """1.4 s on the shop's line, and nobody beyond the router answers pings."""
    for space in ("isp", "core", "net", "acq"):
        w.drop(space, "meta l4proto icmp drop", "input")
    for space in ("isp", "core"):
        w.drop(space, "meta l4proto icmp drop")


@fault("isp-slow-satellite-tls-12", "isp.slow", relays={"wan": SATELLITE})
def satellite_tls(w: World) -> None:
    """1.4 s on the shop's line, and an acquirer whose TLS takes two round trips."""
    import ssl

    pem = w.certs / "good.pem"
    w.acquirer = services.tls(pem, newest=ssl.TLSVersion.TLSv1_2)


def page_alone(w: World, rest: str) -> None:
    """The router lets names and the connectivity page through; `rest` is what it does
    to all else that would leave the shop."""
    page = f"ip daddr {w.plan.web} tcp dport 80 accept"
    hook = "type filter hook forward priority -5; policy accept;"
    rules = f'{page}\niifname "lan0" {rest}\niifname "lan0" drop'
    nft("router", f"table ip walled {{ chain c {{ {hook}\n{rules}\n}}\n}}\n")


@fault("isp-portal-page-passes-reset", "isp.captive-portal")
def page_or_reset(w: World) -> None:
    """The connectivity page passes; every other connection is reset."""
    page_alone(w, "meta l4proto tcp reject with tcp reset")


@fault("isp-portal-page-passes-drop", "isp.captive-portal")
def page_or_drop(w: World) -> None:
    """The connectivity page passes; all else vanishes."""
    page_alone(w, "drop")


@fault("isp-portal-page-passes-ping", "isp.captive-portal")
def page_and_ping(w: World) -> None:
    """The connectivity page and pings pass; every other connection is reset."""
    page_alone(w, "meta l4proto tcp reject with tcp reset\nmeta l4proto icmp accept")


@fault("isp-portal-page-passes-login", "isp.captive-portal")
def page_or_login(w: World) -> None:
    """The first connectivity page passes; all others lead to a log-in page."""
    w.connectivity(None)
    default_urls(w)
    w.resolver.names["wifi.vivo.com.cn"] = w.plan.office
    services.listen(
        "router", w.plan.router, PORTAL,
        services.http("302 Found", location="http://login.hotspot.test/"),
    )  # fmt: skip
    nft(
        "router",
        "table ip portal {\n chain pre { type nat hook prerouting priority dstnat; "
        f'iifname "lan0" ip daddr != {w.plan.web} tcp dport 80 redirect to :{PORTAL};'
        " }\n}\n",
    )
    page_alone(w, "drop")
