"""Is the terminal on this wire at all?"""

from typing import Any

import pytest

from posdiag.model import Finding
from posdiag_checks.terminal.seen import judge, terminal_seen
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.hearing import (
    ADDRESS,
    LAN,
    MAC,
    OTHER,
    heard,
    ours,
    quiet,
    station,
)

row = of(terminal_seen)


def said(*args: Any, **more: Any) -> Any:
    return lambda: judge(heard(*args, **more))


NOT_SEEN = "terminal.not-seen"
CASES = [
    row(name="heard", status=OK, judged=said(station()), facts={"mac": MAC}),
    row(
        name="no carrier on the hosted socket",
        status=FAIL,
        code=NOT_SEEN,
        variant="carrier",
        judged=said(None, mode="host", carrier=False, named=False),
        facts={"carrier": False},
    ),
    row(
        name="re-plugged and still nothing",
        status=FAIL,
        code=NOT_SEEN,
        variant="replugged",
        judged=said(None, carrier=True, replugged=True),
    ),
    row(
        name="its known address does not answer",
        status=FAIL,
        code=NOT_SEEN,
        variant="silent",
        judged=said(None, mode="listen", searches=(ours(ADDRESS),)),
        facts={"asked": ADDRESS, "attempts": 3},
    ),
    row(
        name="asked only twice",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=said(None, mode="listen", searches=(ours(ADDRESS, tries=2),)),
    ),
    row(
        name="silence alone is no fault",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=said(None, mode="listen"),
    ),
    row(
        name="a free address that was asked as a control proves nothing",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=said(None, mode="listen", searches=(ours(ADDRESS, control=True),)),
    ),
    row(
        name="nobody said which one",
        status=SKIP,
        code="skip.terminal-unnamed",
        judged=lambda: unnamed(),
        facts={
            "candidates": (
                {"mac": "02:00:00:**:**:**", "maker": None, "address": ADDRESS},
            )
        },
    ),
    row(name="not in the profile", status=SKIP, code="skip.not-configured"),
]


def unnamed() -> Finding:
    found = quiet(mac=OTHER, maker="")
    return judge(heard(None, found, mode="listen", named=False, network=LAN))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terminal_seen(case: Case) -> None:
    case.verify()
