"""A report whose every text from outside wants to be something else."""

from dataclasses import replace

from posdiag.model import Bar, Finding, Report, Result, Status, Value
from posdiag.model.site import SiteInfo
from tests.golden.reports import SITE, router_unreachable

PIECES = (
    "<script>alert(1)</script>",
    '"><img src=http://evil.example/x onerror=alert(1)>',
    "</style></title><base href=//evil.example>",
    "{{ 7*7 }}{% raw %}",
    "![x](http://evil.example/x.png) [y](javascript:alert(1))",
    "@everyone #1 **bold** `code` ~~no~~ | cell | $x$",
    "| rta=0ms;;;0 'x'=1",
    '"} 1\nposdiag_verdict{verdict="healthy"} 1',
    "$(touch /tmp/owned) `touch /tmp/owned`; rm -rf / && :",
    "\x1b[31mred\x1b]0;title\x07 \u202etxt.exe",
    "表情😀𠮷 full",
)
TEXT = " ".join(PIECES)


def hostile(text: str = TEXT) -> Report:
    """The router does not answer, and every name is `text`."""
    run = router_unreachable()
    facts: dict[str, Value] = {"gateway": text, "interface": text, "seconds": 3.5}
    failed = Finding(
        Status.FAIL,
        "router.unreachable",
        facts,
        hint=text,
        chart=(Bar(text, 0.5, text, text), Bar("6", 2.0, "", "own")),
        trips=(0.02, None, 0.03),
    )
    results = tuple(
        Result(r.check, failed, r.seconds) if r.check == "router.reach" else r
        for r in run.results
    )
    return replace(
        run,
        site=replace(SITE, site=SiteInfo(name=text, terminal_model=text)),
        causes=(replace(run.causes[0], facts=facts),),
        results=results,
        notes=(text,),
    )
