"""Certificates and parameters that this machine refuses, each by its own number."""

import asyncio
import base64
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.system.wire.tls.handshake import shake
from posdiag.system.wire.tls.tap import has_trust_store
from tests.system.wire.tls.test_handshake import DAY, HOST, NOW, ask_tls

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass
class Made:
    cert: x509.Certificate
    key: Key


def made(
    common: str,
    signer: Made | None,
    key: Key | None = None,
    *extensions: tuple[x509.ExtensionType, bool],
    ca: bool = False,
) -> Made:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.cert.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Made(builder.sign(signer.key if signer else key, hashes.SHA256()), key)


def server(folder: Path, leaf: Made, *chain: Made) -> ssl.SSLContext:
    pem = folder / "server.pem"
    pem.write_bytes(
        leaf.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + b"".join(
            one.cert.public_bytes(serialization.Encoding.PEM) for one in (leaf, *chain)
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(pem)
    return context


@pytest.fixture(scope="module")
def root() -> Made:
    return made("Root", None, ca=True)


@pytest.fixture
def anchor(root: Made, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(root.cert.public_bytes(serialization.Encoding.PEM))
    return str(path)


def short() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)


def test_a_short_key_is_weak_and_an_older_device_takes_it(
    root: Made, anchor: str, tmp_path: Path
) -> None:
    context = server(tmp_path, made("host", root, short()))

    strict = ask_tls(context, ca_file=anchor)
    assert (strict.outcome, strict.verify_code) == ("refused", 66)
    assert ask_tls(context, ca_file=anchor, legacy=True).outcome == "ok"
    assert ask_tls(context, legacy=True).verify_code == 20


def test_the_name_is_checked_for_older_devices_too(
    root: Made, anchor: str, tmp_path: Path
) -> None:
    context = server(tmp_path, made("host", root, short()))
    asked: dict[str, Any] = {"ca_file": anchor, "legacy": True, "host": "other.example"}

    assert ask_tls(context, **asked).verify_code == 62


def test_a_short_key_of_an_intermediate(
    root: Made, anchor: str, tmp_path: Path
) -> None:
    middle = made("Middle", root, short(), ca=True)
    context = server(tmp_path, made("host", middle), middle)

    assert ask_tls(context, ca_file=anchor).verify_code == 67
    assert ask_tls(context, ca_file=anchor, legacy=True).outcome == "ok"


def test_a_missing_intermediate_shows_in_the_number_of_certificates(
    root: Made, anchor: str, tmp_path: Path
) -> None:
    middle = made("Middle", root, ca=True)
    leaf = made("host", middle)

    alone = ask_tls(server(tmp_path, leaf), ca_file=anchor)
    assert (alone.verify_code, alone.chain) == (20, 1)
    whole = ask_tls(server(tmp_path, leaf, middle), ca_file=anchor)
    assert (whole.outcome, whole.chain) == ("ok", 2)


def test_a_certificate_for_clients(root: Made, anchor: str, tmp_path: Path) -> None:
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    context = server(tmp_path, made("host", root, None, (usage, False)))

    assert ask_tls(context, ca_file=anchor).verify_code == 26


def test_an_unknown_critical_extension(root: Made, anchor: str, tmp_path: Path) -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"x")
    context = server(tmp_path, made("host", root, None, (unknown, True)))

    assert ask_tls(context, ca_file=anchor).verify_code == 34


FAT = b"x" * 700


@pytest.mark.parametrize(("count", "outcome"), [(70, "ok"), (110, "refused")])
def test_a_long_chain_is_tls(
    root: Made, anchor: str, tmp_path: Path, count: int, outcome: str
) -> None:
    usage = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), FAT)
    filler = made("Filler", root, None, (usage, False), ca=True)
    context = server(tmp_path, made("host", root), *[filler] * count)
    answer = ask_tls(context, ca_file=anchor)

    assert answer.outcome == outcome
    assert outcome == "refused" or answer.received > 64 * 1024
    assert answer.local_reason == ("" if outcome == "ok" else "EXCESSIVE_MESSAGE_SIZE")


def short_group(folder: Path) -> Path:
    path = folder / "dh.pem"
    der = bytes.fromhex("308187 02818100" + RFC_2409_GROUP_2 + "020102")  # PKCS 3
    text = base64.encodebytes(der).decode("ascii")
    path.write_text(
        f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n"
    )
    return path


RFC_2409_GROUP_2 = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)


def test_short_parameters_are_refused_here_and_not_by_older_devices(
    root: Made, anchor: str, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    context = server(tmp_path, made("host", root, key))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_dh_params(str(short_group(tmp_path)))
    context.set_ciphers("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")

    strict = ask_tls(context, ca_file=anchor)
    assert (strict.outcome, strict.local_reason) == ("refused", "DH_KEY_TOO_SMALL")
    assert strict.step == "server-hello"
    assert ask_tls(context, ca_file=anchor, legacy=True).outcome == "ok"


def closing(
    context: ssl.SSLContext, tickets: int = 0, after: float = 0.0, **asked: Any
) -> Handshake:
    """A server that leaves as soon as the handshake is done, or a moment `after`."""
    context.num_tickets = tickets

    def serve() -> None:
        peer, _ = listener.accept()
        with peer, context.wrap_socket(peer, server_side=True):
            time.sleep(after)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        question = Shake("127.0.0.1", listener.getsockname()[1], HOST, HOST, **asked)
        answer = asyncio.run(shake(question, Meter()))
        thread.join()
    assert isinstance(answer, Handshake)
    return answer


@pytest.mark.parametrize(("tickets", "after"), [(0, 0.0), (2, 0.0), (2, 0.01)])
def test_a_server_that_leaves_a_finished_handshake(
    root: Made, anchor: str, tmp_path: Path, tickets: int, after: float
) -> None:
    context = server(tmp_path, made("host", root))
    answer = closing(context, tickets, after, ca_file=anchor)

    assert (answer.step, answer.outcome, answer.version) == (
        "finish",
        "closed",
        "TLSv1.3",
    )


def test_a_machine_without_authorities(
    root: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server(tmp_path, made("host", root))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    assert not has_trust_store()
    assert ask_tls(context).trust_store is False

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    own = made("Another root", None, ca=True)
    Path(tmp_path / "server.pem").write_bytes(
        own.cert.public_bytes(serialization.Encoding.PEM)
    )
    assert has_trust_store()
