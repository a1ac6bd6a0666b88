"""Which single values of a profile make sense? One function for each kind.

Each takes the value and returns it, made uniform where several spellings mean the
same; `ValueError` where it makes no sense. What was expected instead stands beside
the function in `EXPECTED`, in both languages.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Pair = tuple[str, str]  # Chinese, English

ECHO_FIELDS = frozenset(str(number) for number in range(2, 129))
_HOST = re.compile(r"[^\s\x00-\x20\x7f/\\:@?#\[\]%,;\"'<>|]{1,253}")


def network_address(text: str) -> str:
    """An interface address with its prefix: `192.168.1.20/24`."""
    if "/" not in text:
        raise ValueError("no prefix")
    return ipaddress.ip_interface(text).with_prefixlen


def address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def host(text: str) -> str:
    """A name or an address, no scheme, no port. Brackets around IPv6 are taken off."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare or bare != text:
        return str(ipaddress.IPv6Address(bare))
    if bare.replace(".", "").isdigit():  # no name is made of figures and dots alone
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


def backup(text: str) -> str:
    name, port = host_port(text)
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a web address")
    if not text.isascii() or not text.isprintable() or " " in text or parts.port == 0:
        raise ValueError("not a web address")
    return text


def country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise ValueError("not a country")
    return text.upper()


def ssid(text: str) -> str:
    if not 1 <= len(text.encode()) <= 32:  # IEEE 802.11: 0 to 32 octets
        raise ValueError("not a network name")
    return text


def hardware_address(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", text):
        raise ValueError("not a hardware address")
    return text.replace("-", ":").upper()


def pin(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4,8}", text):  # 3GPP TS 31.101: 4 to 8 digits
        raise ValueError("not a PIN")
    return text


def tpdu(text: str) -> str:
    if not re.fullmatch(r"([0-9A-Fa-f]{10})?", text):
        raise ValueError("not a TPDU")
    return text.lower()


def header(text: str) -> str:
    if not re.fullmatch(r"([0-9A-Fa-f]{2}){0,32}", text):
        raise ValueError("not a header")
    return text.lower()


def terminal_id(text: str) -> str:
    """Field 41 of ISO 8583: 8 characters."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,8}", text):
        raise ValueError("not a terminal number")
    return text


def merchant_id(text: str) -> str:
    """Field 42 of ISO 8583: 15 characters."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,15}", text):
        raise ValueError("not a merchant number")
    return text


def batch(text: str) -> str:
    if not re.fullmatch(r"[0-9]{6}", text):
        raise ValueError("not a batch number")
    return text


def echo_fields(fields: dict[str, str]) -> dict[str, str]:
    """Fields of the echo. Nothing that holds a card, a key, or makes it a sign-in."""
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
    """The absolute path of a file that can be read; relative ones start at `folder`."""
    if not text or "\x00" in text:
        raise ValueError("no path")
    path = (folder / Path(text).expanduser()).resolve()
    if not path.is_file():
        raise ValueError("no such file")
    with path.open("rb") as file:
        file.read(1)
    return str(path)


EXPECTED: dict[Callable[..., Any], Pair] = {
    tpdu: (
        '应为 10 位十六进制数字，例如 6000030000；没有就填 ""',
        'expected 10 hexadecimal digits such as 6000030000, "" for none',
    ),
    header: (
        '应为成对的十六进制数字，例如 603100311312；没有就填 ""',
        'expected pairs of hexadecimal digits such as 603100311312, "" for none',
    ),
    terminal_id: (
        "应为 1 至 8 位字母或数字",
        "expected 1 to 8 letters or digits",
    ),
    merchant_id: (
        "应为 1 至 15 位字母或数字",
        "expected 1 to 15 letters or digits",
    ),
    batch: ("应为 6 位数字", "expected 6 digits"),
    echo_fields: (
        '应为测试报文的域，例如 { "3" = "990000" }；不能有卡号、密钥等域，也不能是签到',
        'expected fields of an echo such as { "3" = "990000" }; '
        "none of a card or a key, and no sign-in",
    ),
    network_address: (
        "应为带前缀的地址，例如 192.168.1.20/24",
        "expected an address with prefix such as 192.168.1.20/24",
    ),
    address: (
        "应为 IP 地址，例如 192.168.1.1",
        "expected an IP address such as 192.168.1.1",
    ),
    host: (
        "应为主机名或 IP 地址，不带协议和端口",
        "expected a host name or IP address, without scheme and port",
    ),
    backup: (
        "应为 host:port 的列表，例如 pay.example.com:443",
        "expected a list of host:port such as pay.example.com:443",
    ),
    url: (
        "应为网址，例如 http://example.com/generate_204，或网址列表，或 false",
        "expected a URL such as http://example.com/generate_204, a list of URLs, "
        "or false",
    ),
    country: ("应为两个字母的国家代码，例如 CN", "expected two letters such as CN"),
    ssid: ("应为 1 至 32 字节的文字", "expected a text of 1 to 32 bytes"),
    hardware_address: (
        "应为硬件地址，例如 00:1A:7D:DA:71:13",
        "expected an address such as 00:1A:7D:DA:71:13",
    ),
    pin: ("应为 4 至 8 位数字", "expected 4 to 8 digits"),
    existing_file: (
        "应为一个可读取的文件（相对路径从配置文件所在目录算起）",
        "expected a file that can be read (relative to the folder of the profile)",
    ),
}

CHECKED: dict[str, Callable[..., Any]] = {
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
    "bluetooth.address": hardware_address,
    "cellular.pin": pin,
}
"""What is asked of the value of a key beyond its type."""
