"""Is the terminal's address one of this network, and its alone?"""

from typing import Any

import pytest

from posdiag_checks.terminal.address import judge, terminal_address
from posdiag_checks.terminal.observation import Expected
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.observations import (
    ADDRESS,
    MAC,
    OTHER,
    asked,
    observation,
    ours,
    quiet,
    search,
    station,
)

row = of(terminal_address)
FOREIGN, ITS_GATEWAY = "10.7.7.9", "10.7.7.1"
LOOKS = search(ITS_GATEWAY, 1.0, 2.0, 3.0, sender=FOREIGN)
LOST = quiet(addresses=(FOREIGN,), searches=(LOOKS,))
WRONG, DUPLICATE = "terminal.wrong-address", "terminal.duplicate-address"


def seen(*args: Any, **more: Any) -> Any:
    return lambda: observation(*args, **more).judged_by(judge)


CASES = [
    row(name="fine", status=OK, judged=seen(station()), facts={"address": ADDRESS}),
    row(
        name="of another network, its gateway silent",
        status=FAIL,
        code=WRONG,
        judged=seen(LOST),
        facts={"address": FOREIGN, "gateway": ITS_GATEWAY, "attempts": 3},
    ),
    row(
        name="the same on the LAN, where we asked for the gateway ourselves",
        status=FAIL,
        code=WRONG,
        judged=seen(LOST, mode="listen", searches=(ours(ITS_GATEWAY),)),
    ),
    row(
        name="on the LAN, before we asked", status=OK, judged=seen(LOST, mode="listen")
    ),
    row(
        name="a second subnet on the wire",
        status=OK,
        judged=seen(LOST, mode="listen", searches=(ours(ITS_GATEWAY, OTHER),)),
    ),
    row(
        name="a router that answers for everything answers for nothing",
        status=FAIL,
        code=WRONG,
        judged=seen(
            LOST,
            mode="listen",
            searches=(
                ours(ITS_GATEWAY, OTHER),
                ours("192.168.1.250", OTHER, tries=1, control=True),
            ),
        ),
    ),
    row(
        name="another than the profile's",
        status=FAIL,
        code=WRONG,
        variant="profile",
        judged=seen(LOST, expected=Expected(ADDRESS)),
        facts={"expected": ADDRESS},
    ),
    row(
        name="as the profile has it, though the LAN is another",
        status=OK,
        judged=seen(LOST, expected=Expected(FOREIGN)),
    ),
    row(
        name="given by DHCP",
        status=OK,
        judged=seen(
            quiet(
                addresses=(FOREIGN,),
                searches=(LOOKS,),
                dhcp=(asked("ack", 1.0, address=FOREIGN),),
            )
        ),
    ),
    row(
        name="hosted with a telephone as the uplink",
        status=OK,
        judged=seen(LOST, mode="host", phone=True, searches=(ours(ITS_GATEWAY),)),
    ),
    row(
        name="another device has it",
        status=FAIL,
        code=DUPLICATE,
        judged=seen(quiet(), searches=(ours(ADDRESS, MAC, OTHER),)),
        facts={"macs": (MAC, OTHER)},
    ),
    row(
        name="two devices speak from it",
        status=FAIL,
        code=DUPLICATE,
        judged=seen(station(), claims=(f"{ADDRESS} {OTHER} {MAC}",)),
    ),
    row(
        name="the conflict of others",
        status=OK,
        judged=seen(station(), claims=(f"192.168.1.77 {OTHER} 02:00:00:00:00:08",)),
    ),
    row(
        name="declined",
        status=FAIL,
        code=DUPLICATE,
        judged=seen(
            quiet(
                addresses=(),
                probed=ADDRESS,
                dhcp=(
                    asked("ack", 1.0, address=ADDRESS),
                    asked("decline", 2.0, address=ADDRESS),
                ),
            )
        ),
    ),
    row(
        name="declined once, then granted another",
        status=OK,
        judged=seen(
            quiet(
                dhcp=(
                    asked("decline", 2.0, address="192.168.1.77"),
                    asked("ack", 12.0, address=ADDRESS),
                )
            )
        ),
    ),
    row(
        name="none seen",
        status=SKIP,
        code="skip.terminal-no-address",
        judged=seen(quiet(addresses=())),
    ),
    row(
        name="not observed",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=seen(None),
    ),
    row(name="not in the profile", status=SKIP, code="skip.not-configured"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terminal_address(case: Case) -> None:
    case.verify()
