"""`posdiag guide --web`, in a real browser as wide as a phone."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posdiag.commands.guide.browser import page
from posdiag.system.browser.local_page import LocalPage
from tests.commands.guide.test_command import environment

if sys.platform == "win32":
    pytest.skip("the browser is spoken to over pipes", allow_module_level=True)

from tests.commands.guide.chromium import WIDTH, Chromium

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


@contextmanager
def chromium(folder: Path) -> Iterator[Chromium]:
    browser = Chromium(folder / "profile")
    try:
        yield browser
    finally:
        browser.close()


def test_a_whole_walk_with_a_thumb_in_both_languages(tmp_path: Path) -> None:
    with (
        chromium(tmp_path) as browser,
        guide(tmp_path, "--lang", "zh") as (child, address),
    ):
        browser.open(address)
        browser.press("不打印小票")
        browser.until("document.body.innerText.includes('打印纸')")
        wide = browser.tell("document.scrollingElement.scrollWidth")
        low = browser.tell(
            "Math.min(...[...document.querySelectorAll('button')]"
            ".map(b => b.getBoundingClientRect().height))"
        )
        assert wide <= WIDTH
        assert low >= 44  # CSS pixels: what a thumb hits
        assert "?t=" not in browser.tell("location.href")
        browser.press("English")
        browser.until("document.body.innerText.includes('Is there paper')")
        browser.press("none, or wrong way")
        browser.until("document.body.innerText.includes('Load new thermal paper')")
        browser.press("done")
        browser.press("yes, it works")
        browser.until("!document.querySelector('main button')")
        told = browser.text()
        code = child.wait(60)

    assert "printer" in told
    assert code in (0, 1)


def test_it_can_be_left_and_an_answer_taken_back(tmp_path: Path) -> None:
    with (
        chromium(tmp_path) as browser,
        guide(tmp_path, "no-print", "--lang", "en") as (child, address),
    ):
        browser.open(address)
        browser.press("yes, the right way")
        browser.press("back to the last")
        browser.until("document.body.innerText.includes('Is there paper')")
        browser.press("stop here")
        browser.until("document.body.innerText.includes('--resume')")
        assert child.wait(60) == 130


# --- who is answered ------------------------------------------------------------------


@pytest.fixture
def local() -> Iterator[LocalPage]:
    taken: list[object] = []
    served = LocalPage(
        page(), lambda after: {"seq": 1, "taken": len(taken)}, taken.append
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
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page())
    assert "import(" not in page()
