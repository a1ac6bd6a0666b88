"""The command that makes a run once more, in texts that name it."""

import pytest

from posdiag.texts.explain.repeat import repeated

LONGER = "measure longer: posdiag run --thorough --timeout 60"


@pytest.mark.parametrize(
    ("text", "again", "told"),
    [
        ("posdiag run", "posdiag run --lang zh", "posdiag run --lang zh"),
        ("sudo posdiag run", "posdiag terminal host", "sudo posdiag terminal host"),
        (LONGER, "posdiag run", LONGER),
        (LONGER, "posdiag run --quick", LONGER),
        (LONGER, "posdiag run --timeout 9 --thorough", LONGER),
        (LONGER, "posdiag run --timeout=9 dns", LONGER.replace("run", "run dns")),
        (LONGER, "posdiag demo isp.slow", "measure longer: posdiag demo isp.slow"),
        (
            "name it: posdiag run --acquirer HOST:PORT",
            "posdiag run --quick",
            "name it: posdiag run --quick --acquirer HOST:PORT",
        ),
    ],
)
def test_an_option_that_helps_takes_the_place_of_the_one_that_was_given(
    text: str, again: str, told: str
) -> None:
    assert repeated(text, again) == told
