"""Which single values of a profile make sense? One function for each kind.

Each takes the value and returns it in its canonical spelling; `ValueError` where it
makes no sense. The text about what was expected is `value.<name of the function>` in
profile.toml.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from posdiag.profile import TEXTS
from posdiag.texts.pair import Pair

Judge = Callable[..., Any]

ECHO_FIELDS = frozenset(str(number) for number in range(2, 129))
_HOST = re.compile(r"[^\s\x00-\x20\x7f/\\:@?#\[\]%,;\"'<>|]{1,253}")


def _matching(pattern: str, text: str, what: str) -> str:
    """`text` if it is of that form as a whole; ValueError else."""
    if not re.fullmatch(pattern, text):
        raise ValueError(f"not {what}")
    return text


def network_address(text: str) -> str:
    """An interface address with its prefix: `192.168.1.20/24`."""
    if "/" not in text:
        raise ValueError("no prefix")
    return ipaddress.ip_interface(text).with_prefixlen


def terminal_address(text: str) -> str:
    """An address, with or without the length of its network."""
    return network_address(text) if "/" in text else address(text)


def address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def host(text: str) -> str:
    """A name or an address without scheme and port; IPv6 may stand in brackets."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare or bare != text:
        return str(ipaddress.IPv6Address(bare))
    if bare.replace(".", "").isdigit():  # a name of digits and dots alone is no name
        return str(ipaddress.IPv4Address(bare))
    if not _HOST.fullmatch(bare) or ".." in bare or bare.startswith((".", "-")):
        raise ValueError("not a host")
    return bare


def host_port(text: str, default: int | None = None) -> tuple[str, int]:
    """`name:port`, `1.2.3.4:port`, `[2001:db8::1]:port`; without port the default."""
    name, colon, port = text.rpartition(":")
    whole = text.startswith("[") and text.endswith("]")
    if not colon or whole or (text.count(":") > 1 and not text.startswith("[")):
        if default is None:
            raise ValueError("no port")
        return host(text), default
    if ":" in name and not name.endswith("]"):
        raise ValueError("IPv6 without brackets")
    if not (port.isascii() and port.isdigit() and len(port) <= 5):
        raise ValueError("port is no number")
    if not 1 <= int(port) <= 65535:
        raise ValueError("port out of range")
    return host(name), int(port)


def _with_port(name: str, port: int) -> str:
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def backup(text: str) -> str:
    return _with_port(*host_port(text))


def iperf3(text: str) -> str:
    """An iperf3 server, with its port: 5201 unless another is given."""
    return _with_port(*host_port(text, 5201))


def url(text: str) -> str:
    """A web address, without a name and password in it."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a web address")
    if not text.isascii() or not text.isprintable() or " " in text or parts.port == 0:
        raise ValueError("not a web address")
    # A name and password in it are sent nowhere: they shall not be shown either.
    bare = parts.netloc.rpartition("@")[2]
    return text if bare == parts.netloc else parts._replace(netloc=bare).geturl()


def country(text: str) -> str:
    return _matching(r"[A-Za-z]{2}", text, "a country").upper()


def ssid(text: str) -> str:
    if not 1 <= len(text.encode()) <= 32:  # IEEE 802.11: 0 to 32 octets
        raise ValueError("not a network name")
    return text


def hardware_address(text: str) -> str:
    form = r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}"
    return _matching(form, text, "a hardware address").replace("-", ":").upper()


def pin(text: str) -> str:
    # 3GPP TS 31.101: 4 to 8 digits
    return _matching(r"[0-9]{4,8}", text, "a PIN")


def dial_number(text: str) -> str:
    """What a modem dials (V.250 section 6.3.1): digits, pauses, waits for a tone. A
    semicolon or another command has no place in it."""
    plain = re.sub(r"[ -]", "", text)
    return _matching(r"[0-9*#,Ww]{1,40}", plain, "a telephone number")


def tpdu(text: str) -> str:
    return _matching(r"([0-9A-Fa-f]{10})?", text, "a TPDU").lower()


def header(text: str) -> str:
    return _matching(r"([0-9A-Fa-f]{2}){0,32}", text, "a header").lower()


def terminal_id(text: str) -> str:
    """Field 41 of ISO 8583: 8 characters."""
    return _matching(r"[0-9A-Za-z]{1,8}", text, "a terminal number")


def merchant_id(text: str) -> str:
    """Field 42 of ISO 8583: 15 characters."""
    return _matching(r"[0-9A-Za-z]{1,15}", text, "a merchant number")


def batch(text: str) -> str:
    return _matching(r"[0-9]{6}", text, "a batch number")


def echo_fields(fields: dict[str, str]) -> dict[str, str]:
    """Fields of the echo; none may hold a card number or key, or make it a sign-in."""
    from posdiag.formats.iso8583.echo import Form, Wanted, request
    from posdiag.formats.iso8583.specs import Dialect

    if not all(number in ECHO_FIELDS for number in fields):
        raise ValueError("no field of an echo")
    dialects: tuple[Dialect, ...] = ("ascii", "unionpay")
    for dialect in dialects:
        # What does not fit one dialect fits no other: both have the same lengths.
        request(Form(dialect), Wanted(fields=fields), 0.0)
    return fields


def existing_file(text: str, folder: Path) -> str:
    """The absolute path of a readable file; relative paths start at `folder`."""
    if not text or "\x00" in text:
        raise ValueError("no path")
    path = (folder / Path(text).expanduser()).resolve()
    if not path.is_file():
        raise ValueError("no such file")
    with path.open("rb") as file:
        file.read(1)
    return str(path)


def expected(judge: Judge) -> Pair:
    """What `judge` takes, in words."""
    return TEXTS(f"value.{judge.__name__}")


CHECKED: dict[str, Judge] = {
    "acquirer.iso8583.tpdu": tpdu,
    "acquirer.iso8583.header": header,
    "acquirer.iso8583.terminal_id": terminal_id,
    "acquirer.iso8583.merchant_id": merchant_id,
    "acquirer.iso8583.batch": batch,
    "acquirer.iso8583.fields": echo_fields,
    "connection.address": network_address,
    "connection.gateway": address,
    "connection.dns": address,
    "wifi.ssid": ssid,
    "wifi.country": country,
    "wifi.handshake": existing_file,
    "acquirer.host": host,
    "acquirer.server_name": host,
    "acquirer.backup": backup,
    "acquirer.ca_file": existing_file,
    "acquirer.client_cert": existing_file,
    "acquirer.client_key": existing_file,
    "target.host": host,
    "printer.host": host,
    "data.iperf3": iperf3,
    "pstn.number": dial_number,
    "pstn.prefix": dial_number,
    "bluetooth.address": hardware_address,
    "terminal.mac": hardware_address,
    "terminal.address": terminal_address,
    "terminal.gateway": address,
    "terminal.dns": address,
    "cellular.pin": pin,
}
"""By dotted key: the function that judges its value beyond the type."""
