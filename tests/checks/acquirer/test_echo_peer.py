"""Our echo, judged by a host that others wrote: npm iso_8583 under node.

It fails, rather than skips, where node or npm are missing: `tests/peers/setup.sh`
installs what it needs.
"""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from posdiag.formats.iso8583.echo import Form, Wanted, request, stan
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.payment import Exchange, Exchanged
from posdiag.model.questions.wire import Connect
from posdiag.model.site import Secret
from posdiag.system.wire.payment import exchange
from tests import PEERS

NOW = 1_796_083_200.0


@contextmanager
def node(peers: Path, code: str = "00") -> Iterator[tuple[int, Any]]:
    """The host's port, and a function that tells what it understood last."""
    child = subprocess.Popen(
        ["node", str(PEERS / "host.js"), str(peers), code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        out = child.stdout
        try:
            yield json.loads(out.readline())["port"], lambda: json.loads(out.readline())
        finally:
            child.kill()


def asked(port: int, wanted: Wanted) -> Exchange:
    payload = Secret(request(Form("ascii"), wanted, NOW).hex())
    return Exchange(Connect("127.0.0.1", port), "ascii", payload=payload, timeout=5.0)


def got(question: Exchange) -> Exchanged:
    answer = asyncio.run(exchange(question, Meter()))
    assert isinstance(answer, Exchanged)
    return answer


def test_the_host_understands_every_field_and_its_answer_is_taken(peers: Path) -> None:
    with node(peers) as (port, understood):
        answer = got(asked(port, Wanted("", "10000001", "898000000000001")))

        assert understood() == {
            "0": "0800",
            "7": "1201000000",
            "11": stan(NOW),
            "41": "10000001",
            "42": "898000000000001",
            "70": "301",
        }
    assert answer.reply is not None
    assert (answer.outcome, answer.reply.kind) == ("ok", "iso8583")
    assert (answer.reply.mti, answer.reply.stan) == ("0810", stan(NOW))
    assert (answer.reply.code, answer.reply.after) == ("00", 0)


def test_its_response_code_is_read(peers: Path) -> None:
    with node(peers, "97") as (port, _):
        answer = got(asked(port, Wanted()))

    assert answer.reply is not None
    assert answer.reply.code == "97"


def test_fields_of_a_profile_are_understood(peers: Path) -> None:
    with node(peers) as (port, understood):
        answer = got(asked(port, Wanted(fields={"3": "990000", "24": "301"})))

        told = understood()
    assert (told["3"], told["24"]) == ("990000", "301")
    assert answer.reply is not None
    assert answer.reply.code == "00"
