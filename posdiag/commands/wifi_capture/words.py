"""What `posdiag wifi capture` prints: progress, the result, the reason of a failure."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from posdiag.commands import TEXTS as COMMANDS
from posdiag.commands.wifi_capture import TEXTS
from posdiag.formats.dot11.channels import channel as channel_number
from posdiag.system.core.rights import as_root
from posdiag.texts.clean import clean
from posdiag.texts.pair import Pair

if TYPE_CHECKING:
    from posdiag.system.wifi.capture.frame_filter import CapturedStation
    from posdiag.system.wifi.capture.recorder import (
        CaptureFailure,
        CaptureRequest,
        Progress,
    )
    from posdiag.texts.lang import Lang


def network(wanted: CaptureRequest) -> Pair:
    """The network as the user named it."""
    if wanted.ssid:
        name = clean(wanted.ssid.decode("utf-8", "replace"), 40)
        return TEXTS("network.name", name=name)
    if wanted.bssid:
        return Pair.same(wanted.bssid.hex(":"))
    return TEXTS("network.any")


def channel(frequency: int | None) -> Pair:
    """The channel with this centre frequency in MHz, in words."""
    if frequency is None:
        return TEXTS("channel.unknown")
    number = channel_number(frequency)
    return TEXTS("channel.known", number=number, frequency=frequency)


class Live:
    """Prints each event once, on a line of its own; on a terminal also a status line
    that is redrawn."""

    def __init__(self, wanted: CaptureRequest, lang: Lang, stream: TextIO) -> None:
        self._network, self._lang, self._stream = network(wanted), lang, stream
        self._terminal = stream.isatty()
        self._printed: set[Pair] = set()
        self._drawn = False

    def show(self, progress: Progress) -> None:
        for event in self._events(progress):
            if event not in self._printed:
                self._printed.add(event)
                self._clear()
                self._put(event.of(self._lang) + "\n")
        if self._terminal:
            self._clear()
            self._put(_status(progress).of(self._lang))
            self._drawn = True

    def end(self) -> None:
        self._clear()

    def _events(self, progress: Progress) -> Iterator[Pair]:
        for name in progress.switched_off:
            yield TEXTS("live.switched-off", interface=name)
        here, network = channel(progress.frequency), self._network
        if progress.beacons:
            yield TEXTS("live.found", network=network, channel=here)
        elif progress.hidden:
            yield TEXTS("live.hidden", network=network, channel=here)
        else:
            return
        yield TEXTS("live.no-content")
        for other in progress.others:
            yield TEXTS("live.other-channel", channel=channel(other))
        yield TEXTS("live.now-join")
        for station in progress.stations:
            yield TEXTS("live.station", station=station.station, event=_event(station))

    def _clear(self) -> None:
        if self._drawn:
            self._put("\r\033[K")
            self._drawn = False

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal is gone; the capture goes on
            self._terminal = False


def _event(seen: CapturedStation) -> Pair:
    if seen.ended:
        return outcome(seen)
    if not any(seen.messages):
        return TEXTS("live.joining")
    last = max(n for n, count in enumerate(seen.messages, 1) if count)
    return TEXTS("live.message", number=last)


def _status(progress: Progress) -> Pair:
    if not progress.left:
        return TEXTS("live.searching", channel=channel(progress.frequency))
    beacons, left = progress.beacons, progress.left
    if progress.signal is None:
        return TEXTS("live.beacons", beacons=beacons, left=left)
    signal = progress.signal
    return TEXTS("live.beacons-signal", beacons=beacons, signal=signal, left=left)


def outcome(seen: CapturedStation) -> Pair:
    """How the join of one station ended."""
    if seen.sae and seen.ended == "completed":
        return TEXTS("outcome.completed-sae")
    return TEXTS(f"outcome.{seen.ended or 'incomplete'}")


def result(ended: Progress, output: str, lang: Lang) -> list[str]:
    """What was recorded, and what to do with it."""
    if not ended.stations:
        return [TEXTS("result.nothing-joined").of(lang)]
    lines = [f"{seen.station}: {outcome(seen).of(lang)}" for seen in ended.stations]
    path = clean(output)
    lines.append(COMMANDS("output.written", file=path).of(lang))
    if not any(seen.ended for seen in ended.stations):
        return [*lines, TEXTS("result.incomplete").of(lang)]
    lines += [TEXTS("result.next").of(lang), "  [wifi]"]
    lines.append(f"  handshake = {json.dumps(path, ensure_ascii=False)}")
    return [*lines, TEXTS("result.private").of(lang)]


def failure(failed: CaptureFailure, wanted: CaptureRequest) -> Pair:
    """Why the capture failed, and what would help."""
    reason = failed.reason
    if reason == "not-heard" and failed.frequency is None:
        return TEXTS("failure.not-heard-anywhere", network=network(wanted))
    return TEXTS(
        f"failure.{reason}",
        command=as_root(sys.argv[1:]),
        interface=clean(failed.interface, 20),
        channel=channel(failed.frequency),
        network=network(wanted),
        detail=failed.detail,
    )
