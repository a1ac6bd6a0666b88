"""One page on loopback for one browser of this machine.

The address that is printed carries a token that works once; the browser then holds a
cookie. Refused are other host names (DNS rebinding), scripts of other sites (no CORS,
`SameSite=Strict`, JSON only), and a second browser.
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"
COOKIE = "posdiag"
LARGEST = 4096  # bytes of a request's body
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

View = Mapping[str, Any]


class LocalPage:
    """Serves `page`, whose scripts carry `NONCE`. `next_view(after)` gives the view
    after that number and may block for one; `on_answer` gets what the browser sends."""

    def __init__(
        self,
        page: str,
        next_view: Callable[[int], View],
        on_answer: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.page, self.next_view, self.on_answer = page, next_view, on_answer
        self._token: str | None = secrets.token_urlsafe(24)
        self._cookie = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        self._server = Server((HOST, 0), _handler(self))
        port = self._server.server_address[1]
        self.names = (f"{HOST}:{port}", f"localhost:{port}")
        self.address = f"http://{HOST}:{port}/?t={self._token}"
        run = self._server.serve_forever
        threading.Thread(target=run, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def redeem(self, token: str) -> bool:
        """Is this the token? It is valid once."""
        with self._lock:
            right = self._token is not None and same(token, self._token)
            if right:
                self._token = None
            return right

    def is_authorised(self, header: str) -> bool:
        """Does the browser hold the cookie?"""
        try:
            found = SimpleCookie(header).get(COOKIE)
        except CookieError:
            return False
        return found is not None and same(found.value, self._cookie)

    @property
    def cookie(self) -> str:
        return f"{COOKIE}={self._cookie}; HttpOnly; SameSite=Strict; Path=/"


def same(given: str, kept: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), kept.encode())


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that disconnects is no error of ours."""


def _handler(local: LocalPage) -> type["Handler"]:
    return type("Handler", (Handler,), {"local": local})


class Handler(BaseHTTPRequestHandler):
    """One request to the page."""

    local: LocalPage
    timeout = 60

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        if not self._from_here():
            return
        if url.path == "/" and self.local.redeem(query.get("t", [""])[0]):
            self._page(self.local.cookie)
        elif not self.local.is_authorised(self.headers.get("Cookie", "")):
            self.send_error(403)
        elif url.path == "/":
            self._page(None)
        elif url.path == "/view":
            after = query.get("after", ["0"])[0][:9]
            self._json(self.local.next_view(int(after) if after.isdecimal() else 0))
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        if not self._from_here():
            return
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "")
        if not self.local.is_authorised(self.headers.get("Cookie", "")):
            self.send_error(403)
        elif not length.isdecimal() or int(length[:9]) > LARGEST:
            self.send_error(413)
        elif self.path != "/answer" or kind != "application/json":
            self.send_error(404)
        else:
            self._take(self.rfile.read(int(length)))

    def _take(self, body: bytes) -> None:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self.send_error(400)
            return
        self.local.on_answer(found)
        self._json({})

    def _from_here(self) -> bool:
        if self.headers.get("Host", "") in self.local.names:
            return True
        self.send_error(421)
        return False

    def _page(self, cookie: str | None) -> None:
        nonce = secrets.token_urlsafe(12)
        body = self.local.page.replace("NONCE", nonce).encode()
        self._send(body, "text/html; charset=utf-8", cookie, nonce)

    def _json(self, value: View) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self._send(body, "application/json", None, "")

    def _send(self, body: bytes, kind: str, cookie: str | None, nonce: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", POLICY.format(nonce=nonce))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the guide uses the screen."""
