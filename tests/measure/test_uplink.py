"""Which interface carries the traffic, and by which router?"""

from posdiag.measure.uplink import Uplink, choose
from posdiag.model.questions.machine import Route
from tests.checks.machine import GATEWAY, port, ports, way, ways

TUN = port("tun0", "10.8.0.6/24", kind="tunnel", mac="")
SERVER = Route("198.51.100.7/32", GATEWAY, "eth0")
BY_VPN = way(None, "tun0")


def test_a_default_route_of_a_vpn_alone_runs_over_the_way_to_its_server() -> None:
    found = choose(ports(port(), TUN), ways(BY_VPN, SERVER), None)

    assert found == Uplink(port(), way())


def test_without_such_a_way_the_tunnel_itself_is_the_uplink() -> None:
    bare = port("eth0", "")  # a modem's cable, over which PPPoE runs

    assert choose(ports(bare, TUN), ways(BY_VPN), None) == Uplink(TUN, BY_VPN)
    assert choose(ports(bare, TUN), ways(BY_VPN, SERVER), None) == Uplink(TUN, BY_VPN)


def test_a_default_route_beside_the_vpns_is_the_uplink() -> None:
    found = choose(ports(port(), TUN), ways(BY_VPN, way(metric=100)), None)

    assert found == Uplink(port(), way(metric=100))
