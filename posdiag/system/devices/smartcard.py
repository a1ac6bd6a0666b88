"""Which card readers are there, and is a card in one (PC/SC, by the system's library)?

libpcsclite by ctypes, since pyscard has no Linux wheel. `SCardGetStatusChange` reports
the state and the ATR without a connection to the card, so that nothing of it is read.
The library may wait for its service for ever: it is called in a thread of its own.
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_long, c_ubyte, c_ulong, c_void_p
from pathlib import Path

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskReaders, CardReader, CardReaders
from posdiag.model.questions.meter import Meter
from posdiag.system.devices.serial import in_daemon_thread

LIBRARY = "libpcsclite.so.1"
TIME = 6.0  # seconds; systemd starts the service on demand
INSTALL = "sudo apt install pcscd"
DAEMON = ("/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/usr/bin/pcscd")
MOST = 16  # readers
BUFFER = 4096  # bytes of all readers' names
ATR = 33  # bytes, the most that PC/SC lite keeps (MAX_ATR_SIZE)

# winscard.h and pcsclite.h
SCOPE_SYSTEM = 2
SUCCESS = 0
NO_SERVICE, NO_READERS = 0x8010001D, 0x8010002E
EMPTY, PRESENT, MUTE = 0x10, 0x20, 0x200


class ReaderState(ctypes.Structure):
    """SCARD_READERSTATE of PC/SC lite on Linux, where a DWORD is a long."""

    _fields_ = (
        ("reader", c_char_p),
        ("data", c_void_p),
        ("current", c_ulong),
        ("event", c_ulong),
        ("size", c_ulong),
        ("atr", c_ubyte * ATR),
    )


async def readers(
    question: AskReaders, meter: Meter, library: str = LIBRARY
) -> CardReaders | Unknown:
    try:
        return await in_daemon_thread(lambda: _ask(library), TIME)
    except TimeoutError:
        return Unknown("trouble", "pcscd does not answer")
    except OSError:  # no such library
        return Unknown("no-tool", INSTALL)


def _ask(library: str) -> CardReaders | Unknown:
    pcsc = ctypes.CDLL(library)
    context = c_long()
    made = _call(pcsc.SCardEstablishContext, SCOPE_SYSTEM, None, None, byref(context))
    if made == NO_SERVICE:
        return not_running()
    if made != SUCCESS:
        return Unknown("trouble", f"PC/SC error {made:#x}")
    try:
        return _list(pcsc, context)
    finally:
        pcsc.SCardReleaseContext(context)


def _list(pcsc: ctypes.CDLL, context: c_long) -> CardReaders | Unknown:
    buffer, size = ctypes.create_string_buffer(BUFFER), c_ulong(BUFFER)
    listed = _call(pcsc.SCardListReaders, context, None, buffer, byref(size))
    if listed == NO_READERS:
        return CardReaders()
    if listed == NO_SERVICE:
        return not_running()
    if listed != SUCCESS:
        return Unknown("trouble", f"PC/SC error {listed:#x}")
    names = [n for n in buffer.raw[: size.value].split(b"\0") if n][:MOST]
    states = (ReaderState * len(names))(*(ReaderState(reader=n) for n in names))
    pcsc.SCardGetStatusChange.argtypes = (
        c_long, c_ulong, POINTER(ReaderState), c_ulong,
    )  # fmt: skip
    result = _call(pcsc.SCardGetStatusChange, context, 0, states, len(names))
    return CardReaders(
        tuple(
            read_state(
                name,
                state.event if result == SUCCESS else 0,
                bytes(state.atr[: min(state.size, ATR)]),
            )
            for name, state in zip(names, states, strict=True)
        )
    )


def not_running(daemons: tuple[str, ...] = DAEMON) -> CardReaders | Unknown:
    """The library alone proves no service: wpa_supplicant brings it along."""
    if any(Path(daemon).exists() for daemon in daemons):
        return CardReaders(running=False)
    return Unknown("no-tool", INSTALL)


def read_state(name: bytes, event: int, atr: bytes) -> CardReader:
    text = name.decode("utf-8", "replace")[:100]
    if event & MUTE:
        return CardReader(text, "mute")
    if event & PRESENT:
        return CardReader(text, "answers" if atr else "mute", atr.hex())
    return CardReader(text, "none" if event & EMPTY else "untold")


def _call(function: "ctypes._NamedFuncPointer", *arguments: object) -> int:
    """The result code, without its sign."""
    function.restype = c_long
    return int(function(*arguments)) & 0xFFFFFFFF
