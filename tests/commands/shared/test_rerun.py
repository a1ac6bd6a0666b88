"""The command that makes a run once more, with all that its user gave."""

import pytest

from posdiag.commands.shared.rerun import full_report_command, rerun_command


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("run", "posdiag run"),
        ("run --profile a.toml", "posdiag run --profile a.toml"),
        ("run dns.resolve --quick", "posdiag run dns.resolve --quick"),
        ("run -v --no-color --lang zh", "posdiag run --lang zh"),
        ("run --format json --output x", "posdiag run"),
        ("run --format=json --output=x --skip dns", "posdiag run --skip dns"),
        ("run --acquirer pay:443 --format", "posdiag run --acquirer pay:443"),
        ("tests -q", "posdiag run"),
        ("", "posdiag run"),
    ],
)
def test_what_is_about_the_run_is_kept(given: str, told: str) -> None:
    assert rerun_command(given.split(), "run") == told


def test_names_with_blanks_stay_one_and_nothing_moves_a_cursor() -> None:
    assert rerun_command(["run", "--profile", "my shop.toml"], "run").endswith(
        "'my shop.toml'"
    )
    assert "\x1b" not in rerun_command(["run", "--profile", "\x1b[2J"], "run")


def test_all_of_it_is_shown_by_v() -> None:
    assert full_report_command(["demo", "ip.no-address"], "demo") == (
        "posdiag demo ip.no-address -v"
    )
