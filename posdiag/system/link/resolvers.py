"""Which DNS servers is the machine configured to use, and what is in its hosts file?

Reads /etc/resolv.conf as glibc does (resolv.conf(5)): keywords in the first column, at
most three servers, the last `search` or `domain` line wins.
"""

from pathlib import Path

from posdiag.formats.address import is_address
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskLocalName,
    AskResolvers,
    LocalName,
    Resolvers,
)
from posdiag.model.questions.meter import Meter

RESOLV_CONF = Path("/etc/resolv.conf")
HOSTS = Path("/etc/hosts")
RESOLV_LIMIT = 64 * 1024
HOSTS_LIMIT = 4 * 1024 * 1024  # block lists of advertisers run to megabytes
MAX_SERVERS = 3  # MAXNS
MAX_SEARCH = 6  # MAXDNSRCH before glibc 2.26
MAX_NAME = 255
MAX_ADDRESSES = 32


async def resolvers(question: AskResolvers, meter: Meter) -> Resolvers | Unknown:
    text = _read(RESOLV_CONF, RESOLV_LIMIT)
    if isinstance(text, Unknown):
        return text
    return parse_resolv_conf(text, str(RESOLV_CONF))


async def local_name(question: AskLocalName, meter: Meter) -> LocalName | Unknown:
    text = _read(HOSTS, HOSTS_LIMIT)
    if isinstance(text, Unknown):
        return text
    return parse_hosts(text, question.name)


def _read(path: Path, limit: int) -> str | Unknown:
    """The file's first `limit` bytes, whole lines; a missing file is an empty one."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except PermissionError:
        return Unknown("no-rights")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError:
        return Unknown("trouble")
    if len(data) > limit:
        data = data[:limit].rpartition(b"\n")[0]
    return data.decode("utf-8", "replace")


def _clean(values: list[str]) -> tuple[str, ...]:
    fit = (w for w in values if w.isprintable() and len(w) <= MAX_NAME)
    return tuple(fit)[:MAX_SEARCH]


def parse_resolv_conf(text: str, source: str = "") -> Resolvers:
    """What glibc would use: lines that it cannot parse are ignored."""
    servers: list[str] = []
    search: tuple[str, ...] = ()
    for line in text.split("\n"):
        if not line or line[0] in "#; \t":
            continue
        keyword, *values = line.split()[:32] or [""]
        if keyword == "nameserver" and values and is_address(values[0]):
            if len(servers) < MAX_SERVERS:
                servers.append(values[0])
        elif keyword == "search" and values:
            search = _clean(values)
        elif keyword == "domain" and values:
            search = _clean(values[:1])
    return Resolvers(tuple(servers), search, source)


def parse_hosts(text: str, name: str) -> LocalName:
    """The addresses of every line that holds `name`, in order (hosts(5))."""
    wanted = name.rstrip(".").lower()
    found: list[str] = []
    for line in text.split("\n"):
        if not wanted or wanted not in line.lower():
            continue
        fields = line.partition("#")[0].split()
        names = [word.rstrip(".").lower() for word in fields[1:]]
        if wanted in names and is_address(fields[0]) and fields[0] not in found:
            found.append(fields[0])
    return LocalName(tuple(found[:MAX_ADDRESSES]))
