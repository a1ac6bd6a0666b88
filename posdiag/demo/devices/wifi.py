"""What the Wi-Fi adapter of a demonstration answers.

No adapter is asked: each air was recorded in the Wi-Fi lab, where real access points
(hostapd) met a real supplicant, and stands in `airs/` with the profile of its shop.
`python -m tests.demo.airs` makes these files.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from posdiag.model.questions.base import Question
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import (
    AskRadio,
    AskSurvey,
    AskWifiLink,
    JoinWifi,
    ReadHandshakes,
    ScanWifi,
    WatchWifi,
)
from posdiag.model.questions.wifi_answers import WifiScan
from posdiag.model.site import Secret, Wifi
from posdiag.system.core.replay import Replay, read_pairs

#: What an adapter is asked, and the capture of a terminal that joins.
ASKED: tuple[type[Question[Any]], ...] = (
    AskRadio,
    AskWifiLink,
    ScanWifi,
    JoinWifi,
    AskSurvey,
    WatchWifi,
    ReadHandshakes,
)

Handler = Callable[[Any, Meter], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Air:
    """The profile's network, and all that was answered about the air."""

    wifi: Wifi
    replay: Replay

    def handlers(self) -> Mapping[type[Question[Any]], Handler]:
        """One for each question of `ASKED`."""

        async def answer(question: Question[Any], meter: Meter) -> Any:
            return await self.replay.ask(question)

        return dict.fromkeys(ASKED, answer)


@cache
def air(name: str) -> Air:
    """The recorded air of this name. FileNotFoundError if there is none."""
    text = (files(__package__) / "airs" / f"{name}.json").read_text("utf-8")
    document = json.loads(text)
    table = dict(document["wifi"])
    table["passphrase"] = Secret(table.get("passphrase", ""))
    pairs = read_pairs(document)
    replay = Replay(pairs)
    scans = [answer for _, answer in pairs if isinstance(answer, WifiScan)]
    if scans:  # what is in range is the same whoever asks, and in the system's cache
        replay.add(ScanWifi, lambda q: replace(scans[0], fresh=not q.remembered))
    return Air(Wifi(**table), replay)
