"""The texts: how they are found and filled, and whether all of them are in order."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.engine.registry import core
from posdiag.model import Check, Facts, Finding, Status, Value, fail, ok, skip
from posdiag.model.check import PARTIES
from posdiag.report.terminal.console import BAR
from posdiag.texts.catalogue import TOUCHES, Catalogue, CauseText, advice
from posdiag.texts.fill import LONGEST, duration, fields, fill, size
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair
from tests import ROOT
from tests.golden.reports import catalogue, checklist, never

TEXTS = sorted((ROOT / "checks" / "posdiag_checks").rglob("*.toml"))
GUIDE = sorted((ROOT / "posdiag" / "guide" / "data").glob("*.toml"))
ADVICE = ROOT / "posdiag" / "texts" / "advice.toml"


# --- filling ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "facts", "zh", "en"),
    [
        ("{rtt:ms}", {"rtt": 0.0123}, "12 毫秒", "12 ms"),
        ("{rtt:ms}", {"rtt": 0.00123}, "1.2 毫秒", "1.2 ms"),
        ("{t:s}", {"t": 1.234}, "1.2 秒", "1.2 s"),
        ("{t:s}", {"t": -5400.0}, "90 分钟", "90 min"),
        ("{t:s}", {"t": 0}, "0 秒", "0 s"),
        ("{t:s} 内", {"t": 3.5}, "3.5 秒内", "3.5 s 内"),
        ("{t:s} ，", {"t": 3.5}, "3.5 秒，", "3.5 s ，"),
        ("{loss:%}", {"loss": 0.042}, "4.2 %", "4.2 %"),
        ("{loss:%}", {"loss": 1.0}, "100 %", "100 %"),
        ("{loss:.1%}", {"loss": 0.042}, "4.2%", "4.2%"),
        ("{rtt:.0f}", {"rtt": 12.3}, "12", "12"),
        ("{n}", {"n": 1234567}, "1234567", "1234567"),
        ("{n}", {"n": 0.123456}, "0.123", "0.123"),
        ("{n:d}", {"n": 3.7}, "4", "4"),
        ("{a}", {"a": ("x", "y")}, "x、y", "x, y"),
        ("{a}", {"a": True}, "是", "yes"),
        ("{a}", {"a": None}, "未知", "?"),
        ("{a}", {"a": ""}, "未知", "?"),
        ("{a}", {"a": ()}, "无", "none"),
        ("{a}", {}, "未知", "?"),
        ("{a:.1f}", {"a": "text"}, "text", "text"),
        ("{a:>999999999}", {"a": 5}, "5", "5"),
        ("{a.__class__}", {"a": 5}, "未知", "?"),
        ("{a!r} {}", {"a": 5}, "未知 未知", "? ?"),
        ("{{a}} }{", {"a": 5}, "{a} }{", "{a} }{"),
        ("{n:bytes}", {"n": 9810}, "9.8 KB", "9.8 KB"),
        ("{a:word}", {"a": "icmp"}, "ping", "ping"),
        ("{a:word}", {"a": "refused"}, "对方拒绝", "refused"),
        (
            "{a:word}",
            {"a": ("dns silent", "x")},
            "DNS 没有应答、x",
            "DNS does not answer, x",
        ),
        ("{a:word}", {"a": "alert 99"}, "告警 99", "alert 99"),
        ("{a:with} TPDU", {"a": True}, "有 TPDU", "with TPDU"),
        ("{a:name}", {"a": "CN=Bank Root,O=Bank"}, "Bank Root", "Bank Root"),
        ("{a:name}", {"a": "O=Bank"}, "O=Bank", "O=Bank"),
        (
            "{a:time}",
            {"a": "2026-01-31 20:15 UTC"},
            "北京时间 2026-02-01 04:15",
            "2026-01-31 20:15 UTC",
        ),
        (
            "{a:time}",
            {"a": "9999-12-31 23:00 UTC"},
            "9999-12-31 23:00 UTC",
            "9999-12-31 23:00 UTC",
        ),
    ],
)
def test_a_fact_reads_as_its_text_wants(
    text: str, facts: Facts, zh: str, en: str
) -> None:
    assert (fill(text, facts, "zh"), fill(text, facts, "en")) == (zh, en)


VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)
)


@given(
    st.text("{}ab:.%sdfe!0 9", max_size=60),
    st.dictionaries(st.sampled_from("ab"), VALUES | st.tuples(VALUES, VALUES)),
)
def test_filling_is_total(text: str, facts: dict[str, Any]) -> None:
    for lang in ("zh", "en"):
        assert len(fill(text, facts, lang)) <= LONGEST


def test_a_sentence_is_cut_however_long_its_facts_are() -> None:
    facts: Facts = {"a": ("x" * 200,) * 8}

    assert len(fill("{a}" * 9, facts, "zh")) == LONGEST


@given(st.floats(0.0001, 1e7))
def test_durations_and_sizes_never_show_an_exponent(number: float) -> None:
    assert re.fullmatch(r"[0-9.]+ [a-z]+", duration(number, "en"))
    assert re.fullmatch(r"[0-9.]+ [KM]?B", size(number))


# --- the catalogue ---------------------------------------------------------------


def one(toml: str, package: str = "posdiag_checks") -> Catalogue:
    return Catalogue([Check("x.y", never, package=package)], lambda check: toml)


@pytest.mark.parametrize(
    "toml",
    [
        "",
        "not toml = = =",
        "title = 5\nok = [1]\ncause = 'x'",
        "[title]\nzh = 5\n[cause.'x.z']\nsteps = 7\nwho = ['a']\nsay = {}\nvariant = 3",
        "[cause]\n'x.z' = 4",
        "[cause.'x.z']\nsteps = [1, {zh = 2}, {en = ''}]\nexplains = 'all'",
        "a = " + "[" * 5000,
    ],
)
def test_a_broken_text_never_breaks_a_report(toml: str) -> None:
    texts = one(toml)

    assert texts.check_title("x.y") == Pair("x.y", "x.y")
    assert "x.z" in texts.finding("x.y", fail("x.z", variant="v")).zh
    assert texts.finding("x.y", ok()).en
    assert texts.cause("x.z", {}, ("x.y",)).title == Pair("x.z", "x.z")
    assert texts.cause("x.z").steps
    assert texts.explains("x.y", "x.z") == ()


def test_a_source_that_fails_is_a_missing_text() -> None:
    def source(check: Check) -> str | None:
        raise OSError

    texts = Catalogue([Check("x.y", never)], source)

    assert texts.check_title("x.y") == Pair("x.y", "x.y")


def test_a_hostile_text_is_shown_harmless() -> None:
    texts = one('[title]\nzh = "\\u001b[2J\\u202e"\nen = "a\\nb"')

    assert texts.check_title("x.y") == Pair("\\x1b[2J\\u202e", "a b")


def test_one_language_stands_in_for_the_other() -> None:
    assert one('[title]\nzh = "只有中文"').check_title("x.y").en == "只有中文"


def test_the_variant_of_an_ok_text_is_a_fact_or_the_code() -> None:
    texts = catalogue()
    quiet = "The router r works, it only ignores ping."

    assert texts.finding("router.reach", ok("quiet", gateway="r")).en == quiet
    assert texts.finding("router.reach", ok(gateway="r", variant="quiet")).en == quiet
    assert texts.finding("router.reach", ok("new", gateway="r")).en.endswith("answers.")


def test_a_variant_of_a_cause_overrides_only_what_it_says() -> None:
    texts = one(
        '[cause."x.z"]\nwho="isp"\ntitle.zh="总"\ntitle.en="all"\n'
        'say.zh="{a}"\nsay.en="{a}"\n'
        '[cause."x.z".variant.v]\ntitle.zh="变"\ntitle.en="variant"\n'
    )
    cause = texts.cause("x.z", {"a": 1}, ("x.y",), "v")

    assert (cause.title.en, cause.say.en, cause.who) == ("variant", "1", "isp")


def test_a_cause_told_by_another_check_is_found() -> None:
    assert catalogue().cause("isp.packet-loss").who == "isp"
    assert catalogue().owner("isp.packet-loss") == "acquirer.loss"
    assert catalogue().owner("no.such") is None


def test_the_check_that_found_a_cause_has_the_first_word() -> None:
    toml = {"a.a": '[cause."c.c"]\ntitle.en="A"', "b.b": '[cause."c.c"]\ntitle.en="B"'}
    texts = Catalogue(
        [Check(id, never, module=id) for id in toml], lambda c: toml[c.id]
    )

    assert texts.cause("c.c").title.en == "A"
    assert texts.cause("c.c", {}, ("b.b",)).title.en == "B"


def test_a_plugin_explains_away_only_causes_of_its_own() -> None:
    core = [*checklist()]
    plugin = Check("shop.till", never, package="plugin", module="till")
    toml = (
        '[cause."shop.off"]\nexplains = ["router.unreachable", "shop.slow", "no.tx"]\n'
        '[cause."shop.slow"]\n'
    )
    inner = catalogue()
    assert inner.explains("router.reach", "router.unreachable") == (
        "isp.no-internet",
        "acquirer.unreachable",
    )
    from tests.golden.reports import source

    texts = Catalogue(
        [*core, plugin], lambda c: toml if c.package == "plugin" else source(c)
    )

    assert texts.explains("shop.till", "shop.off") == ("shop.slow",)


def test_reasons_have_words_and_unknown_ones_show_their_id() -> None:
    texts = catalogue()
    late = Finding(Status.ERROR, "tool.timeout", {"seconds": 12.0})

    assert texts.finding("x.y", late).zh == "12 秒内没有查完。"
    assert (
        texts.finding("x.y", skip("skip.new-one")).en == "Not checked (skip.new-one)."
    )
    blocked = texts.finding("x.y", skip("skip.blocked"), Pair("甲", "A"))
    assert blocked == Pair("等“甲”修好再查。", "Fix first: A")


def test_facts_in_a_sentence_are_redacted_and_harmless() -> None:
    said = catalogue().finding("router.reach", ok(gateway="4111111111111111\x1b[31m"))

    assert said.en == "The router 411111******1111\\x1b[31m answers."


def test_a_missing_word_is_a_bug_of_ours() -> None:
    with pytest.raises(KeyError):
        WORDS("who.no-such")


# --- every text there is -----------------------------------------------------------


@cache
def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def pairs(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every table that holds a text, with its path."""
    if "zh" in table or "en" in table:
        yield path, table
    for key, value in table.items():
        if isinstance(value, dict):
            yield from pairs(value, f"{path}/{key}")
        elif isinstance(value, list):
            for place, item in enumerate(value):
                if isinstance(item, dict):
                    yield from pairs(item, f"{path}/{key}[{place}]")


def causes(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every cause and every variant of one."""
    for id, cause in table.get("cause", {}).items():
        yield id, cause
        for name, variant in cause.get("variant", {}).items():
            yield f"{id}/{name}", variant


MONEY = ("network", "terminal")  # what a step that may break off a sale touches
NO_TEXTS = {"limits.toml", "template.toml"}
OURS = sorted(
    path for path in (ROOT / "posdiag").rglob("*.toml") if path.name not in NO_TEXTS
)
files = pytest.mark.parametrize("path", [*TEXTS, *OURS], ids=lambda p: p.stem)
check_files = pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)

HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,.;:?!()]")


@files
def test_texts_are_there_in_both_languages(path: Path) -> None:
    for where, pair in pairs(read(path)):
        for lang in ("zh", "en"):
            assert isinstance(pair.get(lang), str), (where, lang)
            assert pair[lang].strip(), (where, lang)
        if pair["zh"] != pair["en"] and re.search(r"\w", pair["en"]):
            assert re.search(r"[\u4e00-\u9fff{]", pair["zh"]), where
        assert not re.search(r"[\u4e00-\u9fff]", pair["en"]), where


@pytest.mark.parametrize("path", sorted((ROOT / "posdiag").rglob("*.toml")))
def test_the_terminal_has_one_name_in_chinese(path: Path) -> None:
    assert "收款机" not in path.read_text("utf-8")


@files
def test_both_languages_use_the_same_fields(path: Path) -> None:
    for where, pair in pairs(read(path)):
        assert fields(pair["zh"]) == fields(pair["en"]), where


@files
def test_punctuation_after_chinese_is_full_width(path: Path) -> None:
    for where, pair in pairs(read(path)):
        assert not HALF_WIDTH.search(pair["zh"]), (where, pair["zh"])


@files
def test_every_text_prints_on_a_gbk_console(path: Path) -> None:
    """Also: no emoji, no box characters."""
    for where, pair in pairs(read(path)):
        for lang in ("zh", "en"):
            try:
                pair[lang].encode("gbk")
            except UnicodeEncodeError as trouble:
                pytest.fail(f"{where} {lang}: {trouble}")


@check_files
def test_no_sim_is_sent_into_a_phone_without_a_word_on_those_that_are_tied(
    path: Path,
) -> None:
    """Operators stop an IoT SIM that turns up in another device."""
    for where, pair in pairs(read(path)):
        if "装进手机" in pair["zh"]:
            assert "物联网卡" in pair["zh"], where
            assert "IoT" in pair["en"], where


@check_files
def test_titles_fit_their_column(path: Path) -> None:
    from rich.cells import cell_len

    table = read(path)
    titles = [("check", table["title"])]
    titles += [(id, c["title"]) for id, c in causes(table) if "title" in c]
    for where, title in titles:
        for lang in ("zh", "en"):
            assert cell_len(title[lang]) <= 32, (where, title[lang])
            assert not fields(title[lang]), where


@check_files
def test_a_check_has_a_title_and_an_ok_text(path: Path) -> None:
    assert {"asks", "title", "ok"} <= read(path).keys()


@check_files
def test_a_check_asks_a_question(path: Path) -> None:
    """What `posdiag list` shows; a remark in parentheses may follow."""
    asks = read(path)["asks"]

    assert re.search(r"？(（.*）)?$", asks["zh"])
    assert re.search(r"\?( \(.*\))?$", asks["en"])


@check_files
def test_a_shop_that_cannot_sell_is_told_how_to_go_on(path: Path) -> None:
    """Not where payments are merely slow or at risk (packet loss, weak signal)."""
    for id, cause in read(path).get("cause", {}).items():
        assert cause.get("emergency"), id


@check_files
def test_a_cause_says_all_that_a_report_needs(path: Path) -> None:
    for id, cause in read(path).get("cause", {}).items():
        assert {"who", "title", "say", "proof", "steps"} <= cause.keys(), id
        known = {"explains", "emergency", "prevention", "decide", "variant"}
        known |= {"degree", "digit", "danger", "machine", "forbids", "then", "own"}
        extra = cause.keys() - known - {"who", "title", "say", "proof", "steps"}
        assert not extra, (id, extra)


@check_files
def test_who_and_by_are_parties_that_we_know(path: Path) -> None:
    for id, cause in causes(read(path)):
        assert cause.get("who", "merchant") in PARTIES, id
        assert cause.get("then", "technician") in set(PARTIES) - {"merchant"}, id
        for step in cause.get("steps", []):
            assert step.get("by") in PARTIES, (id, step)
            assert step.get("touches", "computer") in TOUCHES, id
            assert "interrupts" not in step, id
            assert isinstance(step.get("cost"), int | float), (id, step)


@check_files
def test_cheap_and_harmless_steps_come_first(path: Path) -> None:
    for id, cause in causes(read(path)):
        steps = cause.get("steps", [])
        interrupts = [step.get("touches") in MONEY for step in steps]
        if True in interrupts:
            first = interrupts.index(True)
            costs = [s["cost"] for s in steps[:first]]
            assert costs == sorted(costs), (id, costs)


#: What a shopkeeper neither knows nor should do.
NOT_FOR_A_SHOP = re.compile(
    "重置网络设置|恢复出厂|根证书|配置文件|配置的|hosts|TPDU|BCD|MTU|MSS|systemd|rfkill"
    "|ca_file|server_name|client_cert|dBm|信噪比|注册表|命令行|改为“自动获取”|DNS 改"
)


@check_files
def test_a_merchant_edits_neither_the_laptop_nor_the_network_settings(
    path: Path,
) -> None:
    for id, cause in causes(read(path)):
        for step in cause.get("steps", []):
            if step.get("by") == "merchant":
                said = step["zh"] + step.get("recheck", {}).get("zh", "")
                assert not NOT_FOR_A_SHOP.search(said), (id, said)


@check_files
def test_a_step_does_not_say_what_its_heading_says(path: Path) -> None:
    """To check again stands above all steps, with the whole command."""
    for id, cause in causes(read(path)):
        for step in cause.get("steps", []):
            look = step.get("recheck", {}).get("zh", "")
            assert not look.startswith("再检查一次"), (id, look)
            assert not look.endswith("后再检查一次。"), (id, look)


#: An order, where a state is to be seen. "If ..." tells what the state means.
ORDERS = re.compile(
    "^(Then|Afterwards|Let|Check|Search|See|Find|Compare|Change|Join|Go|Reconnect|Make"
    "|Call|Ask|Look|Try|Wait|Use|Restart)\\b|; then\\b"
)
ORDERS_ZH = re.compile(
    "^(让|看(?!得)|找出|把|再[查试检]|请|当场|用新|断开以后让|和装机单对|办好后让)"
    "|再检查一次|再试一笔|，然后|再往下做"
)


@pytest.mark.parametrize("path", [*TEXTS, *GUIDE], ids=lambda p: p.stem)
def test_what_is_to_be_seen_after_a_step_is_no_order(path: Path) -> None:
    read_from = read(path)
    steps = [(id, s) for id, c in causes(read_from) for s in c.get("steps", [])]
    seen = [(id, s["recheck"]) for id, s in steps if "recheck" in s]
    seen += [(id, a["look"]) for id, a in read_from.get("action", {}).items()]
    for id, look in seen:
        assert not ORDERS.search(look["en"]), (id, look["en"])
        assert not ORDERS_ZH.search(look["zh"]), (id, look["zh"])


#: What restarts the terminal, or takes its power or that of the way to the network.
RESTARTS = re.compile("(?=.*POS机).*(关机|重启|断电)|关掉POS机")
UNPLUGS = re.compile("拔下.*(路由器|光猫)|(路由器|光猫).*拔")
#: What breaks off a sale: a cable, port, router, modem, SIM or Wi-Fi is moved.
MOVES = re.compile(
    "(换|拔|插(?!口)|碰|重新连接|关掉)[^。；，：？、]{0,12}"
    "(网线|电话线|LAN|WAN|SIM|流量卡|路由器|光猫|交换机|调制解调器|一家运营商的卡)"
    "|(网线|电话线|SIM|流量卡|路由器|光猫|交换机|模块的连线)[^。；，：？、]{0,12}"
    "(换(?!过|新的)|拔|插(?!口)|挪|移近|移到)|碰一下两头的插头|^先改用 Wi-Fi"
)
ASKS_OR_CALLS = re.compile("想一想|问|看路由器：|看看外接|顺着网线看|请师傅|报上")
#: This computer's own connection is down already: nothing can be broken off.
DOWN = ("link.down", "ip.no-address")


@check_files
def test_what_restarts_a_device_says_what_it_touches(path: Path) -> None:
    for id, cause in causes(read(path)):
        for step in cause.get("steps", []):
            if RESTARTS.search(step["zh"]):
                assert step.get("touches") == "terminal", (id, step["zh"])
            if UNPLUGS.search(step["zh"]):
                assert step.get("touches") == "network", (id, step["zh"])
            moves = MOVES.search(step["zh"]) and not ASKS_OR_CALLS.search(step["zh"])
            if moves and id.partition("/")[0] not in DOWN:
                assert step.get("touches") in MONEY, (id, step["zh"])
            if "签到" in step["zh"]:
                assert "touches" not in step, (id, step["zh"])


@check_files
def test_what_only_has_to_be_remembered_is_asked_of_the_shop(path: Path) -> None:
    for id, cause in causes(read(path)):
        for step in cause.get("steps", []):
            if step["zh"].startswith("想一想"):
                assert step["by"] == "merchant", (id, step["zh"])


@check_files
def test_settling_is_demanded_by_the_gate_alone(path: Path) -> None:
    for id, cause in causes(read(path)):
        for step in cause.get("steps", []):
            assert not re.search("先结算|结算再|先上传", step["zh"]), (id, step["zh"])


@check_files
def test_what_a_cause_forbids_are_checks(path: Path) -> None:
    known = {check.id for check in core()}
    for id, cause in causes(read(path)):
        assert set(cause.get("forbids", ())) <= known, id


@check_files
def test_titles_of_checks_are_nouns(path: Path) -> None:
    title = read(path)["title"]

    assert not re.search("吗|有没有|能不能|对不对|够不够|要不要|稳不稳|？", title["zh"])
    assert not title["en"].endswith("?")
    assert not set("“”‘’…√×") & set(title["zh"] + title["en"])


@check_files
def test_advice_that_is_named_exists(path: Path) -> None:
    known = read(ADVICE).keys()
    for id, cause in causes(read(path)):
        for name in (*cause.get("emergency", ()), *cause.get("prevention", ())):
            assert name in known, (id, name)


@check_files
def test_a_consequence_is_a_cause_id(path: Path) -> None:
    for id, cause in causes(read(path)):
        for other in cause.get("explains", ()):
            assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9-]+", other), (id, other)
            assert other != id.partition("/")[0], id


TOLD_TWICE = {
    "wifi.weak-signal"  # by how strong it is, and by what it does to a handshake
}


def test_the_same_cause_is_told_once() -> None:
    seen: dict[str, str] = {}
    for path in TEXTS:
        for id in read(path).get("cause", {}):
            if id not in TOLD_TWICE:
                assert seen.setdefault(id, path.stem) == path.stem, id


def test_every_party_has_a_name() -> None:
    for party in PARTIES:
        assert f"who.{party}" in WORDS
        assert f"by.{party}" in WORDS


def test_bars_have_a_form_for_every_console() -> None:
    block, ascii_form = BAR

    assert block.encode("gbk")
    assert ascii_form.encode("ascii")


def test_unknown_advice_is_none() -> None:
    assert advice("EMG-99") is None


@pytest.mark.parametrize(
    ("cause", "party"),
    [
        ("printer.no-paper", "terminal-service"),
        ("printer.offline", "terminal-service"),
        ("printer.cover-open", "terminal-service"),
        ("cellular.no-sim", "terminal-service"),
        ("cellular.sim-failure", "terminal-service"),
        ("data.over-quota", "isp"),
        ("link.down", "technician"),
    ],
)
def test_who_helps_where_the_merchant_does_not_get_it_right(
    cause: str, party: str
) -> None:
    assert Catalogue(core()).cause(cause).then == party


#: A step that only looks, or only passes it on, mends nothing.
ONLY_LOOKS = re.compile(
    r"Open this (?:machine|computer)'s \S+ settings[^.]*(?:photograph|see |is )"
    r"|Compare |Still |If it is wrong again|If that fails|Where automatic"
)


def every_text() -> Iterator[CauseText]:
    """Each cause as each check and each variant words it."""
    catalogue = Catalogue(core())
    for check in core():
        for id in catalogue.causes_of(check):
            for variant in ("", *catalogue.variants_of(id, (check.id,))):
                yield catalogue.cause(id, {}, (check.id,), variant)


def test_a_cause_that_the_merchant_mends_has_a_step_that_he_can_do() -> None:
    wrong = [
        (text.id, [step.text.en for step in text.steps])
        for text in every_text()
        if text.who == "merchant"
        and not any(
            step.by == "merchant"
            and (step.touches or not ONLY_LOOKS.match(step.text.en))
            for step in text.steps
        )
    ]

    assert wrong == []


@check_files
def test_no_blank_stands_before_full_width_punctuation(path: Path) -> None:
    assert re.findall(r".{0,12} [，。；：、）！？]", path.read_text("utf-8")) == []


#: What only a broken way deserves. A condition ("may", "可能") is a risk.
NOTHING_PASSES = re.compile(
    "出不了门|(?<!可能)上不了网|收不了款|送错地方|刷不了|^[^，。]*连不上。"
    "|no way out|goes astray|nothing passes|payments fail|cannot take"
)


def degraded() -> Iterator[tuple[str, str]]:
    """Cause and variant ("" where it varies) of every `warn(...)` of a check."""
    for path in (ROOT / "checks/posdiag_checks").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "warn"
                and isinstance(node.args[0], ast.Constant)
            ):
                named = {k.arg: k.value for k in node.keywords}
                variant = named.get("variant", ast.Constant(""))
                if isinstance(variant, ast.Constant):
                    yield str(node.args[0].value), str(variant.value)


@pytest.mark.parametrize(("cause", "variant"), sorted(set(degraded())))
def test_a_degraded_finding_does_not_say_that_nothing_passes(
    cause: str, variant: str
) -> None:
    said = Catalogue(core()).cause(cause, variant=variant).say

    assert not NOTHING_PASSES.search(said.zh), said.zh
    assert not NOTHING_PASSES.search(said.en), said.en
