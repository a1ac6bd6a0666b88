"""Is Bluetooth the way that the terminal uses, or one beside it?"""

from dataclasses import replace

from posdiag.model import Finding, Status
from posdiag.model.site import Site


def beside(site: Site, finding: Finding) -> Finding:
    """What a failure means for this site: where the terminal goes online in another
    way, payments still work without Bluetooth."""
    kind = site.connection.kind
    if kind not in (None, "bluetooth") and finding.status is Status.FAIL:
        return replace(finding, status=Status.WARN)
    return replace(finding, elsewhere=kind == "bluetooth")
