"""Is the terminal on this wire at all?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model import Finding
from posdiag.model.questions.terminal import WifiClient
from posdiag_checks.terminal.seen import judge, terminal_seen
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.observations import (
    ADDRESS,
    LAN,
    MAC,
    OTHER,
    observation,
    ours,
    quiet,
    station,
)

row = of(terminal_seen)
SSID = b"SHOP".hex()


def seen(*args: Any, **more: Any) -> Any:
    return lambda: judge(observation(*args, **more))


def hosted(*clients: WifiClient, mac: str = "") -> Any:
    found = observation(None, mode="host", named=bool(mac), ssid=SSID, clients=clients)
    return lambda: judge(replace(found, mac=mac))


NOT_SEEN, KEPT_OUT = "terminal.not-seen", "wifi.terminal-wrong-passphrase"
CASES = [
    row(name="observed", status=OK, judged=seen(station()), facts={"mac": MAC}),
    row(
        name="no carrier on the hosted socket",
        status=FAIL,
        code=NOT_SEEN,
        variant="carrier",
        judged=seen(None, mode="host", carrier=False, named=False),
        facts={"carrier": False},
    ),
    row(
        name="re-plugged and still nothing",
        status=FAIL,
        code=NOT_SEEN,
        variant="replugged",
        judged=seen(None, carrier=True, replugged=True),
    ),
    row(
        name="a capture of another kind of link",
        status=SKIP,
        code="skip.capture-no-lan",
        judged=seen(None, mode="read", damaged=12),
        facts={"damaged": 12},
    ),
    row(
        name="its known address does not answer",
        status=FAIL,
        code=NOT_SEEN,
        variant="silent",
        judged=seen(None, mode="listen", searches=(ours(ADDRESS),)),
        facts={"asked": ADDRESS, "attempts": 3},
    ),
    row(
        name="asked only twice",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=seen(None, mode="listen", searches=(ours(ADDRESS, tries=2),)),
    ),
    row(
        name="silence alone is no fault",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=seen(None, mode="listen"),
    ),
    row(
        name="a free address that was asked as a control proves nothing",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=seen(None, mode="listen", searches=(ours(ADDRESS, control=True),)),
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
    row(
        name="it tried another passphrase than that of the Wi-Fi opened for it",
        status=FAIL,
        code=KEPT_OUT,
        variant="hosted",
        judged=hosted(WifiClient(MAC, 3.0, refused=4)),
        facts={"station": MAC, "refused": 4, "ssid": "SHOP"},
    ),
    row(
        name="the same by WPA3",
        status=FAIL,
        code=KEPT_OUT,
        variant="hosted-sae",
        judged=hosted(WifiClient(MAC, 3.0, refused=2, sae=True)),
        facts={"station": MAC, "refused": 2, "ssid": "SHOP"},
    ),
    row(
        name="the same, named by its hardware address, beside one that got in",
        status=FAIL,
        code=KEPT_OUT,
        variant="hosted",
        judged=hosted(
            WifiClient(MAC, 3.0, refused=2), WifiClient(OTHER, 4.0, joined=1), mac=MAC
        ),
    ),
    row(
        name="a stranger is refused, and somebody got in",
        status=SKIP,
        code="skip.terminal-unnamed",
        variant="wifi",
        judged=hosted(
            WifiClient(OTHER, 3.0, refused=4), WifiClient(MAC, 4.0, joined=1)
        ),
    ),
    row(
        name="a stranger is refused, and the terminal that was named did not come",
        status=SKIP,
        code="skip.terminal-unheard",
        variant="wifi",
        judged=hosted(WifiClient(OTHER, 3.0, refused=4), mac=MAC),
    ),
    row(
        name="two are refused, and either may be a stranger",
        status=SKIP,
        code="skip.terminal-unnamed",
        variant="wifi",
        judged=hosted(
            WifiClient(OTHER, 3.0, refused=4), WifiClient(MAC, 4.0, refused=4)
        ),
    ),
    row(
        name="an old passphrase first, then the right one",
        status=SKIP,
        code="skip.terminal-unheard",
        variant="wifi",
        judged=hosted(WifiClient(MAC, 3.0, joined=1, refused=4), mac=MAC),
    ),
    row(
        name="one refusal may be an old entry of its list",
        status=SKIP,
        code="skip.terminal-unnamed",
        variant="wifi",
        judged=hosted(WifiClient(MAC, 3.0, refused=1)),
    ),
    row(
        name="it joined the Wi-Fi opened for it",
        status=OK,
        variant="joined",
        judged=seen(station(), mode="host", ssid=SSID),
    ),
    row(name="not in the profile", status=SKIP, code="skip.not-configured"),
]


def unnamed() -> Finding:
    found = quiet(mac=OTHER, maker="")
    return judge(observation(None, found, mode="listen", named=False, network=LAN))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terminal_seen(case: Case) -> None:
    case.verify()


def test_it_is_surer_of_a_terminal_that_was_named() -> None:
    one = WifiClient(MAC, 3.0, refused=4)

    assert hosted(one)().confidence == 0.9
    assert hosted(one, mac=MAC)().confidence == 0.99
