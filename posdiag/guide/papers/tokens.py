"""Identifiers replaced by tokens: stable within one bundle, unlinkable across two.

What is an identifier: network and hardware addresses, host names, the names of the
shop, its networks and its devices. Each becomes `kind-xxxxxx`, a keyed digest under a
key that is drawn for this bundle and kept nowhere. Ids of checks and causes, netmasks
and addresses that identify no host stay.
"""

import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any

from posdiag.texts.safe import redact

# `\w` would take Chinese for a part of a word, and a full stop ends sentences: what
# stands before or after an identifier is looked at as ASCII, digit by digit.
IPV4 = re.compile(r"(?<!\d)(?<!\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)", re.ASCII)
#: May be longer than the address: `_ipv6` finds where it ends.
IPV6 = re.compile(r"(?<![0-9A-Za-z])(?:::|[0-9A-Fa-f]{1,4}:)[0-9A-Fa-f:.]+")
MAC = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[:-](?:[0-9A-Fa-f]{2}|\*\*)){5}(?![0-9A-Fa-f])"
)
NAME = re.compile(
    r"(?<![A-Za-z0-9_])(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+"
    r"(?:xn--[A-Za-z0-9-]*[A-Za-z0-9]|[A-Za-z]{2,})(?![A-Za-z0-9])"
)
#: A name, and what an id such as `dns.server-failure` has behind it.
NAME_OR_ID = re.compile(rf"({NAME.pattern})((?:-[a-z]+)*)")
KEY = re.compile(r"[a-z][a-z0-9_]*")
#: Ends of file names, which are no top-level domains.
FILES = (".conf", ".json", ".toml")
#: Keys whose value is a name, whatever it looks like.
NAMED = frozenset((
    "ssid", "near", "actual", "actual_hex", "wanted_hex", "others", "overlapping",
    "culprits", "targets", "server_name", "bssid", "name", "host", "contact", "imsi",
    "iccid", "imei", "serial", "operator", "former", "merchant_id", "terminal_id",
    "terminal_model",
    "heard", "heard_octets", "wanted_octets",  # in reports by 0.1
))  # fmt: skip
SHORTEST = 2  # characters of a name that is replaced inside sentences, too
WORD = 3  # characters from which a name in ASCII is replaced inside words, too
PLAIN = ("0.", "127.", "255.")  # beginnings of addresses that identify no host


class Tokens:
    """The tokens of one bundle. `known` are ids that look like names and are none."""

    def __init__(self, known: Collection[str], key: bytes | None = None) -> None:
        self._known = frozenset(known)
        self._key = key or secrets.token_bytes(32)
        self._names: dict[str, str] = {}

    def replaced(self, value: Any) -> Any:
        """The same JSON value with tokens in place of identifiers."""
        self._collect(value)
        return self._walk(value)

    def text(self, text: str) -> str:
        if self._names:
            made = (*self._names, *self._names.values())  # those that stand there stay
            text = _any_of(made).sub(lambda m: self._names.get(m[0], m[0]), text)
        text = MAC.sub(lambda m: self._token("mac", m[0]), redact(text))
        text = IPV6.sub(lambda m: self._ipv6(m[0]), text)
        text = IPV4.sub(lambda m: self._address(m[0]), text)
        return NAME_OR_ID.sub(lambda m: self._host(m[1], m[2]), text)

    def _collect(self, value: Any) -> None:
        """Names stand under their keys; sentences quote them."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in NAMED:
                    self._remember(key, inner)
                self._collect(inner)
        elif isinstance(value, list):
            for inner in value:
                self._collect(inner)

    def _remember(self, key: str, value: Any) -> None:
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and len(name) >= SHORTEST:
                self._names.setdefault(name, self._token(_kind(key), name))

    def _walk(self, value: Any, key: str = "") -> Any:
        if isinstance(value, Mapping):
            return {
                self._key_of(str(k)): self._walk(v, str(k)) for k, v in value.items()
            }
        if isinstance(value, list):
            return [self._walk(inner, key) for inner in value]
        if not isinstance(value, str) or value in ("", "-"):
            return value
        if "." in value and value.lower() in self._known:
            return value
        if key in NAMED and value not in self._names:
            return self._token(_kind(key), value)
        return self.text(value)

    def _key_of(self, key: str) -> str:
        """A key of the format stays, whatever somebody has named like it."""
        return key if KEY.fullmatch(key) else self.text(key)

    def _token(self, kind: str, value: str) -> str:
        digest = hmac.digest(self._key, f"{kind}\0{value.lower()}".encode(), "sha256")
        return f"{kind}-{digest.hex()[:6]}"

    def _ipv6(self, text: str) -> str:
        """The longest address at the beginning of a run of its characters."""
        for end in range(len(text), 2, -1):
            if _is_address(text[:end]):
                return self._address(text[:end]) + text[end:]
        return text

    def _address(self, text: str) -> str:
        if text.startswith(PLAIN) or text == "::1" or not _is_address(text):
            return text
        return self._token("ip", text)

    def _host(self, name: str, rest: str) -> str:
        known = not self._known.isdisjoint((name.lower(), (name + rest).lower()))
        plain = known or name.lower().endswith(FILES)
        return (name if plain else self._token("host", name)) + rest


def _kind(key: str) -> str:
    return key.partition("_")[0].removesuffix("s")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    """The longest first; a short name in ASCII only as a word of its own."""
    return re.compile("|".join(map(_exact, sorted(names, key=len, reverse=True))))


def _exact(name: str) -> str:
    word = re.escape(name)
    short = name.isascii() and len(name) < WORD
    return rf"(?<![A-Za-z0-9]){word}(?![A-Za-z0-9])" if short else word
