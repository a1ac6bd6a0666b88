"""Plain numbered lines: what is printed and what is understood."""

import io
from collections.abc import Iterable
from contextlib import suppress

import pytest

from posdiag.commands.guide.person.plain import Plain
from posdiag.guide.conclude import Conclusion
from posdiag.guide.knowledge import CODE
from posdiag.guide.seen import Seen
from posdiag.guide.walk.drive import Left, drive
from posdiag.guide.walk.steps import Ask, Measure
from posdiag.guide.walk.walk import Walk
from posdiag.report.terminal.wrap import cells
from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair
from tests.guide.merchant import KNOWN, seen

OFF = KNOWN.states["router.unreachable/no-power"]


def talk(
    lines: Iterable[str],
    *,
    symptom: str | None = "no-network",
    lang: Lang = "zh",
    width: int = 40,
    encoding: str = "utf-8",
) -> tuple[str, Walk, Conclusion | None]:
    """What was printed, the walk, and the conclusion; None: the merchant left."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    source = io.StringIO("\n".join(lines) + "\n")
    walk = Walk(KNOWN, symptom)
    found: Conclusion | None = None

    def measure(request: Measure) -> Seen:
        return seen(OFF)

    with suppress(Left):
        found = drive(walk, Plain(lang, width, out, source), measure)
    return raw.getvalue().decode(encoding), walk, found


def test_the_question_comes_last_with_numbers_and_dont_know() -> None:
    printed, _, _ = talk([])

    tail = printed.rstrip().splitlines()
    assert tail[-1] == ">"
    assert " 1. 亮" in printed
    assert " 2. 不亮" in printed
    assert " 0. 不知道" in printed


def test_no_line_is_wider_than_the_screen() -> None:
    for lang, width in (("zh", 40), ("en", 40), ("zh", 80)):
        printed, _, _ = talk(["2", "2", "q"], lang=lang, width=width)  # type: ignore[arg-type]
        assert max(map(cells, printed.splitlines())) <= width


def test_it_can_be_printed_on_a_gbk_console() -> None:
    printed, _, _ = talk(["2", "2", "q"], encoding="gbk")

    assert "路由器" in printed
    assert "?" not in printed.replace("?", "", printed.count("? 怎么看"))


def test_a_number_an_id_and_a_full_width_digit_are_understood() -> None:
    for typed in ("2", "off", "２"):
        _, walk, _ = talk([typed])
        answers = {s.id: s.answer for s in walk.steps}
        assert answers["router.power-lamp"] == "off"


def test_what_is_no_answer_is_said_and_asked_again() -> None:
    printed, walk, _ = talk(["7", "abc", "", "2"])

    assert printed.count("请输入 0 到 2 的编号。") == 3
    assert [s.answer for s in walk.steps if s.id == "router.power-lamp"] == ["off"]


def test_help_tells_how_to_see_it() -> None:
    printed, _, _ = talk(["?"])

    assert "带天线的小盒子" in printed


@pytest.mark.parametrize("word", ["q", "Q", "ｑ", "quit"])
def test_it_can_be_left_at_any_time(word: str) -> None:
    _, walk, found = talk([word])

    assert found is None
    assert walk.counted == 0


def test_the_end_of_the_input_leaves_it() -> None:
    _, _, found = talk(["2"])

    assert found is None


def typed_code(lines: list[str]) -> tuple[str, str]:
    """What is printed and taken where these lines are typed for a response code."""
    out = io.StringIO()
    person = Plain("zh", 80, out, io.StringIO("\n".join(lines) + "\n"))
    taken = person.ask(Ask(CODE, KNOWN.facts[CODE]), Walk(KNOWN, "error-code"))
    return out.getvalue(), taken


def test_a_code_of_no_table_is_asked_for_once_more() -> None:
    printed, taken = typed_code(["abc", "abc"])
    assert taken == "abc"
    assert printed.count("表里没有“abc”这个代码") == 1

    assert typed_code(["abc", "51"])[1] == "51"
    printed, taken = typed_code(["51"])
    assert taken == "51"
    assert "表里没有" not in printed


def test_the_farewell_does_not_stand_behind_a_prompt() -> None:
    for typed in ("", "q\n"):
        out = io.StringIO()
        person = Plain("zh", 80, out, io.StringIO(typed))
        with pytest.raises(Left):
            person.ask(Ask("symptom"), Walk(KNOWN))
        assert out.getvalue().endswith("> ")
        person.end_line()
        person.end_line()
        assert out.getvalue().endswith("> \n")


def test_what_was_not_examined_is_said() -> None:
    titles = {"isp.reach": Pair("互联网", "the Internet")}
    for verdict, open_ in (("unknown", ("isp.reach",)), ("healthy", ())):
        out = io.StringIO()
        begun = Seen(verdict, titles=titles, unproven=open_, no_host=True)
        Plain("zh", 200, out, io.StringIO()).measured(begun, Measure(), Walk(KNOWN))
        assert "没有设置收款主机的地址，所以只查到互联网为止" in out.getvalue()
        assert ("没能查实的：互联网。" in out.getvalue()) is bool(open_)


def test_an_answer_is_taken_back() -> None:
    _, walk, _ = talk(["1", "b", "2"])

    lamp = [s.answer for s in walk.steps if s.id == "router.power-lamp"]
    assert lamp in (["off"], ["on"])
    assert len(lamp) == 1


def test_at_an_action_and_after_it_an_answer_is_taken_back() -> None:
    """`b` at the action asks the lamp anew; so it does after what cannot be done."""
    printed, walk, _ = talk(["2", "b", "2"])
    assert (
        printed.count("b 上一题") == 2
    )  # at the two actions, not at the first question
    assert [s.id for s in walk.steps if s.kind == "question"] == ["router.power-lamp"]

    _, walk, _ = talk(["2", "2", "b"])
    assert not [s for s in walk.steps if s.kind == "action"]
    assert "router.power-on" not in walk.tried


def test_an_action_says_cost_sale_and_what_to_look_for() -> None:
    printed, walk, _ = talk(["2", "2"])

    assert "约 4 分钟" in printed
    assert "正在做的那笔" in printed
    assert "做完看：" in printed
    assert [s.done for s in walk.steps if s.kind == "action"][:1] == [False]


def test_the_symptom_is_asked_where_none_was_given() -> None:
    printed, walk, _ = talk(["1"], symptom=None)

    assert "POS机怎么了？" in printed
    assert walk.symptom == "no-network"


def test_the_countdown_is_a_line_every_five_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "posdiag.commands.guide.person.plain.sleep", lambda seconds: None
    )
    raw = io.StringIO()

    Plain("zh", 40, raw, io.StringIO()).count(30)

    assert raw.getvalue().splitlines()[:2] == ["等 30 秒", "等 25 秒"]
    assert raw.getvalue().splitlines()[-1] == "时间到，接通电源。"
