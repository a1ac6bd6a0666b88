"""Record how a terminal joins its network (`posdiag wifi capture`).

Listens on one channel through a monitor interface and writes what `FrameFilter`
selects. Nothing is ever sent: no station is deauthenticated to make it join again.
"""

import errno
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from posdiag.formats.dot11.channels import channel, frequency_in_band_of
from posdiag.formats.dot11.elements import ssid_of
from posdiag.formats.dot11.frames import parse_frame
from posdiag.formats.dot11.radiotap import RADIOTAP
from posdiag.formats.pcap import header, record
from posdiag.system.wifi.capture.frame_filter import CapturedStation, FrameFilter

if TYPE_CHECKING:
    from posdiag.system.wifi.nl80211.adapters import Adapter

DWELL = 0.15  # seconds on a channel while searching; beacons come every 0.1024
ROUNDS = 3  # through all channels
NO_BEACON = 12.0  # seconds without a beacon of the network after which it is absent
RETUNE = 2.0  # of these, until the channel is set a second time
NO_BEACON_HERE = 5.0  # the same where it announces another channel
AFTER_HANDSHAKE = 3.0  # seconds, for a repeated message 4 or a deauthentication
TICK = 0.25  # seconds between two progress reports

Reason = Literal[
    "unsupported",  # not on this operating system
    "no-interface",  # no such interface, or not Wi-Fi
    "no-adapter",  # no Wi-Fi at all
    "no-monitor",  # the driver has no monitor mode
    "no-rights",
    "in-use",  # joined on another channel than the wanted one
    "held",  # another user of the adapter holds the channel
    "channel",  # not allowed by the regulatory domain or the adapter
    "not-heard",
    "elsewhere",  # in range, but on the channel of `frequency`
    "trouble",
]


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """What to record. Times in seconds, frequency in MHz; None: search for it."""

    interface: str = ""
    ssid: bytes = b""
    bssid: bytes = b""
    frequency: int | None = None
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class CaptureFailure:
    reason: Reason
    interface: str = ""
    frequency: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """State of a recording. `others` are further frequencies (MHz) of the network.
    `hidden`: not found by name, but some access point hides its name. `left` is in
    seconds, `signal` in dBm; `switched_off` are interfaces that are down meanwhile."""

    interface: str
    frequency: int | None
    beacons: int = 0
    hidden: bool = False
    signal: float | None = None
    stations: tuple[CapturedStation, ...] = ()
    left: float = 0.0
    others: tuple[int, ...] = ()
    switched_off: tuple[str, ...] = ()


Write = Callable[[bytes], object]
OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


class Monitor(Protocol):
    """A monitor interface while it is entered."""

    @property
    def switched_off(self) -> tuple[str, ...]: ...
    def release_channel(self) -> None: ...
    def tune(self, frequency: int) -> None: ...
    def frames(self, until: float) -> Iterator[bytes]: ...


def capture(
    wanted: CaptureRequest,
    write: Write,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Progress | CaptureFailure:
    """Record until there is a handshake, the time is over or `should_stop`. `write`
    gets a pcap file piece by piece, and nothing if there was nothing to record."""
    if sys.platform != "linux":
        return CaptureFailure("unsupported")
    from posdiag.system.wifi.capture.sniffer import Sniffer
    from posdiag.system.wifi.nl80211 import bss
    from posdiag.system.wifi.nl80211.adapters import adapters, cached_bss
    from posdiag.system.wifi.nl80211.messages import kernel
    from posdiag.system.wifi.nl80211.transport import number

    try:
        with kernel() as family:
            adapter = choose_adapter(adapters(family), wanted)
            if isinstance(adapter, CaptureFailure):
                return adapter
            likely = [
                number(entry.get(bss.FREQUENCY)) or 0
                for entry in cached_bss(family, adapter)
                if _is_wanted(
                    wanted,
                    entry.get(bss.BSSID, b""),
                    ssid_of(entry.get(bss.ELEMENTS, b"")),
                )
            ]
            with Sniffer(family, adapter) as monitor:
                watch = (on_progress, should_stop)
                return Recording(wanted, adapter, monitor, *watch, likely).run(write)
    except OSError as error:
        return _failure(error, wanted)


def _failure(error: OSError, wanted: CaptureRequest) -> CaptureFailure:
    if error.errno in (errno.EPERM, errno.EACCES):
        return CaptureFailure("no-rights", wanted.interface)
    if error.errno == errno.ENOENT:  # the kernel has no nl80211
        return CaptureFailure("no-adapter")
    if error.errno == errno.EOPNOTSUPP:
        return CaptureFailure("no-monitor", wanted.interface)
    return CaptureFailure("trouble", wanted.interface, detail=str(error.strerror)[:200])


def choose_adapter(
    found: "list[Adapter]", wanted: CaptureRequest
) -> "Adapter | CaptureFailure":
    """The first of these, or why it cannot record what is wanted."""
    if wanted.interface:
        found = [a for a in found if wanted.interface in (i.name for i in a.interfaces)]
    if not found:
        missing: Reason = "no-interface" if wanted.interface else "no-adapter"
        return CaptureFailure(missing, wanted.interface)
    first = found[0]
    name = wanted.interface or first.interfaces[0].name
    if not first.monitor:
        return CaptureFailure("no-monitor", name)
    if wanted.frequency and wanted.frequency not in first.frequencies:
        return CaptureFailure("channel", name, wanted.frequency)
    used = first.in_use
    if used and wanted.frequency and used.frequency != wanted.frequency:
        return CaptureFailure("in-use", used.name, used.frequency)
    return first


def _is_wanted(wanted: CaptureRequest, bssid: bytes, ssid: bytes | None) -> bool:
    by_name = bool(wanted.ssid) and ssid == wanted.ssid
    return by_name or (bool(wanted.bssid) and bssid == wanted.bssid)


@dataclass(slots=True)
class Recording:
    """Search for the channel, then record on it."""

    wanted: CaptureRequest
    adapter: "Adapter"
    monitor: Monitor
    on_progress: OnProgress
    should_stop: ShouldStop
    likely: list[int]  # frequencies from the kernel's scan cache
    others: tuple[int, ...] = ()
    switched_off: tuple[str, ...] = ()

    def run(self, write: Write) -> Progress | CaptureFailure:
        used = self.adapter.in_use
        if used is not None:
            return self._record(used.frequency, write)
        try:
            self.monitor.release_channel()
            self.switched_off = self.monitor.switched_off
            frequency = self.wanted.frequency or self._search()
            if frequency is None:
                return CaptureFailure("not-heard", self._name)
            self.monitor.tune(frequency)
        except OSError as error:
            if error.errno == errno.EBUSY:
                return CaptureFailure("held", self._name)
            if error.errno == errno.EINVAL and self.wanted.frequency:
                return CaptureFailure("channel", self._name, self.wanted.frequency)
            raise
        return self._record(frequency, write)

    @property
    def _name(self) -> str:
        return self.wanted.interface or self.adapter.interfaces[0].name

    # --- finding the channel -------------------------------------------------------

    def _search(self) -> int | None:
        """The frequency of the wanted network; if several, the strongest, 2.4 GHz first
        because many terminals have no other band."""
        levels: dict[int, float] = {}
        likely = dict.fromkeys(f for f in self.likely if f in self.adapter.frequencies)
        rounds = [list(likely)] if likely else []
        rounds += [list(self.adapter.frequencies)] * ROUNDS
        for frequencies in rounds:
            for frequency in frequencies:
                if self.should_stop():
                    return None
                self._listen_on(frequency, levels)
            if levels:
                break
        order = sorted(levels, key=lambda f: (f > 3000, -levels[f]))
        self.others = tuple(order[1:])
        return order[0] if order else None

    def _listen_on(self, tuned: int, levels: dict[int, float]) -> None:
        try:
            self.monitor.tune(tuned)
        except OSError as error:
            if error.errno == errno.EINVAL:  # not in monitor mode
                return
            raise
        self.on_progress(self._progress(tuned, FrameFilter()))
        for data in self.monitor.frames(time.monotonic() + DWELL):
            frame = parse_frame(RADIOTAP, data)
            if frame is None or frame.kind != "beacon":
                continue
            if _is_wanted(self.wanted, frame.bssid, frame.ssid):
                # Adjacent channels leak in; the beacon announces its own.
                own = frequency_in_band_of(tuned, frame.channel)
                level = -100.0 if frame.signal is None else float(frame.signal)
                levels[own] = max(level, levels.get(own, -200.0))

    # --- recording -------------------------------------------------------------------

    def _record(self, frequency: int | None, write: Write) -> Progress | CaptureFailure:
        number = channel(frequency) if frequency else None
        frames = FrameFilter(self.wanted.ssid, self.wanted.bssid, number)
        begin, begun, settled, retuned = time.monotonic(), False, False, False
        end = begin + self.wanted.seconds
        while (now := time.monotonic()) < end and not self.should_stop():
            for data in self.monitor.frames(min(now + TICK, end)):
                for seconds, kept in frames.add(data, time.time()):
                    if not begun:  # without a packet no file is begun
                        write(header(RADIOTAP))
                    begun = True
                    write(record(seconds, kept))
            if frames.finished and not settled:
                settled, end = True, min(end, time.monotonic() + AFTER_HANDSHAKE)
            silent = 0.0 if frames.found else time.monotonic() - begin
            if silent > RETUNE and not retuned:
                retuned = True
                self._retune(frequency)
                frames.other_channels.clear()
            limit = NO_BEACON_HERE if frames.other_channels else NO_BEACON
            if silent > limit and not frames.hidden:
                break
            left = end - time.monotonic()
            self.on_progress(self._progress(frequency, frames, left))
        if frames.found or self.should_stop():
            return self._progress(frequency, frames)
        if frames.other_channels and frequency:
            own = frequency_in_band_of(frequency, min(frames.other_channels))
            return CaptureFailure("elsewhere", self._name, own)
        return CaptureFailure("not-heard", self._name, frequency)

    def _retune(self, frequency: int | None) -> None:
        """Set the channel by way of another one: some drivers did not follow, and
        ignore the channel that they believe to be on already."""
        if self.adapter.in_use is None and frequency is not None:
            others = [f for f in self.adapter.frequencies if f != frequency]
            for tuned in (*others[:1], frequency):
                self.monitor.tune(tuned)

    def _progress(
        self, frequency: int | None, frames: FrameFilter, left: float = 0.0
    ) -> Progress:
        return Progress(
            interface=self._name,
            frequency=frequency,
            beacons=frames.beacons,
            hidden=frames.hidden and not frames.found,
            signal=frames.signal(),
            stations=frames.stations(),
            left=max(left, 0.0),
            others=self.others,
            switched_off=self.switched_off,
        )
