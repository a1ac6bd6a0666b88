"""What is wrong with a terminal, or only looks so, and how it is watched."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from tests.lab import services
from tests.lab.netns import HERE, ip, sysctl
from tests.lab.terminal.world import TerminalWorld, answering, plain

Setup = Callable[[TerminalWorld], None]
ANY = ("inline", "host")


@dataclass(frozen=True)
class Case:
    """`expected` is the first cause; None for none. `verdict` is then `healthy` where
    the terminal's sale is seen, `unknown` where nothing can be proven."""

    id: str
    mode: str
    expected: str | None
    setup: Setup
    verdict: str = ""

    def __str__(self) -> str:
        return f"{self.mode}-{self.id}"


CASES: dict[str, Case] = {}


def case(
    id: str, expected: str | None, *modes: str, verdict: str = ""
) -> Callable[[Setup], Setup]:
    def take(setup: Setup) -> Setup:
        for mode in modes:
            said = verdict or ("unknown" if mode == "listen" else "healthy")
            made = Case(id, mode, expected, setup, "" if expected else said)
            CASES[str(made)] = made
        return setup

    return take


# --- healthy manners ------------------------------------------------------------------


@case("lease", None, "listen", "inline", "host")
def lease(w: TerminalWorld) -> None:
    """A lease by udhcpc, sales by OpenSSL."""


@case("dhclient", None, "listen", "inline", "host")
def dhclient(w: TerminalWorld) -> None:
    w.pos["dhcp"] = "dhclient"


@case("dhcpcd", None, "listen", "inline", "host")
def dhcpcd(w: TerminalWorld) -> None:
    w.pos["dhcp"] = "dhcpcd"


@case("fixed", None, "listen", "inline", "host")
def fixed(w: TerminalWorld) -> None:
    """Fixed settings, right ones."""
    w.fixed()


@case("fixed-profile", None, "listen", "inline", "host")
def fixed_profile(w: TerminalWorld) -> None:
    """Fixed settings as the profile has them."""
    w.fixed()
    w.set("terminal", address=w.spare, gateway=w.plan.router, dns=[w.plan.router])


@case("gnutls", None, *ANY)
def gnutls(w: TerminalWorld) -> None:
    w.pos["client"] = "gnutls"
    w.pos["options"] = ["--x509cafile", w.pos["ca"]]


@case("mbedtls", None, *ANY)
def mbedtls(w: TerminalWorld) -> None:
    """A sale by mbedTLS, which is TLS 1.2."""
    w.pos["client"] = "mbedtls"


@case("openssl-12", None, *ANY)
def openssl_12(w: TerminalWorld) -> None:
    w.acquirer = answering(w.certs / "good.pem", newest=ssl.TLSVersion.TLSv1_2)


@case("plain", None, *ANY)
def plain_tcp(w: TerminalWorld) -> None:
    """An acquirer without TLS."""
    w.acquirer = plain
    w.set("acquirer", tls=False)
    w.pos["client"] = "plain"


@case("slow-dhcp", None, "listen", "inline")
def slow_dhcp(w: TerminalWorld) -> None:
    """The server pings an address for 3 s before it offers it."""
    w.router_dns.dhcp.remove("--no-ping")


@case("nak-then-lease", None, "listen", "inline", "host")
def nak_then_lease(w: TerminalWorld) -> None:
    """It asks for its old address of another network, is refused, and gets a lease."""
    w.pos["dhcp"] = "dhclient"
    folder = w.folder / "pos"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leases").write_text(OLD_LEASE, "ascii")


OLD_LEASE = """lease {
  interface "eth0";
  fixed-address 172.31.7.9;
  option subnet-mask 255.255.255.0;
  option routers 172.31.7.1;
  option dhcp-lease-time 864000;
  option dhcp-message-type 5;
  option domain-name-servers 172.31.7.1;
  option dhcp-server-identifier 172.31.7.1;
  renew 5 2036/11/29 08:00:00;
  rebind 5 2036/11/29 09:00:00;
  expire 5 2036/11/29 10:00:00;
}
"""


@case("backup-host", None, *ANY)
def backup_host(w: TerminalWorld) -> None:
    """It uses the acquirer's backup host."""
    w.resolver.names[f"gw2.{w.plan.domain}"] = w.plan.office
    w.later(lambda: None)
    w.pos |= {"host": f"gw2.{w.plan.domain}", "port": 4430}
    w.set("acquirer", backup=[f"gw2.{w.plan.domain}:4430"])
    talk = answering(w.certs / "good.pem")
    w.later(lambda: services.listen("net", w.plan.office, 4430, talk))


@case("dead-telemetry", None, *ANY)
def dead_telemetry(w: TerminalWorld) -> None:
    """A telemetry name that no longer exists, and a sale all the same."""
    w.pos["chatter"] = [["name", "telemetry.gone.test"]]


@case("beside", None, "run", verdict="healthy")
def beside(w: TerminalWorld) -> None:
    """`run` listens beside its checks; the shop and the terminal are fine."""
    w.set("terminal", mac=w.mac)


@case("beside-no-lease", "terminal.no-lease", "run")
def beside_no_lease(w: TerminalWorld) -> None:
    w.set("terminal", mac=w.mac)
    no_lease(w)


@case("beside-other", None, "run", verdict="healthy")
def beside_other(w: TerminalWorld) -> None:
    """Another device than the profile's gets no address."""
    w.set("terminal", mac="54:81:2D:99:99:99")
    no_lease(w)


# --- silent, or looks like trouble ----------------------------------------------------


@case("idle", None, "listen")
def idle(w: TerminalWorld) -> None:
    """Idle, with fixed settings: next to nothing is heard."""
    w.fixed()
    w.pos |= {"host": ""}
    w.early = True


@case("till-is-off", None, "listen")
def till_is_off(w: TerminalWorld) -> None:
    """It knows its router already and looks for a till that is off."""
    w.fixed(announce=False)
    w.early = True
    till = str(w.plan.lan[33])
    w.pos |= {"host": "", "chatter": [["udp", till, 9100]]}


@case("other-has-no-lease", None, "listen")
def other_has_no_lease(w: TerminalWorld) -> None:
    """Another device gets no address; the terminal is fine."""
    w.router_dns.dhcp += [f"--dhcp-host={w.mac},{w.spare}", "--dhcp-ignore=tag:!known"]
    w.later(lambda: other(w, {"dhcp": "udhcpc", "folder": str(w.folder / "other")}))


@case("unnamed", None, "listen", verdict="unknown")
def unnamed(w: TerminalWorld) -> None:
    """Nobody said which device is the terminal: it is not judged."""
    w.named = False
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


def other(w: TerminalWorld, config: dict[str, object]) -> None:
    """A second device like a terminal."""
    import json
    import sys
    from pathlib import Path

    ip(HERE, "netns add other", "link add eth0 netns other type veth peer name port8")
    ip(HERE, "link set dev port8 master br0", "link set dev port8 up")
    script = str(Path(__file__).with_name("pos.py"))
    w.spawn("other", sys.executable, "-I", script, json.dumps(config))


# --- faults ---------------------------------------------------------------------------


@case("no-lease", "terminal.no-lease", "listen", "inline")
def no_lease(w: TerminalWorld) -> None:
    """No DHCP server answers it."""
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


@case("no-lease-dhclient", "terminal.no-lease", "listen", "inline")
def no_lease_dhclient(w: TerminalWorld) -> None:
    w.pos["dhcp"] = "dhclient"
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


@case("no-lease-dhcpcd", "terminal.no-lease", "listen", "inline")
def no_lease_dhcpcd(w: TerminalWorld) -> None:
    """dhcpcd, which takes an address of 169.254/16 after 5 s."""
    w.pos["dhcp"] = "dhcpcd"
    w.router_dns.dhcp += ["--dhcp-ignore=tag:!known"]


@case("wrong-address", "terminal.wrong-address", "listen", "inline", "host")
def wrong_address(w: TerminalWorld) -> None:
    """Fixed settings of another network."""
    w.fixed("10.77.5.9", gateway="10.77.5.1", dns=["10.77.5.1"])


@case("wrong-gateway", "terminal.wrong-gateway", "listen", "inline", "host")
def wrong_gateway(w: TerminalWorld) -> None:
    """The right network, a gateway that is not there."""
    w.fixed(gateway=str(w.plan.lan[253]), dns=[w.plan.resolver])


@case("duplicate", "terminal.duplicate-address", "listen", "inline")
def duplicate(w: TerminalWorld) -> None:
    """The address of the second machine in the shop."""
    w.fixed(w.plan.host2)


@case("wrong-dns", "terminal.wrong-dns", *ANY)
def wrong_dns(w: TerminalWorld) -> None:
    """A name server that is not there."""
    w.fixed(dns=[w.plan.nobody])


@case("no-such-name", "terminal.name-not-found", *ANY)
def no_such_name(w: TerminalWorld) -> None:
    w.fixed(host="pso.lab.test")


@case("wrong-host", "terminal.wrong-host", *ANY)
def wrong_host(w: TerminalWorld) -> None:
    """It goes to the host of another acquirer."""
    w.fixed(host=f"office.{w.plan.domain}", port=443, check_name=False)


@case("wrong-port", "terminal.wrong-host", *ANY)
def wrong_port(w: TerminalWorld) -> None:
    w.fixed(port=w.plan.port + 1)


@case("old-tls", "terminal.tls-version", *ANY)
def old_tls(w: TerminalWorld) -> None:
    """TLS 1.1 at most, where the acquirer takes 1.2 and up."""
    w.fixed(minimum_version="TLSv1", maximum_version="TLSv1_1", ca=None)


@case("clock", "terminal.tls-rejects-certificate", *ANY)
def clock(w: TerminalWorld) -> None:
    """Its clock stands in 2001."""
    w.fixed(
        client="openssl",
        prefix=["faketime", "-f", "@2001-01-01 00:00:00"],
        options=["-CAfile", w.pos["ca"]],
    )


@case("other-root", "terminal.tls-rejects-certificate", *ANY)
def other_root(w: TerminalWorld) -> None:
    """Its root store lacks the acquirer's."""
    w.fixed(ca="/etc/ssl/certs/ca-certificates.crt")


@case("gnutls-rejects", "terminal.tls-rejects-certificate", *ANY)
def gnutls_rejects(w: TerminalWorld) -> None:
    """GnuTLS, whose alert is encrypted in TLS 1.3."""
    w.fixed(client="gnutls", options=["--x509cafile", str(w.certs / "stranger.pem")])


@case("mbedtls-rejects", "terminal.tls-rejects-certificate", *ANY)
def mbedtls_rejects(w: TerminalWorld) -> None:
    w.fixed(client="mbedtls", ca=str(w.certs / "stranger.pem"))


@case("mbedtls-old", "terminal.tls-version", *ANY)
def mbedtls_old(w: TerminalWorld) -> None:
    """mbedTLS set to TLS 1.1 at most."""
    w.fixed(client="mbedtls", options=["newest=1.1"])


@case("mbedtls-no-client-certificate", "terminal.tls-no-certificate", *ANY)
def mbedtls_no_client_certificate(w: TerminalWorld) -> None:
    mutual(w, ssl.TLSVersion.TLSv1_2)
    w.pos["client"] = "mbedtls"


@case("no-client-certificate", "terminal.tls-no-certificate", *ANY)
def no_client_certificate(w: TerminalWorld) -> None:
    """The acquirer wants a certificate and it has none (TLS 1.3)."""
    mutual(w, ssl.TLSVersion.TLSv1_3)


@case("no-client-certificate-12", "terminal.tls-no-certificate", *ANY)
def no_client_certificate_12(w: TerminalWorld) -> None:
    mutual(w, ssl.TLSVersion.TLSv1_2)


def mutual(w: TerminalWorld, newest: ssl.TLSVersion) -> None:
    w.acquirer = answering(
        w.certs / "good.pem", newest=newest, client_ca=w.certs / "ca.pem"
    )
    pem = str(w.certs / "client.pem")
    w.set("acquirer", client_cert=pem, client_key=pem)
    w.fixed()


@case("client-certificate", None, *ANY)
def client_certificate(w: TerminalWorld) -> None:
    """It has one."""
    mutual(w, ssl.TLSVersion.TLSv1_3)
    w.pos["client_pem"] = str(w.certs / "client.pem")


@case("silent", "terminal.silent", *ANY)
def silent(w: TerminalWorld) -> None:
    """It has its settings, asks for the time, and never tries a sale."""
    w.fixed(host="", chatter=[["udp", w.plan.web, 123], ["name", w.plan.name]])


@case("not-there", "terminal.not-seen", *ANY)
def not_there(w: TerminalWorld) -> None:
    """The cable is out."""
    w.absent = True


@case("not-there", "terminal.not-seen", "listen")
def not_there_lan(w: TerminalWorld) -> None:
    """It is off, and its address is known."""
    w.absent = True
    w.set("terminal", address=w.spare)


@case("host-says-nothing", None, *ANY, verdict="unknown")
def host_says_nothing(w: TerminalWorld) -> None:
    """TLS is set up with session tickets, and the sale is never answered."""
    w.acquirer = answering(w.certs / "good.pem", silent=True)


# --- not the terminal's fault ---------------------------------------------------------


@case("router-off", "router.unreachable", "listen", "inline")
def router_off(w: TerminalWorld) -> None:
    w.router_dns.wanted = False
    w.later(lambda: ip("router", "link set dev lan0 down"))


@case("line-down", "isp.no-internet", "listen", "inline", "host")
def line_down(w: TerminalWorld) -> None:
    w.later(lambda: w.drop("isp", "drop"))


@case("expired", "acquirer.tls-expired", *ANY)
def expired(w: TerminalWorld) -> None:
    """The acquirer's certificate has run out; the terminal is right to refuse it."""
    w.acquirer = answering(w.certs / "expired.pem")


@case("proxy-arp", None, "inline", "host")
def proxy_arp(w: TerminalWorld) -> None:
    """The router answers ARP for every address."""
    w.later(lambda: sysctl("router", ipv4__conf__lan0__proxy_arp=1))
    w.fixed()
