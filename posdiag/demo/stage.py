"""Start the servers of a world on 127.0.0.1, in a thread of their own.

Every port is one that the system chose (port 0). Nothing listens on, and nothing is
sent to, any other address.
"""

import asyncio
import ssl
import threading
import time
from asyncio import StreamReader, StreamWriter
from concurrent.futures import wait
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from posdiag import RELEASED
from posdiag.demo import certificates, servers
from posdiag.demo.chance import Chance
from posdiag.demo.servers import Channel, Line
from posdiag.demo.world import (
    Clock,
    Dns,
    Filtered,
    Host,
    Mute,
    OldTls,
    Page,
    Payment,
    Service,
    Tls,
    World,
)

LOOPBACK = "127.0.0.1"
DATAGRAMS = (53, 123)  # ports that are served over UDP (53 over TCP too)
BACKLOG = 100
STARTING, ENDING = 10.0, 2.0  # seconds that the servers get


def machine_time() -> float:
    """This machine's clock, seconds since 1970; set right where it is plainly wrong,
    because a demonstration has no other faults than those that it is asked for."""
    released = datetime.fromisoformat(RELEASED).replace(tzinfo=UTC).timestamp()
    return max(time.time(), released)


class Stage:
    """The servers of one world while it is entered."""

    def __init__(self, world: World, chance: Chance) -> None:
        self.world = world
        self.chance = chance
        self.closed = 0  # a port on which nobody listens
        self.mute = 0  # one whose server never answers
        self._ports: dict[tuple[str, int, bool], int] = {}
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._folder = TemporaryDirectory(prefix="posdiag-demo-")
        self._open: list[asyncio.Server | asyncio.DatagramTransport] = []

    @property
    def certificates(self) -> Path:
        return Path(self._folder.name)

    def port(self, address: str, port: int, datagrams: bool = False) -> int | None:
        """The port on loopback that stands for a port of a host of the world."""
        return self._ports.get((address, port, datagrams))

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._thread.start()
            undo.callback(self.__exit__)
            certificates.make(self.certificates, self.world.clock)
            starting = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
            starting.result(STARTING)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        ending = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        wait((ending,), timeout=ENDING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ENDING)
        if not self._thread.is_alive():
            self._loop.close()
        self._folder.cleanup()

    async def _start(self) -> None:
        # Bound, but nobody listens: the system itself refuses whoever knocks.
        self.closed = await self._listen(Mute(), None, listening=False)
        self.mute = await self._listen(Mute(), None)
        # Without loopback (an OSError here) every fault would look like silence.
        _, knock = await asyncio.open_connection(LOOPBACK, self.mute)
        knock.close()
        for host in self.world.hosts:
            for port, service in host.services.items():
                if isinstance(service, Filtered):
                    continue
                place = (host.address, port)
                if port in DATAGRAMS:
                    self._ports[(*place, True)] = await self._hear(service, host)
                if not isinstance(service, Clock):
                    self._ports[(*place, False)] = await self._listen(service, host)

    async def _end(self) -> None:
        for server in self._open:
            server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0)  # transports close on the next turn of the loop

    def _line(self, host: Host) -> Line:
        return Line(self.world.way(host.address), self.chance)

    async def _listen(
        self, service: Service, host: Host | None, listening: bool = True
    ) -> int:
        async def politely(reader: StreamReader, writer: StreamWriter) -> None:
            try:
                await self._talk(service, host, reader, writer)
            except OSError:
                pass  # the caller may go at any moment
            finally:
                writer.close()

        server = await asyncio.start_server(
            politely, LOOPBACK, 0, backlog=BACKLOG, start_serving=listening
        )
        self._open.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _talk(
        self,
        service: Service,
        host: Host | None,
        reader: StreamReader,
        writer: StreamWriter,
    ) -> None:
        """One conversation over TCP."""
        if host is None or isinstance(service, Mute):
            await servers.mute(reader)
            return
        line = self._line(host)
        if isinstance(service, OldTls):
            await servers.old_tls(reader, writer, line)
        elif isinstance(service, Page):
            await servers.web(self._page(service), reader, writer, line)
        elif isinstance(service, Dns):
            await servers.dns_over_tcp(self._names(service, host), reader, writer, line)
        elif isinstance(service, Tls):
            channel = Channel(self._context(service), reader, writer, line)
            if await channel.handshake():
                await self._say(service.says, channel)

    async def _say(self, says: Payment | Page | Mute, channel: Channel) -> None:
        """What a host behind TLS has to say."""
        if isinstance(says, Payment):
            await servers.pay(says.code, channel)
        elif isinstance(says, Page) and await channel.read():
            await channel.write(self._page(says))
        while await channel.read():
            pass

    def _page(self, said: Page) -> bytes:
        return servers.page(said, machine_time() + self.world.clock)

    def _context(self, service: Tls) -> ssl.SSLContext:
        pem = self.certificates / f"{service.certificate}.pem"
        ca = self.certificates / "ca.pem"
        return servers.tls_context(str(pem), str(ca) if service.wants_client else "")

    def _names(self, service: Dns, host: Host) -> servers.Names:
        known = {**self.world.names, **service.names}
        return servers.Names(known, service.rcode, self.world.upstream(host))

    async def _hear(self, service: Service, host: Host) -> int:
        """Open a server for datagrams; its port."""

        def answer(query: bytes) -> bytes | None:
            if isinstance(service, Dns):
                return self._names(service, host).answer(query)
            if isinstance(service, Clock):
                return servers.time_server(query, self.world.clock)
            return None

        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: servers.Datagrams(answer, self._line(host)),
            local_addr=(LOOPBACK, 0),
        )
        self._open.append(transport)
        return int(transport.get_extra_info("sockname")[1])
