"""The engine: order, overlap, blame, deadlines, and checks that misbehave."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from posdiag.engine.run import run, waiting
from posdiag.model import (
    Check,
    Context,
    Finding,
    Probe,
    Result,
    Status,
    check,
    fail,
    known,
    ok,
    skip,
)
from posdiag.model.check import CORE
from posdiag.model.limits import Limits
from posdiag.model.questions.base import A, Question, Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.site import Acquirer, Site


class Nothing:
    """A machine that can tell nothing."""

    name = "nothing"
    meter = Meter()

    async def close(self) -> None:
        pass

    async def ask(self, question: Question[A]) -> A | Unknown:
        return Unknown("unsupported")


def context(site: Site | None = None) -> Context:
    return Context(Nothing(), site or Site(), Limits())


def fixed(id: str, finding: Finding, *needs: str, **kwargs: Any) -> Check:
    async def probe(ctx: Context) -> Finding:
        return finding

    return check(id, needs=needs, **kwargs)(probe)


def go(checks: Sequence[Check], deadline: float = 5.0, **kwargs: Any) -> list[Result]:
    site = kwargs.pop("site", None)
    return asyncio.run(run(checks, context(site), deadline=deadline, **kwargs))


def by_id(results: list[Result]) -> dict[str, Result]:
    return {r.check: r for r in results}


def test_a_chain_of_skips_is_blamed_on_the_root() -> None:
    got = by_id(
        go(
            [
                fixed("a", fail("a.dead")),
                fixed("b", ok(), "a"),
                fixed("c", ok(), "b"),
                fixed("d", ok()),
            ]
        )
    )

    assert got["b"].blamed_on == "a"
    assert got["c"].blamed_on == "a"
    assert got["c"].finding.status is Status.SKIP
    assert got["d"].finding.status is Status.OK


def test_our_own_inability_does_not_block() -> None:
    async def unable(ctx: Context) -> Finding:
        known(Unknown("no-rights", "sudo x"))
        raise AssertionError("not reached")

    got = by_id(go([check("a")(unable), fixed("b", ok(), "a")]))

    assert got["a"].finding.code == "skip.no-rights"
    assert got["a"].finding.hint == "sudo x"
    assert got["b"].finding.status is Status.OK


def test_a_skip_that_does_not_apply_does_not_block() -> None:
    got = by_id(go([fixed("a", skip("skip.not-applicable")), fixed("b", ok(), "a")]))

    assert got["b"].finding.status is Status.OK


def test_a_need_is_lifted_where_the_site_does_not_depend_on_it() -> None:
    def literal(site: Site, need: str) -> bool:
        return need == "dns" and site.acquirer.host == "192.0.2.9"

    checks = [fixed("dns", fail("dns.dead")), fixed("tcp", ok(), "dns", unless=literal)]

    named = go(checks, site=Site(acquirer=Acquirer(host="pay.example")))
    given = go(checks, site=Site(acquirer=Acquirer(host="192.0.2.9")))

    assert by_id(named)["tcp"].blamed_on == "dns"
    assert by_id(given)["tcp"].finding.status is Status.OK


def test_independent_checks_overlap() -> None:
    async def nap(ctx: Context) -> Finding:
        await asyncio.sleep(0.2)
        return ok()

    start = time.monotonic()
    go([check(f"c.{i}")(nap) for i in range(10)])

    assert time.monotonic() - start < 1.0


def test_a_check_sees_only_what_it_declared() -> None:
    seen: list[str] = []

    async def look(ctx: Context) -> Finding:
        seen.extend(ctx.seen)
        return ok()

    go(
        [
            fixed("a", ok()),
            fixed("b", ok()),
            fixed("c", ok()),
            check("d", needs=("a",), after=("b",))(look),
        ]
    )

    assert sorted(seen) == ["a", "b"]


async def raises(ctx: Context) -> Finding:
    raise ValueError("oops")


async def returns_rubbish(ctx: Context) -> Finding:
    return {"status": "ok"}  # type: ignore[return-value]  # what a bad plugin does


async def sleeps(ctx: Context) -> Finding:
    await asyncio.sleep(60)
    return ok()


async def swallows_cancellation(ctx: Context) -> Finding:
    for _ in range(40):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue
    return ok()


@pytest.mark.parametrize(
    ("probe", "code"),
    [
        (raises, "tool.bug"),
        (returns_rubbish, "tool.bug"),
        (sleeps, "tool.timeout"),
        (swallows_cancellation, "tool.timeout"),
    ],
)
def test_a_check_that_misbehaves_is_our_own_trouble(probe: Probe, code: str) -> None:
    start = time.monotonic()
    got = by_id(go([check("bad", timeout=0.2)(probe), fixed("after", ok(), "bad")]))

    assert got["bad"].finding.status is Status.ERROR
    assert got["bad"].finding.code == code
    assert got["after"].finding.status is Status.OK
    assert time.monotonic() - start < 4


def test_the_deadline_ends_the_run_and_says_so() -> None:
    start = time.monotonic()
    got = by_id(
        go([fixed("a", ok()), check("b")(sleeps), fixed("c", ok(), "b")], deadline=0.3)
    )

    assert time.monotonic() - start < 2
    assert got["a"].finding.status is Status.OK
    assert got["b"].finding.code == "tool.deadline"
    assert got["c"].finding.code == "tool.deadline"


def test_a_stop_keeps_what_was_found() -> None:
    async def interrupted() -> list[Result]:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.2, stop.set)
        return await run(
            [fixed("a", fail("a.dead")), check("b")(sleeps)],
            context(),
            deadline=30,
            stop=stop,
        )

    got = by_id(asyncio.run(interrupted()))

    assert got["a"].finding.code == "a.dead"
    assert got["b"].finding.code == "tool.interrupted"


def test_the_observer_is_told_of_each_result_once() -> None:
    told: list[str] = []
    go(
        [fixed("a", ok()), check("b")(sleeps)],
        deadline=0.2,
        observer=lambda r: told.append(r.check),
    )

    assert sorted(told) == ["a", "b"]


def test_a_check_that_ran_all_the_same_may_say_that_it_was_blocked() -> None:
    def lifted(site: Site, need: str) -> bool:
        return True

    told = replace(skip("skip.blocked"), fallback="b:443")
    checks = [
        fixed("dns", fail("dns.dead")),
        fixed("tcp", told, "dns", unless=lifted),
        fixed("tls", ok(), "tcp"),
    ]
    got = by_id(go(checks))

    assert ("dns", told) == (got["tcp"].blamed_on, got["tcp"].finding)
    assert got["tls"].blamed_on == "dns"


def test_nothing_runs_beside_a_check_that_disturbs_unless_it_needs_it() -> None:
    order: list[str] = []

    def noted(id: str, *needs: str, **kwargs: Any) -> Check:
        async def probe(ctx: Context) -> Finding:
            order.append(f"{id} begins")
            await asyncio.sleep(0.01)
            order.append(f"{id} ends")
            return ok()

        return check(id, needs=needs, **kwargs)(probe)

    checks = [
        noted("dns.resolve"),
        noted("link.state"),
        noted("wifi.credentials", "link.state", alone="join"),
    ]
    with_consent = replace(context(), consent=frozenset({"join"}))
    asyncio.run(run(checks, with_consent, deadline=5.0))
    assert [o for o in order if "begins" in o] == [
        "link.state begins",
        "wifi.credentials begins",
        "dns.resolve begins",
    ]
    assert order.index("wifi.credentials ends") < order.index("dns.resolve begins")

    order.clear()
    asyncio.run(run(checks, context(), deadline=5.0))
    assert order[:2] == ["dns.resolve begins", "link.state begins"]


def test_a_disturbing_check_waits_for_all_that_it_would_spoil() -> None:
    checks = [
        fixed("link.a", ok()),
        replace(fixed("wifi.scan", ok()), disturbing=True),
        replace(fixed("wifi.other", ok()), disturbing=True),
        fixed("target.z", ok()),
        fixed("wifi.reads", ok(), "wifi.scan"),
        replace(fixed("ecr.plugin", ok()), package="plugin"),
    ]
    core = [replace(c, package=c.package.replace("tests", CORE)) for c in checks]
    waits = waiting(core, frozenset())

    assert set(waits["wifi.scan"]) == {"link.a", "target.z"}
    assert set(waits["wifi.other"]) == {"link.a", "target.z"}
    assert waits["wifi.reads"] == ("wifi.scan",)
    assert waits["link.a"] == ()
