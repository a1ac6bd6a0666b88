"""TCP and TLS are fine; what does the payment host itself say to an echo?"""

from tests.lab import echo_host, services
from tests.lab.case import fault, healthy
from tests.lab.echo_host import answers
from tests.lab.netns import sysctl
from tests.lab.world import World

NUMBERS = {"terminal_id": "10000001", "merchant_id": "898000000000001"}


def echo(w: World, talk: services.Talk, dialect: str = "unionpay") -> None:
    """A plain host that talks so, with a profile and leave to send the echo."""
    w.set("acquirer", tls=False, ca_file=None)
    w.set("acquirer.iso8583", dialect=dialect, **NUMBERS)
    w.acquirer = talk
    w.args.append("--allow-echo")


def secure(w: World, talk: services.Talk, dialect: str = "unionpay") -> None:
    """The same behind TLS."""
    w.set("acquirer.iso8583", dialect=dialect, **NUMBERS)
    w.acquirer = echo_host.secure(w.certs / "good.pem", talk)
    w.args.append("--allow-echo")


@healthy("echo-unionpay-tls")
def unionpay_tls(w: World) -> None:
    """0820 behind TLS, answered as it should be."""
    secure(w, answers(echo_host.RIGHT["unionpay"]))


@healthy("echo-ascii-tls")
def ascii_tls(w: World) -> None:
    """0800 behind TLS."""
    secure(w, answers(echo_host.RIGHT["ascii"]), "ascii")


@healthy("echo-unionpay-plain")
def unionpay_plain(w: World) -> None:
    """0820 over plain TCP."""
    echo(w, answers(echo_host.RIGHT["unionpay"]))


@healthy("echo-ascii-plain")
def ascii_plain(w: World) -> None:
    """0800 over plain TCP."""
    echo(w, answers(echo_host.RIGHT["ascii"]), "ascii")


@healthy("echo-hex-bitmap")
def hex_bitmap(w: World) -> None:
    """0800 with bitmaps of sixteen letters behind a length of four bytes."""
    w.set("acquirer.iso8583", bitmap="hex", length="binary4")
    echo(w, answers(echo_host.hexadecimal), "ascii")


@healthy("echo-length-counts-itself")
def inclusive(w: World) -> None:
    """Lengths in BCD that count themselves, after a keep-alive frame."""
    w.set("acquirer.iso8583", length="bcd2", length_includes_itself=True)
    echo(w, answers(echo_host.counting_itself))


@healthy("echo-tpdu-unswapped")
def unswapped(w: World) -> None:
    """The TPDU comes back as it was sent."""
    echo(w, answers(echo_host.unswapped))


@fault("echo-three-digits", "acquirer.bad-answer")
def three_digits(w: World) -> None:
    """A response code of three digits is not read as its first two."""
    echo(w, answers(echo_host.three_digits), "ascii")


@healthy("echo-without-consent")
def no_consent(w: World) -> None:
    """A host that would decline is not asked without leave."""
    echo(w, answers(echo_host.code(b"97")))
    w.args.remove("--allow-echo")


@fault("echo-silence", "acquirer.no-answer")
def silence(w: World) -> None:
    """Accepts, reads, says nothing."""
    echo(w, services.hold)


@fault("echo-silence-tls", "acquirer.no-answer")
def silence_tls(w: World) -> None:
    """The same behind TLS."""
    secure(w, services.hold)


@fault("echo-hangs-up", "acquirer.no-answer")
def hangs_up(w: World) -> None:
    """Reads the echo and hangs up."""
    echo(w, services.close_on_hello)


@fault("echo-late", "acquirer.no-answer")
def late(w: World) -> None:
    """The right answer after six seconds."""
    echo(w, answers(echo_host.RIGHT["unionpay"], delay=6.0))


@fault("echo-http", "acquirer.bad-answer")
def http(w: World) -> None:
    """A web server on the payment port."""
    echo(w, answers(echo_host.web_page))


@fault("echo-garbage", "acquirer.bad-answer")
def garbage(w: World) -> None:
    """Bytes that are no frame."""
    secure(w, answers(echo_host.garbage))


@fault("echo-half", "acquirer.bad-answer")
def half(w: World) -> None:
    """Half a frame, then silence."""
    echo(w, answers(echo_host.half))


@fault("echo-twice", "acquirer.bad-answer")
def twice(w: World) -> None:
    """Two answers in one segment."""
    echo(w, answers(echo_host.twice))


@fault("echo-other-trace", "acquirer.bad-answer")
def other_trace(w: World) -> None:
    """An answer with another trace number."""
    secure(w, answers(echo_host.other_trace))


@fault("echo-declined-97", "acquirer.declined")
def declined(w: World) -> None:
    """The terminal is not registered."""
    echo(w, answers(echo_host.code(b"97")))


@fault("echo-declined-sign-in", "acquirer.declined")
def sign_in(w: World) -> None:
    """The terminal must sign in again."""
    secure(w, answers(echo_host.code(b"99")))


@fault("backup-works", "acquirer.unreachable")
def backup_works(w: World) -> None:
    """The first host is gone, the backup (the back office's machine) answers."""
    w.resolver.names[f"pos2.{w.plan.domain}"] = w.plan.office
    w.set("acquirer", backup=[f"pos2.{w.plan.domain}:443"], server_name=w.plan.name)
    w.drop("acq", "drop", "input")


def spare(w: World, host: str) -> None:
    """The back office's machine is a backup host, with the first one's certificate."""
    w.set("acquirer", backup=[f"{host}:443"], server_name=w.plan.name)


def connected(w: World, backups: int, alive: int) -> None:
    w.expect("acquirer.connect", backups=backups, alive=alive)


def quiet(w: World, seconds: int, variant: str) -> None:
    """A connection that is silent for so long, and what becomes of it."""
    w.set("thresholds", **{"idle.seconds": seconds})
    w.args += ["--thorough", "--select", "acquirer.idle"]
    w.expect("acquirer.idle", variant=variant)


@healthy("idle-forgotten")
def idle_forgotten(w: World) -> None:
    """The router forgets a connection that is silent for four seconds, and takes none
    up again in its midst: told as a fact, since each sale has a connection of its own.
    """
    quiet(w, 8, "dropped")
    sysctl(
        "router",
        netfilter__nf_conntrack_tcp_timeout_established=4,
        netfilter__nf_conntrack_tcp_loose=0,
    )
    w.drop("router", "ct state invalid drop")


@healthy("idle-remembered")
def idle_remembered(w: World) -> None:
    """The same router with patience."""
    quiet(w, 8, "held")
    sysctl("router", netfilter__nf_conntrack_tcp_loose=0)
    w.drop("router", "ct state invalid drop")


@healthy("idle-closed-by-host")
def idle_closed(w: World) -> None:
    """The host itself hangs up on the silent, as many do."""
    quiet(w, 9, "closed")
    w.set("acquirer", tls=False, ca_file=None)
    w.acquirer = services.hang_up_after(4.0)


@fault("backup-name-gone", "dns.acquirer-not-found")
def backup_name_gone(w: World) -> None:
    """The first host's name does not exist; the backup is given by address."""
    del w.resolver.names[w.plan.name]
    spare(w, w.plan.office)
    w.expect("acquirer.connect", fallback=f"{w.plan.office}:443")


@fault("backup-dns-refused", "dns.server-failure")
def backup_dns_refused(w: World) -> None:
    """The resolver refuses every name; the backup is given by address."""
    w.router_dns.wanted = False
    services.dns("router", w.plan.router, lambda _: None, rcode=services.REFUSED)
    spare(w, w.plan.office)
    w.expect("acquirer.connect", fallback=f"{w.plan.office}:443")


@healthy("backup")
def backup_idle(w: World) -> None:
    """Both hosts answer."""
    w.resolver.names[f"pos2.{w.plan.domain}"] = w.plan.office
    spare(w, f"pos2.{w.plan.domain}")
    connected(w, 1, 1)


@healthy("backup-dead")
def backup_dead(w: World) -> None:
    """The first host answers, the backup has been switched off for years."""
    spare(w, w.plan.nobody)
    connected(w, 1, 0)
