"""Every menu that the guide can show is built by questionary itself."""

import io
from collections.abc import Callable, Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from questionary import Choice, Question

from posdiag.commands.guide.person.menus import Menus, menus
from posdiag.commands.guide.person.plain import Plain
from posdiag.guide import phrases
from posdiag.guide.knowledge import GATE, HELPED, SYMPTOM, Action, Fact
from posdiag.guide.walk.drive import BACK, Left
from posdiag.guide.walk.steps import Ask
from posdiag.guide.walk.walk import Walk
from posdiag.report.terminal.wrap import cells
from posdiag.texts.lang import Lang
from tests.guide.merchant import KNOWN

LANGS: tuple[Lang, ...] = ("zh", "en")
LAMP = KNOWN.facts["router.power-lamp"]
CHOICES = [f for f in KNOWN.facts.values() if f.kind == "choice" and f.id != GATE]

Act = Callable[[Menus, Walk], object]


def questions() -> Iterator[str]:
    yield SYMPTOM
    yield from (fact.id for fact in CHOICES)
    yield HELPED + "router.restart"


def asked(id: str) -> Act:
    helped = KNOWN.actions.get(id.removeprefix(HELPED))
    return lambda person, walk: person.ask(Ask(id, KNOWN.facts.get(id), helped), walk)


def act_on(action: Action) -> Act:
    return lambda person, walk: person.act(action, "", walk)


def gate(person: Menus, walk: Walk) -> str:
    return person.gate(KNOWN.facts[GATE], walk)


def at_menu(act: Act, lang: Lang = "en", *, begun: bool = True) -> tuple[object, str]:
    """What came of it, and what was printed. `begun`: after another question."""
    out = io.StringIO()
    person = menus(Plain(lang, 80, out, io.StringIO()), no_color=True)
    walk = Walk(KNOWN, "no-network")
    if begun:
        walk.record_answer("symptom.since", "today")
    return act(person, walk), out.getvalue()


def typed(keys: str, act: Act) -> tuple[object, str]:
    """The same with a menu that runs, where these keys are typed."""
    with (
        create_pipe_input() as pipe,
        create_app_session(input=pipe, output=DummyOutput()),
    ):
        pipe.send_text(keys)
        return at_menu(act)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[set[str]]]:
    """The keys of each menu that was built and not run; each is answered by `q`."""
    keys: list[set[str]] = []

    def bound(menu: Question) -> str:
        bindings = menu.application.key_bindings
        assert bindings is not None
        keys.append({str(key) for b in bindings.bindings for key in b.keys})
        raise Left

    monkeypatch.setattr(Question, "unsafe_ask", bound)
    with (
        create_pipe_input() as pipe,
        create_app_session(input=pipe, output=DummyOutput()),
    ):
        yield keys


@pytest.mark.parametrize(("lang", "begun"), [("zh", True), ("en", False)])
def test_every_question_can_be_built_with_its_keys(
    lang: Lang, begun: bool, built: list[set[str]]
) -> None:
    for id in questions():
        with pytest.raises(Left):
            at_menu(asked(id), lang, begun=begun)
        fact: Fact | None = KNOWN.facts.get(id)
        wanted = set("1234567890ac"[: len(phrases.answers(KNOWN, id))]) | set("qｑ")
        wanted |= set("h?？") if fact and fact.help else set()
        wanted |= set("bｂ") if begun else set()
        assert wanted <= built[-1], id
        assert not (set("hb") - wanted) & built[-1], id


@pytest.mark.parametrize("begun", [True, False])
def test_the_gate_and_an_action_can_be_built(
    begun: bool, built: list[set[str]]
) -> None:
    back = "b" if begun else ""
    with pytest.raises(Left):
        at_menu(gate, begun=begun)
    assert set("1234q?" + back) <= built[-1]
    for pause, keys in ((True, "123q"), (False, "12q")):
        action = next(a for a in KNOWN.actions.values() if bool(a.pause) is pause)
        with pytest.raises(Left):
            at_menu(act_on(action), begun=begun)
        assert set(keys + back) <= built[-1], action.id
        assert ("b" in built[-1]) is begun


@pytest.mark.parametrize("key", ["?", "h", "？"])
def test_help_is_shown_and_the_question_stays(key: str) -> None:
    answer, printed = typed(f"{key}2\r", asked(LAMP.id))

    assert answer == "off"
    assert LAMP.help is not None
    assert LAMP.help.en[:20] in printed


@pytest.mark.parametrize("key", ["b", "ｂ"])
def test_a_question_is_taken_back(key: str) -> None:
    assert typed(key, asked(LAMP.id))[0] == BACK


def test_no_choice_is_cut_on_a_narrow_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []

    def select(message: str, choices: list[Choice], **more: object) -> None:
        titles.extend(str(choice.title) for choice in choices)
        raise Left

    monkeypatch.setattr("questionary.select", select)
    out = io.StringIO()
    person = menus(Plain("en", 40, out, io.StringIO()), no_color=True)
    with pytest.raises(Left):
        person.ask(Ask(SYMPTOM), Walk(KNOWN))

    lines = [line for title in titles for line in ("      " + title).split("\n")]
    assert len(lines) > len(titles)
    assert max(map(cells, lines)) <= 40
    whole = KNOWN.symptoms["hotspot-join"].en
    assert whole in [" ".join(title.split()) for title in titles]


def test_the_answer_before_an_action_or_the_gate_is_taken_back() -> None:
    assert typed("b", act_on(KNOWN.actions["router.power-on"]))[0] is None
    assert typed("b", gate)[0] == BACK


def test_the_last_of_the_longest_menu_is_reached_by_its_key() -> None:
    assert typed("c\r", asked(SYMPTOM))[0] == list(KNOWN.symptoms)[11]
