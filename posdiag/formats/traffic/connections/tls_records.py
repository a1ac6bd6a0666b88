"""Which messages, alerts and record lengths does one direction of a TLS stream hold?

`Tap` reads along, in pieces of any size: the handshake as far as it is in the clear,
and of encrypted records their types and lengths. It keeps no contents but those of the
two hello messages, and these only if asked (RFC 5246, RFC 8446 sections 4 to 6).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

CHANGE_CIPHER, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
CERTIFICATE_REQUEST, HELLO_DONE, KEY_EXCHANGE = 13, 14, 16
MESSAGES = 64  # handshake messages in the clear that are noted
HELLO_LIMIT = 17_000  # bytes of a hello message that are kept


@dataclass(slots=True)
class Tap:
    """Follows one direction of a TLS stream, as far as it is in the clear.

    `strange`: the bytes are no TLS records. `alert`: the last fatal alert in the clear.
    `messages` are the types of the handshake messages seen, `empty_certificate` tells
    of a Certificate without any. `on_record` is called with the type and length of each
    record when its header is complete; `hello` holds the hello message where
    `keep_hello` is set.
    """

    strange: bool = False
    alert: int | None = None
    messages: set[int] = field(default_factory=set)
    empty_certificate: bool = False
    on_record: Callable[[int, int], None] | None = None
    keep_hello: bool = False
    hello: bytes = b""
    _clear: bool = True
    _header: bytes = b""
    _kind: int = 0
    _left: int = 0
    _alert: bytes = b""
    _prefix: bytes = b""
    _skip: int = 0
    _keeping: bool = False

    @property
    def whole(self) -> bool:
        """Did the last record end with the last byte?"""
        return not self._header and self._left == 0

    @property
    def hello_whole(self) -> bool:
        """Is the hello message complete?"""
        return len(self.hello) >= 4 and not self._keeping

    def feed(self, data: bytes) -> None:
        while data and not self.strange:
            if self._left == 0:
                data = self._start(data)
                continue
            part, data = data[: self._left], data[self._left :]
            self._left -= len(part)
            self._body(part)

    def miss(self, count: int) -> None:
        """`count` bytes of the stream are not known. Within one record only the record
        is lost; beyond it no header can be found again."""
        if count > self._left:
            self.strange = True
        else:
            self._left -= count
            self._keeping = False
            self._clear = self._clear and self._kind != HANDSHAKE

    def _start(self, data: bytes) -> bytes:
        need = 5 - len(self._header)
        self._header, data = self._header + data[:need], data[need:]
        head = self._header
        if not 0x14 <= head[0] <= 0x17 or (len(head) > 1 and head[1] != 3):
            self.strange = True
        elif len(head) == 5:
            self._kind, self._left = head[0], int.from_bytes(head[3:5], "big")
            self._header = self._alert = b""
            if self._kind == CHANGE_CIPHER:
                self._clear = False
            if self.on_record is not None:
                self.on_record(self._kind, self._left)
        return data

    def _body(self, part: bytes) -> None:
        if self._kind == ALERT:
            self._alert += part[:3]
            # An alert in the clear is two bytes; one that is longer is encrypted.
            if len(self._alert) == 2 and self._left == 0 and self._alert[0] == 2:
                self.alert = self._alert[1]
        elif self._kind == HANDSHAKE and self._clear:
            self._handshake(part)

    def _handshake(self, part: bytes) -> None:
        while part:
            if self._skip:
                taken = min(self._skip, len(part))
                self._skip -= taken
                self._keep(part[:taken])
                part = part[taken:]
                continue
            need = 4 - len(self._prefix)
            self._prefix, part = self._prefix + part[:need], part[need:]
            if len(self._prefix) == 4:
                self._message(self._prefix[0], int.from_bytes(self._prefix[1:], "big"))

    def _message(self, kind: int, length: int) -> None:
        if len(self.messages) < MESSAGES:
            self.messages.add(kind)
        if kind == CERTIFICATE and length == 3:
            self.empty_certificate = True
        if self.keep_hello and kind in (CLIENT_HELLO, SERVER_HELLO) and not self.hello:
            self.hello, self._keeping = self._prefix, length > 0
        self._skip, self._prefix = length, b""

    def _keep(self, part: bytes) -> None:
        if self._keeping:
            self.hello = (self.hello + part)[:HELLO_LIMIT]
            self._keeping = self._skip > 0
