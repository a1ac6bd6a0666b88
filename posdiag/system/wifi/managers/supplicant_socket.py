"""Commands to wpa_supplicant and its events, by its control socket.

The protocol is datagrams of text: a command, its reply, and in between, once attached,
events that begin with a priority in angle brackets. Network names within events come
from the air; wpa_supplicant escapes quotes and control characters in them.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from posdiag.model.questions.wifi_answers import EventKind, WifiEvent

FOLDERS = ("/run/wpa_supplicant", "/var/run/wpa_supplicant")
DATAGRAM = 65_536  # bytes; wpa_supplicant's own limit is 4096 for most replies
REPLY_TIME = 5.0  # seconds; it answers at once, but not while it processes a scan
ABORT_TIME, ABORT_TICK = 2.0, 0.1  # seconds until an aborted scan has ended
SCAN_TIME, BUSY_TIME = 4.0, 10.0  # seconds for a few channels, and for all
PREFIX = re.compile(r"(?:IFNAME=\S{1,32} )?<\d{1,2}>")
MAC = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b")


KINDS: dict[str, tuple[EventKind, str]] = {
    "CTRL-EVENT-CONNECTED": ("connected", ""),
    "CTRL-EVENT-DISCONNECTED": ("disconnected", "reason"),
    "CTRL-EVENT-AUTH-REJECT": ("auth-rejected", "status_code"),
    "CTRL-EVENT-ASSOC-REJECT": ("assoc-rejected", "status_code"),
    "CTRL-EVENT-SSID-TEMP-DISABLED": ("given-up", ""),
    "CTRL-EVENT-NETWORK-NOT-FOUND": ("not-found", ""),
    "CTRL-EVENT-BEACON-LOSS": ("beacon-loss", ""),
    "CTRL-EVENT-CHANNEL-SWITCH": ("channel-switch", ""),
    "CTRL-EVENT-STARTED-CHANNEL-SWITCH": ("channel-switch", ""),
    "CTRL-EVENT-SIGNAL-CHANGE": ("weaker", ""),
    "Associated": ("associated", ""),
    "AP-ENABLED": ("opened", ""),
    "AP-STA-CONNECTED": ("client-joined", ""),
    "AP-STA-POSSIBLE-PSK-MISMATCH": ("client-refused", ""),
}
"""The kind of each event, and the key of its status or reason code."""


def parse_event(line: str, seconds: float) -> WifiEvent | None:
    """The event in a line of wpa_supplicant; None for any other. Never raises."""
    found = PREFIX.match(line)
    text = line[found.end() :] if found else line
    head, _, rest = text.partition(" ")
    if head not in KINDS:
        return None
    kind, code = KINDS[head]
    detail = ""
    if kind == "given-up":
        rest = rest.rpartition('"')[2]  # what precedes has a name from the air
        detail = _word("reason", rest)
        kind = "key-suspected" if detail == "WRONG_KEY" else kind
    elif kind == "assoc-rejected" and re.search(r" timeout\b", rest):
        kind = "assoc-timeout"
    elif kind == "weaker" and _number("above", rest) != 0:
        return None
    return WifiEvent(
        seconds,
        kind,
        "supplicant",
        bssid=_mac(rest),
        code=_number(code, rest) if code else None,
        algorithm=_number("auth_type", rest),
        local=_number("locally_generated", rest) == 1,
        detail=detail,
    )


def _mac(text: str) -> str:
    found = MAC.search(text)
    return found.group() if found else ""


def _word(key: str, text: str) -> str:
    found = re.search(rf"(?:^| ){key}=([\w-]{{1,40}})", text, re.ASCII)
    return found.group(1) if found else ""


def _number(key: str, text: str) -> int | None:
    word = _word(key, text)
    return int(word) if word.isdigit() and len(word) < 6 else None


def parse_pairs(reply: str) -> dict[str, str]:
    """`key=value` lines, of STATUS and the like."""
    pairs = (line.partition("=") for line in reply.splitlines()[:200])
    return {key: value for key, sign, value in pairs if sign}


def parse_networks(reply: str) -> list[tuple[int, frozenset[str]]]:
    """The numbers and flags of LIST_NETWORKS: number, name, BSSID, flags, by tabs."""
    found = []
    for line in reply.splitlines()[1:200]:
        fields = line.split("\t")
        if len(fields) >= 4 and fields[0].isascii() and fields[0].isdigit():
            flags = re.findall(r"\[([A-Z0-9-]+)\]", fields[-1])
            found.append((int(fields[0][:9]), frozenset(flags)))
    return found


def control_path(interface: str, folders: tuple[str, ...] = FOLDERS) -> str:
    """wpa_supplicant's socket for this interface, "" for none."""
    for folder in folders:
        path = Path(folder, interface)
        with contextlib.suppress(OSError):  # the folder is not readable
            if path.is_socket():
                return str(path)
    return ""


class Control:
    """One connection to wpa_supplicant. `on_event` gets every event line."""

    def __init__(
        self, path: str, on_event: Callable[[str], None] | None = None
    ) -> None:
        """OSError where it cannot be reached."""
        self._on_event = on_event
        self._waiting: asyncio.Future[str] | None = None
        self._busy = asyncio.Lock()
        self._scanned = asyncio.Event()
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._sock.setblocking(False)
            # An abstract name, chosen by the kernel: no file that could be left behind.
            self._sock.bind("")
            self._sock.connect(path)
        except OSError:
            self._sock.close()
            raise
        asyncio.get_running_loop().add_reader(self._sock, self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()

    def _read(self) -> None:
        try:
            text = self._sock.recv(DATAGRAM).decode("utf-8", "backslashreplace")
        except OSError:  # it has ended
            return
        if PREFIX.match(text):
            if "CTRL-EVENT-SCAN-RESULTS" in text[:60]:
                self._scanned.set()
            if self._on_event is not None:
                self._on_event(text)
        elif self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(text)

    async def request(self, command: str) -> str:
        """The reply without its line break; "" where there is none."""
        async with self._busy:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                self._sock.send(command.encode())
                async with asyncio.timeout(REPLY_TIME):
                    return (await self._waiting).rstrip("\n")
            except (OSError, TimeoutError):
                return ""
            finally:
                self._waiting = None

    async def succeeds(self, command: str) -> bool:
        return await self.request(command) == "OK"

    async def scan(
        self, frequencies: Sequence[int], ssid: bytes, abort: bool = False
    ) -> None:
        """Active scan for one network on its known channels (MHz): the supplicant joins
        at once if its last scan is no older than 5 seconds.

        A scan of all channels that is already running serves as well and is waited for,
        or with `abort` is aborted.
        """
        channels = ",".join(map(str, frequencies))
        command = f"SCAN freq={channels} ssid {ssid.hex()}"
        reply = await self._start_scan(command)
        if reply == "FAIL-BUSY" and abort:
            await self.request("ABORT_SCAN")
            for _ in range(round(ABORT_TIME / ABORT_TICK)):
                reply = await self._start_scan(command)
                if reply != "FAIL-BUSY":
                    break
                await asyncio.sleep(ABORT_TICK)
        wait = {"OK": SCAN_TIME, "FAIL-BUSY": 0.0 if abort else BUSY_TIME}.get(reply)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait or 0.0):
                await self._scanned.wait()

    async def _start_scan(self, command: str) -> str:
        self._scanned.clear()
        return await self.request(command)

    async def clear_ignored(self) -> None:
        """Have it retry access points that have rejected it."""
        if await self.request("BSSID_IGNORE clear") != "OK":
            await self.request("BLACKLIST clear")  # its name before version 2.10

    async def status(self) -> dict[str, str]:
        return parse_pairs(await self.request("STATUS"))
