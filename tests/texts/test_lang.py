"""In which language a person is answered."""

import pytest

from posdiag.texts.lang import choose, system_locale, unknown


def nothing() -> str:
    return ""


@pytest.mark.parametrize(
    "value",
    [
        "zh",
        "zh_CN",
        "zh_CN.GBK",
        "zh_CN.UTF-8",
        "zh_TW",
        "zh-Hans",
        "zh-Hant-HK",
        "zh_CN@pinyin",
        "ZH_cn",
        "Chinese (Simplified)_China.936",
        "Chinese_China.936",
        "Chinese (Traditional)_Taiwan.950",
        "chs",
        "中文(简体)_中国",
    ],
)
def test_any_chinese_locale_is_chinese(value: str) -> None:
    assert choose(None, {"LANG": value}, nothing) == "zh"
    assert choose(None, {}, lambda: value) == "zh"


@pytest.mark.parametrize(
    "value", ["C", "C.UTF-8", "POSIX", "en_US.UTF-8", "de_DE", "za_CN", "zhuang", "!"]
)
def test_every_other_locale_is_english(value: str) -> None:
    assert choose(None, {"LANG": value}, nothing) == "en"
    assert choose(None, {}, lambda: value) == "en"


def test_the_option_wins_over_everything() -> None:
    assert choose("en", {"POSDIAG_LANG": "zh", "LANG": "zh_CN"}, nothing) == "en"
    assert choose("zh", {"POSDIAG_LANG": "en", "LC_ALL": "C"}, nothing) == "zh"


def test_the_own_variable_wins_over_the_locale() -> None:
    assert choose(None, {"POSDIAG_LANG": "zh", "LC_ALL": "en_US"}, nothing) == "zh"
    assert choose(None, {"POSDIAG_LANG": "en", "LC_ALL": "zh_CN"}, nothing) == "en"


def test_an_own_variable_of_another_language_is_passed_over() -> None:
    assert choose(None, {"POSDIAG_LANG": "fr", "LANG": "zh_CN"}, nothing) == "zh"


def test_locale_variables_override_each_other_as_posix_has_it() -> None:
    assert choose(None, {"LC_ALL": "C", "LANG": "zh_CN"}, nothing) == "en"
    assert choose(None, {"LC_MESSAGES": "zh_CN", "LANG": "en_US"}, nothing) == "zh"
    assert choose(None, {"LC_ALL": "", "LANG": "zh_CN"}, nothing) == "zh"


def test_the_machine_is_asked_only_where_no_variable_is_set() -> None:
    assert choose(None, {"LANG": "en_US"}, lambda: "zh_CN") == "en"


def test_the_machine_itself_answers_with_a_text() -> None:
    assert isinstance(system_locale(), str)


@pytest.mark.parametrize(
    ("value", "told"), [("klingon", "klingon"), ("", ""), ("zh_CN", ""), ("en", "")]
)
def test_a_language_that_is_not_ours_is_named(value: str, told: str) -> None:
    assert unknown({"POSDIAG_LANG": value}) == told
    assert unknown({}) == ""
