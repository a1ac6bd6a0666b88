"""One screen: verdict, what it means, how to sell, what to do, whom to call."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from posdiag.engine.registry import core
from posdiag.model import (
    Cause,
    Finding,
    Report,
    Result,
    Severity,
    Status,
    Verdict,
    fail,
    ok,
    warn,
)
from posdiag.model.site import Acquirer, Site
from posdiag.report.terminal.screen import render
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import Explained, explain
from posdiag.texts.lang import Lang
from tests.golden.compare import matches
from tests.golden.reports import (
    ALL,
    SITE,
    catalogue,
    healthy,
    interrupted,
    loss,
    report,
    router_unreachable,
    unknown,
)
from tests.report.terminal.fits import everywhere

LANGS: tuple[Lang, ...] = get_args(Lang)
both = pytest.mark.parametrize("lang", LANGS)
every = pytest.mark.parametrize("name", ALL)
ROOTS = ("router.reach", "acquirer.loss")
ALL_OF_IT = "posdiag run -v"
WITH_ACQUIRER = replace(SITE, acquirer=Acquirer(host="pay.example"))


def shown(explained: Explained, lang: Lang, **how: object) -> str:
    return render(explained, lang, everything=ALL_OF_IT, **how)  # type: ignore[arg-type]


def told(
    check: str,
    finding: Finding,
    *others: Result,
    severity: Severity | None = None,
    machine: bool = False,
    site: Site = WITH_ACQUIRER,
) -> Explained:
    """A run with this finding as its first cause, in the real words."""
    bad = finding.status is Status.FAIL
    severity = severity or (Severity.BROKEN if bad else Severity.DEGRADED)
    cause = Cause(
        id=finding.code,
        confidence=finding.confidence,
        severity=severity,
        checks=(check,),
        facts=finding.reported(),
        variant=finding.variant,
        rivals=finding.rivals,
    )
    verdict = Verdict.BROKEN if severity is Severity.BROKEN else Verdict.DEGRADED
    run = report(verdict, (Result(check, finding), *others), (cause,))
    return explain(replace(run, site=site), Catalogue(core()))


@every
@both
def test_the_screen_is_the_one_on_file(name: str, lang: Lang) -> None:
    matches(f"{name}.screen.{lang}.txt", shown(explain(ALL[name](), catalogue()), lang))


@every
def test_it_fits_every_screen(name: str) -> None:
    everywhere(explain(ALL[name](), catalogue()))


@both
def test_a_healthy_site_needs_three_lines(lang: Lang) -> None:
    for site in (SITE, WITH_ACQUIRER):
        run = replace(healthy(), site=site)
        lines = shown(explain(run, catalogue()), lang).splitlines()
        assert len(lines) == 3
        assert ALL_OF_IT in lines[-1]


def test_healthy_claims_no_more_than_was_examined() -> None:
    internet = shown(explain(healthy(), catalogue()), "en")
    whole = shown(explain(replace(healthy(), site=WITH_ACQUIRER), catalogue()), "en")

    assert "as far as the internet" in internet
    assert "--acquirer" in internet
    assert "reaches the acquirer" in whole


@both
def test_the_order_is_verdict_meaning_sell_fix_call_checks_foot(lang: Lang) -> None:
    text = shown(explain(router_unreachable(), catalogue()), lang)
    wanted = {
        "zh": "故障|没有应答|192.168|先收款|怎么修|  1. |  2. |找谁|检查 |诊断代码",
        "en": "FAULT|answer|192.168|Sell |Fix |  1. |  2. |Call |Checks |code 0",
    }[lang]
    places = [text.index(word) for word in wanted.split("|")]

    assert places == sorted(places)
    assert text.splitlines()[-1].startswith("router.unreachable")


def test_the_command_again_is_said_once_and_whole() -> None:
    again = "posdiag run --profile shop.toml --acquirer pay.example:443"
    text = shown(explain(router_unreachable(), catalogue(), again=again), "en")

    assert " ".join(text.split()).count(again) == 1


def test_fine_checks_are_a_count_and_others_a_line_each() -> None:
    text = shown(explain(loss(), catalogue()), "zh")

    assert "正常 4  隐患 2  未测 1" in text
    assert "  网卡" not in text
    assert text.count("\n  隐患  ") == 2


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("run", [router_unreachable, loss])
@both
def test_what_was_measured_stands_beside_the_first_fault(
    run: Callable[[], Report], lang: Lang, columns: int
) -> None:
    explained = explain(run(), catalogue())
    (proof,) = {r.proof for r in explained.results if r.proof and r.check in ROOTS}
    assert proof
    text = shown(explained, lang, width=columns)

    assert "".join(proof.of(lang).split()) in "".join(text.split())


def test_what_two_checks_measured_alike_is_said_once() -> None:
    finding = fail(
        "clock.skew", offset=-9000.0, source="a host with a long name.example"
    )
    run = told("clock.skew", finding, Result("acquirer.tls", finding))
    cause = replace(run.causes[0], checks=("clock.skew", "acquirer.tls"))
    text = " ".join(shown(replace(run, causes=(cause,)), "en").split())

    assert text.count("with a long name.example") == 1
    assert "fault TLS The clock is" in text


def test_how_to_tell_is_shown_where_it_is_not_certain() -> None:
    unsure = shown(explain(loss(), catalogue()), "zh")
    sure = shown(explain(router_unreachable(), catalogue()), "zh")

    assert "怎样分辨" in unsure
    assert "怎样分辨" not in sure


DANGERS = [
    ("acquirer.tls", fail("acquirer.tls-untrusted", host="h", issuer="i")),
    ("acquirer.tls", fail("acquirer.tls-name", host="h", names="n", issuer="i")),
    ("wifi.security", warn("wifi.evil-twin", variant="joined")),
    ("wifi.security", warn("wifi.evil-twin", variant="scanned")),
    ("dns.integrity", fail("dns.hijack", server="s", name="n", answer="a")),
    ("ip.conflict", warn("ip.duplicate-address", variant="gateway", address="a")),
]


@pytest.mark.parametrize(("check", "finding"), DANGERS, ids=lambda x: str(x)[:40])
@pytest.mark.parametrize("severity", Severity)
def test_danger_is_never_softened(
    check: str, finding: Finding, severity: Severity
) -> None:
    """Also where payments would pass, or a backup host works."""
    backup = Result("acquirer.connect", replace(ok(), fallback="backup:443"))
    explained = told(check, finding, backup, severity=severity)
    zh, en = (shown(explained, lang).splitlines() for lang in LANGS)

    assert zh[0].startswith("危险  先别在这个网络上刷卡：")
    assert en[0].startswith("DANGER  Take no cards on this network: ")
    assert any(line.startswith("先收款") for line in zh)


def test_a_danger_that_is_not_the_first_cause_is_said_as_well() -> None:
    run = router_unreachable()
    twin = Cause(
        id="wifi.evil-twin",
        confidence=0.9,
        severity=Severity.DEGRADED,
        checks=("wifi.security",),
        facts={},
    )
    run = replace(run, causes=(*run.causes, twin))
    text = shown(explain(run, Catalogue(core())), "zh")

    assert text.splitlines()[0].startswith("故障  网络用不了：路由器没有应答")
    assert "先别在这个网络上刷卡：有同名的可疑 Wi-Fi" in text


def test_a_backup_that_works_is_said_after_the_condition() -> None:
    silent = replace(fail("acquirer.unreachable", host="h"), fallback="backup:443")
    text = shown(told("acquirer.connect", silent, severity=Severity.DEGRADED), "en")

    assert text.startswith("RISK  Main host down, backup works: the acquirer does not")


MACHINE = [
    ("link.state", fail("link.no-adapter")),
    ("link.state", fail("link.down", variant="disabled", interface="eth0")),
    ("acquirer.connect", fail("host.firewall", host="h", port=1)),
    ("acquirer.connect", fail("host.route", host="h", port=1)),
    ("dns.integrity", fail("host.hosts-file", name="n", answer="a")),
    ("clock.skew", fail("clock.skew", offset=-9000.0)),
]


@pytest.mark.parametrize(("check", "finding"), MACHINE, ids=lambda x: str(x)[:40])
def test_this_computers_own_trouble_is_no_word_on_payments(
    check: str, finding: Finding
) -> None:
    zh, en = (shown(told(check, finding), lang) for lang in LANGS)

    assert zh.startswith("故障  这台电脑自己的问题：")
    assert en.startswith("FAULT  This computer's own trouble: ")
    assert "收不了款" not in zh.splitlines()[0]
    assert "管这台电脑的人" in zh


@both
def test_an_unfinished_run_is_not_called_fine(lang: Lang) -> None:
    text = shown(explain(interrupted(), catalogue(), again="posdiag run -x"), lang)

    assert {"zh": "没查完", "en": "Not finished"}[lang] in text
    assert {"zh": "还有 2 项没查", "en": "checks not done: 2"}[lang] in text
    assert "posdiag run -x" in " ".join(text.split())


def test_a_time_limit_that_was_too_short_is_not_given_again() -> None:
    cut = Result("isp.reach", Finding(Status.ERROR, "tool.deadline"))
    run = report(Verdict.UNKNOWN, (cut,), notes=("deadline",))
    told = explain(run, Catalogue(core()), again="posdiag run --timeout 1 --quick")
    text = " ".join(shown(told, "en").split())

    assert "posdiag run --quick --timeout 60" in text
    assert "--timeout 1" not in text


@both
def test_what_is_unproven_comes_with_the_command_that_closes_the_gap(
    lang: Lang,
) -> None:
    run = replace(unknown(), unproven=("wifi.credentials", "acquirer.loss"))
    again = "posdiag run --profile shop.toml"
    text = shown(explain(run, Catalogue(core()), again=again), lang)
    words = " ".join(text.split())

    assert {"zh": "有 2 处没查清", "en": "still open: 2"}[lang] in text
    assert f"{again} --allow-join" in words
    assert f"{again} --thorough" in words


@pytest.mark.parametrize(
    ("check", "unseen"),
    [
        ("isp.reach", "the internet beyond the provider"),
        ("link.state", "the cable"),
        ("wifi.credentials", "joining this Wi-Fi"),
        ("pstn.line", "a call to the acquirer"),
        ("bluetooth.terminal", "the terminal connecting by Bluetooth"),
        ("acquirer.loss", "the loss rate (too few probes so far)"),
    ],
)
def test_a_check_that_is_ok_and_no_proof_names_what_it_did_not_see(
    check: str, unseen: str
) -> None:
    """Each of these may be ok without giving all its evidence (`Finding.proves`)."""
    fine = Result(check, replace(ok(), proves=()))
    run = replace(unknown(), results=(fine,), unproven=(check,))
    text = shown(explain(run, Catalogue(core())), "en")

    assert f"Not examined: {unseen}." in " ".join(text.split())


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_the_command_that_checks_again_is_whole_in_a_line(columns: int) -> None:
    finding = fail("router.unreachable", gateway="192.168.1.1", seconds=3.5)
    again = "posdiag demo router.unreachable"
    run = replace(told("router.reach", finding), again=again)
    text = render(run, "en", everything="x", width=columns)

    (line,) = (line for line in text.splitlines() if again in line)
    assert line.startswith(("Fix     Stop when", "        posdiag", "  posdiag"))
    assert "run ?" not in text


@both
def test_whom_to_call_comes_with_a_number(lang: Lang) -> None:
    finding = fail("isp.no-internet", gateway="192.168.1.1", asked="x")
    by_profile = shown(told("isp.reach", finding), lang)
    without = told("isp.reach", finding, site=Site())

    assert "10010" in by_profile
    assert "10086" not in by_profile
    for number in ("10000", "10086", "10010", "10099"):
        assert number in shown(without, lang)


def test_steps_that_do_not_fit_are_counted() -> None:
    explained = told(
        "isp.reach",
        fail("isp.no-internet", gateway="192.168.1.1", asked="x", confidence=0.5),
    )
    text = shown(explained, "en")
    numbers = [n for n in range(1, 12) if f"\n  {n}. " in text]
    left = len([s for s in explained.causes[0].steps if not s.gate]) - len(numbers)

    assert left > 0
    assert numbers == list(range(1, len(numbers) + 1))
    assert f"more steps: {left}; all: {ALL_OF_IT}" in text


def test_colour_changes_nothing_but_colour() -> None:
    import re

    explained = explain(router_unreachable(), catalogue())
    coloured = shown(explained, "zh", color=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(explained, "zh")
