"""TLS clients of this machine's release, healthy and in trouble."""

import ssl

from tests.lab.terminal.case import ANY, case
from tests.lab.terminal.world import TerminalWorld, answering


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


@case("expired", "acquirer.tls-expired", *ANY)
def expired(w: TerminalWorld) -> None:
    """The acquirer's certificate has run out; the terminal is right to refuse it."""
    w.acquirer = answering(w.certs / "expired.pem")
