"""What `posdiag wifi capture` says: meanwhile, at the end, and where it cannot."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from posdiag.commands.shared.common import pick
from posdiag.formats.dot11.channels import channel
from posdiag.system.core.rights import as_root
from posdiag.texts.safe import clean

if TYPE_CHECKING:
    from posdiag.system.wifi.capture.keeper import StationSeen
    from posdiag.system.wifi.capture.recorder import Failed, Progress, Wanted
    from posdiag.texts.lang import Lang

WIDTH = 79


def network(wanted: Wanted, lang: Lang) -> str:
    """The network as the user named it."""
    if wanted.ssid:
        name = clean(wanted.ssid.decode("utf-8", "replace"), 40)
        return f"“{name}”" if lang == "zh" else f'"{name}"'
    if wanted.bssid:
        return wanted.bssid.hex(":")
    return pick("接入点", "access points", lang)


def place(frequency: int | None, lang: Lang) -> str:
    if frequency is None:
        return pick("未知信道", "an unknown channel", lang)
    number = channel(frequency) or "?"
    zh, en = f"信道 {number}（{frequency} MHz）", f"channel {number} ({frequency} MHz)"
    return pick(zh, en, lang)


class Live:
    """Tells what is new on lines of its own, and on a screen the rest on one line that
    changes."""

    def __init__(self, wanted: Wanted, lang: Lang, stream: TextIO) -> None:
        self._wanted, self._lang, self._stream = wanted, lang, stream
        self._screen = stream.isatty()
        self._said: set[str] = set()
        self._drawn = 0

    def show(self, progress: Progress) -> None:
        for line in self._events(progress):
            if line not in self._said:
                self._said.add(line)
                self._clear()
                self._put(line + "\n")
        if self._screen:
            self._clear()
            line = self._status(progress)
            self._put(line)
            self._drawn = len(line)

    def end(self) -> None:
        self._clear()

    def _events(self, progress: Progress) -> Iterator[str]:
        lang = self._lang
        for name in progress.switched_off:
            zh = f"{name} 开着但没有连接，抓包期间先关掉，结束后恢复"
            en = f"{name} is on but not joined: it is off meanwhile and comes back"
            yield pick(zh, en, lang)
        where, name = place(progress.frequency, lang), network(self._wanted, lang)
        if progress.beacons:
            yield pick(f"{where}听到了{name}。", f"Heard {name} on {where}.", lang)
        elif progress.hidden:
            zh = f"{where}有隐藏名称的网络：有设备连接时才知道是不是{name}。"
            en = f"Hidden names on {where}: whether {name} is there shows on joining."
            yield pick(zh, en, lang)
        else:
            return
        zh = "只保存连接过程的帧，不保存任何内容。"
        yield pick(zh, "Only frames of joining are kept, no content.", lang)
        for other in progress.others:
            zh = f"它也在{place(other, lang)}：POS机如果连那里，请用 --channel"
            en = f"It is on {place(other, lang)} too: if the terminal joins there,"
            yield pick(zh, f"{en} use --channel", lang)
        zh = "现在让 POS机重新连接：把它的 Wi-Fi 关掉再打开。"
        en = "Now let the terminal join: switch its Wi-Fi off and on again."
        yield pick(zh, en, lang)
        for station in progress.stations:
            yield self._station(station)

    def _station(self, seen: StationSeen) -> str:
        if seen.ended:
            return f"{seen.station}: {outcome(seen, self._lang)}"
        if not any(seen.messages):
            zh, en = "正在连接", "is joining"
            return f"{seen.station}: {pick(zh, en, self._lang)}"
        last = max(n for n, count in enumerate(seen.messages, 1) if count)
        zh, en = f"握手报文 {last}/4", f"key message {last} of 4"
        return f"{seen.station}: {pick(zh, en, self._lang)}"

    def _status(self, progress: Progress) -> str:
        lang, where = self._lang, place(progress.frequency, self._lang)
        if not progress.left:
            return pick(f"寻找：{where}", f"searching: {where}", lang)
        level = "" if progress.signal is None else f", {progress.signal:.0f} dBm"
        zh = f"信标 {progress.beacons}{level}，还剩 {progress.left:.0f} 秒"
        en = f"{progress.beacons} beacons{level}, {progress.left:.0f} s left"
        return pick(zh, en, lang)

    def _clear(self) -> None:
        if self._drawn:
            self._put("\r\033[K")
            self._drawn = 0

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # nobody looks any more
            self._screen = False


def outcome(seen: StationSeen, lang: Lang) -> str:
    """How it ended for one station."""
    if seen.sae and seen.ended == "completed":
        zh = "WPA3 连接成功（抓包看不出密码对错）"
        en = "joined by WPA3 (a capture cannot show which password)"
    elif seen.ended == "completed":
        zh, en = "握手完整", "complete handshake"
    elif seen.ended == "broken":
        zh, en = "握手在第 2 个报文后中断", "handshake broke off after message 2"
    elif seen.ended == "refused":
        zh, en = "接入点拒绝了它", "refused by the access point"
    else:
        zh, en = "握手不全", "handshake not complete"
    return pick(zh, en, lang)


def result(ended: Progress, output: str, lang: Lang) -> list[str]:
    """What was recorded, and what to do with it."""
    if not ended.stations:
        zh = "听到了网络，但没有设备连接。再运行一次，并在期间让 POS机重新连接。"
        en = "The network was heard, but nothing joined. Run it again, and let the"
        return [pick(zh, f"{en} terminal join meanwhile.", lang)]
    lines = [f"{seen.station}: {outcome(seen, lang)}" for seen in ended.stations]
    path = clean(output)
    lines.append(pick(f"已写入 {path}", f"written: {path}", lang))
    if not any(seen.ended for seen in ended.stations):
        zh = "没有听全：离 POS机近一些，再运行一次。"
        en = "Not all of it was heard: go nearer to the terminal and run it again."
        return [*lines, pick(zh, en, lang)]
    zh = "核对上面的地址是不是这台 POS机的，然后在配置文件里写："
    en = "See that the address is the terminal's. Then write into the profile:"
    lines += [pick(zh, en, lang), "  [wifi]"]
    lines.append(f"  handshake = {json.dumps(path, ensure_ascii=False)}")
    zh = "这个文件能被别人用来试密码：不要外传，用完删除。"
    en = "Others could try passphrases against this file: keep it, and delete it after."
    return [*lines, pick(zh, en, lang)]


def failure(failed: Failed, wanted: Wanted, lang: Lang) -> list[str]:
    """Why it could not be done, and what would help."""
    name, where = clean(failed.interface, 20), place(failed.frequency, lang)
    rights = as_root(sys.argv[1:])
    zh, en = {
        "no-rights": (f"要有管理员权限：{rights}", f"needs root: {rights}"),
        "unsupported": ("只能在 Linux 上抓包", "recording works on Linux only"),
        "no-interface": (
            f"没有叫 {name} 的无线网卡",
            f"there is no Wi-Fi interface called {name}",
        ),
        "no-adapter": ("本机没有无线网卡", "this machine has no Wi-Fi adapter"),
        "no-monitor": (
            f"{name} 的驱动不支持监听模式，请换一块网卡",
            f"the driver of {name} has no monitor mode: use another adapter",
        ),
        "in-use": (
            f"{name} 正连在{where}，换不了信道：断开它，或换一块网卡",
            f"{name} is joined on {where} and must stay there: disconnect it, or use "
            "another adapter",
        ),
        "held": (
            f"有别的程序占着 {name} 的信道：断开它，或换一块网卡",
            f"something else holds the channel of {name}: disconnect it, or use "
            "another adapter",
        ),
        "channel": (
            f"{name} 不能用{where}",
            f"{name} may not or cannot listen on {where}",
        ),
        "elsewhere": (
            f"{network(wanted, lang)}在{where}：请用 --channel",
            f"{network(wanted, lang)}: on {where}; say so by --channel",
        ),
        "not-heard": _not_heard(failed, wanted, lang),
        "trouble": (
            f"没能抓包：{failed.detail}",
            f"could not record: {failed.detail}",
        ),
    }[failed.reason]
    return [pick(zh, en, lang)]


def _not_heard(failed: Failed, wanted: Wanted, lang: Lang) -> tuple[str, str]:
    name = network(wanted, lang)
    if failed.frequency is None:
        return (
            f"每个信道都听过，没有听到{name}；名称隐藏的网络请用 --bssid 或 --channel",
            f"listened on every channel, {name} was not heard; for a hidden name give "
            "--bssid or --channel",
        )
    where = place(failed.frequency, lang)
    return (f"{where}没有听到{name}", f"{name} was not heard on {where}")
