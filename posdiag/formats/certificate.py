"""Whose certificate is this, how long is it good, and is it good for this host?

Two sources: `from_checked` reads what Python's own TLS library reports of a certificate
that it has verified, without another library; `from_bytes` parses one that was not
verified. Names match by RFC 6125: a wildcard is a whole leftmost label. As in OpenSSL,
the common name counts only where there is no DNS name at all, as on many old private
certificates of acquirers. Times are seconds since 1970.
"""

import ssl
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posdiag.formats.address import parse_address
from posdiag.model.questions.tls import Certificate

if TYPE_CHECKING:
    from cryptography import x509

TEXT = 200  # characters of a name that are kept
NAMES = 20  # names that are kept

SHORT = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "stateOrProvinceName": "ST",
    "localityName": "L",
}


def from_checked(found: Mapping[str, Any]) -> Certificate:
    """From `SSLObject.getpeercert()`, for a verified certificate."""
    subject, issuer = _line(found, "subject"), _line(found, "issuer")
    return Certificate(
        subject=subject,
        issuer=issuer,
        names=tuple(value[:TEXT] for _, value in _alternatives(found))[:NAMES],
        not_before=_seconds(found.get("notBefore")),
        not_after=_seconds(found.get("notAfter")),
        self_signed=subject == issuer,
    )


def _line(found: Mapping[str, Any], key: str) -> str:
    parts = (part for group in found.get(key, ()) for part in group)
    return ", ".join(f"{SHORT.get(k, k)}={v}" for k, v in reversed(list(parts)))[:TEXT]


def _alternatives(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (kind, str(value).strip())
        for kind, value in found.get("subjectAltName", ())
        if kind in ("DNS", "IP Address")
    ]


def _seconds(text: object) -> float:
    return float(ssl.cert_time_to_seconds(text)) if isinstance(text, str) else 0.0


def from_bytes(der: bytes) -> Certificate | None:
    """A certificate as it was presented; None where it cannot be read."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    unreadable = (
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        UnsupportedAlgorithm,
        # What cryptography makes of some broken fields.
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
    )
    with warnings.catch_warnings():
        # Odd serial numbers and the like: cryptography's complaint is not the user's.
        warnings.simplefilter("ignore")
        try:
            return _read(x509.load_der_x509_certificate(der))
        except unreadable:
            return None


def _read(found: "x509.Certificate") -> Certificate:
    before: datetime = found.not_valid_before_utc
    after: datetime = found.not_valid_after_utc
    return Certificate(
        subject=_text(found.subject),
        issuer=_text(found.issuer),
        names=_presented(found),
        not_before=before.timestamp(),
        not_after=after.timestamp(),
        self_signed=found.subject == found.issuer,
    )


def _text(name: "x509.Name") -> str:
    # By these names Python's ssl and cryptography write the same subject alike.
    parts = (f"{p.rfc4514_attribute_name}={p.value!s}" for p in reversed(list(name)))
    return ", ".join(parts)[:TEXT]


def _presented(found: "x509.Certificate") -> tuple[str, ...]:
    from cryptography import x509

    kind = x509.SubjectAlternativeName
    try:
        names = found.extensions.get_extension_for_class(kind).value
    except (
        ValueError,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ):
        return ()
    return tuple(
        str(name.value)[:TEXT]
        for name in names
        if isinstance(name, (x509.DNSName, x509.IPAddress))
    )[:NAMES]


def mismatch(found: Mapping[str, Any], host: str) -> int:
    """0 if a verified certificate is good for `host`, else OpenSSL's own number.

    62 is X509_V_ERR_HOSTNAME_MISMATCH, 64 is X509_V_ERR_IP_ADDRESS_MISMATCH.
    """
    alternatives = _alternatives(found)
    address = parse_address(host.partition("%")[0])
    if address is not None:
        known = [
            parse_address(value.strip())
            for kind, value in alternatives
            if kind == "IP Address"
        ]
        return 0 if address in known else 64
    names = [value for kind, value in alternatives if kind == "DNS"]
    if not names:
        names = [
            str(value)
            for group in found.get("subject", ())
            for key, value in group
            if key == "commonName"
        ]
    return 0 if matches(names, host) else 62


def matches(names: Iterable[str], host: str) -> bool:
    """Is one of the DNS names of a certificate good for `host`?"""
    wanted = _labels(host)
    return bool(wanted) and any(_match(_labels(name), wanted) for name in names)


def _labels(name: str) -> list[str]:
    text = name.strip().removesuffix(".").lower()
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            return []
    labels = text.split(".")
    return labels if all(labels) else []


def _match(pattern: list[str], wanted: list[str]) -> bool:
    if len(pattern) != len(wanted) or not pattern:
        return False
    if pattern[0] == "*" and len(pattern) >= 3:
        pattern, wanted = pattern[1:], wanted[1:]
    return "*" not in "".join(pattern) and pattern == wanted
