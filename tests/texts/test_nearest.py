"""An unknown name is answered by one that may have been meant, or by none."""

import pytest

from posdiag.model.limits import table
from posdiag.texts.nearest import near_enough


@pytest.mark.parametrize(
    ("given", "known", "near"),
    [
        ("--foo", ["--format", "--output"], ""),
        ("--frmat", ["--format", "--output"], "--format"),
        ("--out", ["--format", "--output"], "--output"),
        ("foo", list(table()), ""),
        ("loss.god", list(table()), "loss.good"),
        ("password", ["ssid", "passphrase"], "passphrase"),
        ("SSID", ["ssid", "passphrase"], "ssid"),
        ("", ["ssid"], ""),
        ("x", [], ""),
    ],
)
def test_only_a_near_name_is_proposed(given: str, known: list[str], near: str) -> None:
    assert near_enough(given, known) == near
