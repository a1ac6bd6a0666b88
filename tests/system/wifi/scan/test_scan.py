"""A scan says no more than it heard."""

import asyncio
import errno
import json
from collections.abc import Sequence
from math import inf
from typing import Any

import pytest

from posdiag.model.questions.wifi_answers import RadioChannel
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.transport import Message
from posdiag.system.wifi.scan.plan import (
    LATEST,
    RECENT,
    ScanNotification,
    ScanPace,
    ScanRound,
    carry_out,
    notification,
    plan,
)
from tests import FIXTURES

RECORDED = json.loads((FIXTURES / "nl80211.json").read_text("utf-8"))

BOTH = (2412, 2437)
ALL = (ScanRound(BOTH), ScanRound(BOTH, active=False, second_pass=True))
JOINED = (
    ScanRound((2412,)),
    ScanRound((5260,)),
    ScanRound((2412,), active=False, second_pass=True),
)
TRIGGER, DONE, ABORTED = nl.TRIGGER_SCAN, nl.NEW_SCAN_RESULTS, nl.SCAN_ABORTED


def happens(
    command: int, where: Sequence[int] = BOTH, *names: bytes
) -> ScanNotification:
    return ScanNotification(command, frozenset(where), frozenset(names))


def again(*where: int) -> tuple[ScanRound, ScanRound]:
    return ScanRound(where, active=False, second_pass=True), ScanRound(
        where, second_pass=True
    )


class FakeScanner:
    """Answers each `begin` from `codes`, then plays `notifications`, 2 s apart. The AP
    is found from the `found_at`th look on."""

    def __init__(
        self,
        codes: Sequence[int] = (0, 0, 0),
        notifications: Sequence[ScanNotification | None] = (),
        found_at: int = 99,
        manager: bool = False,
        patience: float = 9.0,
    ) -> None:
        self.codes, self.notifications = list(codes), list(notifications)
        self.found_at, self.manager, self.patience = found_at, manager, patience
        self.time, self.looks, self.done = 100.0, 0, []  # type: float, int, list[str]
        self.answers: tuple[int, ...] = ()  # of whom no beacon was heard
        self.cached: set[int] = set()
        self.visited: list[tuple[int, ...]] = []
        self.flushed: list[bool] = []
        self.called: list[bool] = []

    @property
    def left(self) -> float:
        return self.patience - (self.time - 100.0)

    def clock(self) -> float:
        return self.time

    async def begin(
        self, ssids: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        self.visited.append(tuple(frequencies))
        self.flushed.append(flush)
        self.called.append(bool(ssids))
        return self.codes.pop(0)

    async def abort(self) -> None:
        self.done.append("abort")

    async def request(self, ssid: bytes) -> bool:
        self.done.append(f"request {ssid.decode()}")
        return self.manager

    async def next(self, until: float = inf) -> ScanNotification | None:
        late = self.time + 2.0 > until
        self.time = until if late else self.time + 2.0
        if late:
            return None
        return (
            self.notifications.pop(0) if self.notifications and self.left > 0 else None
        )

    def discard(self) -> None:
        pass

    async def recent(self) -> set[int]:
        return self.cached

    async def found(self, ssid: bytes, since: float) -> bool:
        self.looks += 1
        return self.looks >= self.found_at

    async def without_beacon(self, ssid: bytes, since: float) -> Sequence[int]:
        return self.answers


def outcome(
    scanner: FakeScanner, name: bytes = b"", rounds: Any = ALL, joined: bool = False
) -> tuple[str, float]:
    why, oldest = asyncio.run(carry_out(scanner, rounds, name, joined))
    return why, round(oldest, 3)


def test_one_scan_is_enough_for_anybody() -> None:
    scanner = FakeScanner(notifications=[happens(TRIGGER), happens(DONE)])

    assert outcome(scanner) == ("", 4.0)
    assert (scanner.visited, scanner.flushed, scanner.done) == ([BOTH], [True], [])


def test_who_is_not_heard_is_called_once_more_and_nobody_is_forgotten_then() -> None:
    scanner = FakeScanner(notifications=[happens(DONE), happens(DONE)], found_at=2)

    assert outcome(scanner, b"SHOP") == ("", 4.0)
    assert scanner.flushed == [True, False]


def test_once_more_is_for_as_many_channels_as_there_is_time_for() -> None:
    near, far = (2412, 2437, 2462, 5180), (5260, 5280)
    rounds = (
        ScanRound(near),
        ScanRound(far),
        *(ScanRound(near, c, True) for c in (False, True)),
    )
    scanner = FakeScanner(notifications=[happens(DONE)] * 3)

    assert outcome(scanner, b"SHOP", rounds, True) == ("", LATEST)
    assert [near, far, (2412, 2437, 2462)] == scanner.visited
    assert scanner.called == [True, True, False]


ANY = (2412, 2437, 2462, 5180, 5260)
SILENT = (
    ScanRound(ANY, passive_only=frozenset({5180, 5260})),
    ScanRound((2412, 2437, 2462, 2417, 2422), active=False, second_pass=True),
)


def test_anothers_scan_before_ours_counts_and_a_few_channels_are_still_heard() -> None:
    scanner = FakeScanner(
        codes=(errno.EBUSY, 0, 0), notifications=[happens(DONE, ANY)] * 3
    )

    assert outcome(scanner, b"SHOP", (ScanRound(ANY), SILENT[1])) == ("", LATEST)
    assert scanner.visited == [ANY, ANY, (2412, 2437, 2462)]


def test_for_what_is_done_again_others_are_not_waited_for_on_and_on() -> None:
    rounds = (ScanRound(ANY), *again(*ANY))
    scanner = FakeScanner(
        (0, errno.EBUSY), [happens(DONE, ANY)] + [happens(TRIGGER)] * 3
    )

    assert outcome(scanner, b"SHOP", rounds) == ("", LATEST)
    assert scanner.done == []  # it is not ours to stop


def test_where_nobody_may_call_anothers_scan_is_as_good_as_ours() -> None:
    scanner = FakeScanner(
        codes=(errno.EBUSY, 0, 0), notifications=[happens(DONE, ANY)] * 3
    )
    scanner.cached = {5260, 2422}  # may be from before our time

    assert outcome(scanner, b"SHOP", SILENT) == ("", LATEST)
    assert scanner.visited == [ANY, (5260, 2412, 2437, 2462), (2422, 2412, 2437)]


def test_what_anothers_scan_left_out_is_ours_to_listen_to() -> None:
    scanner = FakeScanner(
        (errno.EBUSY, 0, 0), [happens(DONE, [5180])] + [happens(DONE)] * 2
    )

    assert outcome(scanner, b"SHOP", SILENT)[0] == ""
    assert scanner.visited[1] == (2412, 2437, 2462, 5260)


def test_a_band_of_silent_channels_alone_is_listened_to_at_least_again() -> None:
    rounds = (ScanRound((5180,), passive_only=frozenset({5180})), *again(5180))
    scanner = FakeScanner((errno.EBUSY, 0, 0), [happens(DONE, [5180])] * 3)

    assert outcome(scanner, b"SHOP", rounds)[0] == ""
    assert scanner.visited == [(5180,), (5180,)]


def test_who_is_not_heard_in_two_scans_is_absent() -> None:
    scanner = FakeScanner(notifications=[happens(DONE), happens(DONE)])

    assert outcome(scanner, b"SHOP") == ("", 4.0)
    assert len(scanner.visited) == 2


def test_one_whole_scan_without_time_for_another_tells_who_is_absent() -> None:
    scanner = FakeScanner(notifications=[happens(DONE)], patience=2.5)

    assert outcome(scanner, b"SHOP") == ("", 2.0)


def test_a_scan_that_does_not_end_in_time_says_nothing_of_who_is_absent() -> None:
    scanner = FakeScanner(notifications=[None])

    assert outcome(scanner, b"SHOP") == ("busy", RECENT)
    assert scanner.done == ["abort"]


def test_a_scan_that_does_not_end_in_time_tells_who_is_there() -> None:
    scanner = FakeScanner(notifications=[None], found_at=1)

    assert outcome(scanner, b"SHOP") == ("", RECENT)


def test_the_beacons_of_one_who_only_answered_are_listened_for() -> None:
    scanner = FakeScanner(notifications=[happens(DONE), happens(DONE)], found_at=1)
    scanner.answers = (2437,)

    assert outcome(scanner, b"SHOP") == ("", 4.0)
    assert scanner.visited == [BOTH, (2437,)]


def test_while_joined_nobodys_beacons_are_listened_for_once_more() -> None:
    scanner = FakeScanner(notifications=[happens(DONE)], found_at=1)
    scanner.answers = (2437,)

    assert outcome(scanner, b"SHOP", joined=True) == ("", 2.0)
    assert scanner.visited == [BOTH]


def test_while_joined_the_quiet_channels_are_for_one_who_is_not_heard() -> None:
    near = FakeScanner(notifications=[happens(DONE)], found_at=1)
    far = FakeScanner(notifications=[happens(DONE)] * 3, found_at=2)

    assert outcome(near, b"SHOP", JOINED, True) == ("", 2.0)
    assert outcome(far, b"SHOP", JOINED, True) == ("", 4.0)
    assert (near.visited, far.visited) == ([(2412,)], [(2412,), (5260,)])
    assert far.flushed == [False, False]


def test_while_joined_half_a_scan_is_not_a_whole_one() -> None:
    scanner = FakeScanner(notifications=[happens(DONE), None])

    assert outcome(scanner, b"SHOP", JOINED, True) == ("busy", RECENT)


def test_anothers_scan_is_waited_for() -> None:
    scanner = FakeScanner([errno.EBUSY], [happens(DONE)])

    assert outcome(scanner) == ("", RECENT)
    assert len(scanner.visited) == 1


def test_anothers_scan_of_a_few_channels_is_no_scan() -> None:
    scanner = FakeScanner([errno.EBUSY, 0], [happens(DONE, [2412]), happens(DONE)])

    assert outcome(scanner) == ("", 4.0)
    assert len(scanner.visited) == 2


def test_after_anothers_scan_a_hidden_one_is_called() -> None:
    scanner = FakeScanner([errno.EBUSY, 0], [happens(DONE), happens(DONE)], found_at=2)

    assert outcome(scanner, b"SHOP") == ("", 4.0)


def test_anothers_scan_that_never_ends_leaves_us_with_what_is_known() -> None:
    scanner = FakeScanner([errno.EBUSY], [None])

    assert outcome(scanner, b"SHOP") == ("busy", RECENT)
    assert scanner.done == []  # it is not ours to stop


def test_a_scan_that_is_given_up_tells_nothing_of_who_is_absent() -> None:
    scanner = FakeScanner(notifications=[happens(ABORTED)])

    assert outcome(scanner, b"SHOP") == ("busy", RECENT)


def test_an_interface_that_is_down_cannot_scan() -> None:
    assert outcome(FakeScanner([errno.ENETDOWN])) == ("trouble", RECENT)


def test_without_rights_the_manager_is_asked() -> None:
    scanner = FakeScanner([errno.EPERM])

    assert outcome(scanner, b"SHOP") == ("no-rights", RECENT)
    assert scanner.done == ["request SHOP"]


def test_the_managers_scan_counts_from_its_beginning() -> None:
    notifications = [happens(DONE), happens(TRIGGER, BOTH, b"SHOP"), happens(DONE)]
    scanner = FakeScanner([errno.EPERM], notifications, manager=True)

    assert outcome(scanner, b"SHOP") == ("", 2.0)


def test_a_scan_of_the_manager_that_does_not_call_the_name_is_not_the_one() -> None:
    notifications = [happens(TRIGGER), happens(DONE)]
    scanner = FakeScanner([errno.EPERM], notifications, manager=True)

    assert outcome(scanner, b"SHOP") == ("busy", RECENT)


def test_a_manager_that_agrees_and_does_not_scan_has_not_scanned() -> None:
    assert outcome(FakeScanner([errno.EPERM], manager=True)) == ("busy", RECENT)


def channel(frequency: int, **flags: bool) -> RadioChannel:
    return RadioChannel(frequency, **flags)


CHANNELS = (
    channel(902),
    channel(2412),
    channel(2437),
    channel(2484, disabled=True),
    channel(5180, silent=True),
    channel(5260, radar=True),
    channel(5745),
    channel(5975),
)


def test_where_somebody_was_heard_is_listened_first() -> None:
    found = plan(CHANNELS, {2437}, None)

    whole = ScanRound(
        (2437, 2412, 5180, 5260, 5745), passive_only=frozenset({5180, 5260})
    )
    assert (whole, *again(2437, 2412)) == found


def test_what_is_listened_to_again_begins_where_most_are() -> None:
    every = tuple(channel(f) for f in (2412, 2417, 2437, 2457, 2462, 5180))

    assert plan(every, {2457}, None)[1:] == again(2457, 2412, 2437, 2462, 2417)


@pytest.mark.parametrize(
    ("joined", "near", "far"),
    [
        (2412, (5180, 2412, 2437), (5260, 5745)),
        (5180, (5180, 2412, 2437, 5745), (5260,)),
    ],
)
def test_while_joined_what_costs_much_is_left_to_the_second_round(
    joined: int, near: tuple[int, ...], far: tuple[int, ...]
) -> None:
    found = plan(CHANNELS, {5180}, joined)

    rounds = (
        ScanRound(w, passive_only=frozenset({5180, 5260} & {*w})) for w in (near, far)
    )
    assert (*rounds, *again(5180, 2412, 2437)) == found


@pytest.mark.parametrize(
    ("gone", "each", "listened"),
    [
        (3.48, 0.08, 13),  # each beacon takes 0.13 s, not a call's time on top
        (4.5, 0.08, 5),
        (4.5, 0.3, 3),  # however long a call takes
        (5.3, 0.08, 3),  # at the least
        (5.7, 0.08, 1),  # but never on and on
        (6.0, 0.08, 0),
    ],
)
def test_as_many_channels_are_listened_to_again_as_there_is_time_for(
    gone: float, each: float, listened: int
) -> None:
    pace = ScanPace(100.0)
    pace.learn(each * 22, 22)
    listening = ScanRound(tuple(range(2412, 2477, 5)), active=False, second_pass=True)

    assert len(pace.fitting(listening, 100.0 + gone, 9.0)) == listened
    calling = ScanRound(listening.frequencies, second_pass=True)
    assert len(pace.fitting(calling, 105.3, 9.0)) == 0


def test_while_joined_with_nothing_left_over_there_is_one_round_and_again() -> None:
    found = plan(CHANNELS[:3], {2412}, 2412)

    assert (ScanRound((2412, 2437)), *again(2412, 2437)) == found


def test_a_notice_says_which_channels_and_names() -> None:
    began, ended = (
        notification(Message(30, 0, 0, bytes.fromhex(payload)), 0)
        for payload in RECORDED["scan"]
    )

    assert began is not None
    assert ended is not None
    assert (began.began, began.done, ended.done) == (True, False, True)
    assert (frozenset({b""}), True) == (began.ssids, began.covers([2412, 5180, 5825]))
    assert (
        notification(Message(30, 0, 0, bytes.fromhex(RECORDED["scan"][0])), 1) is None
    )
