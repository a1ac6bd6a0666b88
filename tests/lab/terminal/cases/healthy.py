"""Healthy terminals of many manners."""

from tests.lab import services
from tests.lab.terminal.case import ANY, case
from tests.lab.terminal.cases.faults import no_lease
from tests.lab.terminal.world import TerminalWorld, answering, plain


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
