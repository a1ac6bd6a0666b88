"""resolv.conf and hosts files are read as the C library reads them."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskLocalName,
    AskResolvers,
    LocalName,
    Resolvers,
)
from posdiag.model.questions.meter import Meter
from posdiag.system.link.resolvers import (
    local_name,
    parse_hosts,
    parse_resolv_conf,
    resolvers,
)


@pytest.mark.parametrize(
    ("text", "servers", "search"),
    [
        ("nameserver 192.168.1.1\n", ("192.168.1.1",), ()),
        ("nameserver fe80::1%eth0", ("fe80::1%eth0",), ()),
        ("nameserver\t9.9.9.9 # ours\r\n", ("9.9.9.9",), ()),
        ("# nameserver 1.1.1.1\n; nameserver 2.2.2.2\n", (), ()),
        (" nameserver 1.1.1.1\n", (), ()),
        ("nameserver dns.example\nnameserver 1.1.1.1x\n", (), ()),
        ("nameserver1.1.1.1\nnameserver\n", (), ()),
        ("search a b\ndomain c d\n", (), ("c",)),
        ("domain c\nsearch a b\n", (), ("a", "b")),
        ("options edns0\nsearch \x1b[31m ok\n", (), ("ok",)),
        ("", (), ()),
    ],
)
def test_resolv_conf(text: str, servers: tuple[str], search: tuple[str]) -> None:
    assert Resolvers(servers, search, "file") == parse_resolv_conf(text, "file")


def test_only_three_servers_are_used() -> None:
    text = "".join(f"nameserver 10.0.0.{i}\n" for i in range(9))

    assert parse_resolv_conf(text).servers == ("10.0.0.0", "10.0.0.1", "10.0.0.2")


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    found = parse_resolv_conf(text + "\nnameserver " + text)

    assert len(found.servers) <= 3
    assert all(server.isprintable() for server in found.servers)


HOSTS = """127.0.0.1 localhost
10.0.0.1\tHost.example.  h # pos.example
10.0.0.2 pos.example other
fd00::2  POS.EXAMPLE
nonsense pos.example
10.0.0.2 pos.example
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pos.example.", ("10.0.0.2", "fd00::2")),
        ("host.example", ("10.0.0.1",)),
        ("example", ()),
        ("10.0.0.1", ()),
        ("", ()),
    ],
)
def test_hosts(name: str, expected: tuple[str]) -> None:
    assert LocalName(expected) == parse_hosts(HOSTS, name)


@given(st.text(), st.text(min_size=1))
def test_any_hosts_file_is_taken(text: str, name: str) -> None:
    assert len(parse_hosts(text + name, name).addresses) <= 32


def test_this_machines_own_files_can_be_read() -> None:
    async def both() -> tuple[object, object]:
        return (
            await resolvers(AskResolvers(), Meter()),
            await local_name(AskLocalName("localhost"), Meter()),
        )

    servers, names = asyncio.run(both())

    assert not isinstance(servers, Unknown)
    assert isinstance(names, LocalName)
