"""Causes that only the guide finds are explained, too."""

import pytest

from posdiag.cli import carry_out
from posdiag.guide.load import knowledge


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("id", list(knowledge().causes))
def test_every_cause_of_the_guide_is_explained(
    id: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["explain", id, "--lang", lang]) == 0
    told = capsys.readouterr().out

    assert told.startswith(id)
    assert "{code}" not in told
