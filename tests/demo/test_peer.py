"""The demonstration's payment host, judged by a client that others wrote: npm iso_8583
under node, in both dialects. So is the host that our other tests and the lab use for
the ASCII dialect.

It fails, rather than skips, where node or npm are missing: `tests/peers/setup.sh`
installs what it needs.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from posdiag.demo.chance import Chance
from posdiag.demo.faults import FAULTS, acquirer
from posdiag.demo.shop import ACQUIRER, ACQUIRER_NAME, healthy
from posdiag.demo.stage import Stage
from posdiag.demo.world import Payment, Tls, World
from tests import PEERS
from tests.payment_host import ascii_reply, host

STAN = "084997"
LONGEST = 30  # seconds; the client itself gives up after 5 without an answer


def client(peers: Path, port: int, dialect: str, *tls: str) -> Any:
    """What the client understood of the reply to its echo. `tls`: CA file and name."""
    command = ["node", str(PEERS / "client.js"), str(peers), str(port), dialect, STAN]
    done = subprocess.run(
        [*command, *tls], capture_output=True, text=True, timeout=LONGEST
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def judged(peers: Path, world: World, dialect: str = "unionpay") -> Any:
    """What the client says of the acquirer's host in `world`."""
    with Stage(world, Chance()) as stage:
        port = stage.port(ACQUIRER, 443)
        assert port is not None
        ca = str(stage.certificates / "ca.pem")
        return client(peers, port, dialect, ca, ACQUIRER_NAME)


def unionpay(code: str) -> dict[str, Any]:
    """A right answer to the client's echo, with no byte left over."""
    fields = {
        "0": "0830",
        "11": STAN,
        "39": code,
        "41": "10000001",
        "42": "898000000000001",
        "60": "0011000000013010",
    }
    return {
        "tpdu": "6000000003",
        "header": "603100311312",
        "message": {"fields": fields, "left": 0},
        "after": 0,
    }


def test_the_client_takes_the_answer_of_the_demonstrations_host(peers: Path) -> None:
    assert judged(peers, healthy()) == unionpay("00")


def test_the_client_reads_the_code_of_the_host_that_declines(peers: Path) -> None:
    assert judged(peers, FAULTS["acquirer.declined"](healthy())) == unionpay("03")


@pytest.mark.parametrize("code", ["91", "A0"])
def test_the_client_reads_the_code_that_the_host_was_set_to(
    peers: Path, code: str
) -> None:
    world = acquirer(Tls(says=Payment(code)))(healthy())

    assert judged(peers, world) == unionpay(code)


@pytest.mark.parametrize("code", ["00", "97"])
def test_the_client_takes_the_same_hosts_answer_in_ascii(
    peers: Path, code: str
) -> None:
    world = acquirer(Tls(says=Payment(code)))(healthy())

    assert judged(peers, world, "ascii") == plain(code)


def plain(code: str) -> dict[str, Any]:
    """A right answer in the ASCII dialect, with no byte left over."""
    fields = {"0": "0810", "7": "1201000000", "11": STAN, "39": code, "70": "301"}
    return {"message": {"fields": fields, "left": 0}, "after": 0}


@pytest.mark.parametrize("code", ["00", "97"])
def test_the_client_takes_the_answer_of_the_ascii_host(peers: Path, code: str) -> None:
    with host(lambda request: ascii_reply(request, code.encode())) as port:
        assert client(peers, port, "ascii") == plain(code)
