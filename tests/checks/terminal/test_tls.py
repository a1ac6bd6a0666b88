"""Does the terminal's own TLS handshake with the acquirer succeed?"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from posdiag.model import Context
from posdiag.model.limits import Limits
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.terminal import Station, TlsTalk
from posdiag.model.questions.tls import Handshake
from posdiag.model.site import Acquirer, Site
from posdiag_checks.terminal.tls import judge, own_handshake, terminal_tls
from tests.checks.machine import OPEN
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.observations import (
    NAME,
    SOLD,
    TLS,
    failed,
    observation,
    quiet,
    station,
)

row = of(terminal_tls)
VALID = Handshake(OPEN, "done", "ok", version="TLSv1.3")
EXPIRED = Handshake(OPEN, "certificate", "refused", verify_code=10)
HELLO = TlsTalk(("1.1", "1.0"), NAME)
BEFORE = replace(TLS, finished=False)
REJECTS = replace(BEFORE, alert=42, alert_by="terminal")
VERSION = "terminal.tls-version"
CERTIFICATE = "terminal.tls-rejects-certificate"
NONE = "terminal.tls-no-certificate"


def seen(*talks: Any, own: Handshake | None = VALID, **more: Any) -> Any:
    return judged(quiet(talks=talks), own, **more)


def judged(terminal: Station | None, own: Handshake | None = None, **more: Any) -> Any:
    return lambda: observation(terminal, **more).judged_by(partial(judge, own=own))


CASES = [
    row(name="fine", status=OK, judged=judged(station()), facts={"version": "1.3"}),
    row(
        name="too old, and told so",
        status=FAIL,
        code=VERSION,
        judged=seen(failed(replace(HELLO, alert=70, alert_by="host"), ended_by="host")),
        facts={"offered": "1.1", "alert": 70},
    ),
    row(
        name="too old, and hung up on",
        status=FAIL,
        code=VERSION,
        variant="cut",
        judged=seen(failed(HELLO, ended_by="host")),
    ),
    row(
        name="hung up on, as new as ours",
        status=SKIP,
        code="skip.terminal-undecided",
        judged=seen(failed(replace(HELLO, offered=("1.3",)), ended_by="host")),
    ),
    row(
        name="an alert about the certificate",
        status=FAIL,
        code=CERTIFICATE,
        judged=seen(failed(REJECTS)),
        facts={"alert": 42},
    ),
    row(
        name="another root of the same name",
        status=FAIL,
        code=CERTIFICATE,
        judged=seen(failed(replace(REJECTS, alert=51))),
    ),
    row(
        name="an encrypted alert, twice",
        status=FAIL,
        code=CERTIFICATE,
        variant="unreadable",
        judged=seen(*[failed(replace(BEFORE, encrypted_alert="terminal"))] * 2),
    ),
    row(
        name="it just hangs up",
        status=FAIL,
        code=CERTIFICATE,
        variant="unreadable",
        judged=seen(failed(BEFORE)),
    ),
    row(
        name="the certificate has run out: the terminal is right",
        status=SKIP,
        code="skip.terminal-certificate-unproven",
        judged=seen(failed(REJECTS), own=EXPIRED),
    ),
    row(
        name="the certificate could not be tried",
        status=SKIP,
        code="skip.terminal-certificate-unproven",
        judged=seen(failed(REJECTS), own=None),
    ),
    row(
        name="no client certificate",
        status=FAIL,
        code=NONE,
        judged=seen(
            failed(
                replace(TLS, certificate_sent=False, encrypted_alert="host"),
                ended_by="host",
            )
        ),
    ),
    row(
        name="no client certificate, TLS 1.2",
        status=FAIL,
        code=NONE,
        judged=seen(
            failed(
                replace(
                    BEFORE,
                    chosen="1.2",
                    certificate_sent=False,
                    alert=40,
                    alert_by="host",
                ),
                ended_by="host",
            )
        ),
    ),
    row(
        name="asked for in vain, and let in",
        status=OK,
        judged=judged(
            station(talks=(replace(SOLD, tls=replace(TLS, certificate_sent=False)),))
        ),
    ),
    row(
        name="a failure, then a sale",
        status=OK,
        judged=judged(station(talks=(failed(REJECTS), SOLD))),
    ),
    row(
        name="before the ServerHello nothing is said of certificates",
        status=SKIP,
        code="skip.terminal-undecided",
        judged=seen(failed(replace(HELLO, offered=("1.3",)))),
    ),
    row(
        name="the host rejects the terminal's own certificate",
        status=SKIP,
        code="skip.terminal-undecided",
        judged=seen(
            failed(replace(TLS, alert=48, alert_by="host", certificate_sent=True))
        ),
    ),
    row(
        name="no TLS",
        status=SKIP,
        code="skip.nothing-to-test",
        judged=seen(replace(SOLD, tls=None, answered=None)),
    ),
    row(
        name="broadcasts do not show it",
        status=SKIP,
        code="skip.terminal-listening",
        judged=seen(failed(REJECTS), mode="listen"),
    ),
    row(
        name="not observed",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=judged(None),
    ),
    row(name="not in the profile", status=SKIP, code="skip.not-configured"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terminal_tls(case: Case) -> None:
    case.verify()


class Recorder:
    """A machine whose handshakes all succeed, and what was asked of it."""

    name, meter = "recorder", Meter()

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def ask(self, question: Any) -> Any:
        self.asked.append(question)
        return VALID

    async def close(self) -> None: ...


@pytest.mark.parametrize("name", ["", NAME])
def test_our_handshake_sends_a_name_only_where_the_terminal_does(name: str) -> None:
    system = Recorder()
    context = Context(system, Site(acquirer=Acquirer(host=NAME, port=443)), Limits())

    asyncio.run(own_handshake(context, failed(replace(HELLO, server_name=name))))

    assert [s.server_name for s in system.asked] == [name]
