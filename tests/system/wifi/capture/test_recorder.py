"""What a recording keeps, how it finds its channel, and when it ends."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from posdiag.formats.dot11.frames import parse_frame
from posdiag.model.site import Secret
from posdiag.system.wifi.capture.frame_filter import CapturedStation, FrameFilter
from posdiag.system.wifi.capture.handshakes import handshakes
from posdiag.system.wifi.capture.recorder import (
    CaptureFailure,
    CaptureRequest,
    Progress,
    Recording,
    choose_adapter,
)
from posdiag.system.wifi.capture.sniffer import DEL_INTERFACE, FILTER, Sniffer
from posdiag.system.wifi.nl80211.adapters import Adapter, AdapterInterface, adapters
from posdiag.system.wifi.nl80211.transport import (
    Attributes,
    Family,
    attribute,
    attributes,
)
from posdiag.system.wire.raw.bpf import attach_filter
from tests.wifi_files import (
    POINT,
    RADIOTAP,
    RIGHT,
    SHOP,
    STATION,
    WRONG,
    fixture,
    frames,
    pcap,
)

FREE = AdapterInterface("wlan0", 3, False)
IDLE = AdapterInterface("wlan0", 3, True)
JOINED = AdapterInterface("wlan0", 3, True, 2437)
CHANNELS = (2412, 2437, 2462, 5180)


def adapter(held: AdapterInterface = FREE, monitor: bool = True) -> Adapter:
    return Adapter(0, (held,), monitor, CHANNELS)


def kept(name: str, frame_filter: FrameFilter) -> list[tuple[float, bytes]]:
    found = []
    for when, frame in frames(fixture(name)):
        found += frame_filter.add(frame, when)
    return found


# --- what is kept ---------------------------------------------------------------------


def test_only_joining_is_kept_and_can_still_be_judged() -> None:
    frame_filter = FrameFilter(SHOP)
    found = kept("ok", frame_filter)
    kinds = [
        frame and frame.kind for frame in (parse_frame(127, data) for _, data in found)
    ]
    told = handshakes(pcap(127, found), SHOP, Secret(RIGHT))

    joining = {"auth", "assoc-request", "assoc-response", "deauth"}
    assert set(kinds) == {"beacon", "data", *joining}
    assert kinds.count("data") == 4
    assert told is not None
    assert (told.all[0].match, told.all[0].completed) == (True, True)


def test_no_content_is_kept() -> None:
    for name in ("ok", "rekey", "no-qos"):
        for _, data in kept(name, FrameFilter(SHOP)):
            frame = parse_frame(RADIOTAP, data)
            assert frame is not None
            assert frame.kind != "data" or frame.eapol is not None


def test_another_network_leaves_no_frame_at_all() -> None:
    assert kept("ok", FrameFilter(b"SHOP-GUEST")) == []
    assert kept("ok", FrameFilter(bssid=bytes(6))) == []


def test_a_network_on_another_channel_is_named_and_not_kept() -> None:
    first = next(n for n, (_, d) in enumerate(frames(fixture("ok"))) if is_beacon(d))
    frame_filter = FrameFilter(SHOP, channel=11)
    found = [one for when, data in frames(fixture("ok"))[first:]
             for one in frame_filter.add(data, when)]  # fmt: skip

    assert (found, frame_filter.found, frame_filter.other_channels) == ([], False, {6})


def is_beacon(data: bytes) -> bool:
    frame = parse_frame(RADIOTAP, data)
    return frame is not None and frame.kind == "beacon"


def test_the_frames_before_a_hidden_name_shows_are_kept_too() -> None:
    frame_filter = FrameFilter(SHOP)
    found = kept("hidden", frame_filter)
    kinds = [frame.kind for _, data in found if (frame := parse_frame(127, data))]

    assert kinds.index("auth") < kinds.index("assoc-request")
    assert "beacon" not in kinds[: kinds.index("assoc-request")]
    assert frame_filter.hidden
    assert frame_filter.finished


def test_beacons_are_kept_once_a_second() -> None:
    heard = [d for _, d in frames(fixture("rejoin")) if is_beacon(d)]
    beacon = next(data for data in heard if b"\xff" * 6 in data)
    frame_filter = FrameFilter(SHOP)
    found = [one for n in range(50) for one in frame_filter.add(beacon, n / 10)]

    assert (len(found), frame_filter.beacons) == (5, 50)


def ended(name: str) -> tuple[CapturedStation, ...]:
    frame_filter = FrameFilter(SHOP)
    kept(name, frame_filter)
    return frame_filter.stations()


def test_how_it_ended_for_each_station() -> None:
    four = (1, 1, 1, 1)
    known = {
        "ok": CapturedStation(STATION, POINT, four, "completed"),
        "wrong": CapturedStation(STATION, POINT, (4, 4, 0, 0), "broken"),
        "m2-lost": CapturedStation(STATION, POINT, (4, 4, 0, 0), "broken"),
        "m4-lost": CapturedStation(STATION, POINT, (4, 4, 16, 4), "broken"),
        "m1-lost": CapturedStation(STATION, POINT, (12, 0, 0, 0), ""),
        "refused": CapturedStation(STATION, POINT, (0, 0, 0, 0), "refused"),
        "sae": CapturedStation(
            station=STATION, bssid=POINT, messages=four, ended="completed", sae=True
        ),
        "sae-wrong": CapturedStation(
            station=STATION,
            bssid=POINT,
            messages=(0, 0, 0, 0),
            ended="refused",
            sae=True,
        ),
    }

    assert known == {name: ended(name)[0] for name in known}


# --- the filter in the kernel ---------------------------------------------------------


def through(data: list[bytes]) -> list[bytes]:
    """What a socket with the filter gets of these."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        attach_filter(ours, FILTER)
        ours.settimeout(5)
        for frame in [*data, DONE]:
            theirs.send(frame)
        found = []
        while (got := ours.recv(65_536)) != DONE:
            found.append(got)
    return found


# A management frame behind a radiotap header longer than 255 bytes.
DONE = b"\0\0" + (300).to_bytes(2, "little") + bytes(296) + b"\xb0\0" + bytes(22)


def test_the_kernel_lets_only_management_and_clear_data_through() -> None:
    head = b"\0\0\x08\0\0\0\0\0"
    protected = head + b"\x88\x41" + bytes(60)
    control = head + b"\xd4\0" + bytes(8)
    clear = head + b"\x88\x01" + bytes(60)
    beacon = head + b"\x80\0" + bytes(60)

    assert [clear, beacon] == through([protected, clear, control, beacon, b"", head])


def test_the_filter_takes_nothing_that_is_kept() -> None:
    whole = [data for _, data in frames(fixture("ok"))]
    filtered, frame_filter = through(whole), FrameFilter(SHOP)
    found = [one for data in filtered for one in frame_filter.add(data, 1.0)]

    assert len(filtered) < len(whole)
    assert sum(1 for _, d in found if (f := parse_frame(127, d)) and f.eapol) == 4


# --- which adapter --------------------------------------------------------------------


def test_an_adapter_that_is_not_there_or_cannot_listen() -> None:
    deaf = adapter(monitor=False)

    assert choose_adapter([], CaptureRequest()) == CaptureFailure("no-adapter")
    assert choose_adapter([deaf], CaptureRequest("eth0")) == CaptureFailure(
        "no-interface", "eth0"
    )
    assert choose_adapter([deaf], CaptureRequest("wlan0")) == CaptureFailure(
        "no-monitor", "wlan0"
    )


def test_a_channel_that_is_not_allowed_or_cannot_be_left() -> None:
    busy = adapter(JOINED)

    assert choose_adapter([busy], CaptureRequest(frequency=2437)) == busy
    assert choose_adapter([busy], CaptureRequest(frequency=2412)) == CaptureFailure(
        "in-use", "wlan0", 2437
    )
    assert choose_adapter([busy], CaptureRequest(frequency=5500)) == CaptureFailure(
        "channel", "wlan0", 5500
    )


class Kernel(Family):
    """Answers like nl80211, from what it is given."""

    def __init__(self, *phys: tuple[str, int | None, set[int]]) -> None:
        self._phys = phys

    def ask(self, command: int, *parts: bytes, dump: bool = False) -> list[Attributes]:
        if command == 5:  # interfaces
            named = enumerate(self._phys)
            direct = attribute(1, 0) + attribute(5, 10) + attribute(153, bytes(8))
            return [
                *(attributes(self._interface(n, name, u)) for n, (name, u, _) in named),
                attributes(direct),
            ]
        wanted = int.from_bytes(attributes(parts[0])[1], "little")
        kinds = b"".join(attribute(kind, b"") for kind in self._phys[wanted][2])
        open_, shut = attribute(1, 2412), attribute(1, 2484) + attribute(2, b"")
        channels = attribute(1, attribute(0, open_) + attribute(1, shut))
        return [attributes(attribute(32, kinds)), {22: attribute(0, channels)}]

    @staticmethod
    def _interface(number: int, name: str, used: int | None) -> bytes:
        parts = attribute(3, number + 1) + attribute(1, number)
        parts += attribute(4, name.encode() + b"\0") + attribute(5, 2)
        return parts + (attribute(38, used) if used else b"")


def test_adapters_that_can_listen_come_first() -> None:
    found = adapters(Kernel(("deaf0", None, {2}), ("wlan9", None, {2, 6})))

    assert found == [
        Adapter(1, (AdapterInterface("wlan9", 2, False),), True, (2412,)),
        Adapter(0, (AdapterInterface("deaf0", 1, False),), False, (2412,), (bytes(8),)),
    ]


def test_an_adapter_that_is_in_use_comes_last() -> None:
    found = adapters(Kernel(("lo", 2437, {6}), ("wlan9", None, {6})))

    assert [held.name for one in found for held in one.interfaces] == ["wlan9", "lo"]
    assert found[1].in_use == AdapterInterface(
        "lo", 1, True, 2437
    )  # loopback is up everywhere


# --- listening ------------------------------------------------------------------------


@dataclass
class FakeMonitor:
    """Receives a fixture on one frequency, and nothing elsewhere."""

    name: str
    frequency: int = 2437
    idle: tuple[str, ...] = ()
    refuses: int = 0
    tuned: list[int] = field(default_factory=list)
    switched_off: tuple[str, ...] = ()

    def release_channel(self) -> None:
        self.switched_off = self.idle

    def tune(self, frequency: int) -> None:
        if self.refuses:
            raise OSError(self.refuses, "refused")
        self.tuned.append(frequency)

    def frames(self, until: float) -> Iterator[bytes]:
        if not self.tuned or self.tuned[-1] == self.frequency:
            yield from (data for _, data in frames(fixture(self.name)))


@dataclass
class Run:
    """One recording with that monitor; stopped at the `rounds`-th look at the clock."""

    wanted: CaptureRequest
    monitor: FakeMonitor
    adapter: Adapter = field(default_factory=adapter)
    rounds: int = 30
    likely: list[int] = field(default_factory=list)
    written: bytes = b""
    progress: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ended = Recording(
            wanted=self.wanted,
            adapter=self.adapter,
            monitor=self.monitor,
            on_progress=self.progress.append,
            should_stop=self.stop,
            likely=self.likely,
        ).run(self.write)

    def write(self, data: bytes) -> None:
        self.written += data

    def stop(self) -> bool:
        self.rounds -= 1
        return self.rounds < 0


def test_a_recording_by_name_finds_the_channel_and_writes_a_capture() -> None:
    run = Run(CaptureRequest(ssid=SHOP), FakeMonitor("ok"))
    told = handshakes(run.written, SHOP, Secret(RIGHT))

    assert isinstance(run.ended, Progress)
    assert (run.ended.frequency, run.ended.stations[0].ended) == (2437, "completed")
    assert run.monitor.tuned == [*CHANNELS, 2437]
    assert told is not None
    assert (told.all[0].match, told.damaged) == (True, 0)


def test_where_the_kernel_has_heard_it_is_looked_at_first() -> None:
    run = Run(CaptureRequest(ssid=SHOP), FakeMonitor("ok"), likely=[2437, 9999])

    assert run.monitor.tuned == [2437, 2437]


def test_a_recording_of_a_wrong_passphrase() -> None:
    run = Run(CaptureRequest(bssid=bytes.fromhex("020000000100")), FakeMonitor("wrong"))
    told = handshakes(run.written, SHOP, Secret(WRONG))

    assert isinstance(run.ended, Progress)
    assert run.ended.stations[0].ended == "broken"
    assert told is not None
    assert told.all[0].match is True


def test_an_adapter_that_is_joined_stays_where_it_is() -> None:
    run = Run(
        CaptureRequest(ssid=SHOP), FakeMonitor("ok", idle=("wlan0",)), adapter(JOINED)
    )

    assert isinstance(run.ended, Progress)
    assert (run.monitor.tuned, run.ended.switched_off) == ([], ())
    assert run.ended.frequency == 2437


def test_what_was_switched_off_is_told() -> None:
    run = Run(
        CaptureRequest(ssid=SHOP), FakeMonitor("ok", idle=("wlan0",)), adapter(IDLE)
    )

    assert {one.switched_off for one in run.progress} == {("wlan0",)}


def test_a_network_that_is_not_there_is_searched_on_every_channel() -> None:
    run = Run(CaptureRequest(ssid=b"NOT-THERE"), FakeMonitor("ok"))

    assert run.ended == CaptureFailure("not-heard", "wlan0")
    assert run.monitor.tuned == list(CHANNELS) * 3
    assert run.written == b""


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EBUSY, "held"), (errno.EINVAL, "channel")]
)
def test_a_channel_that_cannot_be_set(number: int, reason: str) -> None:
    ended = Run(CaptureRequest(frequency=2437), FakeMonitor("ok", refuses=number)).ended

    assert isinstance(ended, CaptureFailure)
    assert ended.reason == reason


def test_a_recording_is_over_in_time_with_or_without_a_handshake() -> None:
    request = CaptureRequest(ssid=SHOP, frequency=2437, seconds=0.2)
    run = Run(request, FakeMonitor("m1-lost"), rounds=10**6)

    assert isinstance(run.ended, Progress)
    assert (run.ended.stations[0].ended, run.rounds > 0) == ("", True)


def test_nothing_on_the_channel_is_told_with_the_channel() -> None:
    monitor = FakeMonitor("ok", frequency=2412)
    run = Run(
        CaptureRequest(ssid=SHOP, frequency=2437, seconds=0.1), monitor, rounds=10**6
    )

    assert run.ended == CaptureFailure("not-heard", "wlan0", 2437)


def test_a_network_heard_across_is_told_with_its_own_channel() -> None:
    monitor = FakeMonitor("rejoin", frequency=2462)
    wanted = CaptureRequest(ssid=SHOP, frequency=2462, seconds=0.1)

    assert Run(wanted, monitor, rounds=10**6).ended == CaptureFailure(
        "elsewhere", "wlan0", 2437
    )


def test_a_sniffer_that_cannot_be_opened_takes_its_interface_away() -> None:
    asked: list[int] = []

    class Refusing(Sniffer):
        def _create_interface(self) -> None:
            self.name, self._index = "posmon-none", 4711  # there is no such interface

    class Recording:
        def ask(self, command: int, *attributes: bytes) -> list[bytes]:
            asked.append(command)
            return []

    sniffer = Refusing(cast(Family, Recording()), adapter())
    with pytest.raises(OSError, match=r"."), sniffer:
        pass

    assert asked == [DEL_INTERFACE]
