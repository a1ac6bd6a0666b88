"""Every question and answer survives being written and read; bad data does not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model import Value
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Question, Unknown
from posdiag.model.questions.lan import ArpReply
from posdiag.model.questions.machine import AskTime, Counters, Resolvers, WallClock
from posdiag.model.questions.terminal import OpenWifi, WatchTerminal
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wire import Echoes, IcmpError, Ping
from posdiag.model.site import Secret
from posdiag.system.core.codec import (
    DROPPED,
    MAX_ENTRIES,
    answer_class,
    classes,
    decode,
    encode,
    read,
    without_secrets,
    write,
)

LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(), max_size=8),
    bool: st.booleans(),
    int: st.integers(-(2**64), 2**64),
    float: st.floats(allow_nan=False, allow_infinity=False),
    NoneType: st.none(),
    Secret: st.builds(Secret, st.text(min_size=1)),
}


def strategy(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an annotated type, made without a look at the codec."""
    if kind in LEAVES:
        return LEAVES[kind]
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return st.sampled_from(arguments)
    if get_origin(kind) is tuple and arguments[-1] is not Ellipsis:
        return st.tuples(*map(strategy, arguments))
    if get_origin(kind) is tuple:
        return st.lists(strategy(arguments[0]), max_size=2).map(tuple)
    if arguments:
        return st.one_of([strategy(argument) for argument in arguments])
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    return st.builds(kind, **{name: strategy(hints[name]) for name in names})


ALL = st.one_of([strategy(kind) for kind in classes().values()])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["is", "address", "trips", "all", "count"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


WATCH = WatchTerminal(
    "host",
    wifi=OpenWifi("shop", "wpa2", passphrase=Secret("12345678")),
    limits=(("terminal.questions", 3.0),),
)


def test_a_watch_keeps_its_limits_and_not_its_passphrase() -> None:
    found = decode(json.loads(json.dumps(encode(WATCH))))

    assert found == without_secrets(WATCH)
    assert found.limits == WATCH.limits
    assert found.wifi == OpenWifi("shop", "wpa2")
    with pytest.raises(ValueError, match=r"limits\[0\]: 1 values where 2 belong"):
        decode({**encode(WATCH), "limits": [["terminal.questions"]]})


@given(ALL)
def test_what_is_written_is_read_again(value: object) -> None:
    text = json.dumps(encode(value), allow_nan=False)

    assert without_secrets(value) == decode(json.loads(text))


def test_a_secret_is_neither_written_nor_read() -> None:
    join = JoinWifi("wlan0", "73686f70", passphrase=Secret("correct horse"))
    written = encode(join)

    assert isinstance(written, dict)
    assert "passphrase" not in written
    assert decode(written) == without_secrets(join) != join
    for clear in ("correct horse", {"is": "Secret"}, 1):
        with pytest.raises(ValueError, match=r"value\.passphrase"):
            decode({**written, "passphrase": clear})


@dataclass(frozen=True)
class Tables:
    plan: Plan
    limits: dict[str, float | tuple[str, ...]]
    facts: Mapping[str, Value]


def test_tables_and_enumerations_are_kept() -> None:
    tables = Tables(Plan.QUICK, {"a": 1.5, "b": ("x",)}, {"n": 1, "t": (None, "店")})
    written = json.loads(json.dumps(write(tables)))

    assert read(written, Tables) == tables
    assert type(read(written, Tables).facts["n"]) is int
    for name, bad in (("plan", "slow"), ("limits", []), ("facts", {"a": {}})):
        with pytest.raises(ValueError, match=rf"value\.{name}"):
            read({**written, name: bad}, Tables)
    with pytest.raises(ValueError, match=r"Tables\.facts\.x"):
        write(Tables(Plan.QUICK, {}, {"x": float("nan")}))
    with pytest.raises(ValueError, match="not a dataclass"):
        write("text")


def test_all_questions_and_answers_are_known_and_paired() -> None:
    kinds = classes()
    asked = [kind for kind in kinds.values() if issubclass(kind, Question)]

    assert {"Ping", "Shake", "Echoes", "Handshake", "Unknown"} <= set(kinds)
    assert len(asked) >= 18
    assert all(answer_class(kind) in kinds.values() for kind in asked)
    assert Echoes is answer_class(Ping)


def test_fields_of_earlier_versions_are_passed_over() -> None:
    old = {"is": "Counters", "rx_errors": 3, "rx_crc": 1, "tx_errors": 2}

    assert decode(old) == Counters(rx_errors=3)
    for name, dropped in DROPPED.items():
        assert not {f.name for f in fields(classes()[name])} & set(dropped)


@given(JSON, st.sampled_from(sorted(classes())))
def test_arbitrary_data_is_read_or_is_a_value_error(data: Any, name: str) -> None:
    for candidate in (data, {**data, "is": name} if isinstance(data, dict) else data):
        complaint = "value"
        try:
            decode(candidate)
        except ValueError as error:
            complaint = str(error)

        assert complaint.startswith("value")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"is": "System"}, "value.is"),
        ({"is": ["Ping"]}, "value.is"),
        ({"extra": 1}, "no field 'extra'"),
        ({"count": 1.5}, "value.count"),
        ({"count": True}, "value.count"),
        ({"count": 2**65}, "value.count"),
        ({"whole": 1}, "value.whole"),
        ({"address": None}, "value.address"),
        ({"address": "x" * 70_000}, "value.address"),
        ({"timeout": float("nan")}, "value.timeout"),
        ({"timeout": float("inf")}, "value.timeout"),
        ({"timeout": "1"}, "value.timeout"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    change: dict[str, Any], where: str
) -> None:
    good = encode(Ping("192.0.2.1"))

    assert isinstance(good, dict)
    with pytest.raises(ValueError, match=where.replace("[", r"\[")):
        decode({**good, **change})


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"is": "Echoes", "address": "a"}, r"value\.trips: missing"),
        ({"is": "Echoes", "address": "a", "trips": "no"}, r"value\.trips"),
        ({"is": "Echoes", "address": "a", "trips": [1, "x"]}, r"value\.trips\[1\]"),
        (
            {"is": "Echoes", "address": "a", "trips": [0] * (MAX_ENTRIES + 1)},
            r"value\.trips: .*too long",
        ),
        (
            {"is": "Echoes", "address": "a", "trips": [], "errors": [{"is": "Hop"}]},
            r"value\.errors\[0\]",
        ),
        ({"is": "Neighbour", "address": "a", "state": "odd"}, r"value\.state"),
    ],
)
def test_nested_trouble_is_named_with_its_place(data: object, where: str) -> None:
    with pytest.raises(ValueError, match=where):
        decode(data)


def test_a_field_added_later_takes_its_default() -> None:
    assert AskTime() == decode({"is": "AskTime"})


def test_another_class_than_expected_is_refused() -> None:
    with pytest.raises(ValueError, match="WallClock where Question belongs"):
        decode(encode(WallClock(1.0)), Question)


def test_none_and_nested_objects_are_kept() -> None:
    echoes = Echoes("192.0.2.1", (None, 0.25), (IcmpError(3, 1, "192.0.2.9"),), 1400)

    assert echoes == decode(encode(echoes))
    assert ArpReply("a", "b", None) == decode(encode(ArpReply("a", "b", None)))


def test_what_is_no_question_or_answer_is_not_written() -> None:
    for odd in (object(), "text", Unknown, WallClock(float("nan"))):
        with pytest.raises(ValueError, match=r"\w"):
            encode(odd)
    wrong: Any = ["192.0.2.1"]
    with pytest.raises(ValueError, match=r"Resolvers\.servers"):
        encode(Resolvers(wrong))


def test_a_question_about_tls_holds_the_path_of_the_key_only() -> None:
    written = encode(Shake("192.0.2.1", 443, "pay.test", client_key="/etc/key.pem"))

    assert isinstance(written, dict)
    assert written["client_key"] == "/etc/key.pem"
    assert Handshake is answer_class(Shake)


def test_the_base_of_all_repeatable_questions_is_no_question() -> None:
    with pytest.raises(ValueError, match="names no question"):
        decode({"is": "Repeatable", "series": "", "number": 0})
