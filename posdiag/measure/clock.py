"""Dates of certificates against a clock. Moments are seconds since 1970, UTC."""

from datetime import UTC, datetime

from posdiag.model.questions.tls import Certificate

DAY = 86_400.0  # seconds
LAST = 253_402_300_000.0  # in the year 9999, the last that `datetime` knows


def valid_at(certificate: Certificate, moment: float) -> bool:
    """Is the certificate within its validity period (RFC 5280 section 4.1.2.5)?"""
    return certificate.not_before <= moment <= certificate.not_after


def utc_text(moment: float) -> str:
    """UTC, to the minute; years outside the calendar are clipped."""
    clipped = min(max(moment, 0.0), LAST)
    return datetime.fromtimestamp(clipped, UTC).strftime("%Y-%m-%d %H:%M UTC")
