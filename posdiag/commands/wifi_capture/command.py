"""`posdiag wifi capture`: record how the terminal joins, for `[wifi] handshake`."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands import TEXTS as COMMANDS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import WRONG_USE, language, reason, refuse, write
from posdiag.commands.shared.exit_codes import INTERRUPTED, UNKNOWN
from posdiag.commands.shared.outputs import writable
from posdiag.commands.wifi_capture import TEXTS

if TYPE_CHECKING:
    from posdiag.system.process.signals import Stop
    from posdiag.system.wifi.capture.recorder import CaptureRequest, Progress
    from posdiag.texts.lang import Lang

MAC = re.compile(r"[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
NAME_OCTETS = 32


def capture(
    output: Annotated[str, options.option("capture-output", metavar="FILE")],
    ssid: Annotated[str | None, options.option("ssid", metavar="NAME")] = None,
    bssid: Annotated[str | None, options.option("bssid", metavar="MAC")] = None,
    channel: Annotated[int | None, options.option("channel", metavar="N")] = None,
    seconds: Annotated[
        float, options.option("seconds", min=1, max=3600, metavar="N")
    ] = 60.0,
    interface: Annotated[
        str | None, options.option("interface", metavar="IFACE")
    ] = None,
    lang: options.Language = None,
) -> None:
    chosen = language(lang)
    wanted = _wanted(ssid, bssid, channel, seconds, interface, chosen)
    writable(output, "--output", chosen)
    raise typer.Exit(_carry_out(wanted, output, chosen))


def _wanted(
    ssid: str | None,
    bssid: str | None,
    channel: int | None,
    seconds: float,
    interface: str | None,
    lang: Lang,
) -> CaptureRequest:
    from posdiag.formats.dot11.channels import channel_or_frequency
    from posdiag.system.wifi.capture.recorder import CaptureRequest

    name = (ssid or "").encode("utf-8", "surrogateescape")
    frequency = None if channel is None else channel_or_frequency(channel)
    wrong = None
    if ssid is None and bssid is None and channel is None:
        wrong = TEXTS("wrong.nothing")
    elif ssid is not None and bssid is not None:
        wrong = COMMANDS("wrong.both", one="--ssid", other="--bssid")
    elif ssid is not None and not 1 <= len(name) <= NAME_OCTETS:
        wrong = TEXTS("wrong.ssid", most=NAME_OCTETS)
    elif bssid is not None and not MAC.fullmatch(bssid):
        wrong = TEXTS("wrong.bssid")
    elif channel is not None and frequency is None:
        wrong = TEXTS("wrong.channel")
    if wrong:
        refuse(wrong.of(lang))
    point = bytes.fromhex(re.sub("[:-]", "", bssid or ""))
    return CaptureRequest(interface or "", name, point, frequency, seconds)


# --- capturing -----------------------------------------------------------------------


class _File:
    """The capture, created at the first write with mode 600: with its content others
    could guess passphrases. Under sudo it belongs to the calling user."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._handle: int | None = None

    def write(self, data: bytes) -> None:
        try:
            if self._handle is None:
                self._handle = self._made()
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError as trouble:
            raise _Unwritable(f"{reason(trouble)}") from trouble

    def _made(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(self.path, flags, 0o600)
        caller = [os.environ.get(name, "") for name in ("SUDO_UID", "SUDO_GID")]
        if all(number.isdecimal() for number in caller):
            with contextlib.suppress(OSError, OverflowError):
                os.fchown(handle, int(caller[0]), int(caller[1]))
        return handle

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)


class _Unwritable(Exception):
    """The capture could not be written: disk full, not allowed."""


def _carry_out(wanted: CaptureRequest, output: str, lang: Lang) -> int:
    from posdiag.commands.wifi_capture.words import Live, failure, result
    from posdiag.system.process.signals import Stop
    from posdiag.system.wifi.capture.recorder import CaptureFailure, capture

    file, live = _File(output), Live(wanted, lang, sys.stderr)
    try:
        with Stop() as stop:
            ended = capture(wanted, file.write, live.show, lambda: stop.asked)
    except _Unwritable as trouble:
        refuse(f"--output {output}: {trouble}")
    finally:
        live.end()
        file.close()
    nothing = isinstance(ended, CaptureFailure) or not (ended.beacons or ended.stations)
    if stop.asked and nothing:
        return INTERRUPTED
    if isinstance(ended, CaptureFailure):
        typer.echo(f"posdiag: {failure(ended, wanted).of(lang)}", err=True)
        return WRONG_USE if ended.reason == "no-interface" else UNKNOWN
    write("\n".join(result(ended, output, lang)))
    return _code(ended, stop)


def _code(ended: Progress, stop: Stop) -> int:
    if any(station.ended for station in ended.stations):
        return 0
    return INTERRUPTED if stop.asked else UNKNOWN
