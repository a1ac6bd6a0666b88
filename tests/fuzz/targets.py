"""Every parser of bytes from outside, each with sound inputs to begin from.

A target may raise nothing, but for what its own docstring promises for bad input.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Network
from itertools import islice, product
from typing import get_args

from posdiag.engine.plugins.options import declared
from posdiag.engine.plugins.wire import checked_finding
from posdiag.formats import certificate, dhcp, escpos, icmp, pcap
from posdiag.formats.address import bare, is_host_address
from posdiag.formats.at import sim
from posdiag.formats.at.framing import Splitter, final
from posdiag.formats.at.private import masked
from posdiag.formats.desktop import airport, netsh_interfaces, netsh_networks, netstat
from posdiag.formats.dns import matching_reply, query, reply
from posdiag.formats.dot11 import elements, frames, rsn, ssid
from posdiag.formats.iso8583 import echo
from posdiag.formats.iso8583.framing import Length
from posdiag.formats.iso8583.specs import Bitmap, Dialect
from posdiag.formats.traffic.connections.hello import chosen_version, client_hello
from posdiag.formats.traffic.connections.tls_records import Tap
from posdiag.formats.traffic.frames import Lease
from posdiag.formats.traffic.tracker import Setting, Tracker
from posdiag.history.reading import parse
from posdiag.model.questions.modem import AtExchange, ModemDialogue
from posdiag.model.questions.wire import HttpReply, Knock, Lookup
from posdiag.profile.load import BadProfile, load
from posdiag.system.core.replay import read_pairs
from posdiag.system.devices import wireguard
from posdiag.system.terminal.hosting import Hosting, HostingConfig
from posdiag.system.terminal.port import VNET, Frame
from posdiag.system.wire import sntp, speed
from posdiag.system.wire.http import parse_date
from posdiag.system.wire.icmp import errors, ping_command
from posdiag.system.wire.raw import ipsec, knock
from posdiag.system.wire.tls import tlcp
from posdiag_checks.cellular import dialogue
from tests import FIXTURES, ROOT

MAC = bytes.fromhex("020000000001")
UNREACHABLE = bytes.fromhex(
    "6f000000 02030100 00000000 00000000 0200 0000 c0000201 " + 16 * "0"
)
"""struct sock_extended_err of ICMP 3/1 and the sockaddr of its sender."""

KNOCK = Knock("eth0", "", "192.0.2.2", "192.0.2.1", 443)
SYN_ACK = bytes.fromhex(
    "45000028 00000000 40060000 c0000201 c0000202"
    "01bb9c40 00000001 00000002 50120064 00000000"
)
POLICY = bytes.fromhex("b8000000 1300 0000 01000000 00000000") + bytes(168)
"""One policy as the kernel dumps it, for no address in particular."""


@dataclass(frozen=True, slots=True)
class Target:
    """One parser. `seeds` are sound inputs, `read` takes any bytes."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]


def targets() -> list[Target]:
    return [*_messages(), *_modems(), *_wifi(), *_desktop(), *_documents()]


def _terminal() -> Iterator[Target]:
    """Frames of a terminal, and what a hosted one is told."""
    ask = b"\xff" * 6 + MAC + b"\x08\x06\0\1\x08\0\6\4\0\1" + MAC + bytes(4)
    ask += bytes(6) + bytes([192, 168, 1, 1])
    discover = dhcp.request_frame(MAC, 7, dhcp.DISCOVER)

    def hear(data: bytes) -> object:
        tracker = Tracker(Setting("read"))
        tracker.frame(1, data, 1.0)
        return tracker.survey()

    yield Target("terminal frame", (ask, discover), hear)
    yield Target("client hello", (b"\1\0\0\2\3\3",), client_hello)
    yield Target("server hello", (b"\2\0\0\x26\3\3" + bytes(36),), chosen_version)
    lease = Lease("10.1.1.10", "10.1.1.1", IPv4Network("10.1.1.0/24"), ())
    order = HostingConfig(lease)
    yield Target(
        "hosted terminal",
        (ask, discover),
        lambda d: Hosting(order).frame(Frame(d, bytes(VNET.size))),
    )


def _messages() -> Iterator[Target]:
    for form in _forms():
        wanted = echo.Wanted(echo.HEADER if form.header else "")
        name = f"iso8583 {form.dialect} {form.length} {form.bitmap} {form.inclusive}"
        sent = echo.request(form, wanted, 0)
        yield Target(name, (sent,), partial(echo.read, form=form))
    frame = dhcp.request_frame(MAC, 7, dhcp.OFFER, [(dhcp.SERVER, bytes(4))])
    offer = frame[:34] + b"\0\x43\0\x44" + frame[38:42] + b"\2" + frame[43:]
    yield Target("dhcp", (frame, offer), lambda data: dhcp.parse_reply(data, 7, MAC))
    yield from _dns()
    ping = icmp.pack(icmp.REPLY4, 1, 2, 16)
    yield Target(
        "icmp",
        (ping, b"\x45" + bytes(19) + ping),
        lambda data: (icmp.parse(data, True), icmp.parse(data, False)),
    )
    yield Target("icmp error", (UNREACHABLE,), errors.parse_extended)
    yield Target("knock", (SYN_ACK,), lambda d: knock.read_answer(d, KNOCK, 40000))
    yield Target("ipsec policies", (POLICY,), _policies)
    yield Target(
        "sntp", (b"\x24\1" + bytes(46),), lambda d: sntp.parse(d, bytes(8), 0.0, 1.0)
    )
    yield Target("tlcp", (b"\x16\1\1\0\4\2\0\0\0",), tlcp.read)
    hello = b"\x16\x03\x03\0\x06\2\0\0\2\x03\x03\x15\x03\x03\0\2\2\x28"
    yield from _terminal()
    yield Target("tls records", (hello,), lambda data: Tap().feed(data))
    yield Target("certificate", (_certificate(),), certificate.from_bytes)
    yield Target("http date", (b"Sun, 29 Nov 2026 14:00:00 GMT",), _text(parse_date))
    yield Target("redirect", (b"http://[::1]/x", b"https://a/b"), _text(_redirect))
    yield Target("address", (b"fe80::1%eth0", b"10.0.0.1"), _text(_address))


def _certificate() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pay.example")])
    key = ec.derive_private_key(7, ec.SECP256R1())
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, day, day)
    names = x509.SubjectAlternativeName([x509.DNSName("pay.example")])
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def _forms() -> Iterator[echo.Form]:
    for dialect in get_args(Dialect):
        tpdu, header = ("", 0) if dialect == "ascii" else (echo.TPDU, 6)
        for length, bitmap, inclusive in product(
            get_args(Length), get_args(Bitmap), (False, True)
        ):
            yield echo.Form(dialect, length, tpdu, header, bitmap, inclusive)


def _dns() -> Iterator[Target]:
    import dns.message
    import dns.rrset

    question = Lookup("192.0.2.1", "pay.example")
    sent = query(question)
    assert sent is not None
    answer = dns.message.make_response(sent)
    for record in ("CNAME b.example.", "A 192.0.2.9"):
        name = "pay.example." if record[0] == "C" else "b.example."
        kind, _, value = record.partition(" ")
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
    seeds = (sent.to_wire(), answer.to_wire())

    def read(data: bytes) -> object:
        found = matching_reply(sent, data)
        return None if found is None else reply(question, sent, found, 0.0, 1)

    yield Target("dns", seeds, read)


def _redirect(location: str) -> object:
    from posdiag.measure.internet import read_page

    return read_page("http://a.example/204", HttpReply("ok", 302, location))


def _address(text: str) -> object:
    return bare(text), is_host_address(text)


def _policies(data: bytes) -> list[object]:
    return [ipsec.read_policy(m, "192.0.2.1", None) for m in ipsec.messages(data)]


def _modems() -> Iterator[Target]:
    """Bytes of an AT port, as the answer to every command of a dialogue."""
    answers = (
        b"\r\n+CPIN: READY\r\n\r\nOK\r\n",
        b"AT+CEREG?\r\r\n+CEREG: 3,3,,,,0,15\r\nOK\r\n",
        b'+CREG: 2,1,"5A1E","0B3C4D21",7\r\n+CME ERROR: 10\r\n',
        b"+CESQ: 99,99,255,255,24,52\r\n+CSQ: 21,99\r\n",
        b'+CGDCONT: 1,"IP","cmiot"\r\n+CGACT: 1,1\r\n+CGPADDR: 1,"10.1.1.1"\r\n',
        b'+QCSQ: "LTE",-60,-90,150,-10\r\n+CEER: EMM cause 15\r\n',
    )
    commands = (
        *("AT+CPIN?", "AT+CEREG?", "AT+CGREG?", "AT+CREG?", "AT+COPS?", "AT+CSQ"),
        *("AT+CESQ", "AT+QCSQ", "AT^HCSQ?", "AT+CEER", "AT+CFUN?", "AT+CGATT?"),
        *("AT+CGDCONT?", "AT+CGACT?", "AT+CGPADDR", "AT+CGCONTRDP", "AT+CGMI"),
        *(command for command, _ in sim.TRIES),
    )

    def read(data: bytes) -> None:
        lines = tuple(masked(line) for line in Splitter().feed(data + b"\r"))
        results = [final(line) for line in lines if final(line)] or ["OK"]
        asked = [AtExchange(c, lines, "OK") for c in commands]
        asked.append(AtExchange("AT+CGACT=1,1", (), results[0]))
        dialogue.read(ModemDialogue("/dev/x", "answers", 0, tuple(asked), lines))

    yield Target("modem", answers, read)
    status = bytes.fromhex("1012041a1452"), bytes.fromhex("238600000000000000")
    yield Target("printer", status, _printer)
    peers = b"key=\t1000\nkey=\t10\t20\n", b"key=\t10.0.0.0/8 (none)\n"
    yield Target("wg", peers, _text(_wireguard))
    totals = b'{"end": {"sum_received": {"bytes": 1, "bits_per_second": 2.5}}}'
    yield Target("iperf3", (totals,), _text(speed.read_iperf3))


def _printer(data: bytes) -> object:
    parts = [(n % 5, data[n::4]) for n in range(5)]
    return (
        escpos.read_escpos(parts),
        escpos.read_star(data),
        escpos.is_foreign(part for _, part in parts),
    )


def _wireguard(text: str) -> object:
    return (wireguard.read_peers(text, text, 2000.0), wireguard.read_networks(text))


def _wifi() -> Iterator[Target]:
    files = sorted(FIXTURES.glob("*.pcap*"))
    whole = tuple(path.read_bytes()[:20_000] for path in files)
    packets = tuple(
        packet.data
        for path in files[:4]
        for packet in islice(pcap.CaptureFile(path.read_bytes()), 30)
    )
    yield Target("pcap", whole, _capture)
    yield Target(
        "802.11 frame",
        packets,
        lambda data: [frames.parse_frame(link, data) for link in (105, 127, 1)],
    )
    body = bytes.fromhex("0100000fac040100000fac040100000fac020000")
    some = b"\0\4SHOP" + b"\x30\x14" + body
    yield Target("elements", (some,), lambda d: elements.parse_elements(2412, d))
    yield Target("rsn", (body,), lambda d: (rsn.parse_rsn(d), rsn.parse_wpa(d)))
    yield Target(
        "ssid", ("店".encode(), b"shop"), lambda d: (ssid.shown(d), ssid.readings(d))
    )


def _capture(data: bytes) -> object:
    return [frames.parse_frame(p.link, p.data) for p in pcap.CaptureFile(data)]


def _desktop() -> Iterator[Target]:
    desk = FIXTURES / "desk"

    def seeds(pattern: str) -> tuple[bytes, ...]:
        return tuple(path.read_bytes() for path in sorted(desk.glob(pattern)))

    yield Target(
        "netsh interfaces",
        seeds("netsh-[di]*"),
        _text(lambda t: (netsh_interfaces.adapters(t), netsh_interfaces.radios(t))),
    )
    yield Target("netsh networks", seeds("netsh-n*"), _text(netsh_networks.points))
    yield Target("airport", seeds("airport-*"), _text(airport.adapters))
    yield Target("ports", seeds("networksetup*"), _text(airport.ports))
    route = b"default  192.0.2.1  UGSc  en0\n0.0.0.0 0.0.0.0 192.0.2.1 192.0.2.9 25\n"
    yield Target(
        "netstat",
        (route,),
        _text(
            lambda t: (
                netstat.unix_routes(t),
                netstat.windows_routes(t, {}),
                netstat.neighbours(t),
            )
        ),
    )
    ping = b"PING a (192.0.2.1): 56 data bytes\n64 bytes: icmp_seq=0 ttl=64 time=1.5 ms"
    other = "\nОтвет от 8.8.8.8:\nчисло байт=32 время=14мс TTL=117".encode()
    yield Target("ping", (ping, other), _text(_ping))


def _ping(text: str) -> object:
    return (
        ping_command.unix_trips(text, 3),
        ping_command.windows_trip(text),
        ping_command.too_big(text),
        ping_command.is_truncated(text),
    )


def _documents() -> Iterator[Target]:
    recorded = sorted((FIXTURES / "recorded").glob("*.json"))[:4]
    yield Target(
        "recording", tuple(path.read_bytes() for path in recorded), _json(_recording)
    )
    report = (ROOT / "tests/golden/loss.json").read_bytes()
    yield Target("kept report", (report,), _report)
    finding = b'{"status": "fail", "code": "x.y", "facts": {"a": [1, 2.5, "z"]}}'
    yield Target(
        "plugin", (finding,), _json(lambda raw: checked_finding(raw, frozenset()))
    )
    keys = (ROOT / "tests/sample_plugin/posdiag_sample/profile.toml").read_bytes()
    yield Target(
        "plugin keys", (keys,), lambda raw: declared(raw.decode("utf-8", "replace"))
    )
    template = (ROOT / "posdiag/profile/template.toml").read_bytes()
    yield Target("profile", (template, template.replace(b"\n# ", b"\n")), _profile)


def _recording(document: object) -> object:
    with contextlib.suppress(ValueError):  # promised for a bad recording
        return read_pairs(document)
    return None


def _keys(data: bytes) -> object:
    return declared(data.decode("utf-8", "replace"))


def _report(data: bytes) -> object:
    with contextlib.suppress(ValueError):  # promised for what is no report
        return parse(data, "x")
    return None


def _profile(data: bytes) -> object:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        with contextlib.suppress(BadProfile):
            return load(file.name)
    return None


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"))


def _json(read: Callable[[object], object]) -> Callable[[bytes], object]:
    """What is no JSON is refused before the parser sees it."""

    def parse(data: bytes) -> object:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return read(document)

    return parse
