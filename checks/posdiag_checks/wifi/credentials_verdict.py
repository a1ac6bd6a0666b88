"""One finding from the passphrase's form, the capture, the scan and the join test.

Pure. Proof about the terminal comes first, then proof about the network, then mere
observations.
"""

from dataclasses import dataclass, replace

from posdiag.formats.dot11 import ssid
from posdiag.model import Finding, Status, ok, skip, unmeasured
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import Interface
from posdiag.model.questions.wifi_answers import Handshakes, Joined
from posdiag_checks.wifi.capture_verdict import (
    UNUSABLE,
    CaptureEvidence,
    judge_capture,
    judge_incomplete,
)
from posdiag_checks.wifi.join_test import JoinEvidence
from posdiag_checks.wifi.join_verdict import judge_join
from posdiag_checks.wifi.scan_verdict import ScanEvidence, judge_passphrase, judge_scan


@dataclass(frozen=True, slots=True)
class Evidence:
    """`adapter` is None if this machine has no Wi-Fi, `capture` if the profile names
    none, `joined` if no join test was made."""

    adapter: Interface | Unknown | None
    scan: ScanEvidence
    capture: Handshakes | Unknown | None = None
    joined: Joined | Unknown | None = None


def judge(evidence: Evidence, limits: Limits) -> Finding:
    """The finding of `wifi.credentials`."""
    scan, joined = evidence.scan, evidence.joined
    if malformed := judge_passphrase(scan):
        return _placed(malformed, scan, None)
    name = ssid.encoded(scan.site.wifi.ssid or "")
    verdict = judge_capture(evidence.capture, name)
    capture = CaptureEvidence() if isinstance(verdict, Finding) else verdict
    tested: Finding | Unknown | None
    if isinstance(joined, Joined):
        tested = judge_join(JoinEvidence(joined, scan, capture, limits))
    else:
        tested = joined
    if not isinstance(verdict, Finding):
        verdict = _combined(_judge_passively(evidence), tested, capture)
    return _placed(verdict, scan, tested)


def _judge_passively(evidence: Evidence) -> Finding:
    if isinstance(evidence.adapter, Unknown):
        return unmeasured(evidence.adapter)
    return judge_scan(evidence.scan) if evidence.adapter else skip("skip.no-wifi")


def _combined(
    passive: Finding, tested: Finding | Unknown | None, capture: CaptureEvidence
) -> Finding:
    """`tested` is None if no join test was made, Unknown if it was not possible."""
    test = tested if isinstance(tested, Finding) else None
    for finding in (passive, test):
        if finding is not None and finding.status is Status.FAIL:
            return finding
    joined = test is not None and test.status is Status.OK
    if incomplete := judge_incomplete(capture, joined):
        return incomplete
    if passive.status is Status.WARN:
        return passive
    facts = {**passive.facts, **(test.facts if test else {}), **capture.facts}
    if capture.state == "unknown":  # the capture could not be examined
        return Finding(Status.SKIP, UNUSABLE[capture.why], facts)
    if test is not None:
        return test
    if capture.state:
        variant = "capture-several" if capture.several else "capture"
        variant = "capture-pmkid" if capture.state == "pmkid" else variant
        return ok("", facts, variant=variant)
    if isinstance(tested, Unknown) and passive.variant != "joined":
        return unmeasured(tested)
    return replace(passive, facts=facts)


def _placed(
    finding: Finding, scan: ScanEvidence, tested: Finding | Unknown | None
) -> Finding:
    """The finding with the aftermath of the join test, and whose path it concerns.

    A fault of the terminal alone (it has a `station`) is not on this machine's path
    once this machine is in.
    """
    test = tested if isinstance(tested, Finding) else None
    left = {} if test is None else test.facts
    facts = {**finding.facts, **{k: left[k] for k in ("after", "former") if k in left}}
    joined = scan.network.joined or (test is not None and test.status is Status.OK)
    elsewhere = scan.elsewhere or ("station" in facts and joined)
    return replace(
        finding,
        facts=facts,
        note="wifi-lost" if facts.get("after") == "lost" else "",
        elsewhere=elsewhere and finding.status in (Status.FAIL, Status.WARN),
        proves=None if joined else (),
    )
