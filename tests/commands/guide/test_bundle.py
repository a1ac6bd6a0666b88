"""The bundle: what is in it, what never is, and what its tokens tell."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from posdiag.cli import carry_out
from posdiag.commands.guide.bundle import contents, fields, preview, zip_of
from posdiag.guide.papers.tokens import Tokens
from tests.commands.guide.planted import PLANTED, transcript


def test_nothing_planted_is_in_any_file() -> None:
    archive = zipfile.ZipFile(io.BytesIO(zip_of(contents(transcript(), "zh"))))

    assert set(archive.namelist()) == {
        "README.txt",
        "report.json",
        "guide.json",
        "call-sheet.txt",
    }
    for name in archive.namelist():
        content = archive.read(name).decode()
        found = [what for what, value in PLANTED.items() if value in content]
        assert found == [], name
        assert "1111 1111" not in content


def test_a_token_is_the_same_within_a_bundle_and_another_in_the_next() -> None:
    one, two = (json.loads(contents(transcript(), "en")["report.json"]) for _ in "12")
    cause, check = one["causes"][0], one["checks"][0]

    assert cause["facts"]["gateway"].startswith("ip-")
    assert cause["facts"]["gateway"] in check["text"]["en"]
    assert cause["facts"]["ssid"] in check["text"]["en"]
    assert cause["facts"]["gateway"] != two["causes"][0]["facts"]["gateway"]


def test_what_names_nobody_stays() -> None:
    files = contents(transcript(), "en")
    report, walk = json.loads(files["report.json"]), json.loads(files["guide.json"])

    assert report["causes"][0]["id"] == "router.unreachable"
    assert report["checks"][0]["facts"]["mask"] == "255.255.255.0"
    assert report["checks"][0]["facts"]["seconds"] == 3.5
    assert walk["steps"][1]["fact"] == "terminal.address"
    assert walk["steps"][2]["id"] == "router.restart"
    assert walk["conclusion"]["cause"] == "router.unreachable"


def test_the_preview_shows_every_field() -> None:
    files = contents(transcript(), "en")
    shown = list(preview(files))
    told = [v for _, v in fields(json.loads(files["report.json"]))]

    assert len([s for s in shown if s.startswith("report.json")]) == len(told)
    assert any("router.unreachable" in line for line in shown)


AROUND = (
    ("", ""),
    ("", "."),
    ("(", "):"),
    ("地址", "。"),
    ("主机", "是对的"),
    ("...", ", "),
    ("at ", "; then"),
    ("://", "/x"),
    ("a/", ":"),
    ("用户@", "."),
    ("=", "-"),
    (":", ":"),
)


@pytest.mark.parametrize("what", ["host", "address", "public", "ipv6", "mac"])
@pytest.mark.parametrize(("before", "after"), AROUND)
def test_an_identifier_is_found_whatever_stands_about_it(
    what: str, before: str, after: str
) -> None:
    text = Tokens(()).text(f"{before}{PLANTED[what]}{after}")

    assert PLANTED[what].lower() not in text.lower()
    assert re.search(r"(ip|host|mac)-[0-9a-f]{6}", text)


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3.4.5",
        "08:15:02",
        "255.255.255.0",
        "::1",
        "/etc/resolv.conf",
        "3.5 ms",
        "dns.resolve/server-unreachable@1",
        "(ip.wrong-gateway)",
    ],
)
def test_what_only_looks_like_an_identifier_stays(text: str) -> None:
    assert Tokens({"dns.resolve", "ip.wrong-gateway"}).text(text) == text


def test_the_call_sheet_names_the_cause_by_its_id() -> None:
    whole = transcript()
    whole["conclusion"]["cause"] = "wifi.terminal-wrong-passphrase"
    sheet = contents(whole, "en")["call-sheet.txt"].replace("\n ", "")

    assert "(wifi.terminal-wrong-passphrase)" in sheet


@pytest.mark.parametrize("name", ["后台", "ERP", "HQ", "target", "Zhang's wallet"])
def test_the_names_of_targets_are_tokens(name: str) -> None:
    whole = transcript()
    pair = {"zh": f"连不上：{name}。", "en": f"These cannot be reached: {name}."}
    check = {"id": "target.connect", "status": "warn", "code": "target.unreachable"}
    facts = {"targets": [name], "reasons": ["refused"]}
    whole["report"]["checks"].append({**check, "facts": facts, "text": pair})

    files = contents(whole, "zh")
    found = json.loads(files["report.json"])["checks"][-1]

    assert found["id"] == "target.connect"
    assert found["facts"]["targets"][0].startswith("target-")
    assert found["facts"]["targets"][0] in found["text"]["en"]
    assert found["facts"]["targets"][0] in found["text"]["zh"]
    sheet = files["call-sheet.txt"].replace("\n ", "")
    assert f"连不上：{name}。" not in sheet


def test_a_report_alone_can_be_bundled(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(transcript()["report"]), "utf-8")
    out = tmp_path / "b.zip"

    code = carry_out(["bundle", "--output", str(out), "--from", str(report), "--yes"])

    assert code == 0
    assert "guide.json" not in zipfile.ZipFile(out).namelist()


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1), ("", 1)]
)
def test_an_answer_through_a_pipe_counts(
    tmp_path: Path, answer: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, out = tmp_path / "report.json", tmp_path / "b.zip"
    report.write_text(json.dumps(transcript()["report"]), "utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    assert carry_out(["bundle", "--output", str(out), "--from", str(report)]) == code
    assert out.exists() == (code == 0)


@pytest.mark.parametrize("content", ["{}", "[]", "no json", '{"schema": "other/1"}'])
def test_what_is_no_report_is_refused(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "x.json"
    source.write_text(content)
    words = ["bundle", "--output", str(tmp_path / "b.zip"), "--from", str(source)]

    assert carry_out(words) == 2
    assert "x.json" in capsys.readouterr().err
    assert not (tmp_path / "b.zip").exists()


def test_only_a_zip_is_written(tmp_path: Path) -> None:
    assert carry_out(["bundle", "--output", str(tmp_path / "b.tar")]) == 2
