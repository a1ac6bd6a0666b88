"""TCP is fine; TLS with the acquirer is not."""

import ssl

from tests.lab import services
from tests.lab.case import fault, healthy
from tests.lab.symptom.confirm import no_sale
from tests.lab.world import World


def present(w: World, label: str) -> None:
    w.acquirer = services.tls(w.certs / f"{label}.pem")


@fault("tls-expired", "acquirer.tls-expired")
def expired(w: World) -> None:
    """The certificate ran out three days ago; this clock is right."""
    present(w, "expired")


@fault("tls-expired-no-url", "acquirer.tls-expired")
def expired_no_url(w: World) -> None:
    """The same, with no connectivity URL; the router keeps time."""
    from tests.lab.cases.clock import keep_time

    w.connectivity(False)
    keep_time(w)
    present(w, "expired")


@fault("tls-not-yet", "acquirer.tls-expired")
def not_yet(w: World) -> None:
    """The certificate is valid from three days hence; this clock is right."""
    present(w, "not-yet")


@fault("tls-self-signed", "acquirer.tls-untrusted")
def self_signed(w: World) -> None:
    """Self-signed."""
    present(w, "self-signed")


@fault("tls-private-ca", "acquirer.tls-untrusted")
def private_ca(w: World) -> None:
    """A private CA that the profile does not name."""
    w.set("acquirer", ca_file=None)


@fault("tls-intercepted", "acquirer.tls-untrusted")
def intercepted(w: World) -> None:
    """The right name by a CA of the web filter."""
    present(w, "intercepted")


@fault("tls-intermediate-missing", "acquirer.tls-untrusted")
def intermediate_missing(w: World) -> None:
    """The host sends its own certificate without the intermediate."""
    present(w, "alone")
    w.expect("acquirer.tls", variant="incomplete")


@fault("tls-short-key", "acquirer.tls-version")
def short_key(w: World) -> None:
    """A trusted certificate with an RSA key of 1024 bits: weak, and not untrusted."""
    present(w, "short-key")
    w.expect("acquirer.tls", variant="stricter")


@fault("tls-weak-ciphers", "acquirer.tls-version")
def weak_ciphers(w: World) -> None:
    """TLS 1.2 with one cipher that only older devices offer."""
    twelve = ssl.TLSVersion.TLSv1_2
    w.acquirer = services.tls(
        w.certs / "short-key.pem", newest=twelve, oldest=twelve,
        ciphers="AES128-SHA:@SECLEVEL=0",
    )  # fmt: skip
    w.expect("acquirer.tls", variant="stricter")


@healthy("tls-client-certificate-optional")
def client_optional(w: World) -> None:
    """A client certificate is asked for and not required."""
    w.acquirer = services.tls(
        w.certs / "good.pem", client_ca=w.certs / "ca.pem", needed=ssl.CERT_OPTIONAL
    )


@fault("tls-leaves", "acquirer.closed-connection")
def leaves(w: World) -> None:
    """The host finishes the handshake and closes."""
    w.acquirer = services.tls(w.certs / "good.pem", leaves=True)


@fault("tls-drips", "acquirer.tls-timeout")
def drips(w: World) -> None:
    """The server's answer comes one byte at a time, whatever the packets' size."""
    w.acquirer = services.drip


@fault("tls-wrong-name", "acquirer.tls-name")
def wrong_name(w: World) -> None:
    """A trusted certificate for another name."""
    present(w, "other-name")


@fault("tls-by-address", "acquirer.tls-name")
def by_address(w: World) -> None:
    """The profile gives the address where the certificate has only names."""
    w.set("acquirer", host=w.plan.acquirer)


def wants_client(w: World, version: ssl.TLSVersion) -> None:
    w.acquirer = services.tls(
        w.certs / "good.pem", newest=version, oldest=version,
        client_ca=w.certs / "ca.pem",
    )  # fmt: skip


@fault("tls-client-certificate-12", "acquirer.tls-client-certificate")
def client_12(w: World) -> None:
    """TLS 1.2, a client certificate is wanted."""
    wants_client(w, ssl.TLSVersion.TLSv1_2)


@fault("tls-client-certificate-13", "acquirer.tls-client-certificate")
def client_13(w: World) -> None:
    """TLS 1.3, a client certificate is wanted: refused after the handshake."""
    wants_client(w, ssl.TLSVersion.TLSv1_3)


@fault("tls-client-certificate-refused", "acquirer.tls-client-certificate")
def client_refused(w: World) -> None:
    """A client certificate is sent, of a CA that the acquirer does not know."""
    wants_client(w, ssl.TLSVersion.TLSv1_3)
    pem = str(w.certs / "self-signed.pem")
    w.set("acquirer", client_cert=pem, client_key=pem)


@fault("tls-11-only", "acquirer.tls-version")
def old(w: World) -> None:
    """A server that speaks nothing newer than TLS 1.1."""
    eleven = ssl.TLSVersion.TLSv1_1
    w.acquirer = services.tls(w.certs / "good.pem", newest=eleven, oldest=eleven)


@fault("tls-no-common-cipher", "acquirer.tls-version")
def cipher(w: World) -> None:
    """TLS 1.2 with ciphers that nobody offers any more."""
    twelve = ssl.TLSVersion.TLSv1_2
    w.acquirer = services.tls(
        w.certs / "good.pem", newest=twelve, oldest=twelve,
        ciphers="ECDHE-ECDSA-NULL-SHA:AECDH-NULL-SHA:@SECLEVEL=0",
    )  # fmt: skip


@fault("tls-not-tls", "acquirer.tls-version")
def not_tls(w: World) -> None:
    """A plain web server on the port."""
    w.acquirer = services.bad_request


@fault("tls-nonsense", "acquirer.tls-version")
def nonsense(w: World) -> None:
    """Something that sends bytes for ever, none of them TLS."""
    w.acquirer = services.dribble


@fault("tls-flood", "acquirer.tls-version")
def flood(w: World) -> None:
    """A host that floods whoever connects."""
    w.acquirer = services.flood


@fault("tls-silent", "acquirer.tls-timeout")
def silent(w: World) -> None:
    """Accepts, then says nothing to the ClientHello."""
    w.acquirer = services.hold


@fault("tls-late", "acquirer.tls-timeout")
def late(w: World) -> None:
    """Answers after 20 seconds."""
    w.acquirer = services.tls(w.certs / "good.pem", delay=20)


@fault("tls-slow", "acquirer.slow")
def slow(w: World) -> None:
    """The host takes connections at once, and four seconds for TLS."""
    w.acquirer = services.tls(w.certs / "good.pem", delay=4.0)
    w.sign = no_sale
