"""What real access points, supplicants and NetworkManager answered in the Wi-Fi lab is
judged again as it was: the first cause, or none.

`python -m tests.lab.wifi --record tests/fixtures/wifi/recorded --case ...` makes them.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from posdiag.engine import causes, registry
from posdiag.engine import run as engine
from posdiag.engine.checklist import Checklist
from posdiag.model import Cause, Context, Result
from posdiag.model.limits import Limits
from posdiag.model.site import Site
from posdiag.profile.load import load
from posdiag.system.core.cache import Cached
from posdiag.system.core.replay import Replay
from posdiag.texts.catalogue import Catalogue
from tests import FIXTURES
from tests.checks.running import play
from tests.lab.wifi.case import HEALTHY
from tests.lab.wifi.case import load as cases

FOLDER = FIXTURES / "recorded"
RECORDED = sorted(path.stem for path in FOLDER.glob("*.json"))


def site_of(name: str, folder: Path) -> Site:
    """The profile of the recorded run; the certificate that it names is not here."""
    text = (FOLDER / f"{name}.toml").read_text("utf-8")
    named = re.search(r'^ca_file = "(.*)"\n', text, re.MULTILINE)
    assert named
    here = folder / "site.toml"
    here.write_text(text.replace(named[0], ""), "utf-8")
    site = load(str(here))
    return replace(site, acquirer=replace(site.acquirer, ca_file=named[1]))


def judged(name: str, site: Site) -> tuple[Cause, ...]:
    """The causes that the recorded run gives, the first one first."""
    checks = registry.core()

    async def run() -> list[Result]:
        cached = Cached(Replay.load(FOLDER / f"{name}.json"))
        consent = frozenset({"join"})
        context = Context(cached, site, Limits(site.thresholds), consent=consent)
        try:
            return await engine.run(checks, context, deadline=600.0)
        finally:
            await cached.close()

    return causes.rank(play(run()), Checklist(checks), Catalogue(checks))


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_site_is_judged_as_its_fault_was_made(
    name: str, tmp_path: Path
) -> None:
    found = judged(name, site_of(name, tmp_path))

    first = found[0].id if found else HEALTHY
    assert first in cases()[name.partition(".")[0]].expected


def test_there_are_recordings_by_both_managers_and_of_healthy_sites() -> None:
    assert {name.rpartition(".")[2] for name in RECORDED} == {"supplicant", "nm"}
    assert any(name.startswith("healthy-") for name in RECORDED)
    assert len(RECORDED) >= 12
