"""Printers on pseudo-terminals and behind TCP; nothing is ever printed."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from posdiag.demo.devices.printer import PrinterSettings, SimulatedPrinter
from posdiag.demo.devices.terminal import PseudoTerminal
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskPrinter, PrinterDialogue
from posdiag.model.questions.meter import Meter
from posdiag.model.site import Printer
from posdiag.system.devices.channels import RawDevice
from posdiag.system.devices.printer import ask
from posdiag.system.devices.serial import PortGone
from posdiag_checks.peripheral.printer import judge, read

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def on_a_port(settings: PrinterSettings) -> tuple[PrinterDialogue, bytes]:
    printer = SimulatedPrinter(settings)
    with PseudoTerminal(printer) as terminal:
        found = asyncio.run(ask(AskPrinter(terminal.name), Meter()))
    assert isinstance(found, PrinterDialogue)
    return found, printer.printed


def over_tcp(serve: Serve) -> tuple[PrinterDialogue, Meter]:
    meter = Meter()

    async def run() -> Any:
        async def politely(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            try:
                await serve(reader, writer)
            except OSError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(politely, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        found = await ask(AskPrinter(address="127.0.0.1", tcp=port), meter)
        server.close()
        return found

    found = asyncio.run(run())
    assert isinstance(found, PrinterDialogue)
    return found, meter


def said(talk: PrinterDialogue) -> tuple[str, str]:
    found = judge(talk, Printer(port="here"))
    return found.code, found.variant


SETTINGS = [
    (PrinterSettings(), ("", "")),
    (PrinterSettings(near_end=True), ("", "near-end")),
    (PrinterSettings(no_paper=True), ("printer.no-paper", "")),
    (PrinterSettings(cover_open=True), ("printer.cover-open", "")),
    (PrinterSettings(cutter=True), ("printer.error", "cutter")),
    (PrinterSettings(hot=True), ("printer.error", "hot")),
    (PrinterSettings(broken=True), ("printer.error", "broken")),
    (PrinterSettings(offline=True), ("printer.offline", "")),
    (PrinterSettings(answers=(4,), no_paper=True), ("printer.no-paper", "")),
    (PrinterSettings(answers=(2, 4)), ("", "")),
    (PrinterSettings(greeting=b"\x14\x00\x00\x0f"), ("", "")),
    (PrinterSettings(speaks="starprnt"), ("", "")),
    (PrinterSettings(speaks="starprnt", no_paper=True), ("printer.no-paper", "")),
    (PrinterSettings(speaks="starprnt", cutter=True), ("printer.error", "cutter")),
    (PrinterSettings(speaks="nothing"), ("skip.printer-silent", "")),
]


@pytest.mark.parametrize(("settings", "wanted"), SETTINGS, ids=lambda v: str(v)[-40:])
def test_on_a_serial_port(settings: PrinterSettings, wanted: tuple[str, str]) -> None:
    talk, printed = on_a_port(settings)

    assert said(talk) == wanted
    assert printed == b""


async def _greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x14\x00\x00\x0f")  # Automatic Status Back
    printer = SimulatedPrinter(PrinterSettings())
    while data := await reader.read(100):
        for _, answer in printer.receive(data):
            writer.write(answer or b"")


def test_what_it_sends_by_itself_is_kept_apart() -> None:
    # By TCP: what is sent before a serial port is open, its driver may throw away.
    talk, _ = over_tcp(_greeted)

    assert talk.unasked == "1400000f"
    assert [r.reply for r in talk.replies] == ["12"] * 4


def test_no_such_port() -> None:
    found = asyncio.run(ask(AskPrinter("/dev/absent"), Meter()))

    assert found == PrinterDialogue("missing")


def test_a_port_that_another_program_holds() -> None:
    import serial

    with (
        PseudoTerminal(SimulatedPrinter(PrinterSettings())) as terminal,
        serial.Serial(terminal.name, exclusive=True),
    ):
        found = asyncio.run(ask(AskPrinter(terminal.name), Meter()))

    assert isinstance(found, Unknown)
    assert found.why == "busy"


async def _printer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    printer = SimulatedPrinter(PrinterSettings(cover_open=True))
    while data := await reader.read(100):
        for _, answer in printer.receive(data):
            writer.write(answer or b"")


async def _web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(3)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)


async def _digits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Its greeting ends in digits, which pass for status bytes."""
    writer.write(b"220 mail.example ESMTP 2\r\n")
    while await reader.read(100):
        writer.write(b"500 unknown command 62\r\n")


async def _mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(100):
        pass


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes at once."""


@pytest.mark.parametrize(
    ("serve", "wanted"),
    [
        (_printer, ("printer.cover-open", "")),
        (_web, ("printer.offline", "foreign")),
        (_echo, ("printer.offline", "foreign")),
        (_digits, ("printer.offline", "foreign")),
        (_mute, ("skip.printer-silent", "")),
        (_hang_up, ("printer.offline", "gone")),
    ],
)
def test_over_the_network(serve: Serve, wanted: tuple[str, str]) -> None:
    talk, meter = over_tcp(serve)

    assert said(talk) == wanted
    assert meter.total > 0 or serve is _hang_up


def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        asked = AskPrinter(address="127.0.0.1", tcp=bound.getsockname()[1])
        found = asyncio.run(ask(asked, Meter()))

    assert found == PrinterDialogue("refused")


def test_a_usb_printers_device() -> None:
    """Reads and writes without waiting, and notices the end."""

    async def run() -> tuple[bytes, bytes]:
        near, far = socket.socketpair()
        near.setblocking(False)
        device = RawDevice(near.detach())
        silence = await device.read(0.05)
        far.send(b"\x12")
        answer = await device.read(1.0)
        await device.write(b"\x10\x04\x01")
        assert far.recv(10) == b"\x10\x04\x01"
        far.close()
        with pytest.raises(PortGone):
            await device.read(1.0)
        device.close()
        return silence, answer

    assert asyncio.run(run()) == (b"", b"\x12")


def test_a_flood_ends() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(os.urandom(4096))
            await writer.drain()

    talk, _ = over_tcp(flood)

    assert read(talk) is None or talk.replies
    assert all(len(r.reply) <= 1024 for r in talk.replies)
