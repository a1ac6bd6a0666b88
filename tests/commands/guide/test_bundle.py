"""The bundle: what is in it, what never is, and what its tokens tell."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from posdiag.cli import carry_out
from posdiag.commands.guide.bundle import contents, fields, packed, preview
from posdiag.commands.guide.sheet import html, lines, receipt
from posdiag.guide.load import knowledge
from posdiag.guide.papers.tokens import Tokens
from posdiag.report.terminal.wrap import cells

#: Planted where a report or a transcript could hold them.
PLANTED = {
    "shop": "Zhang San's Corner",
    "ssid": "张三的店-5G",
    "host": "pos.bank-of-zhang.com",
    "address": "192.168.77.23",
    "gateway": "192.168.77.1",
    "public": "203.0.113.77",
    "ipv6": "2001:db8:77::23",
    "mac": "02:00:5e:77:00:01",
    "card": "4111 1111 1111 1111",
    "imsi": "460001234567890",
    "terminal": "10007777",
    "phone": "13800007777",
}


def transcript() -> dict[str, Any]:
    p = PLANTED
    text = (
        f"{p['ssid']} {p['host']} {p['address']} by {p['gateway']}, {p['mac']}, "
        f"{p['ipv6']}, card {p['card']}"
    )
    pair = {"zh": text, "en": text}
    report = {
        "schema": "posdiag.report/1",
        "started_at": "2026-01-31T08:15:02+08:00",
        "site": {"name": p["shop"], "terminal_id": p["terminal"]},
        "verdict": "broken",
        "path_code": "069-999",
        "causes": [
            {
                "id": "router.unreachable",
                "who": "technician",
                "contact": p["phone"],
                "checks": ["router.reach"],
                "facts": {"gateway": p["gateway"], "ssid": p["ssid"]},
                "title": pair,
            }
        ],
        "checks": [
            {
                "id": "router.reach",
                "status": "fail",
                "code": "router.unreachable",
                "facts": {
                    "address": f"{p['address']}/24",
                    "host": p["host"],
                    "imsi": p["imsi"],
                    "servers": [p["public"]],
                    "mask": "255.255.255.0",
                    "seconds": 3.5,
                },
                "blamed_on": None,
                "text": pair,
            }
        ],
    }
    return {
        "schema": "posdiag.guide/1",
        "symptom": "no-network",
        "steps": [
            {"n": 1, "kind": "measure", "checks": ["router.reach"], "found": []},
            {
                "n": 2,
                "kind": "question",
                "fact": "terminal.address",
                "answer": p["address"],
                "text": pair,
            },
            {
                "n": 3,
                "kind": "action",
                "id": "router.restart",
                "done": True,
                "helped": False,
                "text": pair,
            },
        ],
        "conclusion": {
            "cause": "router.unreachable",
            "who": "technician",
            "contact": p["phone"],
            "confidence": 0.97,
            "outcome": "call",
            "text": pair,
        },
        "asked": 1,
        "report": report,
    }


def test_nothing_planted_is_in_any_file() -> None:
    archive = zipfile.ZipFile(io.BytesIO(packed(contents(transcript(), "zh"))))

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
    ],
)
def test_what_only_looks_like_an_identifier_stays(text: str) -> None:
    assert Tokens({"dns.resolve"}).text(text) == text


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


# --- the call sheet ------------------------------------------------------------------


def test_the_sheet_has_number_symptom_code_and_what_was_tried() -> None:
    text = receipt(lines(knowledge(), transcript(), "zh"))

    for part in (
        "求助单",
        PLANTED["phone"],
        "没有网络",
        "069-999",
        "重启路由器",
        "没用",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("who", "cause", "contact", "shown", "hidden"),
    [
        ("merchant", "printer.no-paper", "", "", "打给"),
        ("merchant", "code.account", "", "发卡行", "贴纸"),
        ("technician", "router.unreachable", "", "网络师傅", "贴纸"),
        ("hotspot-owner", "wifi.not-found", "", "开热点的人", "贴纸"),
        ("isp", "isp.no-internet", "", "账单", "贴纸"),
        ("acquirer", "acquirer.unreachable", "", "贴纸", "账单"),
        ("acquirer", "acquirer.unreachable", "95516", "95516", "贴纸"),
    ],
)
def test_the_sheet_says_whom_to_call_and_where_the_number_stands(
    who: str, cause: str, contact: str, shown: str, hidden: str
) -> None:
    whole = transcript()
    whole["conclusion"] |= {"who": who, "cause": cause, "contact": contact}

    text = html(lines(knowledge(), whole, "zh"), "zh")

    assert shown in text
    assert hidden not in text
    assert "店里自己" not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_receipt_is_32_columns_wide(lang: Any) -> None:
    text = receipt(lines(knowledge(), transcript(), lang))

    assert max(map(cells, text.splitlines())) <= 32


def test_the_page_escapes_what_comes_from_outside() -> None:
    whole = transcript()
    whole["report"]["site"]["name"] = "<script>alert(1)</script>"

    page = html(lines(knowledge(), whole, "en"), "en")

    assert "<script>" not in page
    assert "default-src 'none'" in page
