"""`posdiag wifi capture`: record how the terminal joins, for `[wifi] handshake`."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands.shared import options
from posdiag.commands.shared.common import WRONG_USE, language, pick, refuse, write
from posdiag.commands.shared.outputs import writable

if TYPE_CHECKING:
    from posdiag.engine.session import Stop
    from posdiag.system.wifi.capture.recorder import Progress, Wanted
    from posdiag.texts.lang import Lang

COULD_NOT = 3
INTERRUPTED = 130
MAC = re.compile(r"[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
NAME_OCTETS = 32


def capture(
    output: Annotated[
        str,
        typer.Option(
            metavar="FILE", help=pick("抓包写到哪里", "Where the capture goes (pcap).")
        ),
    ],
    ssid: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=pick("Wi-Fi 名称", "Name of the Wi-Fi network.")
        ),
    ] = None,
    bssid: Annotated[
        str | None,
        typer.Option(
            metavar="MAC",
            help=pick("接入点的 MAC 地址", "Address of the access point."),
        ),
    ] = None,
    channel: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=pick("信道（6 GHz 填频率，MHz）", "Channel, or MHz; else searched."),
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            min=1,
            max=3600,
            metavar="N",
            help=pick("最多听多少秒（默认 60）", "How long at most (60)."),
        ),
    ] = 60.0,
    interface: Annotated[
        str | None,
        typer.Option(
            metavar="IFACE", help=pick("用哪块无线网卡", "Which Wi-Fi adapter.")
        ),
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
) -> Wanted:
    from posdiag.formats.dot11.channels import channel_or_frequency
    from posdiag.system.wifi.capture.recorder import Wanted

    if ssid is None and bssid is None and channel is None:
        zh, en = (
            "要有 --ssid、--bssid 或 --channel",
            "give --ssid, --bssid or --channel",
        )
        refuse(pick(zh, en, lang))
    if ssid is not None and bssid is not None:
        zh, en = "--ssid 和 --bssid 只能用一个", "--ssid and --bssid exclude each other"
        refuse(pick(zh, en, lang))
    name = (ssid or "").encode("utf-8", "surrogateescape")
    if ssid is not None and not 1 <= len(name) <= NAME_OCTETS:
        zh = f"--ssid 应为 1 到 {NAME_OCTETS} 个字节"
        refuse(pick(zh, f"--ssid: expected 1 to {NAME_OCTETS} bytes", lang))
    if bssid is not None and not MAC.fullmatch(bssid):
        zh, en = "--bssid 应形如 02:00:00:00:01:00", "--bssid: expected an address like"
        refuse(pick(zh, f"{en} 02:00:00:00:01:00", lang))
    frequency = None if channel is None else channel_or_frequency(channel)
    if channel is not None and frequency is None:
        zh = "--channel 应为 1-14、32-177 或频率（MHz）"
        refuse(pick(zh, "--channel: expected 1-14, 32-177 or a frequency in MHz", lang))
    point = bytes.fromhex(re.sub("[:-]", "", bssid or ""))
    return Wanted(interface or "", name, point, frequency, seconds)


# --- carrying it out -----------------------------------------------------------------


class _File:
    """Made with the first piece, for its owner's eyes: what it holds lets others try
    passphrases. Under sudo the owner is who called."""

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
            raise _Unwritable(f"{trouble.strerror}") from trouble

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


def _carry_out(wanted: Wanted, output: str, lang: Lang) -> int:
    from posdiag.commands.wifi_capture.words import Live, failure, result
    from posdiag.engine.session import Stop
    from posdiag.system.wifi.capture.recorder import Failed, capture

    file, live = _File(output), Live(wanted, lang, sys.stderr)
    try:
        with Stop() as stop, _hang_up(stop):
            ended = capture(wanted, file.write, live.show, lambda: stop.asked)
    except _Unwritable as trouble:
        refuse(f"--output {output}: {trouble}")
    finally:
        live.end()
        file.close()
    nothing = isinstance(ended, Failed) or not (ended.beacons or ended.stations)
    if stop.asked and nothing:
        return INTERRUPTED
    if isinstance(ended, Failed):
        for line in failure(ended, wanted, lang):
            typer.echo(f"posdiag: {line}", err=True)
        return WRONG_USE if ended.reason == "no-interface" else COULD_NOT
    write("\n".join(result(ended, output, lang)))
    return _code(ended, stop)


def _code(ended: Progress, stop: Stop) -> int:
    if any(station.ended for station in ended.stations):
        return 0
    return INTERRUPTED if stop.asked else COULD_NOT


@contextlib.contextmanager
def _hang_up(stop: Stop) -> Iterator[None]:
    """A closed terminal window ends the recording like Ctrl-C: what was switched off
    for it is to come back."""
    number = getattr(signal, "SIGHUP", None)
    if number is None:
        yield
        return

    def hear(*_: object) -> None:
        stop.asked = True

    old = signal.signal(number, hear)
    try:
        yield
    finally:
        signal.signal(number, old)
