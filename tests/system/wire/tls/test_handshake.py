"""The TLS probe against real servers on loopback, with certificates made here."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats import certificate
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.system.wire.tls import handshake as tls

HOST = "pay.example"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass
class Pair:
    """A certificate and its key, on disk as one PEM file."""

    path: str
    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass
class Authority:
    """A private authority that issues what a test wants."""

    folder: Path
    root: Pair = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.issue("Test Root", ca=True, own=True)

    def issue(
        self,
        name: str = HOST,
        names: tuple[str, ...] = (HOST,),
        days: tuple[int, int] = (-1, 30),
        ca: bool = False,
        own: bool = False,
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acquirer"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if own else self.root.cert.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + days[0] * DAY)
            .not_valid_after(NOW + days[1] * DAY)
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if names and not ca:
            alternatives = [_general(text) for text in names]
            made = made.add_extension(
                x509.SubjectAlternativeName(alternatives), critical=False
            )
        signed = made.sign(key if own else self.root.key, hashes.SHA256())
        path = self.folder / f"{signed.serial_number}.pem"
        path.write_bytes(
            signed.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return Pair(str(path), signed, key)


def _general(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def server_side(pair: Pair) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pair.path)
    return made


@contextlib.contextmanager
def tls_server(made: ssl.SSLContext) -> Iterator[int]:
    """A blocking server, as asyncio's own drops the connection without its alert."""

    def serve() -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            conn.settimeout(3)
            with (
                conn,
                contextlib.suppress(OSError),
                made.wrap_socket(conn, server_side=True) as secure,
            ):
                secure.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def shake(port: int, meter: Meter | None, fields: dict[str, Any]) -> Handshake:
    question = replace(Shake("127.0.0.1", port, HOST, HOST, timeout=2.0), **fields)
    answer = asyncio.run(tls.shake(question, meter or Meter()))
    assert isinstance(answer, Handshake)
    return answer


def ask_tls(
    made: ssl.SSLContext, meter: Meter | None = None, **fields: Any
) -> Handshake:
    with tls_server(made) as port:
        return shake(port, meter, fields)


def test_a_private_authority_is_trusted_when_its_file_is_given(
    authority: Authority,
) -> None:
    meter = Meter()
    pair = authority.issue(names=(HOST, "10.0.0.7"))
    answer = ask_tls(server_side(pair), meter, ca_file=authority.root.path)

    assert (answer.step, answer.outcome) == ("done", "ok")
    assert answer.version == "TLSv1.3"
    assert answer.cipher
    assert answer.received > 500
    assert answer.wants_client_certificate is None
    assert answer.certificate is not None
    assert answer.certificate.names == (HOST, "10.0.0.7")
    assert answer.certificate.issuer == "CN=Test Root, O=Acquirer"
    assert meter.received > answer.received
    assert meter.sent > 300


def test_both_ways_of_reading_a_certificate_agree(authority: Authority) -> None:
    pair = authority.issue(names=(HOST, "*.b.example", "10.0.0.7"))
    made = server_side(pair)
    checked = ask_tls(made, ca_file=authority.root.path)
    taken = ask_tls(made, verify=False)

    assert taken.outcome == "ok"
    assert taken.certificate == checked.certificate


@pytest.mark.parametrize(
    ("days", "code"), [((-30, -1), 10), ((1, 30), 9)], ids=["expired", "not yet"]
)
def test_dates_are_checked_and_shown(
    authority: Authority, days: tuple[int, int], code: int
) -> None:
    made = server_side(authority.issue(days=days))
    answer = ask_tls(made, ca_file=authority.root.path)

    assert (answer.step, answer.outcome) == ("certificate", "refused")
    assert answer.verify_code == code
    assert answer.verify_text

    shown = ask_tls(made, verify=False).certificate
    assert shown is not None
    assert shown.not_after == int((NOW + days[1] * DAY).timestamp())


def test_self_signed_is_refused_and_shown_as_such(authority: Authority) -> None:
    made = server_side(authority.issue(own=True))
    answer = ask_tls(made)

    assert (answer.step, answer.verify_code) == ("certificate", 18)

    shown = ask_tls(made, verify=False).certificate
    assert shown is not None
    assert shown.self_signed


def test_an_unknown_authority_is_refused(authority: Authority) -> None:
    answer = ask_tls(server_side(authority.issue()))

    assert (answer.step, answer.verify_code) == ("certificate", 20)


@pytest.mark.parametrize("server_name", [HOST, "", "front.example", "10.1.2.3"])
def test_the_host_must_match_whatever_name_is_sent(
    authority: Authority, server_name: str
) -> None:
    ca = authority.root.path
    right = server_side(authority.issue())
    wrong = server_side(authority.issue(names=("front.example", "10.1.2.3")))

    good = ask_tls(right, ca_file=ca, server_name=server_name)
    bad = ask_tls(wrong, ca_file=ca, server_name=server_name)

    assert good.outcome == "ok"
    assert (bad.step, bad.outcome, bad.verify_code) == ("certificate", "refused", 62)


@pytest.mark.parametrize("server_name", ["", "front.example", "127.0.0.1"])
def test_an_address_as_host_must_be_in_the_certificate(
    authority: Authority, server_name: str
) -> None:
    fields: dict[str, Any] = {
        "ca_file": authority.root.path,
        "host": "127.0.0.1",
        "server_name": server_name,
    }
    good = ask_tls(server_side(authority.issue(names=("127.0.0.1",))), **fields)
    bad = ask_tls(server_side(authority.issue(names=("front.example",))), **fields)

    assert good.outcome == "ok"
    assert (bad.step, bad.verify_code) == ("certificate", 64)


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)
@pytest.mark.parametrize("verify", [True, False])
def test_a_client_certificate_that_is_wanted(
    authority: Authority, version: ssl.TLSVersion, verify: bool
) -> None:
    made = server_side(authority.issue())
    made.minimum_version = made.maximum_version = version
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(authority.root.path)
    fields: dict[str, Any] = {"ca_file": authority.root.path, "verify": verify}

    bare = ask_tls(made, **fields)

    assert (bare.step, bare.outcome) == ("finish", "refused")
    assert bare.alert in (40, 116)
    assert bare.wants_client_certificate is True

    own = authority.issue("Terminal", names=())
    shown = ask_tls(made, client_cert=own.path, client_key=own.path, **fields)

    assert (shown.step, shown.outcome) == ("done", "ok")


def test_tls_1_2_without_a_client_certificate_says_that_none_is_wanted(
    authority: Authority,
) -> None:
    made = server_side(authority.issue())
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    answer = ask_tls(made, ca_file=authority.root.path)

    assert answer.version == "TLSv1.2"
    assert answer.wants_client_certificate is False


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_a_server_of_old_versions_is_refused_with_checks_and_seen_without(
    authority: Authority,
) -> None:
    made = server_side(authority.issue())
    made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    made.maximum_version = ssl.TLSVersion.TLSv1_1
    made.set_ciphers("ALL:@SECLEVEL=0")

    answer = ask_tls(made, ca_file=authority.root.path)

    assert answer.outcome == "refused"
    # Debian's OpenSSL 3.0 stops one step later, at the server's signature.
    told = ("PROTOCOL", "legacy sigalg")
    assert answer.alert == 70 or any(text in answer.local_reason for text in told)

    seen = ask_tls(made, verify=False)
    if seen.outcome != "ok":
        pytest.skip("this OpenSSL has no TLS 1.1")  # Debian's and Ubuntu's have
    assert seen.version == "TLSv1.1"
    assert seen.certificate is not None


def test_no_common_cipher_is_an_alert(authority: Authority) -> None:
    made = server_side(authority.issue())
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")  # its key is no RSA key
    answer = ask_tls(made, ca_file=authority.root.path)

    assert (answer.step, answer.outcome, answer.alert) == (
        "server-hello",
        "refused",
        40,
    )


@pytest.mark.parametrize("padding", [100, 1000, 3000])
def test_padding_enlarges_the_hello_and_stays_valid(
    authority: Authority, padding: int
) -> None:
    made = server_side(authority.issue())
    made.set_alpn_protocols(["http/1.1"])
    meters = Meter(), Meter()
    ca = authority.root.path
    ask_tls(made, meters[0], ca_file=ca)
    answer = ask_tls(made, meters[1], ca_file=ca, padding=padding, mss=500)

    assert answer.outcome == "ok"
    assert meters[1].sent - meters[0].sent >= padding
    assert answer.segment is None  # 500-byte segments tell nothing


@given(st.data())
def test_a_damaged_certificate_never_raises(
    authority: Authority, data: st.DataObject
) -> None:
    der = bytearray(authority.root.cert.public_bytes(serialization.Encoding.DER))
    for _ in range(3):
        place = data.draw(st.integers(0, len(der) - 1))
        der[place] = data.draw(st.integers(0, 255))
    found = certificate.from_bytes(bytes(der))

    assert found is None or len(found.subject) <= 200


def test_a_cancelled_handshake_is_reset_and_paid_for() -> None:
    meter = Meter()

    async def story(listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        question = Shake("127.0.0.1", port, HOST, HOST, timeout=5.0)
        task = asyncio.create_task(tls.shake(question, meter))
        peer, _ = await asyncio.get_running_loop().sock_accept(listener)
        with peer:
            await asyncio.get_running_loop().sock_recv(peer, 1)  # its hello has begun
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            peer.setblocking(True)
            peer.settimeout(2)
            with pytest.raises(ConnectionResetError):
                list(iter(lambda: peer.recv(4096), b""))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        asyncio.run(story(listener))
    assert meter.total > 0
