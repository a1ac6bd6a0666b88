"""Which certificates do the simulators show? Made anew for every demonstration.

They are valid by the world's clock, which may differ from this machine's.
"""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from posdiag.demo.shop import ACQUIRER_NAME, OFFICE_NAME, SPARE_NAME

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    Signer = tuple[x509.Name, EllipticCurvePrivateKey]

OURS = (ACQUIRER_NAME, SPARE_NAME)
# Names, first and last day from now, signed by the authority of the profile or not.
KINDS: dict[str, tuple[tuple[str, ...], float, float, bool]] = {
    "good": (OURS, -200, 200, True),
    "office": ((OFFICE_NAME,), -200, 200, True),
    "expired": (OURS, -400, -3, True),
    "other-name": (("gateway.other-bank.example",), -200, 200, True),
    "stranger": (OURS, -200, 200, False),
}


def make(folder: Path, ahead: float) -> None:
    """Write KIND.pem (key and chain) for each kind, and `ca.pem` for the profile. Who
    intercepts presents its own root along with the forged certificate.

    `ahead` is how far the world's clock is ahead of this machine's, in seconds.
    """
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead)
    bank, stranger = _authority("Demo Bank Root CA"), _authority("Web Filter CA")
    for_ever = (now - dt.timedelta(days=2000), now + dt.timedelta(days=2000))
    root, forger = (_public(_issue(*one, one, for_ever)) for one in (bank, stranger))
    for kind, (names, first, last, ours) in KINDS.items():
        days = (now + dt.timedelta(days=first), now + dt.timedelta(days=last))
        key = _key()
        signer = bank if ours else stranger
        leaf = _issue(_name(names[0]), key, signer, days, names)
        chain = _public(leaf) + (b"" if ours else forger)
        (folder / f"{kind}.pem").write_bytes(_private(key) + chain)
    (folder / "ca.pem").write_bytes(root)


def _key() -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _name(common: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _authority(title: str) -> "Signer":
    return _name(title), _key()


def _issue(
    subject: "x509.Name",
    key: "EllipticCurvePrivateKey",
    signer: "Signer",
    days: tuple[dt.datetime, dt.datetime],
    names: tuple[str, ...] = (),
) -> "x509.Certificate":
    """A certificate for a host with `names`, or for an authority without any."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer[1].public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer[0])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(days[0])
        .not_valid_after(days[1])
        .add_extension(x509.BasicConstraints(not names, None), critical=True)
        .add_extension(own, critical=False)
        .add_extension(issuer, critical=False)
    )
    if names:
        known = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(known, critical=False)
    return builder.sign(signer[1], hashes.SHA256())


def _public(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _private(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    plain = form.NoEncryption()
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, plain)
