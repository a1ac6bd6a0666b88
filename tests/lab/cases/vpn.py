"""A private network behind a tunnel: WireGuard in user space, OpenVPN, and what
they leave behind."""

import subprocess
import time
from pathlib import Path

from tests.lab import services
from tests.lab.case import fault, healthy
from tests.lab.netns import ip, ip_json, run
from tests.lab.world import World

SHOP, FAR, HOST = "10.77.0.2", "10.77.0.1", "10.88.0.9"
PORT = 51820
READY = 5.0  # seconds for wireguard-go to make its interface


def _key(folder: Path, name: str) -> tuple[Path, str]:
    """A private key in a file, and its public key."""
    private = run("", "wg", "genkey")
    path = folder / f"{name}.key"
    path.write_text(private, "ascii")
    return path, run("", "wg", "pubkey", text=private).strip()


def _wireguard(space: str, name: str) -> None:
    run(space, "wireguard-go", name)
    ends = time.monotonic() + READY
    while time.monotonic() < ends:
        if any(i["ifname"] == name for i in ip_json(space, "link", "show")):
            return
        time.sleep(0.05)
    raise RuntimeError(f"wireguard-go makes no {name}")


def wireguard(
    w: World, allowed: str = "10.0.0.0/8", *, knows_shop: bool = True
) -> None:
    """A WireGuard tunnel from the shop to the acquirer's site, whose payment host has a
    private address behind it."""
    w.set("vpn", interface="wg0")
    w.set("acquirer", host=HOST, server_name=w.plan.name)
    w.set("connection", kind="private")

    def connect() -> None:
        keys = {space: _key(w.folder, space) for space in ("shop", "acq")}
        for space, name in (("shop", "wg0"), ("acq", "wg1")):
            _wireguard(space, name)
        other = keys["shop"][1] if knows_shop else _key(w.folder, "other")[1]
        run("acq", "wg", "set", "wg1", "listen-port", str(PORT),
            "private-key", str(keys["acq"][0]),
            "peer", other, "allowed-ips", f"{SHOP}/32")  # fmt: skip
        run("shop", "wg", "set", "wg0", "private-key", str(keys["shop"][0]),
            "peer", keys["acq"][1], "allowed-ips", allowed,
            "endpoint", f"{w.plan.acquirer}:{PORT}")  # fmt: skip
        ip("acq", f"addr add {FAR}/24 dev wg1", f"addr add {HOST}/32 dev wg1",
           "link set dev wg1 mtu 1420 up")  # fmt: skip
        ip("shop", f"addr add {SHOP}/24 dev wg0", "link set dev wg0 mtu 1420 up",
           "route add 10.88.0.0/24 dev wg0")  # fmt: skip
        talk = services.tls(w.certs / "good.pem")
        services.listen("acq", HOST, w.plan.port, talk)

    w.later(connect)


def greet(w: World) -> None:
    """Let the two ends shake hands."""

    def ping() -> None:
        subprocess.run(
            ["ip", "netns", "exec", "shop", "ping", "-c1", "-W3", FAR],
            capture_output=True, check=False,
        )  # fmt: skip

    w.later(ping)


@healthy("vpn-wireguard")
def fine(w: World) -> None:
    """A WireGuard tunnel that has been in use."""
    wireguard(w)
    greet(w)


@healthy("vpn-wireguard-new")
def new(w: World) -> None:
    """One that has not carried a packet yet: it shakes hands when it is needed."""
    wireguard(w)
    w.sign_after = True  # a sale would wake it


@healthy("vpn-wireguard-idle")
def idle(w: World) -> None:
    """One that has been idle for ten minutes (by posdiag's clock)."""
    wireguard(w)
    greet(w)
    w.args += ["--skip", "clock"]
    w.prefix = ["faketime", "-f", "+600s"]


@fault("vpn-not-started", "vpn.down")
def not_started(w: World) -> None:
    """Nobody has started the VPN."""
    w.set("vpn", interface="wg0")
    w.set("acquirer", host=HOST, server_name=w.plan.name)
    w.set("connection", kind="private")


@fault("vpn-switched-off", "vpn.down")
def switched_off(w: World) -> None:
    """The interface is there and down; the handshake is fresh."""
    wireguard(w)
    greet(w)
    w.later(lambda: ip("shop", "link set dev wg0 down"))


@fault("vpn-peer-gone", "vpn.down")
def peer_gone(w: World) -> None:
    """The far end has died a moment ago; the handshake is still fresh."""
    wireguard(w)
    greet(w)
    w.later(lambda: ip("acq", "link set dev wg1 down"))
    w.later(lambda: w.drop("acq", f"udp dport {PORT} drop", "input"))


@fault("vpn-stale", "vpn.down")
def stale(w: World) -> None:
    """The far end is dead, and the handshake older than 180 s (by posdiag's clock)."""
    peer_gone(w)
    w.args += ["--skip", "clock"]
    w.prefix = ["faketime", "-f", "+600s"]


@fault("vpn-wrong-key", "vpn.down")
def wrong_key(w: World) -> None:
    """The far end knows another public key: there never is a handshake."""
    wireguard(w, knows_shop=False)


@fault("vpn-port-blocked", "vpn.down")
def port_blocked(w: World) -> None:
    """The provider swallows the tunnel's packets."""
    wireguard(w)
    w.drop("isp", f"udp dport {PORT} drop")


@fault("vpn-everything-through-it", "vpn.down")
def full(w: World) -> None:
    """All traffic is to go through a tunnel that is dead; the line is fine."""
    wireguard(w, "0.0.0.0/0", knows_shop=False)
    w.later(lambda: ip(
        "shop", f"route add {w.plan.acquirer}/32 via {w.plan.router}",
        "route add 0.0.0.0/1 dev wg0", "route add 128.0.0.0/1 dev wg0",
        f"route add {w.plan.lan} dev eth0 metric 1",
    ))  # fmt: skip


@fault("vpn-routed-past", "vpn.no-route")
def routed_past(w: World) -> None:
    """The tunnel works, but the acquirer's network is not routed into it."""
    wireguard(w)
    greet(w)
    w.later(lambda: ip("shop", "route del 10.88.0.0/24 dev wg0"))


@fault("vpn-not-allowed", "vpn.no-route")
def not_allowed(w: World) -> None:
    """Routed into the tunnel, but no peer takes the acquirer's address."""
    wireguard(w, "10.77.0.0/24")
    greet(w)


@fault("vpn-small-inside", "path.mtu-black-hole")
def small_inside(w: World) -> None:
    """The tunnel announces 1420 bytes, and its packets of more than 1300 vanish."""
    wireguard(w)
    greet(w)
    w.drop("isp", f"udp dport {PORT} meta length > 1300 drop")
    w.drop("isp", f"udp sport {PORT} meta length > 1300 drop")


@fault("vpn-acquirer-dead", "acquirer.unreachable")
def acquirer_dead(w: World) -> None:
    """The tunnel works; the host behind it is gone."""
    wireguard(w)
    greet(w)
    w.later(lambda: w.drop("acq", f"ip daddr {HOST} drop", "input"))


def openvpn(w: World) -> None:
    """An OpenVPN tunnel to the acquirer's site, point to point."""
    w.set("vpn", interface="tun0")
    w.set("acquirer", host=HOST, server_name=w.plan.name)
    w.set("connection", kind="private")

    def connect() -> None:
        p, key = w.plan, w.folder / "static.key"
        run("", "openvpn", "--genkey", "secret", str(key))
        common = ["openvpn", "--dev", "tun0", "--persist-tun", "--secret", str(key)]
        common += ["--cipher", "AES-256-CBC", "--ifconfig"]
        w.spawn("acq", *common, FAR, SHOP, "--lport", "1194")
        ways = ["--route", "10.88.0.0", "255.255.255.0", "--nobind"]
        w.spawn("shop", *common, SHOP, FAR, "--remote", p.acquirer, "1194", *ways)
        _await("shop", "tun0")
        ip("acq", f"addr add {HOST}/32 dev lo")
        talk = services.tls(w.certs / "good.pem")
        services.listen("acq", HOST, p.port, talk)

    w.later(connect)


def _await(space: str, name: str) -> None:
    """Until the interface has an address and is up."""
    ends = time.monotonic() + READY
    while time.monotonic() < ends:
        shown = [i for i in ip_json(space, "addr", "show") if i["ifname"] == name]
        if shown and shown[0]["addr_info"] and "UP" in shown[0]["flags"]:
            return
        time.sleep(0.05)
    raise RuntimeError(f"{space} gets no {name}")


@healthy("vpn-openvpn")
def openvpn_fine(w: World) -> None:
    """An OpenVPN tunnel."""
    openvpn(w)


@fault("vpn-openvpn-dead", "vpn.down")
def openvpn_dead(w: World) -> None:
    """The far end of an OpenVPN tunnel is gone; its device stays up."""
    openvpn(w)
    w.drop("acq", "udp dport 1194 drop", "input")


@fault("vpn-openvpn-acquirer-dead", "acquirer.unreachable")
def openvpn_acquirer_dead(w: World) -> None:
    """The OpenVPN tunnel works; the host behind it is gone."""
    openvpn(w)
    w.drop("acq", f"ip daddr {HOST} drop", "input")


@fault("vpn-tun-without-program", "vpn.down")
def without_program(w: World) -> None:
    """The TUN device of a VPN program that has ended is left behind."""
    w.set("vpn", interface="tun0")
    w.set("acquirer", host=HOST, server_name=w.plan.name)
    w.set("connection", kind="private")

    def leave() -> None:
        run("shop", "ip", "tuntap", "add", "dev", "tun0", "mode", "tun")
        ip("shop", f"addr add {SHOP} peer {FAR} dev tun0", "link set dev tun0 up",
           "route add 10.88.0.0/24 dev tun0")  # fmt: skip

    w.later(leave)
