"""A modem with a SIM, as it answers on its AT port.

The healthy one is an LTE module of the kind that payment terminals have. What it
answers is 3GPP TS 27.007; whose words it uses, and how well it behaves, can be altered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from posdiag.demo.devices.terminal import Reply

OK, ERROR = "OK", "ERROR"
ICCID, IMSI, IMEI = "89860012345678901234", "460001234567890", "861234567890123"

# What ModemManager and other clients ask beside a diagnosis.
MANNERS: Mapping[str, tuple[str, ...]] = {
    "AT+GCAP": ("+GCAP: +CGSM",),
    "AT+WS46=?": ("+WS46: (12,22,25,28,29)",),
    "AT+CSCS=?": ('+CSCS: ("GSM","UCS2")',),
    "AT+CGDCONT=?": ('+CGDCONT: (1-5),"IP",,,(0-1),(0-1)',),
    "AT+CRSM=176,12258,0,0,10": ('+CRSM: 144,0,"98680021436587092143"',),
    "AT+CLCK=?": ('+CLCK: ("SC","FD")',),
    "AT+CREG=?": ("+CREG: (0-3)",),
    "AT+CGREG=?": ("+CGREG: (0-3)",),
    "AT+CEREG=?": ("+CEREG: (0-3)",),
    "AT+CGEREP=?": (),
    "AT+CMGF=?": (),
    "AT+CNMI=?": (),
    "AT+CPMS=?": (),
}


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """Which modem, which SIM, which network.

    `sim` is what `+CPIN?` says, or the number of a CME error. `stat` is the state of
    registration of 27.007 section 7.2, for packets `packet_stat` if it differs;
    `cause` the reject cause of 24.008 or 24.301 that comes with it. Levels are the
    indices of `+CSQ` and `+CESQ`. `refusal` is the CME error of an activation.
    """

    maker: str = "Quectel"
    model: str = "EC20F"
    sim: str | int = "READY"
    pin: str = "1234"
    tries: int = 3
    stat: int = 1
    packet_stat: int | None = None
    cause: int | None = None
    last_error: str = ""
    technology: int = 7
    operator: str = "CHINA MOBILE"
    rssi: int = 21
    rsrq: int = 24
    rsrp: int = 52
    sinr: int | None = None
    functionality: int = 1
    attached: bool = True
    apn: str = "cmiot"
    active: bool = True
    address: str = "10.23.45.67"
    refusal: int | None = None


@dataclass(frozen=True, slots=True)
class Manners:
    """How a modem behaves: `latency` in seconds for each answer, `late` for some;
    `unasked` lines before every answer; `nuls` and `returns` between lines; `without`
    commands that it does not know; `unplugged` after so many commands."""

    echo: bool = True
    bare_at: str = OK
    latency: float = 0.02
    late: Mapping[str, float] = field(default_factory=dict)
    unasked: tuple[str, ...] = ()
    nuls: bool = False
    returns: str = "\r\n"
    quoted: bool = False
    without: frozenset[str] = frozenset()
    silent: bool = False
    noise: bytes = b""
    unplugged: int | None = None
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Modem:
    """The modem itself. `heard` are the commands that came, in order."""

    def __init__(
        self, settings: ModemSettings | None = None, manners: Manners | None = None
    ) -> None:
        self.settings = settings or ModemSettings()
        self.manners = manners or Manners()
        self.heard: list[str] = []
        self._sim: str | int = self.settings.sim
        self._tries = self.settings.tries
        self._active = self.settings.active
        self._functionality = self.settings.functionality
        self._errors = 0
        self._modes = {"+CREG": 0, "+CGREG": 0, "+CEREG": 0}
        self._rest = b""

    @property
    def kept(self) -> dict[str, int]:
        """Settings as they are now, by the command that shows them."""
        return {"+CMEE": self._errors, **self._modes}

    @property
    def active(self) -> bool:
        """Is the data connection up?"""
        return self._active

    # -- the port -------------------------------------------------------------------

    def poll(self) -> list[Reply]:
        return [(0.0, self.manners.noise)] if self.manners.noise else []

    def receive(self, data: bytes) -> list[Reply]:
        replies: list[Reply] = []
        *lines, self._rest = (self._rest + data).replace(b"\n", b"").split(b"\r")
        for line in lines:
            replies += self._command(line.decode("ascii", "replace").strip())
        return replies

    def _command(self, text: str) -> list[Reply]:
        manners = self.manners
        if not text:
            return []
        self.heard.append(text)
        if manners.unplugged is not None and len(self.heard) > manners.unplugged:
            return [(0.0, None)]
        if manners.silent:
            return []
        replies: list[Reply] = []
        if manners.echo:
            replies.append((0.0, f"{text}\r".encode()))
        for line in manners.unasked:
            replies.append((0.0, self._line(line)))
        command = text.upper() if '"' not in text else text
        wait = manners.late.get(command.partition("=")[0], manners.latency)
        answer = b"".join(self._line(line) for line in self._answer(command))
        return [*replies, (wait, answer)]

    def _line(self, line: str) -> bytes:
        ends = self.manners.returns
        text = f"{ends}{line}{ends}".encode()
        return b"\0" + text + b"\0" if self.manners.nuls else text

    # -- the answers ----------------------------------------------------------------

    def _answer(self, command: str) -> tuple[str, ...]:
        if command == "AT":
            return (self.manners.bare_at,)
        if command in self.manners.answers:
            return self.manners.answers[command]
        if command.rstrip("?").partition("=")[0] in self.manners.without:
            return (ERROR,)
        if command in MANNERS:
            return (*MANNERS[command], OK)
        return self._of_sim(command) or self._of_network(command) or self._of(command)

    def _of(self, command: str) -> tuple[str, ...]:
        """Who the modem is, and how it is set."""
        s = self.settings
        name = command.rstrip("?")
        fixed = {
            "ATI": (s.maker, s.model, "Revision: EC20CEFAGR06A10M4G", OK),
            "AT+CGMI": (s.maker, OK),
            "AT+CGMM": (s.model, OK),
            "AT+CGMR": ("EC20CEFAGR06A10M4G", OK),
            "AT+CGSN": (IMEI, OK),
            "AT+CFUN?": (f"+CFUN: {self._functionality}", OK),
            "AT+CMEE?": (f"+CMEE: {self._errors}", OK),
        }
        if command in fixed:
            return fixed[command]
        head, equals, value = name.partition("=")
        if head == "AT+CMEE" and equals:
            self._errors = int(value) if value in ("0", "1", "2") else 0
            return (OK,)
        if head == "AT+CFUN" and value.partition(",")[0] in ("0", "1", "4"):
            self._functionality = int(value[0])
            return (OK,)
        if head[2:] in self._modes and equals:
            self._modes[head[2:]] = int(value) if value.isdigit() else 0
            return (OK,)
        plain = ("ATE", "ATV", "ATX", "AT&", "ATH", "ATZ", "AT+CSCS=", "AT+COPS=3")
        more = ("AT+CMGF=", "AT+CGEREP=", "AT+CNMI=", "AT+CLIP=", "AT+CRC=")
        return (OK,) if command.startswith((*plain, *more)) else self._error(4)

    def _of_sim(self, command: str) -> tuple[str, ...]:
        if command == "AT+CPIN?":
            if isinstance(self._sim, int):
                return self._error(self._sim)
            state = f'"{self._sim}"' if self.manners.quoted else self._sim
            return (f"+CPIN: {state}", OK)
        if command.startswith('AT+CPIN="'):
            return self._unlock(command[9:].rstrip('"'))
        if command.startswith("AT+CPINR"):
            return (f"+CPINR: SIM PIN,{self._tries},3", OK)
        if command in ("AT+CIMI", "AT+CCID"):
            if self._sim != "READY":
                return self._error(self._sim if isinstance(self._sim, int) else 11)
            return (IMSI if command == "AT+CIMI" else f"+CCID: {ICCID}", OK)
        return ()

    def _unlock(self, pin: str) -> tuple[str, ...]:
        if self._sim != "SIM PIN":
            return self._error(3)
        if pin == self.settings.pin:
            self._sim = "READY"
            return (OK, "+CPIN: READY")
        self._tries -= 1
        if self._tries < 1:
            self._sim = "SIM PUK"
        return self._error(16)

    def _of_network(self, command: str) -> tuple[str, ...]:
        s = self.settings
        lte = s.technology >= 7
        registered = self._stat("+CEREG" if lte else "+CREG") in (1, 5)
        known = {
            "AT+CSQ": (f"+CSQ: {s.rssi},99", OK),
            "AT+CESQ": (
                f"+CESQ: 99,99,255,255,{s.rsrq},{s.rsrp}"
                if lte
                else f"+CESQ: {s.rssi * 2},99,255,255,255,255",
                OK,
            ),
            "AT+CGATT?": (f"+CGATT: {int(s.attached and registered)}", OK),
            "AT+CGDCONT?": (f'+CGDCONT: 1,"IP","{s.apn}","0.0.0.0",0,0', OK),
            "AT+CGACT?": (f"+CGACT: 1,{int(self._active)}", OK),
            "AT+CGPADDR": self._addresses(),
            "AT+CGPADDR=1": self._addresses(),
            "AT+CEER": (f"+CEER: {s.last_error or 'No cause information'}", OK),
            "AT+COPS?": (
                f'+COPS: 0,0,"{s.operator}",{s.technology}'
                if registered
                else "+COPS: 0",
                OK,
            ),
        }
        if s.sinr is not None:
            known["AT+QCSQ"] = (
                f'+QCSQ: "LTE",-65,{s.rsrp - 141},{(s.sinr + 20) * 5},-9',
                OK,
            )
        if command in known:
            return known[command]
        name = command[2:].rstrip("?")
        if command.endswith("?") and name in self._modes:
            return (self._registration(name), OK)
        if command.startswith("AT+CGACT="):
            return self._activate(command.endswith("1,1"))
        return ()

    def _stat(self, name: str) -> int:
        s = self.settings
        lte = s.technology >= 7
        if name == ("+CGREG" if lte else "+CEREG"):
            return 0
        own = None if name == "+CREG" else s.packet_stat
        stat = s.stat if own is None else own
        ready = self._sim == "READY" and self._functionality == 1
        return stat if ready else 0

    def _registration(self, name: str) -> str:
        mode, stat = self._modes[name], self._stat(name)
        cell = ""
        if mode >= 2 and stat in (1, 5):
            cell = f',"5A1E","0B3C4D21",{self.settings.technology}'
        if mode >= 3 and self.settings.cause and stat not in (1, 5):
            cell = f",,,,0,{self.settings.cause}"
        return f"{name}: {mode},{stat}{cell}"

    def _addresses(self) -> tuple[str, ...]:
        shown = self.settings.address if self._active else ""
        return (f'+CGPADDR: 1,"{shown}"' if shown else "+CGPADDR: 1", OK)

    def _activate(self, on: bool) -> tuple[str, ...]:
        if on and self.settings.refusal is not None:
            return self._error(self.settings.refusal)
        self._active = on
        return (OK,)

    def _error(self, code: int) -> tuple[str, ...]:
        if not self._errors:
            return (ERROR,)
        words = {10: "SIM not inserted", 13: "SIM failure", 11: "SIM PIN required"}
        text = words.get(code, "unknown") if self._errors == 2 else code
        return (f"+CME ERROR: {text}",)
