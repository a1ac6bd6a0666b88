"""Causes that only the guide finds are explained, too."""

import pytest

from posdiag.cli import carry_out
from posdiag.commands.explain import guide_causes, listing
from posdiag.engine.registry import checks
from posdiag.guide.load import knowledge
from posdiag.texts.catalogue import Catalogue


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("id", list(knowledge().causes))
def test_every_cause_of_the_guide_is_explained(
    id: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["explain", id, "--lang", lang]) == 0
    told = capsys.readouterr().out

    assert told.startswith(id)
    assert "{code}" not in told


def test_the_list_has_every_cause_that_has_a_page() -> None:
    registered = checks().checks
    catalogue = Catalogue(registered)
    whole = listing.page(registered, catalogue, "zh")
    listed = {line.split()[0] for line in whole.splitlines() if line}

    assert {*catalogue.cause_ids(), *guide_causes.ids()} <= listed


def test_a_group_has_what_is_found_by_asking_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for group, inside, outside in (
        ("terminal", "terminal.frozen", "card.one"),
        ("code", "code.account", "terminal.frozen"),
    ):
        assert carry_out(["explain", group, "--lang", "en"]) == 0
        told = capsys.readouterr().out
        assert inside in told
        assert outside not in told
