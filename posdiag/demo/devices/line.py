"""A dial-up modem on a telephone line, as it answers on its serial port.

The healthy one dials a number that another modem answers. What the exchange does is
altered by the settings; result codes are those of ITU-T V.250.
"""

from dataclasses import dataclass

from posdiag.demo.devices.terminal import Reply


@dataclass(frozen=True, slots=True)
class LineSettings:
    """`result` is what a dialled number leads to, "" for no result code at all; `tone`
    whether the exchange gives one, None where the modem cannot tell; `dead` is the
    result code of a line without one. `seconds` pass
    until the result."""

    result: str = "CONNECT 2400"
    tone: bool | None = True
    dead: str = "NO DIALTONE"
    seconds: float = 0.2
    echo: bool = True
    silent: bool = False
    latency: float = 0.01


class DialUpModem:
    """Bytes in, bytes out. `dialled` are the numbers, `open` is the line."""

    def __init__(self, settings: LineSettings) -> None:
        self.dialled: list[str] = []
        self.open = False
        self.settings = settings
        self._waiting = b""
        self._data = False  # connected: bytes are data, not commands

    def receive(self, data: bytes) -> list[Reply]:
        if self.settings.silent:
            return []
        if self._data:
            if data.strip(b"\r") != b"+++":
                return []
            self._data = False
            return [(self.settings.latency, b"\r\nOK\r\n")]
        self._waiting += data
        replies: list[Reply] = []
        while b"\r" in self._waiting:
            line, _, self._waiting = self._waiting.partition(b"\r")
            command = line.decode("ascii", "replace").strip().upper()
            replies += self._command(command) if command else []
        return replies

    def poll(self) -> list[Reply]:
        return []

    def _command(self, command: str) -> list[Reply]:
        s = self.settings
        echo = [(0.0, f"{command}\r".encode())] if s.echo else []
        answer, late = "OK", s.latency
        if command.startswith("ATDT"):
            answer, late = self._dial(command[4:])
        elif command.startswith("ATH"):
            self.open = False
        elif not command.startswith("AT"):
            return []
        reply: list[Reply] = [(late, f"\r\n{answer}\r\n".encode())] if answer else []
        return [*echo, *reply]

    def _dial(self, number: str) -> tuple[str, float]:
        s = self.settings
        self.open = True
        if number == ";":
            if s.tone is None:
                return "", s.latency
            return ("OK" if s.tone else s.dead), s.latency
        self.dialled.append(number)
        if s.tone is False:
            return s.dead, s.latency
        self._data = s.result.startswith("CONNECT")
        return s.result, s.seconds
