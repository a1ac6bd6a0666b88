"""TLS libraries of three releases, by TLS 1.2 and 1.3: a sale, and four troubles."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.lab.terminal import libraries
from tests.lab.terminal.case import ANY, case
from tests.lab.terminal.cases.tls import mutual
from tests.lab.terminal.world import TerminalWorld, answering

OLD, NEW = "1.2", "1.3"
PROGRAMS = {"openssl": "openssl", "gnutls": "gnutls-cli"}


@dataclass(frozen=True)
class Client:
    """`release` is "" for the library of this machine."""

    library: str
    number: str
    release: str = ""
    versions: tuple[str, ...] = (OLD, NEW)

    def words(self, version: str, ca: str) -> list[str]:
        """Its options for one version of TLS."""
        if self.library == "openssl":
            return [f"-tls{version.replace('.', '_')}", "-CAfile", ca]
        if self.library == "gnutls":
            only = f"NORMAL:-VERS-ALL:+VERS-TLS{version}"
            return ["--priority", only, "--x509cafile", ca]
        return [f"oldest={version}", f"newest={version}"]

    def use(self, w: TerminalWorld, version: str, ca: str) -> None:
        """Have the terminal sell by it."""
        w.fixed(client=self.library, ca=ca, options=self.words(version, ca))
        if not self.release:
            return
        root = libraries.folder() / self.release
        if self.library in PROGRAMS:
            w.pos["program"] = libraries.program(root, PROGRAMS[self.library])
        else:
            w.pos["options"].append(f"folder={libraries.objects(root)}")


CLIENTS = (
    Client("openssl", "1.1", libraries.OLDER),
    Client("openssl", "3.0"),
    Client("openssl", "3.5", libraries.NEWER),
    Client("gnutls", "3.7"),
    Client("gnutls", "3.8", libraries.NEWER),
    Client("mbedtls", "2.16", libraries.OLDER, (OLD,)),
    Client("mbedtls", "2.28", versions=(OLD,)),
    Client("mbedtls", "3.6", libraries.NEWER),
)
Trouble = Callable[[Client, str, TerminalWorld], None]


def sale(client: Client, version: str, w: TerminalWorld) -> None:
    client.use(w, version, str(w.certs / "ca.pem"))


def untrusted(client: Client, version: str, w: TerminalWorld) -> None:
    """Its root store lacks the acquirer's."""
    client.use(w, version, str(w.certs / "stranger.pem"))


def expired(client: Client, version: str, w: TerminalWorld) -> None:
    """Its clock stands a year ahead: to it the acquirer's certificate has run out."""
    client.use(w, version, str(w.certs / "ca.pem"))
    w.pos["prefix"] = ["faketime", "-f", "+400d"]


def versions(client: Client, version: str, w: TerminalWorld) -> None:
    """The acquirer takes the other version alone."""
    other = ssl.TLSVersion.TLSv1_3 if version == OLD else ssl.TLSVersion.TLSv1_2
    w.acquirer = answering(w.certs / "good.pem", oldest=other, newest=other)
    client.use(w, version, str(w.certs / "ca.pem"))


def nameless(client: Client, version: str, w: TerminalWorld) -> None:
    """The acquirer wants a certificate and it has none."""
    mutual(w, ssl.TLSVersion.TLSv1_2 if version == OLD else ssl.TLSVersion.TLSv1_3)
    client.use(w, version, str(w.certs / "ca.pem"))


TROUBLES: dict[str, tuple[Trouble, str | None]] = {
    "sale": (sale, None),
    "untrusted": (untrusted, "terminal.tls-rejects-certificate"),
    "expired": (expired, "terminal.tls-rejects-certificate"),
    "versions": (versions, "terminal.tls-version"),
    "nameless": (nameless, "terminal.tls-no-certificate"),
}


def add() -> None:
    """Each once, by cable between or as the router, in turns."""
    turn = 0
    for trouble, (make, expected) in TROUBLES.items():
        for client in CLIENTS:
            for version in client.versions:
                name = f"{client.library}{client.number}-tls{version}-{trouble}"
                way, other = ANY[turn % 2], bool(client.release)
                setup = partial(make, client, version)
                case(name, expected, way, libraries=other)(setup)
                turn += 1
        turn += 1  # another way for the next trouble of the same client


add()
