"""`posdiag guide --web`, in a real browser as wide as a phone."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posdiag.commands.guide.person import browser as web
from posdiag.system.browser.local_page import LocalPage
from tests.commands.guide.test_command import environment

if sys.platform == "win32":
    # Its inherited pipes are those of POSIX; CI, on Linux, runs all of this.
    pytest.skip("the browser is spoken to over pipes", allow_module_level=True)

from tests.report.html.browser import Browser, browser

WIDTH = 360  # CSS pixels: a phone
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?t=[\w-]+")


@contextmanager
def guide(folder: Path, *words: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "posdiag", "guide", "--web", "--timeout", "4"]
    env = {k: v for k, v in environment(folder).items() if k != "DISPLAY"}
    child = subprocess.Popen(
        [*command, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )
    assert child.stderr is not None
    line = child.stderr.readline()
    found = ADDRESS.search(line)
    assert found, line
    try:
        yield child, found[0]
    finally:
        child.kill()
        child.communicate()


class Thumb:
    """Presses buttons by what they say, and waits for what comes."""

    def __init__(self, page: Browser) -> None:
        self.page = page
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=740,
            deviceScaleFactor=1,
            mobile=True,
        )

    def open(self, address: str) -> None:
        self.page.call("Page.navigate", url=address)

    def until(self, script: str, seconds: float = 60.0) -> None:
        """Wait until the expression is true."""
        ends = time.monotonic() + seconds
        while not self.page.value(script):
            assert time.monotonic() < ends, (script, self.text())
            time.sleep(0.1)

    def sees(self, words: str) -> None:
        self.until(f"document.body.innerText.includes({json.dumps(words)})")

    def press(self, label: str) -> None:
        """Press the button whose text begins so."""
        found = (
            "[...document.querySelectorAll('button')].find(b => "
            f"b.textContent.startsWith({json.dumps(label)}) && !b.disabled)"
        )
        self.until(f"!!{found}")
        self.page.value(f"{found}.click()")

    def text(self) -> str:
        return str(self.page.value("document.body.innerText"))


def test_a_whole_walk_with_a_thumb_in_both_languages(tmp_path: Path) -> None:
    with browser() as page, guide(tmp_path, "--lang", "zh") as (child, address):
        thumb = Thumb(page)
        thumb.open(address)
        thumb.press("不打印小票")
        thumb.sees("打印纸")
        wide = page.value("document.scrollingElement.scrollWidth")
        low = page.value(
            "Math.min(...[...document.querySelectorAll('button')]"
            ".map(b => b.getBoundingClientRect().height))"
        )
        assert wide <= WIDTH
        assert low >= 44  # CSS pixels: what a thumb hits
        assert "?t=" not in page.value("location.href")
        thumb.press("English")
        thumb.sees("Is there paper")
        thumb.press("none, or wrong way")
        thumb.sees("Load new thermal paper")
        thumb.press("done")
        thumb.press("yes, it works")
        thumb.until("!document.querySelector('main button')")
        told = thumb.text()
        code = child.wait(60)

    assert "printer" in told
    assert code in (0, 1)


def test_it_can_be_left_and_an_answer_taken_back(tmp_path: Path) -> None:
    with (
        browser() as page,
        guide(tmp_path, "no-print", "--lang", "en") as (child, address),
    ):
        thumb = Thumb(page)
        thumb.open(address)
        thumb.press("yes, the right way")
        thumb.press("back to the last")
        thumb.sees("Is there paper")
        thumb.press("stop here")
        thumb.sees("--resume")
        assert child.wait(60) == 130


# --- who is answered ------------------------------------------------------------------


@pytest.fixture
def local() -> Iterator[LocalPage]:
    taken: list[object] = []
    served = LocalPage(
        web.page(), lambda after: {"seq": 1, "taken": len(taken)}, taken.append
    )
    yield served
    served.close()


def ask(
    local: LocalPage,
    path: str,
    *,
    method: str = "GET",
    body: str | None = None,
    **headers: str,
) -> "tuple[int, http.client.HTTPMessage, str]":
    name = local.names[0]
    connection = http.client.HTTPConnection(name, timeout=10)
    sent = {"Host": name, **{k.replace("_", "-"): v for k, v in headers.items()}}
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def test_the_token_works_once(local: LocalPage) -> None:
    path = "/" + local.address.partition("/?")[2].join(("?", ""))
    first, headers, content = ask(local, path)

    assert first == 200
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "NONCE" not in content
    assert ask(local, path)[0] == 403
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert ask(local, "/view?after=0", Cookie=cookie)[0] == 200


def test_nobody_else_is_answered(local: LocalPage) -> None:
    assert ask(local, "/")[0] == 403
    assert ask(local, "/?t=wrong")[0] == 403
    assert ask(local, "/?t=%E9%94%99")[0] == 403
    assert ask(local, f"/view?after={'9' * 5000}")[0] == 403
    assert ask(local, "/view?after=0", Cookie="posdiag=wrong")[0] == 403
    assert ask(local, "/", Host="evil.example")[0] == 421
    answer = json.dumps({"seq": 1, "value": "yes"})
    kind = "application/json"
    posted = ask(local, "/answer", method="POST", body=answer, Content_Type=kind)
    assert posted[0] == 403


def test_only_small_json_is_taken(local: LocalPage) -> None:
    cookie = local.cookie.partition(";")[0]

    def post(body: str, kind: str = "application/json") -> int:
        return ask(
            local, "/answer", method="POST", body=body, Content_Type=kind, Cookie=cookie
        )[0]

    assert post('{"seq": 1, "value": "yes"}') == 200
    assert post("x=1", "application/x-www-form-urlencoded") == 404
    assert post("[]") == 400
    assert post("no json") == 400
    assert post('"' + "a" * 5000 + '"') == 413


def test_the_page_needs_nothing_from_elsewhere() -> None:
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", web.page())
    assert "import(" not in web.page()
