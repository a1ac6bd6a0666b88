"""What a report means: safety gates, redaction, whom to call."""

from dataclasses import replace

import pytest

from posdiag.engine.registry import core
from posdiag.model import (
    Cause,
    Finding,
    Result,
    Severity,
    Status,
    Verdict,
    fail,
    ok,
    skip,
)
from posdiag.model.check import PARTIES
from posdiag.model.site import Connection, Site, SiteInfo, Support
from posdiag.texts.catalogue import Catalogue, Step
from posdiag.texts.explain import contact, explain, gated
from posdiag.texts.pair import Pair
from tests.golden.reports import (
    ALL,
    HINT,
    SITE,
    catalogue,
    healthy,
    loss,
    report,
    router_unreachable,
    unknown,
)


def step(touches: str) -> Step:
    return Step(Pair("做", "do"), touches=touches)


N, T, C, NOTHING = "network", "terminal", "computer", ""


@pytest.mark.parametrize(
    ("steps", "gate", "noted"),
    [
        ([T], 0, None),
        ([NOTHING, T], 1, None),
        ([C, NOTHING, T, T], 2, None),
        ([N], None, 0),
        ([C, N, N], None, 1),
        ([N, T, N, T], 1, 0),
        ([C, NOTHING], None, None),
        ([], None, None),
    ],
)
def test_what_money_needs_stands_before_the_first_step_that_touches(
    steps: list[str], gate: int | None, noted: int | None
) -> None:
    """The terminal: a question. The network: a remark. The computer: nothing."""
    shown = gated([step(touches) for touches in steps])

    assert [at for at, s in enumerate(shown) if s.gate] == [
        at for at in (gate,) if at is not None
    ]
    assert [at for at, s in enumerate(shown) if s.before] == [
        at for at in (noted,) if at is not None
    ]


def test_nobody_has_to_settle_without_the_network_for_it() -> None:
    online, offline = (gated([step(T)], offline=o)[0].text for o in (False, True))

    assert "能结先结" in online.zh
    assert "先结" not in offline.zh
    assert "settle them" in online.en
    assert "settle them" not in offline.en


def test_a_sign_in_stands_behind_nothing() -> None:
    declined = fail("acquirer.declined", variant="sign-in", code="A0")
    result = Result("acquirer.echo", declined)
    cause = Cause(
        id="acquirer.declined",
        confidence=0.9,
        severity=Severity.DEGRADED,
        checks=("acquirer.echo",),
        facts={},
        variant="sign-in",
    )
    run = report(Verdict.DEGRADED, (result,), (cause,))
    (told,) = explain(run, Catalogue(core())).causes

    assert any("签到" in s.text.zh for s in told.steps)
    assert not any(s.gate or s.before for s in told.steps)


@pytest.mark.parametrize("name", ALL)
def test_nothing_touches_the_terminal_before_the_gate(name: str) -> None:
    explained = explain(ALL[name](), catalogue())

    for cause in explained.causes:
        for place, one in enumerate(cause.steps):
            if one.touches == "terminal":
                assert any(s.gate for s in cause.steps[:place])
    for advised in (explained.emergency, explained.terminal):
        ids = [a.id for a in advised]
        for at, measure in enumerate(advised):
            if measure.touches == "network":
                assert "EMG-06" in ids[:at]
            if measure.touches == "terminal":
                assert "SEC-30" in ids[:at]


def test_the_qr_code_comes_first_and_a_shop_at_risk_hears_of_it_too() -> None:
    broken = explain(router_unreachable(), catalogue())
    risky = explain(loss(), catalogue())

    assert [a.id for a in broken.emergency] == ["EMG-07", "EMG-06", "EMG-05"]
    assert [a.id for a in risky.emergency] == ["EMG-06", "EMG-05"]


def test_a_terminal_that_hangs_is_power_cycled_behind_the_gate() -> None:
    told = explain(healthy(), catalogue()).terminal

    assert [a.id for a in told] == ["SEC-30", "EMG-01", "EMG-02", "EMG-15"]
    assert "30 秒" in told[1].text.zh


def test_advice_is_short_and_not_repeated() -> None:
    twice = router_unreachable()
    twice = replace(twice, causes=twice.causes * 3)
    explained = explain(twice, catalogue())

    ids = [a.id for a in explained.emergency]
    assert len(ids) == len(set(ids)) <= 4


def test_the_party_to_call_has_its_number() -> None:
    explained = explain(loss(), catalogue())

    assert (explained.causes[0].who, explained.causes[0].contact) == ("isp", "10010")


@pytest.mark.parametrize("who", PARTIES)
def test_a_party_without_a_number_has_none(who: str) -> None:
    assert contact(who, Site()) == ""


def test_each_party_has_its_own_number() -> None:
    site = Site(support=Support("1", "2", "3", "4"))
    parties = ("technician", "isp", "acquirer", "terminal-service")

    assert tuple(contact(who, site) for who in parties) == ("1", "2", "3", "4")


@pytest.mark.parametrize(
    ("support", "told"),
    [
        (Support(technician="139"), "a network technician: 139"),
        (Support(technician="139", terminal_service="400"), "technician: 139"),
        (Support(terminal_service="400"), "the terminal service: 400"),
        (Support(isp="10010"), "the number on the terminal"),
    ],
)
def test_a_technician_is_found_by_the_best_number_that_there_is(
    support: Support, told: str
) -> None:
    run = router_unreachable()
    site = replace(run.site, support=support)
    cause = explain(replace(run, site=site), catalogue()).causes[0]

    assert cause.who == "technician"
    assert cause.call.en.endswith(told)


def test_what_is_blocked_names_the_root_and_not_the_question() -> None:
    explained = explain(router_unreachable(), catalogue())
    blocked = next(r for r in explained.results if r.check == "isp.reach")

    assert blocked.text.en == "Fix first: The router does not answer"


def test_rivals_and_contrary_evidence_have_titles() -> None:
    cause = explain(loss(), catalogue()).causes[0]

    assert [r.title.en for r in cause.rivals] == ["The shop's network loses data"]
    assert [r.title.en for r in cause.against] == ["Acquirer"]


def test_numbers_of_the_shop_are_shown_by_their_last_four_everywhere() -> None:
    finding = Finding(
        Status.FAIL,
        "router.unreachable",
        {"gateway": "CN=898110012340001", "seconds": 1.0},
    )
    explained = explain(
        report(Verdict.BROKEN, (Result("router.reach", finding),)), catalogue()
    )

    assert explained.site == {"name": "阿明面馆", "merchant_id": "***********0001"}
    assert "898110012340001" not in repr(explained)
    assert "0001" in explained.results[0].text.zh


MAC = "02:00:5e:10:20:30"


def test_a_hardware_address_is_whole_on_the_own_screen_alone() -> None:
    finding = fail("router.unreachable", gateway=MAC, macs=(MAC,), seconds=1.0)
    run = report(Verdict.BROKEN, (Result("router.reach", finding),))
    shown = explain(run, catalogue(), own_screen=True)
    filed = explain(run, catalogue())

    assert MAC in shown.results[0].text.zh
    assert shown.results[0].facts["macs"] == (MAC,)
    assert "02:00:5e:**:**:**" in filed.results[0].text.zh
    assert MAC not in repr(filed)
    card = fail("router.unreachable", gateway="4111111111111111", seconds=1.0)
    run = report(Verdict.BROKEN, (Result("router.reach", card),))
    assert "4111111111111111" not in repr(explain(run, catalogue(), own_screen=True))


def test_the_command_again_stands_in_every_text_that_names_it() -> None:
    gap = replace(unknown(), unproven=("router.reach",))
    explained = explain(gap, Catalogue(core()), again="posdiag run --profile a.toml")

    assert explained.again == "posdiag run --profile a.toml"
    assert "posdiag run --profile a.toml" in explained.unproven[0].how.zh


def test_where_rights_alone_are_missing_the_line_says_so_with_the_command() -> None:
    lacking = skip("skip.no-rights", hint="sudo posdiag run")
    gap = replace(
        unknown(),
        results=(Result("terminal.seen", lacking),),
        unproven=("terminal.seen",),
    )
    explained = explain(gap, Catalogue(core()), again="posdiag terminal host")

    assert explained.headline.kind == "no-rights"
    assert "rights" in explained.headline.text.en
    assert "sudo posdiag terminal host" in explained.meaning.en
    assert "sudo posdiag terminal host" in explained.meaning.zh


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("skip.watched", "wait until the other posdiag terminal"),
        ("skip.capture-no-lan", "record again, on the Ethernet or Wi-Fi interface"),
    ],
)
def test_a_terminal_that_could_not_be_watched_is_not_called_silent(
    code: str, said: str
) -> None:
    watch = replace(
        unknown(),
        results=(Result("terminal.seen", skip(code, damaged=3)),),
        unproven=("terminal.seen", "terminal.acquirer"),
    )
    explained = explain(watch, Catalogue(core()), again="posdiag terminal listen")

    assert "could not be watched" in explained.headline.text.en
    assert said in explained.meaning.en


@pytest.mark.parametrize(
    ("check", "found", "said"),
    [
        ("cellular.sim", skip("skip.busy", port="P", holder="gpsd"), "P (gpsd)"),
        ("pstn.line", skip("skip.port-rights", port="P", hint="sudo X"), "run sudo X"),
        ("cellular.data", skip("skip.no-serial-port", port="P"), "in place of P"),
        ("cellular.signal", skip("skip.no-modem-port"), "under [cellular]"),
        ("peripheral.printer", skip("skip.printer-silent"), "self-test page"),
        ("peripheral.reader", skip("skip.no-tool", hint="sudo X"), "(sudo X)"),
        ("peripheral.reader", skip("skip.not-configured"), "into the profile"),
        ("peripheral.reader", skip("skip.unsupported"), "another computer"),
        ("vpn.tunnel", skip("skip.not-configured"), "into the profile"),
        ("vpn.tunnel", skip("skip.not-applicable"), "choose another check"),
        ("vpn.tunnel", skip("skip.no-rights"), "with administrator rights,"),
        ("acquirer.loss", skip("skip.nothing-to-test"), "--acquirer HOST:PORT"),
    ],
)
def test_what_lifts_the_reason_stands_in_place_of_a_mere_repetition(
    check: str, found: Finding, said: str
) -> None:
    run = replace(unknown(), results=(Result(check, found),), unproven=(check,))
    (end,) = explain(run, Catalogue(core())).open_ends

    assert said in f"{end.how.en},"
    assert "run it again" not in end.how.en
    assert not end.how.en.endswith(".")


@pytest.mark.parametrize(
    ("cause", "check", "severity", "said"),
    [
        ("reader.not-found", "reader", Severity.BROKEN, "No card can be read: "),
        ("printer.no-paper", "printer", Severity.DEGRADED, "No receipt is printed: "),
    ],
)
def test_of_a_network_that_was_not_examined_nothing_is_said(
    cause: str, check: str, severity: Severity, said: str
) -> None:
    checks = (f"peripheral.{check}",)
    found = Cause(cause, 0.9, severity, checks, {})
    verdict = Verdict.BROKEN if severity is Severity.BROKEN else Verdict.DEGRADED
    run = replace(unknown(), causes=(found,), verdict=verdict, site=Site())

    assert explain(run, Catalogue(core())).headline.text.en.startswith(said)


def test_a_call_that_was_answered_says_nothing_of_the_internet() -> None:
    dials = Site(connection=Connection(kind="pstn"))
    answered = Result("pstn.line", ok(seconds=3.0))
    told = explain(
        replace(healthy(), site=dials, results=(answered,)), Catalogue(core())
    )

    assert told.headline.text.en.startswith("The acquirer's modem answers the call")
    assert "not tested" not in told.meaning.en


def test_of_another_reader_the_name_in_the_profile_is_asked_first() -> None:
    steps = Catalogue(core()).cause("reader.not-found", variant="other").steps

    assert "[reader]" in steps[0].text.en


def test_the_command_that_would_help_is_kept() -> None:
    explained = explain(healthy(), catalogue())

    assert [r.hint for r in explained.results if r.hint] == [HINT]


def test_the_command_that_would_help_is_that_of_this_run_in_the_facts_too() -> None:
    again = "posdiag terminal listen"
    found = Result("terminal.seen", skip("skip.no-rights", hint="sudo posdiag run"))
    run = replace(unknown(), results=(found,))
    told = explain(run, Catalogue(core()), again=again).results[0]

    assert told.hint == told.facts["hint"] == f"sudo {again}"


def test_a_check_leaves_a_note_with_its_facts_in_it() -> None:
    lost = replace(ok(former="HO\x1b[2JME"), note="wifi-lost")
    unknown = replace(ok(), note="no-such-note")
    told = Result("wifi.credentials", lost), Result("wifi.signal", unknown)

    (note,) = explain(replace(healthy(), results=told), catalogue()).notes

    assert note.id == "wifi-lost"
    assert "HO\\x1b[2JME" in note.text.en
    assert "HO\\x1b[2JME" in note.text.zh


def test_notes_have_words_and_others_are_made_harmless() -> None:
    noted = replace(healthy(), notes=("no-acquirer", "plug\x1b[2Jin"))
    known, other = explain(noted, catalogue()).notes

    assert known.id == "no-acquirer"
    assert "posdiag profile init" in known.text.en
    assert other.text.zh == "plug\\x1b[2Jin"


def test_a_site_without_a_profile_shows_nothing() -> None:
    assert explain(replace(healthy(), site=Site()), catalogue()).site == {}
    assert SITE.site == SiteInfo(name="阿明面馆", merchant_id="898110012340001")


def test_trouble_of_ours_is_told_as_such() -> None:
    explained = explain(unknown(), catalogue())
    bug = next(r for r in explained.results if r.code == "tool.bug")

    assert bug.text.en == "posdiag itself failed: KeyError: 'x\\x1b[31m[red]y'"


def test_a_laptops_own_fault_is_a_note_and_what_it_blocks_waits_for_it() -> None:
    fault = Cause("link.down", 0.97, Severity.BROKEN, ("link.state",), {}, "cable")
    blocked = ("acquirer.connect", "acquirer.tls")
    run = replace(
        unknown(),
        results=tuple(Result(id, skip("skip.blocked")) for id in blocked),
        unproven=blocked,
        beside=(fault,),
    )
    texts = Catalogue(core())
    explained = explain(run, texts, again="posdiag run --profile a.toml")
    title = texts.cause("link.down", {}, ("link.state",), "cable").title

    assert explained.notes[0].id == "own-network"
    assert title.zh in explained.notes[0].text.zh
    assert title.en in explained.notes[0].text.en
    (end,) = explained.open_ends
    assert "this computer go online" in end.how.en
    assert end.how.en.endswith("posdiag run --profile a.toml")
    assert all(texts.check_title(id).en in end.title.en for id in blocked)


def test_a_consequence_says_nothing_of_its_own_subject() -> None:
    """Behind a login page it was not the acquirer that answered."""
    run = router_unreachable()
    root = run.causes[0]
    at = next(n for n, r in enumerate(run.results) if r.check not in root.checks)
    fallen = replace(
        run.results[at],
        finding=fail("acquirer.tls-untrusted", host="h", issuer="CN=x"),
        blamed_on=root.checks[0],
    )
    results = (*run.results[:at], fallen, *run.results[at + 1 :])
    told = explain(replace(run, results=results), catalogue())
    row = told.results[at]

    assert row.state == "waiting"
    assert row.proof is None
    assert told.causes[0].title.zh in row.text.zh
    assert row.short == row.text
    assert "acquirer" not in row.text.en


def test_an_answer_that_is_no_proof_does_not_read_as_fine() -> None:
    run = replace(healthy(), verdict=Verdict.UNKNOWN, unproven=("isp.reach",))
    states = {r.check: r.state for r in explain(run, catalogue()).results}
    fine = {r.check: r.state for r in explain(healthy(), catalogue()).results}

    assert fine["isp.reach"] == "ok"
    assert states["isp.reach"] == "unmeasured"
    assert {c: s for c, s in states.items() if c != "isp.reach"} == {
        c: s for c, s in fine.items() if c != "isp.reach"
    }


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("wifi.no-lease", ": joined, but no address"),
        ("terminal.duplicate-address", ": terminal's address used twice"),
        ("router.unreachable", ": the router does not answer"),
    ],
)
def test_a_title_inside_a_sentence_begins_small(id: str, told: str) -> None:
    run = router_unreachable()
    run = replace(run, causes=(replace(run.causes[0], id=id, checks=()),))

    assert told in explain(run, Catalogue(core())).headline.text.en


@pytest.mark.parametrize(
    ("severity", "state"), [(Severity.DEGRADED, "warn"), (Severity.BROKEN, "fail")]
)
def test_a_row_is_as_bad_as_the_verdict_that_rests_on_it(
    severity: Severity, state: str
) -> None:
    found = fail("ip.duplicate-address", address="192.168.1.60", macs=(MAC,))
    cause = Cause("ip.duplicate-address", 0.97, severity, ("ip.conflict",), found.facts)
    verdict = Verdict.DEGRADED if severity is Severity.DEGRADED else Verdict.BROKEN
    run = replace(report(verdict, (Result("ip.conflict", found),)), causes=(cause,))

    shown = explain(run, Catalogue(core()))

    assert [r.state for r in shown.results] == [state]
    assert [r.status for r in shown.results] == [Status.FAIL]
