"""The join test: when it is worthwhile, and its evidence. Pure."""

from dataclasses import dataclass
from statistics import median

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.passphrase import fits_wep, flaws
from posdiag.model import Facts, Status
from posdiag.model.limits import Limits
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import JoinAttempt, Joined
from posdiag_checks.wifi.capture_verdict import CaptureEvidence
from posdiag_checks.wifi.join_failure import AttemptFailure, classify_attempt
from posdiag_checks.wifi.scan_verdict import ScanEvidence, judge_scan

NOTHING_TO_JOIN = ("skip.radio-off", "skip.not-configured")
FAILED = 3  # frames; fewer may be dropped while the channel is changed
RETRIES = 10  # fewer are chance
UNANSWERED_RETRIES = 3  # enough where nothing is answered and most frames are repeated


def join_request(interface: str, scan: ScanEvidence) -> JoinWifi | None:
    """The join to try, as the terminal would make it; None if there is no network to
    join, nothing to join it with, or nothing left to find out."""
    site = scan.site.wifi
    passive = judge_scan(scan)
    if passive.status is Status.FAIL or passive.code in NOTHING_TO_JOIN:
        return None
    if not site.ssid or (site.passphrase is None and not scan.open):
        return None
    wep = scan.wep and site.passphrase is not None and fits_wep(site.passphrase)
    return JoinWifi(
        interface,
        scan.network.hex,
        security="wep" if wep else site.security or "",
        hidden=site.hidden or scan.hides_name,
        passphrase=site.passphrase,
    )


@dataclass(frozen=True, slots=True)
class JoinEvidence:
    """A join test, and what was known before it."""

    joined: Joined
    scan: ScanEvidence
    capture: CaptureEvidence
    limits: Limits

    @property
    def facts(self) -> Facts:
        """The evidence of all findings, whatever the failure."""
        scan, joined = self.scan, self.joined
        around: Facts = {} if scan.points else scan.around
        former = ssid.shown(ssid.of_hex(joined.former))
        return {
            **scan.facts,
            **around,
            **self.capture.facts,
            "after": joined.after,
            **({"former": former} if joined.after == "lost" else {}),
            "attempts": len(self.attempts),
            "test_seconds": round(joined.seconds, 1),
            "signal": self.signal,
            "retry_ratio": self.retry_ratio,
            "failed_frames": self.failed,
            "answer": None,
            "said": "",
            "manager": joined.manager,
        }

    @property
    def attempts(self) -> tuple[JoinAttempt, ...]:
        return self.joined.attempts

    @property
    def failures(self) -> tuple[AttemptFailure, ...]:
        """Why each attempt failed."""
        sae = self.scan.sae_only or self.scan.site.wifi.security == "wpa3"
        return tuple(classify_attempt(a, sae) for a in self.attempts)

    @property
    def padded(self) -> bool:
        """Does the passphrase begin or end with a space?"""
        secret = self.scan.site.wifi.passphrase
        found = flaws(secret) if secret else ()
        return any(f.kind == "blank-end" for f in found)

    @property
    def passphrase_proven(self) -> bool:
        """Does a capture show a terminal or an access point with this passphrase?"""
        return self.capture.state in ("right", "pmkid", "broken")

    @property
    def signal(self) -> float | None:
        """The level during the test in dBm, else that of the scan."""
        levels = [a.signal for a in self.attempts if a.signal is not None]
        points = self.scan.points
        return median(levels) if levels else points[0].signal if points else None

    @property
    def strong(self) -> bool | None:
        signal = self.signal
        return None if signal is None else signal >= self.limits["wifi.trusted"]

    @property
    def counted(self) -> tuple[int, int] | None:
        """Frames that this machine sent, and retries among them."""
        counts = [(a.sent, a.retries) for a in self.attempts]
        known = [(sent, again) for sent, again in counts if sent and again is not None]
        return (sum(s for s, _ in known), sum(r for _, r in known)) if known else None

    @property
    def retry_ratio(self) -> float | None:
        return min(1.0, self.counted[1] / self.counted[0]) if self.counted else None

    @property
    def failed(self) -> int | None:
        """Frames dropped at the retry limit."""
        failed = [a.failed for a in self.attempts if a.failed is not None]
        return sum(failed) if failed else None

    @property
    def lossy(self) -> bool | None:
        """Are our own frames lost? None if the driver counts nothing. A join takes so
        few frames that a ratio alone proves little."""
        counted, ratio, failed = self.counted, self.retry_ratio, self.failed
        if counted is None and failed is None:
            return None
        often = counted is not None and counted[1] >= RETRIES
        much = often and ratio is not None and ratio > self.limits["wifi.retries"]
        return much or (failed is not None and failed >= FAILED)

    @property
    def poor(self) -> bool:
        """Is the link known to be bad in either direction?"""
        return self.strong is False or self.lossy is True

    @property
    def uplink_suspect(self) -> bool:
        """May an access point that does not answer not have received our frames? One
        that refuses silently acknowledges each frame and authenticates no station."""
        sent, retries = self.counted or (0, 0)
        repeated = retries >= UNANSWERED_RETRIES and 2 * retries >= sent
        return repeated or any(
            e.kind == "authenticated" for a in self.attempts for e in a.events
        )

    @property
    def deauthenticated(self) -> bool:
        """Did the access point end an attempt? It does so if the keys do not match."""
        events = [e for a in self.attempts for e in a.events]
        return any(e.kind == "disconnected" and not e.local for e in events)
