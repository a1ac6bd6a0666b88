"""What a plugin declares of its table in the profile, and what it is handed."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.engine.plugins.host import declarations, describe
from posdiag.engine.plugins.options import Declared, Key, declared, defaults, taken
from posdiag.engine.plugins.wire import decode_context, encode_context
from posdiag.model import Bar, Context, Finding, Status
from posdiag.model.limits import Limits
from posdiag.model.site import Secret, Site
from posdiag.system.core.dispatch import Dispatch
from tests.engine.plugins.test_plugins import SAMPLE, install

SOUND = (SAMPLE / "posdiag_sample" / "profile.toml").read_text("utf-8")


def key(type: str, **more: Any) -> Key:
    lines = [f'type = "{type}"', 'zh = "甲"', 'en = "a"']
    lines += [f"{name} = {json.dumps(value)}" for name, value in more.items()]
    found = declared("[k]\n" + "\n".join(lines))
    assert found.wrong == ""
    return found.keys["k"]


def test_the_sample_declares_its_keys() -> None:
    found = declared(SOUND)

    assert found.wrong == ""
    assert {n: k.type for n, k in found.keys.items()} == {
        "host": "text",
        "port": "integer",
        "late": "number",
    }
    assert defaults(found.keys) == {"port": 8080, "late": 1.0}
    assert declared(None) == Declared({})


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("[host]", "[host", "Expected"),
        ("[host]", "[Host]", "'Host' is not a name such as port"),
        ('"integer"', '"port"', "port has no type of text, integer"),
        ('type = "text"', "", "host has no type of"),
        ("least = 1", "lest = 1", "port has an unknown 'lest'"),
        ("least = 1", 'least = "1"', "port has a bound that is no number"),
        ('zh = "收银机的端口"', "", "port lacks zh or en"),
        ("default = 8080", 'default = "8080"', "port does not take that value"),
        ("default = 8080", "default = 0", "port does not take that value"),
        ('type = "text"', 'type = "text"\nchoices = [1]', "choices that are no texts"),
        ('type = "text"', 'type = "secret"\ndefault = "x"', "a secret must not have"),
    ],
)
def test_what_is_declared_wrongly_is_named(old: str, new: str, wrong: str) -> None:
    assert old in SOUND

    found = declared(SOUND.replace(old, new, 1))

    assert found.keys == {}
    assert wrong in found.wrong


@given(st.text(max_size=200) | st.from_regex(r"\[[a-z]+\]\n(type|zh|en) = .{0,20}"))
def test_any_declaration_is_read_or_refused(text: str) -> None:
    found = declared(text)

    assert not (found.keys and found.wrong)


@pytest.mark.parametrize(
    ("type", "more", "good", "bad"),
    [
        ("text", {}, ["", "a"], [1, None, "\x00", "x" * 4001, ["a"]]),
        ("text", {"choices": ["a", "b"]}, ["a"], ["c", ""]),
        ("secret", {}, ["a"], [1]),
        ("integer", {"least": 1, "most": 9}, [1, 9], [0, 10, 1.0, "1", True]),
        ("number", {"least": 0}, [0, 0.5, 1e9], [-1, "1", True, float("nan"), 1e300]),
        ("boolean", {}, [True, False], [0, "true"]),
        ("texts", {}, [["a"], []], ["a", [1], {"a": 1}]),
    ],
)
def test_a_key_takes_what_it_says(
    type: str, more: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    made = key(type, **more)

    for value in good:
        expected = tuple(value) if isinstance(value, list) else value
        assert taken(made, value) == expected
    for value in bad:
        with pytest.raises(ValueError, match="k does not take"):
            taken(made, value)


def test_a_number_is_always_a_float() -> None:
    assert isinstance(taken(key("number"), 2), float)


# --- what travels ------------------------------------------------------------------


def sent(site: Site, package: str) -> tuple[str, Context]:
    system = Dispatch("portable", {})
    words = json.dumps(encode_context(Context(system, site, Limits()), package))
    return words, decode_context(json.loads(words), system, {"port": 1, "late": 2.0})


def test_a_plugin_gets_its_own_table_with_secrets_and_no_other_s() -> None:
    site = Site(
        plugin={
            "mine": {"port": 9, "names": ("a", "b"), "pin": Secret("geheim")},
            "other": {"pin": Secret("anderes")},
        }
    )
    words, got = sent(site, "mine")

    assert "anderes" not in words
    assert got.plugin == {
        "port": 9,
        "late": 2.0,  # by default
        "names": ("a", "b"),
        "pin": Secret("geheim"),
    }
    assert got.site.plugin == {}
    assert sent(site, "third")[1].plugin == {"port": 1, "late": 2.0}


def test_a_secret_of_a_plugin_is_hidden_in_every_text() -> None:
    from posdiag.texts.safe import hidden_texts, safe_text

    known = hidden_texts(Site(plugin={"mine": {"pin": Secret("geheim")}}))

    assert safe_text("it said geheim twice: geheim", known) == "it said *** twice: ***"


# --- the sample, in its own process ------------------------------------------------


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    install(tmp_path, "posdiag-sample", "posdiag_sample")
    monkeypatch.syspath_prepend(str(SAMPLE))
    monkeypatch.syspath_prepend(str(tmp_path))
    (reach,), complaints = describe(("posdiag_sample",), 10)
    assert complaints == ()
    return reach.probe


async def probe(sample: Any, **table: Any) -> Any:
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        own = {"host": "127.0.0.1", "port": port, **table}
        site = Site(plugin={"posdiag_sample": own})
        return await sample(Context(Dispatch("portable", {}), site, Limits()))


def test_the_sample_is_asked_what_it_declares(sample: Any) -> None:
    found = declarations(("posdiag_sample",), 10)

    assert set(found["posdiag_sample"].keys) == {"host", "port", "late"}


def test_the_sample_reads_its_table_and_draws_a_chart(sample: Any) -> None:
    found = asyncio.run(probe(sample))

    assert (found.status, found.code) == (Status.OK, ""), found
    assert [bar.label for bar in found.chart] == ["1", "2", "3"]
    assert max(bar.value for bar in found.chart) == 1.0
    assert isinstance(found.chart[0], Bar)
    assert found.chart[0].note.endswith(" ms")
    assert len(found.trips) == 3
    assert max(found.trips) == found.facts["seconds"]


def test_without_a_key_that_is_required_a_check_is_not_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SAMPLE / "posdiag_sample", tmp_path / "posdiag_sample")
    needing = SOUND.replace("default = 8080", "required = true")
    (tmp_path / "posdiag_sample" / "profile.toml").write_text(needing, "utf-8")
    install(tmp_path, "posdiag-sample", "posdiag_sample")
    monkeypatch.syspath_prepend(str(tmp_path))
    (reach,), _ = describe(("posdiag_sample",), 10)
    site = Site(plugin={"posdiag_sample": {"host": "127.0.0.1"}})

    async def found() -> Finding:
        return await reach.probe(Context(Dispatch("portable", {}), site, Limits()))

    skipped = asyncio.run(found())
    assert (skipped.status, skipped.code) == (Status.SKIP, "skip.not-configured")


def test_the_sample_judges_by_the_limit_of_its_table(sample: Any) -> None:
    found = asyncio.run(probe(sample, late=1e-9))

    assert (found.status, found.code) == (Status.WARN, "ecr.slow"), found
