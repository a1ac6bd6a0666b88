"""Can a terminal's handshake be recorded from the air? (`posdiag wifi capture`)

Listens on one channel through a monitor interface and hands out what `_keep` keeps.
Nothing is ever sent: no station is thrown out of its network to make it join again.
"""

import errno
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from posdiag.formats.dot11.channels import channel, frequency_in_band_of
from posdiag.formats.dot11.elements import ssid_of
from posdiag.formats.dot11.frames import seen
from posdiag.formats.dot11.radiotap import RADIOTAP
from posdiag.formats.pcap import header, record
from posdiag.system.wifi.capture.keeper import Keeper, StationSeen

if TYPE_CHECKING:
    from posdiag.system.wifi.nl80211.adapters import Adapter

DWELL = 0.15  # seconds on a channel while searching; beacons come every 0.1024
ROUNDS = 3  # through all channels
SILENCE = 12.0  # seconds without any beacon of the network: it is not there
RETUNE = 2.0  # of these, until the channel is set once more
ELSEWHERE = 5.0  # of these, where it says that it is on another channel
AFTER = 3.0  # seconds more once a handshake is in: message 4 again, a farewell
TICK = 0.25  # seconds between two looks at the clock

Reason = Literal[
    "unsupported",  # not on this system
    "no-interface",  # no interface of that name, or it is not Wi-Fi
    "no-adapter",  # no Wi-Fi at all
    "no-monitor",  # the driver cannot listen
    "no-rights",
    "in-use",  # joined on another channel than the wanted one
    "held",  # something else keeps the channel
    "channel",  # the country's rules or the adapter do not allow it
    "not-heard",
    "elsewhere",  # heard, but it is on another channel, told in `frequency`
    "trouble",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to record. Times in seconds, frequency in MHz; None: find it."""

    interface: str = ""
    ssid: bytes = b""
    bssid: bytes = b""
    frequency: int | None = None
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Failed:
    reason: Reason
    interface: str = ""
    frequency: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What was seen so far. `others` are further frequencies of the same network.
    `hidden`: not heard by name, but something hides its name."""

    interface: str
    frequency: int | None
    beacons: int = 0
    hidden: bool = False
    signal: float | None = None
    stations: tuple[StationSeen, ...] = ()
    left: float = 0.0
    others: tuple[int, ...] = ()
    switched_off: tuple[str, ...] = ()


Write = Callable[[bytes], object]
Watch = Callable[[Progress], None]
Stop = Callable[[], bool]


class Ear(Protocol):
    """What hears the frames: a monitor interface, while it is entered."""

    @property
    def switched_off(self) -> tuple[str, ...]: ...
    def free(self) -> None: ...
    def tune(self, frequency: int) -> None: ...
    def frames(self, until: float) -> Iterator[bytes]: ...


def capture(
    wanted: Wanted, write: Write, watch: Watch, stop: Stop
) -> Progress | Failed:
    """Record until a handshake is in, the time is over or `stop` says so. `write` gets
    a pcap file piece by piece, and nothing where it could not begin."""
    if sys.platform != "linux":
        return Failed("unsupported")
    from posdiag.system.wifi.capture.sniffer import Sniffer
    from posdiag.system.wifi.nl80211.adapters import adapters, remembered
    from posdiag.system.wifi.nl80211.messages import kernel

    try:
        with kernel() as family:
            adapter = chosen(adapters(family), wanted)
            if isinstance(adapter, Failed):
                return adapter
            known = remembered(family, adapter)
            likely = [
                b.frequency
                for b in known
                if _named(wanted, b.bssid, ssid_of(b.elements))
            ]
            with Sniffer(family, adapter) as ear:
                listening = Listening(
                    wanted=wanted,
                    adapter=adapter,
                    ear=ear,
                    watch=watch,
                    stop=stop,
                    likely=likely,
                )
                return listening.run(write)
    except OSError as error:
        return _failed(error, wanted)


def _failed(error: OSError, wanted: Wanted) -> Failed:
    if error.errno in (errno.EPERM, errno.EACCES):
        return Failed("no-rights", wanted.interface)
    if error.errno == errno.ENOENT:  # the kernel has no nl80211
        return Failed("no-adapter")
    if error.errno == errno.EOPNOTSUPP:
        return Failed("no-monitor", wanted.interface)
    return Failed("trouble", wanted.interface, detail=str(error.strerror)[:200])


def chosen(found: "list[Adapter]", wanted: Wanted) -> "Adapter | Failed":
    if wanted.interface:
        found = [
            adapter
            for adapter in found
            if any(held.name == wanted.interface for held in adapter.interfaces)
        ]
    if not found:
        missing: Reason = "no-interface" if wanted.interface else "no-adapter"
        return Failed(missing, wanted.interface)
    first = found[0]
    name = wanted.interface or first.interfaces[0].name
    if not first.monitor:
        return Failed("no-monitor", name)
    if wanted.frequency and wanted.frequency not in first.frequencies:
        return Failed("channel", name, wanted.frequency)
    used = first.in_use
    if used and wanted.frequency and used.frequency != wanted.frequency:
        return Failed("in-use", used.name, used.frequency)
    return first


def _named(wanted: Wanted, bssid: bytes, name: bytes | None) -> bool:
    by_name = bool(wanted.ssid) and name == wanted.ssid
    return by_name or (bool(wanted.bssid) and bssid == wanted.bssid)


@dataclass(slots=True)
class Listening:
    """One recording."""

    wanted: Wanted
    adapter: "Adapter"
    ear: Ear
    watch: Watch
    stop: Stop
    likely: list[int]  # where the kernel has heard it lately
    others: tuple[int, ...] = ()
    freed: tuple[str, ...] = ()

    def run(self, write: Write) -> Progress | Failed:
        used = self.adapter.in_use
        if used is not None:
            return self._record(used.frequency, write)
        try:
            self.ear.free()
            self.freed = self.ear.switched_off
            frequency = self.wanted.frequency or self._found()
            if frequency is None:
                return Failed("not-heard", self._name)
            self.ear.tune(frequency)
        except OSError as error:
            if error.errno == errno.EBUSY:
                return Failed("held", self._name)
            if error.errno == errno.EINVAL and self.wanted.frequency:
                return Failed("channel", self._name, self.wanted.frequency)
            raise
        return self._record(frequency, write)

    @property
    def _name(self) -> str:
        return self.wanted.interface or self.adapter.interfaces[0].name

    # --- finding the channel -------------------------------------------------------

    def _found(self) -> int | None:
        """The frequency of the wanted network; of several the strongest, and those of
        2.4 GHz first, because many terminals know no other."""
        levels: dict[int, float] = {}
        likely = dict.fromkeys(f for f in self.likely if f in self.adapter.frequencies)
        rounds = [list(likely)] if likely else []
        rounds += [list(self.adapter.frequencies)] * ROUNDS
        for frequencies in rounds:
            for frequency in frequencies:
                if self.stop():
                    return None
                self._listen_for(frequency, levels)
            if levels:
                break
        order = sorted(levels, key=lambda f: (f > 3000, -levels[f]))
        self.others = tuple(order[1:])
        return order[0] if order else None

    def _listen_for(self, tuned: int, levels: dict[int, float]) -> None:
        try:
            self.ear.tune(tuned)
        except OSError as error:
            if error.errno == errno.EINVAL:  # allowed, but not for this
                return
            raise
        self.watch(self._progress(tuned, Keeper()))
        for data in self.ear.frames(time.monotonic() + DWELL):
            frame = seen(RADIOTAP, data)
            if frame is None or frame.kind != "beacon":
                continue
            if _named(self.wanted, frame.bssid, frame.name):
                # Neighbouring channels are heard too; the beacon names its own.
                own = frequency_in_band_of(tuned, frame.channel)
                level = -100.0 if frame.signal is None else float(frame.signal)
                levels[own] = max(level, levels.get(own, -200.0))

    # --- recording -------------------------------------------------------------------

    def _record(self, frequency: int | None, write: Write) -> Progress | Failed:
        number = channel(frequency) if frequency else None
        keeper = Keeper(self.wanted.ssid, self.wanted.bssid, number)
        begin, begun, settled, again = time.monotonic(), False, False, False
        end = begin + self.wanted.seconds
        while (now := time.monotonic()) < end and not self.stop():
            for data in self.ear.frames(min(now + TICK, end)):
                for seconds, kept in keeper.take(data, time.time()):
                    write(record(seconds, kept) if begun else first(seconds, kept))
                    begun = True
            if keeper.finished and not settled:
                settled, end = True, min(end, time.monotonic() + AFTER)
            silent = 0.0 if keeper.heard else time.monotonic() - begin
            if silent > RETUNE and not again:
                again = True
                self._retune(frequency)
                keeper.elsewhere.clear()
            limit = ELSEWHERE if keeper.elsewhere else SILENCE
            if silent > limit and not keeper.hidden:
                break
            self.watch(self._progress(frequency, keeper, end - time.monotonic()))
        if keeper.heard or self.stop():
            return self._progress(frequency, keeper)
        if keeper.elsewhere and frequency:
            own = frequency_in_band_of(frequency, min(keeper.elsewhere))
            return Failed("elsewhere", self._name, own)
        return Failed("not-heard", self._name, frequency)

    def _retune(self, frequency: int | None) -> None:
        """Some drivers stay where they were, and take the channel that they believe to
        be on for no change: by way of another one."""
        if self.adapter.in_use is None and frequency is not None:
            others = [f for f in self.adapter.frequencies if f != frequency]
            for tuned in (*others[:1], frequency):
                self.ear.tune(tuned)

    def _progress(
        self, frequency: int | None, keeper: Keeper, left: float = 0.0
    ) -> Progress:
        return Progress(
            interface=self._name,
            frequency=frequency,
            beacons=keeper.beacons,
            hidden=keeper.hidden and not keeper.heard,
            signal=keeper.signal(),
            stations=keeper.stations(),
            left=max(left, 0.0),
            others=self.others,
            switched_off=self.freed,
        )


def first(seconds: float, data: bytes) -> bytes:
    """The beginning of a file, so that there is none where nothing was heard."""
    return header(RADIOTAP) + record(seconds, data)
