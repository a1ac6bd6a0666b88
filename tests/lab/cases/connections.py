"""Lines that carry something, and no connection: the acquirer is not to blame."""

from tests.lab import six
from tests.lab.case import fault
from tests.lab.world import World


@fault("isp-tcp-vanishes", "isp.no-internet")
def vanishes(w: World) -> None:
    """Pings and names pass the line; all TCP vanishes."""
    w.resolv(w.plan.resolver)
    w.drop("isp", "meta l4proto tcp drop")


@fault("isp-tcp-reset", "isp.no-internet")
def reset(w: World) -> None:
    """Pings and names pass the line; the ISP resets all TCP."""
    w.drop("isp", 'iifname "cust0" meta l4proto tcp reject with tcp reset')


@fault("isp-udp-alone", "isp.no-internet")
def names_alone(w: World) -> None:
    """Nothing but UDP passes the line; the resolver lies beyond it."""
    w.resolv(w.plan.resolver)
    w.drop("isp", "meta l4proto { tcp, icmp } drop")


@fault("isp-ipv6-alone", "isp.no-internet")
def ipv6_alone(w: World) -> None:
    """Both families; the line carries IPv6 alone, and the acquirer has IPv4 alone."""
    six.connect(w)
    w.resolver.addresses.append(six.RESOLVER)
    w.resolver.options.append(f"--host-record=online.{w.plan.domain},{six.WEB}")
    w.resolv(six.RESOLVER)
    w.later(lambda: six.serve(w))
    w.drop("isp", 'iifname "cust0" meta nfproto ipv4 drop')


@fault("acquirer-gone-with-page", "acquirer.unreachable")
def gone_with_page(w: World) -> None:
    """The acquirer's network and that of the connectivity page are gone; the resolver
    far away answers, and so do the provider's routers."""
    w.resolv(w.plan.resolver)
    w.drop("core", f"ip daddr {{ {w.plan.acquirer}, {w.plan.web} }} drop")
