"""Our probe for national cryptography, judged by a server that others wrote: Tongsuo.

Its certificates are made with OpenSSL, which knows SM2 and SM3 but no TLCP.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from posdiag.model import Context, Finding, Status
from posdiag.model.limits import Limits
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import AskTlcp, Handshake, Shake, TlcpReply
from posdiag.model.site import Acquirer, Site
from posdiag.system.core.cache import Cached
from posdiag.system.linux import linux
from posdiag.system.wire.tls import handshake as tls
from posdiag.system.wire.tls import tlcp
from posdiag_checks.acquirer.connect import acquirer_connect
from posdiag_checks.acquirer.tls import acquirer_tls
from tests import PEERS

HOST = PEERS / "tlcp_host.py"
ID = "distid:1234567812345678"  # GM/T 0009: the signer's, where none is agreed on
USES = {"sign": "digitalSignature", "enc": "keyEncipherment,dataEncipherment"}


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(
        ["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=30
    )


def certificates(folder: Path) -> None:
    for name in ("ca", *USES):
        openssl(folder, *f"ecparam -genkey -name SM2 -noout -out {name}.key".split())
    own = "req -x509 -new -sm3 -key ca.key -days 30 -out ca.pem -subj /CN=CA"
    openssl(folder, *own.split(), "-sigopt", ID)
    for name, use in USES.items():
        (folder / "ext").write_text(f"keyUsage=critical,{use}\n", "ascii")
        wanted = f"req -new -sm3 -key {name}.key -subj /CN=pay.example -out csr"
        openssl(folder, *wanted.split(), "-sigopt", ID)
        given = f"x509 -req -sm3 -in csr -CA ca.pem -CAkey ca.key -out {name}.pem"
        more = "-CAcreateserial -days 30 -extfile ext"
        signed = (*given.split(), *more.split(), "-sigopt", ID, "-vfyopt", ID)
        openssl(folder, *signed)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("tlcp")
    certificates(folder)
    command = [sys.executable, str(HOST), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield int(child.stdout.readline())
        finally:
            child.kill()


def test_tongsuo_answers_our_hello(port: int) -> None:
    found = asyncio.run(tlcp.ask(AskTlcp("127.0.0.1", port), Meter()))

    assert found == TlcpReply("ok", supported=True, suite="ECC_SM4_CBC_SM3")


def test_an_ordinary_handshake_with_it_comes_to_nothing(port: int) -> None:
    question = Shake("127.0.0.1", port, "pay.example", "pay.example")
    found = asyncio.run(tls.shake(question, Meter()))

    assert isinstance(found, Handshake)
    assert (found.tcp.outcome, found.step) == ("ok", "server-hello")
    assert found.outcome in ("malformed", "refused", "closed")


def test_the_checks_say_that_it_cannot_be_tested(port: int) -> None:
    async def run() -> tuple[Finding, Finding]:
        cached = Cached(linux())
        there = Acquirer(host="127.0.0.1", port=port)
        context = Context(cached, Site(acquirer=there), Limits())
        try:
            connected = await acquirer_connect.probe(context)
            return connected, await acquirer_tls.probe(context)
        finally:
            await cached.close()

    connected, secure = asyncio.run(run())

    assert connected.status is Status.OK
    assert (secure.status, secure.code) == (Status.SKIP, "skip.national-cryptography")
    assert secure.facts == {"host": "127.0.0.1", "suite": "ECC_SM4_CBC_SM3"}
