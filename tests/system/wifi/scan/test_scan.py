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
    Notice,
    Pace,
    Round,
    carry_out,
    notice,
    plan,
)
from tests import FIXTURES

RECORDED = json.loads((FIXTURES / "nl80211.json").read_text("utf-8"))

BOTH = (2412, 2437)
ALL = (Round(BOTH), Round(BOTH, call=False, again=True))
JOINED = (Round((2412,)), Round((5260,)), Round((2412,), call=False, again=True))
TRIGGER, DONE, ABORTED = nl.TRIGGER_SCAN, nl.NEW_SCAN_RESULTS, nl.SCAN_ABORTED


def happens(command: int, where: Sequence[int] = BOTH, *names: bytes) -> Notice:
    return Notice(command, frozenset(where), frozenset(names))


def again(*where: int) -> tuple[Round, Round]:
    return Round(where, call=False, again=True), Round(where, again=True)


class FakeAir:
    """Plays what `codes` says of each beginning and `notices` of what happens then;
    each notice takes 2 s. `present` is heard from the so-maniest look on."""

    def __init__(
        self,
        codes: Sequence[int] = (0, 0, 0),
        notices: Sequence[Notice | None] = (),
        heard_at: int = 99,
        manager: bool = False,
        patience: float = 9.0,
    ) -> None:
        self.codes, self.notices = list(codes), list(notices)
        self.heard_at, self.manager, self.patience = heard_at, manager, patience
        self.time, self.looks, self.done = 100.0, 0, []  # type: float, int, list[str]
        self.answers: tuple[int, ...] = ()  # of whom no beacon was heard
        self.known_at: set[int] = set()
        self.visited: list[tuple[int, ...]] = []
        self.flushed: list[bool] = []
        self.called: list[bool] = []

    @property
    def left(self) -> float:
        return self.patience - (self.time - 100.0)

    def clock(self) -> float:
        return self.time

    async def begin(
        self, names: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        self.visited.append(tuple(frequencies))
        self.flushed.append(flush)
        self.called.append(bool(names))
        return self.codes.pop(0)

    async def stop(self) -> None:
        self.done.append("stop")

    async def request(self, name: bytes) -> bool:
        self.done.append(f"request {name.decode()}")
        return self.manager

    async def next(self, until: float = inf) -> Notice | None:
        late = self.time + 2.0 > until
        self.time = until if late else self.time + 2.0
        if late:
            return None
        return self.notices.pop(0) if self.notices and self.left > 0 else None

    def forget(self) -> None:
        pass

    async def known(self) -> set[int]:
        return self.known_at

    async def hears(self, name: bytes, since: float) -> bool:
        self.looks += 1
        return self.looks >= self.heard_at

    async def answered(self, name: bytes, since: float) -> Sequence[int]:
        return self.answers


def outcome(
    air: FakeAir, name: bytes = b"", rounds: Any = ALL, joined: bool = False
) -> tuple[str, float]:
    why, oldest = asyncio.run(carry_out(air, rounds, name, joined))
    return why, round(oldest, 3)


def test_one_scan_is_enough_for_anybody() -> None:
    air = FakeAir(notices=[happens(TRIGGER), happens(DONE)])

    assert outcome(air) == ("", 4.0)
    assert (air.visited, air.flushed, air.done) == ([BOTH], [True], [])


def test_who_is_not_heard_is_called_once_more_and_nobody_is_forgotten_then() -> None:
    air = FakeAir(notices=[happens(DONE), happens(DONE)], heard_at=2)

    assert outcome(air, b"SHOP") == ("", 4.0)
    assert air.flushed == [True, False]


def test_once_more_is_for_as_many_channels_as_there_is_time_for() -> None:
    near, far = (2412, 2437, 2462, 5180), (5260, 5280)
    rounds = (Round(near), Round(far), *(Round(near, c, True) for c in (False, True)))
    air = FakeAir(notices=[happens(DONE)] * 3)

    assert outcome(air, b"SHOP", rounds, True) == ("", LATEST)
    assert [near, far, (2412, 2437, 2462)] == air.visited
    assert air.called == [True, True, False]


ANY = (2412, 2437, 2462, 5180, 5260)
SILENT = (
    Round(ANY, silent=frozenset({5180, 5260})),
    Round((2412, 2437, 2462, 2417, 2422), call=False, again=True),
)


def test_anothers_scan_before_ours_counts_and_a_few_channels_are_still_heard() -> None:
    air = FakeAir(codes=(errno.EBUSY, 0, 0), notices=[happens(DONE, ANY)] * 3)

    assert outcome(air, b"SHOP", (Round(ANY), SILENT[1])) == ("", LATEST)
    assert air.visited == [ANY, ANY, (2412, 2437, 2462)]


def test_for_what_is_done_again_others_are_not_waited_for_on_and_on() -> None:
    rounds = (Round(ANY), *again(*ANY))
    air = FakeAir((0, errno.EBUSY), [happens(DONE, ANY)] + [happens(TRIGGER)] * 3)

    assert outcome(air, b"SHOP", rounds) == ("", LATEST)
    assert air.done == []  # it is not ours to stop


def test_where_nobody_may_call_anothers_scan_is_as_good_as_ours() -> None:
    air = FakeAir(codes=(errno.EBUSY, 0, 0), notices=[happens(DONE, ANY)] * 3)
    air.known_at = {5260, 2422}  # may be from before our time

    assert outcome(air, b"SHOP", SILENT) == ("", LATEST)
    assert air.visited == [ANY, (5260, 2412, 2437, 2462), (2422, 2412, 2437)]


def test_what_anothers_scan_left_out_is_ours_to_listen_to() -> None:
    air = FakeAir((errno.EBUSY, 0, 0), [happens(DONE, [5180])] + [happens(DONE)] * 2)

    assert outcome(air, b"SHOP", SILENT)[0] == ""
    assert air.visited[1] == (2412, 2437, 2462, 5260)


def test_a_band_of_silent_channels_alone_is_listened_to_at_least_again() -> None:
    rounds = (Round((5180,), silent=frozenset({5180})), *again(5180))
    air = FakeAir((errno.EBUSY, 0, 0), [happens(DONE, [5180])] * 3)

    assert outcome(air, b"SHOP", rounds)[0] == ""
    assert air.visited == [(5180,), (5180,)]


def test_who_is_not_heard_in_two_scans_is_absent() -> None:
    air = FakeAir(notices=[happens(DONE), happens(DONE)])

    assert outcome(air, b"SHOP") == ("", 4.0)
    assert len(air.visited) == 2


def test_one_whole_scan_without_time_for_another_tells_who_is_absent() -> None:
    air = FakeAir(notices=[happens(DONE)], patience=2.5)

    assert outcome(air, b"SHOP") == ("", 2.0)


def test_a_scan_that_does_not_end_in_time_says_nothing_of_who_is_absent() -> None:
    air = FakeAir(notices=[None])

    assert outcome(air, b"SHOP") == ("busy", RECENT)
    assert air.done == ["stop"]


def test_a_scan_that_does_not_end_in_time_tells_who_is_there() -> None:
    air = FakeAir(notices=[None], heard_at=1)

    assert outcome(air, b"SHOP") == ("", RECENT)


def test_the_beacons_of_one_who_only_answered_are_listened_for() -> None:
    air = FakeAir(notices=[happens(DONE), happens(DONE)], heard_at=1)
    air.answers = (2437,)

    assert outcome(air, b"SHOP") == ("", 4.0)
    assert air.visited == [BOTH, (2437,)]


def test_while_joined_nobodys_beacons_are_listened_for_once_more() -> None:
    air = FakeAir(notices=[happens(DONE)], heard_at=1)
    air.answers = (2437,)

    assert outcome(air, b"SHOP", joined=True) == ("", 2.0)
    assert air.visited == [BOTH]


def test_while_joined_the_quiet_channels_are_for_one_who_is_not_heard() -> None:
    near = FakeAir(notices=[happens(DONE)], heard_at=1)
    far = FakeAir(notices=[happens(DONE)] * 3, heard_at=2)

    assert outcome(near, b"SHOP", JOINED, True) == ("", 2.0)
    assert outcome(far, b"SHOP", JOINED, True) == ("", 4.0)
    assert (near.visited, far.visited) == ([(2412,)], [(2412,), (5260,)])
    assert far.flushed == [False, False]


def test_while_joined_half_a_scan_is_not_a_whole_one() -> None:
    air = FakeAir(notices=[happens(DONE), None])

    assert outcome(air, b"SHOP", JOINED, True) == ("busy", RECENT)


def test_anothers_scan_is_waited_for() -> None:
    air = FakeAir([errno.EBUSY], [happens(DONE)])

    assert outcome(air) == ("", RECENT)
    assert len(air.visited) == 1


def test_anothers_scan_of_a_few_channels_is_no_scan() -> None:
    air = FakeAir([errno.EBUSY, 0], [happens(DONE, [2412]), happens(DONE)])

    assert outcome(air) == ("", 4.0)
    assert len(air.visited) == 2


def test_after_anothers_scan_a_hidden_one_is_called() -> None:
    air = FakeAir([errno.EBUSY, 0], [happens(DONE), happens(DONE)], heard_at=2)

    assert outcome(air, b"SHOP") == ("", 4.0)


def test_anothers_scan_that_never_ends_leaves_us_with_what_is_known() -> None:
    air = FakeAir([errno.EBUSY], [None])

    assert outcome(air, b"SHOP") == ("busy", RECENT)
    assert air.done == []  # it is not ours to stop


def test_a_scan_that_is_given_up_tells_nothing_of_who_is_absent() -> None:
    air = FakeAir(notices=[happens(ABORTED)])

    assert outcome(air, b"SHOP") == ("busy", RECENT)


def test_an_interface_that_is_down_cannot_scan() -> None:
    assert outcome(FakeAir([errno.ENETDOWN])) == ("trouble", RECENT)


def test_without_rights_the_manager_is_asked() -> None:
    air = FakeAir([errno.EPERM])

    assert outcome(air, b"SHOP") == ("no-rights", RECENT)
    assert air.done == ["request SHOP"]


def test_the_managers_scan_counts_from_its_beginning() -> None:
    notices = [happens(DONE), happens(TRIGGER, BOTH, b"SHOP"), happens(DONE)]
    air = FakeAir([errno.EPERM], notices, manager=True)

    assert outcome(air, b"SHOP") == ("", 2.0)


def test_a_scan_of_the_manager_that_does_not_call_the_name_is_not_the_one() -> None:
    notices = [happens(TRIGGER), happens(DONE)]
    air = FakeAir([errno.EPERM], notices, manager=True)

    assert outcome(air, b"SHOP") == ("busy", RECENT)


def test_a_manager_that_agrees_and_does_not_scan_has_not_scanned() -> None:
    assert outcome(FakeAir([errno.EPERM], manager=True)) == ("busy", RECENT)


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

    whole = Round((2437, 2412, 5180, 5260, 5745), silent=frozenset({5180, 5260}))
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

    rounds = (Round(w, silent=frozenset({5180, 5260} & {*w})) for w in (near, far))
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
    pace = Pace(100.0)
    pace.learn(each * 22, 22)
    listening = Round(tuple(range(2412, 2477, 5)), call=False, again=True)

    assert len(pace.fitting(listening, 100.0 + gone, 9.0)) == listened
    calling = Round(listening.where, again=True)
    assert len(pace.fitting(calling, 105.3, 9.0)) == 0


def test_while_joined_with_nothing_left_over_there_is_one_round_and_again() -> None:
    found = plan(CHANNELS[:3], {2412}, 2412)

    assert (Round((2412, 2437)), *again(2412, 2437)) == found


def test_a_notice_says_which_channels_and_names() -> None:
    began, ended = (
        notice(Message(30, 0, 0, bytes.fromhex(payload)), 0)
        for payload in RECORDED["scan"]
    )

    assert began is not None
    assert ended is not None
    assert (began.began, began.done, ended.done) == (True, False, True)
    assert (frozenset({b""}), True) == (
        began.names,
        began.covers([2412, 5180, 5825]),
    )
    assert notice(Message(30, 0, 0, bytes.fromhex(RECORDED["scan"][0])), 1) is None
