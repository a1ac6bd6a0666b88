"""Identifiers replaced by tokens: stable within one bundle, unlinkable across two.

What is an identifier: network and hardware addresses, host names, the names of the
shop, its networks and its devices. Each becomes `kind-xxxxxx`, a keyed digest under a
key that is drawn for this bundle and kept nowhere. Ids of checks and causes, netmasks
and addresses that name nobody stay.
"""

import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any

from posdiag.texts.safe import redact

IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:.])")
MAC = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[:-](?:[0-9A-Fa-f]{2}|\*\*)){5}(?![0-9A-Fa-f])"
)
NAME = re.compile(
    r"(?<![\w.@/-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}(?![\w-])"
)
#: Keys whose value is a name, whatever it looks like.
NAMED = frozenset(
    (
        "ssid",
        "near",
        "bssid",
        "name",
        "host",
        "contact",
        "imsi",
        "iccid",
        "imei",
        "serial",
        "operator",
        "former",
        "merchant_id",
        "terminal_id",
        "terminal_model",
    )
)
SHORTEST = 3  # characters of a name that is replaced inside sentences, too
PLAIN = ("0.", "127.", "255.")  # beginnings of addresses that name nobody


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
        for name in sorted(self._names, key=len, reverse=True):
            text = text.replace(name, self._names[name])
        text = MAC.sub(lambda m: self._token("mac", m[0]), redact(text))
        text = IPV6.sub(lambda m: self._address(m[0]), text)
        text = IPV4.sub(lambda m: self._address(m[0]), text)
        return NAME.sub(lambda m: self._host(m[0]), text)

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
                self._names.setdefault(name, self._token(key.partition("_")[0], name))

    def _walk(self, value: Any, key: str = "") -> Any:
        if isinstance(value, Mapping):
            return {self.text(str(k)): self._walk(v, str(k)) for k, v in value.items()}
        if isinstance(value, list):
            return [self._walk(inner, key) for inner in value]
        if not isinstance(value, str) or not value:
            return value
        if key in NAMED and value not in self._names:
            return self._token(key.partition("_")[0], value)
        return self.text(value)

    def _token(self, kind: str, value: str) -> str:
        digest = hmac.digest(self._key, f"{kind}\0{value.lower()}".encode(), "sha256")
        return f"{kind}-{digest.hex()[:6]}"

    def _address(self, text: str) -> str:
        try:
            ip_address(text)
        except ValueError:
            return text
        return text if text.startswith(PLAIN) else self._token("ip", text)

    def _host(self, text: str) -> str:
        return text if text.lower() in self._known else self._token("host", text)
