"""Log-in pages of other kinds: by DNS, by TLS that is cut off, by an error's number."""

import socket

from tests.lab import services
from tests.lab.case import fault
from tests.lab.cases.isp import PORTAL, default_urls, page_alone, redirect
from tests.lab.netns import nft
from tests.lab.world import World


def cut_off(peer: socket.socket) -> None:
    """Accept, and reset as soon as TLS begins."""
    peer.recv(4096)
    services.reset_at_once(peer)


def take_over(w: World, rest: services.Talk, page: services.Talk | None) -> None:
    """The router answers all TCP of the shop: port 80 with the page (None: whoever
    asks the web server gets through to it), the rest otherwise; it forwards nothing."""
    services.listen("router", w.plan.router, PORTAL + 1, rest)
    to = f"meta l4proto tcp redirect to :{PORTAL + 1}"
    spared = f'iifname "lan0" ip daddr != {{ {w.plan.router}, {w.plan.web} }} {to}'
    if page is not None:
        services.listen("router", w.plan.router, PORTAL, page)
        web = f'iifname "lan0" tcp dport 80 redirect to :{PORTAL}\n'
        spared = f'{web}iifname "lan0" ip daddr != {w.plan.router} {to}'
    hook = "type nat hook prerouting priority dstnat;"
    nft("router", f"table ip portal {{\nchain pre {{ {hook}\n{spared}\n}}\n}}\n")
    page_alone(w, "drop") if page is None else w.drop("router", 'iifname "lan0" drop')


@fault("portal-by-dns-cut-off", "isp.captive-portal")
def by_dns(w: World) -> None:
    """Every name is a log-in page's on the Internet, whose TLS ports reset."""
    w.router_dns.wanted = False
    page = services.http("302 Found", location="https://login.hotspot.test/")
    services.dns("router", w.plan.router, lambda _: w.plan.parking)
    services.listen("net", w.plan.parking, 80, page)
    for port in {443, w.plan.port}:
        services.listen("net", w.plan.parking, port, services.reset_at_once)
    w.drop("router", f'iifname "lan0" ip daddr != {w.plan.parking} drop')


@fault("portal-cut-off", "isp.captive-portal")
def page_and_cut(w: World) -> None:
    """A log-in page; every other connection is accepted, and reset as TLS begins."""
    take_over(w, cut_off, services.http("200 OK", services.PAGE))


@fault("portal-own-certificate", "isp.captive-portal")
def own_certificate(w: World) -> None:
    """A log-in page; TLS meets the router's own certificate."""
    page = services.http("302 Found", location="http://10.0.0.1/")
    take_over(w, services.tls(w.certs / "self-signed.pem"), page)


@fault("portal-page-passes-cut-off", "isp.captive-portal")
def passes_and_cut(w: World) -> None:
    """The connectivity page passes; every other connection is accepted by the router,
    and reset as TLS begins."""
    take_over(w, cut_off, None)


@fault("portal-511", "isp.captive-portal")
def required(w: World) -> None:
    """511 Network Authentication Required, and nothing else passes."""
    redirect(w, services.http("511 Network Authentication Required", services.PAGE))


@fault("portal-403", "isp.captive-portal")
def forbidden(w: World) -> None:
    """The quota is used up: every page is answered by 403, and nothing else passes."""
    redirect(w, services.http("403 Forbidden", b"<html>Please top up.</html>"))


@fault("portal-answers-204", "isp.captive-portal")
def answers_204(w: World) -> None:
    """Every page is answered by an empty 204, and nothing else passes."""
    redirect(w, services.http())


@fault("portal-refresh", "isp.captive-portal")
def refresh(w: World) -> None:
    """The program's own pages are answered by a page that leads on by itself."""
    w.connectivity(None)
    default_urls(w)
    page = b"<meta http-equiv=refresh content='0;url=http://10.1.1.1/login'>"
    redirect(w, services.http("200 OK", page))
