"""What real access points, supplicants and NetworkManager answered in the Wi-Fi lab is
judged again as it was: the first cause, or none.

`python -m tests.lab.wifi --record tests/fixtures/wifi/recorded --case ...` makes them.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from posdiag.engine import registry, session
from posdiag.engine import run as engine
from posdiag.engine.session import Order
from posdiag.model import Context, Report, Result
from posdiag.model.limits import Limits
from posdiag.model.site import Site
from posdiag.profile.load import load
from posdiag.system.core.cache import Cached
from posdiag.system.core.replay import Replay
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import explain
from tests import FIXTURES
from tests.checks.running import play
from tests.lab.wifi.case import HEALTHY
from tests.lab.wifi.case import load as cases
from tests.report.terminal.fits import everywhere

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


@cache
def judged(name: str, folder: Path) -> Report:
    """The report that the recorded run gives."""
    checks = registry.core()
    site = site_of(name, folder)
    system = Replay.load(FOLDER / f"{name}.json")

    async def run() -> list[Result]:
        cached = Cached(system)
        consent = frozenset({"join"})
        context = Context(cached, site, Limits(site.thresholds), consent=consent)
        try:
            return await engine.run(checks, context, deadline=600.0)
        finally:
            await cached.close()

    order = Order(
        checks=checks,
        chosen=frozenset(check.id for check in checks),
        site=site,
        relations=Catalogue(checks),
        consent=frozenset({"join"}),
    )
    return session.report(
        order,
        system,
        play(run()),
        started=session.local_time(),
        seconds=1.0,
        interrupted=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sites")


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_site_is_judged_as_its_fault_was_made(
    name: str, folder: Path
) -> None:
    found = judged(name, folder).causes

    first = found[0].id if found else HEALTHY
    assert first in cases()[name.partition(".")[0]].expected


@pytest.mark.parametrize("name", RECORDED)
def test_its_report_fits_every_screen(name: str, folder: Path) -> None:
    report = judged(name, folder)

    everywhere(explain(report, Catalogue(registry.core()), own_screen=True))


def test_there_are_recordings_by_both_managers_and_of_healthy_sites() -> None:
    assert {name.rpartition(".")[2] for name in RECORDED} == {"supplicant", "nm"}
    assert any(name.startswith("healthy-") for name in RECORDED)
    assert len(RECORDED) >= 12
