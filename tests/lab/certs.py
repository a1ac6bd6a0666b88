"""Which certificates does the acquirer present? Made once per run of the lab.

EC keys; leaf and intermediate carry the extensions that public ones carry, so that a
server's first flight is about 2.5 kB, as from a real acquirer: more than one packet.
"""

import datetime as dt
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Signer = tuple[x509.Name, Key]

SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
DAY = dt.timedelta(days=1)


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Shanghai"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _ballast(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    """Where to ask and whom to trust, as public certificates say it."""
    base = "http://pki.trust-services.lab.test/business-validation-secure-server-2026"
    access = [
        x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(base)
        ),
        x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS,
            x509.UniformResourceIdentifier(base + "-issuing-ca.der"),
        ),
    ]
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(base + ".crl")], None, None, None
    )
    return (
        builder.add_extension(x509.AuthorityInformationAccess(access), False)
        .add_extension(x509.CRLDistributionPoints([point]), False)
        .add_extension(
            x509.UnrecognizedExtension(
                SCT_LIST, b"\x04\xf0" + secrets.token_bytes(240)
            ),
            False,
        )
    )


def _issue(
    subject: x509.Name,
    key: Key,
    signer: Signer,
    days: tuple[float, float],
    names: list[str],
    ca: bool = False,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer[0])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer[1].public_key()),
            False,
        )
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(n) for n in names])
        builder = builder.add_extension(alternative, False)
    if subject != signer[0]:
        builder = _ballast(builder)
    return builder.sign(signer[1], hashes.SHA256())


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


class Authority:
    """A root and an intermediate that signs for hosts."""

    def __init__(self, title: str) -> None:
        root, self.key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        top = _name(f"{title} Root CA", title)
        self.name = _name(f"{title} Business Validation Server CA", title)
        self.root = _issue(top, root, (top, root), (-2000, 2000), [], ca=True)
        self.middle = _issue(
            self.name, self.key, (top, root), (-1500, 1500), [], ca=True
        )

    def host(
        self, folder: Path, label: str, names: list[str], days: tuple[float, float]
    ) -> None:
        """Write LABEL.pem: key, leaf, intermediate."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _issue(
            _name(names[0], "Lab Acquirer Co., Ltd."), key, (self.name, self.key), days,
            names,
        )  # fmt: skip
        write(folder / f"{label}.pem", key, leaf, self.middle)

    def incomplete(self, folder: Path, names: list[str]) -> None:
        """A host without its intermediate, and one whose RSA key is too short."""
        me = _name(names[0], "Lab Acquirer Co., Ltd.")
        keys: dict[str, Key] = {
            "alone": ec.generate_private_key(ec.SECP256R1()),
            "short-key": rsa.generate_private_key(65537, 1024),
        }
        for label, key in keys.items():
            leaf = _issue(me, key, (self.name, self.key), (-200, 200), names)
            chain = () if label == "alone" else (self.middle,)
            write(folder / f"{label}.pem", key, leaf, *chain)


def write(path: Path, key: Key, *chain: x509.Certificate) -> None:
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + _pem(*chain))


def make(folder: Path, host: str) -> None:
    """All certificates of a run. `ca.pem` is what the profile is given as ca_file."""
    extra = [f"{n}.{host.partition('.')[2]}" for n in ("gw1", "gw2", "pos-backup")]
    names = [host, *extra]
    bank, stranger = Authority("Lab Bank Trust"), Authority("Web Filter Appliance")
    bank.host(folder, "good", names, (-200, 200))
    bank.incomplete(folder, names)
    bank.host(folder, "expired", names, (-400, -3))
    bank.host(folder, "not-yet", names, (3, 400))
    bank.host(folder, "other-name", ["portal.other-bank.test"], (-200, 200))
    stranger.host(folder, "intercepted", names, (-200, 200))
    bank.host(folder, "client", ["terminal-1"], (-200, 200))
    (folder / "stranger.pem").write_bytes(_pem(stranger.root))
    own = ec.generate_private_key(ec.SECP256R1())
    me = _name(host, "Lab Acquirer Co., Ltd.")
    alone = _issue(me, own, (me, own), (-100, 3000), names)
    write(folder / "self-signed.pem", own, alone)
    (folder / "ca.pem").write_bytes(_pem(bank.root))
