"""Hand-made reports, and the texts that go with them."""

import tomllib
from functools import cache
from pathlib import Path

from posdiag.engine.registry import core
from posdiag.model import (
    Cause,
    Check,
    Context,
    Finding,
    Report,
    Result,
    Severity,
    Status,
    Traffic,
    Value,
    Verdict,
)
from posdiag.model.site import Site, SiteInfo, Support
from posdiag.texts.catalogue import Catalogue

HERE = Path(__file__).parent
HINT = "sudo setcap cap_net_raw+ep /usr/bin/python3.11"
SITE = Site(
    site=SiteInfo(name="阿明面馆", merchant_id="898110012340001"),
    support=Support(isp="10010", acquirer="95516"),
)


async def never(context: Context) -> Finding:
    raise AssertionError("only its name and texts are wanted")


@cache
def _tables() -> dict[str, dict[str, object]]:
    return tomllib.loads((HERE / "texts.toml").read_text("utf-8"))


def checklist() -> tuple[Check, ...]:
    parts = {check.id: check.part for check in core()}
    return tuple(Check(id, never, module=id, part=parts[id]) for id in _tables())


def source(check: Check) -> str | None:
    """The check's own part of the file, as a file of its own."""
    lines: list[str] = []
    inside = False
    for line in (HERE / "texts.toml").read_text("utf-8").splitlines():
        if line.startswith("["):
            inside = f'"{check.id}".' in line.partition("]")[0][:40]
            line = line.replace(f'"{check.id}".', "", 1)
        if inside:
            lines.append(line)
    return "\n".join(lines)


def catalogue() -> Catalogue:
    return Catalogue(checklist(), source)


def good(check: str, code: str = "", variant: str = "", **facts: Value) -> Result:
    return Result(check, Finding(Status.OK, code, facts, variant=variant), 0.12)


def skipped(check: str, code: str, blamed_on: str | None = None) -> Result:
    hint = HINT if code == "skip.no-rights" else ""
    return Result(check, Finding(Status.SKIP, code, hint=hint), 0.0, blamed_on)


def report(
    verdict: Verdict,
    results: tuple[Result, ...],
    causes: tuple[Cause, ...] = (),
    *,
    notes: tuple[str, ...] = (),
    interrupted: bool = False,
) -> Report:
    return Report(
        version="0.1.0",
        started_at="2026-01-31T08:15:02+08:00",
        seconds=4.23,
        site=SITE,
        verdict=verdict,
        causes=causes,
        results=results,
        traffic=Traffic(5210, 4600),
        notes=notes,
        interrupted=interrupted,
    )


LINK = good("link.state", interface="eth0", kind="ethernet")
CONFLICT = skipped("ip.conflict", "skip.no-rights")
ROUTER = good("router.reach", gateway="192.168.1.1", how="arp", variant="quiet")
ISP = good("isp.reach", evidence=("223.5.5.5", "pay.example:443"))
CONNECT = good(
    "acquirer.connect", host="pay.example", port=443, address="192.0.2.9", seconds=0.034
)
CLOCK = good("clock.skew", offset=0.4, source="ntp")


def healthy() -> Report:
    loss = good(
        "acquirer.loss", lost=0, sent=40, below=0.0881, target="192.0.2.9", rtt=0.0312
    )
    return report(Verdict.HEALTHY, (LINK, CONFLICT, ROUTER, ISP, CONNECT, loss, CLOCK))


def router_unreachable() -> Report:
    facts: dict[str, Value] = {
        "gateway": "192.168.1.1",
        "interface": "eth0",
        "seconds": 3.5,
    }
    failed = Result(
        "router.reach", Finding(Status.FAIL, "router.unreachable", facts), 4.2
    )
    blocked = tuple(
        skipped(id, "skip.blocked", "router.reach")
        for id in ("isp.reach", "acquirer.connect", "acquirer.loss", "clock.skew")
    )
    cause = Cause(
        id="router.unreachable",
        confidence=0.97,
        severity=Severity.BROKEN,
        checks=("router.reach",),
        facts=facts,
    )
    return report(Verdict.BROKEN, (LINK, CONFLICT, failed, *blocked), (cause,))


def loss() -> Report:
    facts: dict[str, Value] = {
        "target": "192.0.2.9",
        "lost": 9,
        "sent": 80,
        "low": 0.0528,
        "high": 0.2028,
        "method": "icmp",
        "where": "203.0.113.1",
    }
    lossy = Finding(
        status=Status.WARN,
        code="isp.packet-loss",
        facts=facts,
        confidence=0.9,
        rivals=("router.packet-loss",),
    )
    skewed: dict[str, Value] = {"offset": -5400.0, "source": "http"}
    causes = (
        Cause(
            id="isp.packet-loss",
            confidence=0.9,
            severity=Severity.DEGRADED,
            checks=("acquirer.loss",),
            facts=facts,
            rivals=("router.packet-loss",),
            explains=(),
            against=("acquirer.connect",),
        ),
        Cause(
            id="clock.skew",
            confidence=0.97,
            severity=Severity.DEGRADED,
            checks=("clock.skew",),
            facts=skewed,
        ),
    )
    results = (
        LINK,
        CONFLICT,
        ROUTER,
        ISP,
        CONNECT,
        Result("acquirer.loss", lossy, 3.9),
        Result("clock.skew", Finding(Status.WARN, "clock.skew", skewed), 0.2),
    )
    return report(Verdict.DEGRADED, results, causes)


def unknown() -> Report:
    timeout = Finding(Status.ERROR, "tool.timeout", {"seconds": 12.0})
    bug = Finding(Status.ERROR, "tool.bug", {"what": "KeyError: 'x\x1b[31m[red]y'"})
    return report(
        Verdict.UNKNOWN,
        (
            LINK,
            CONFLICT,
            Result("router.reach", timeout, 12.0),
            Result("isp.reach", bug, 0.1),
            skipped("acquirer.connect", "skip.not-configured"),
        ),
        notes=("no-acquirer", "no-rights"),
    )


def interrupted() -> Report:
    cut = Finding(Status.ERROR, "tool.interrupted")
    return report(
        Verdict.UNKNOWN,
        (LINK, CONFLICT, ROUTER, Result("isp.reach", cut), Result("clock.skew", cut)),
        interrupted=True,
    )


ALL = {
    "healthy": healthy,
    "router-unreachable": router_unreachable,
    "loss": loss,
    "unknown": unknown,
    "interrupted": interrupted,
}
