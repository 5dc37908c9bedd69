"""A proxy on a real socket, between the server and the sandbox, that does to requests what a fault says."""

import asyncio
import random
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from email.utils import formatdate

from tests.faults.exchange import Exchange, Reset
from tests.faults.fault import Arrival
from tests.faults.gateway import Identities
from tests.faults.plan import Plan
from tests.faults.wire import Message, read_message

_PATIENCE = 5
"""Seconds in which a connection whose client is gone has to end."""

_BEGUN = 4
"""Bytes of a request that tell whether it reads."""


class Proxy:
    """Passes requests on, or breaks them.

    Args:
        service: Host name and port of the sandbox; the name chooses among those on the port.
        plan: Which requests are hit, and what by.
        rng: Where chance comes from.
        identities: What it proves with that it is the gateway, and what does not prove that.
        tls: Whether it speaks TLS.
        clock: The service's, in epoch seconds: a web server says the time in each answer, and knows no other one.
    """

    def __init__(
        self,
        service: tuple[str, int],
        plan: Plan,
        rng: random.Random,
        identities: Identities,
        *,
        tls: bool,
        clock: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._service = service
        self._plan = plan
        self._rng = rng
        self._identities = identities
        self._tls = tls
        self._connections: dict[asyncio.Task[None], Exchange | None] = {}
        self._over = asyncio.Event()
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Listen on a free loopback port."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self._over.set()
            # The client is closed by now, so every connection comes to its end.
            async with asyncio.timeout(_PATIENCE):
                await asyncio.gather(*self._connections)

    async def settled(self) -> None:
        """Take note that the call is over, and wait until what was held back for that was carried out."""
        self._over.set()
        late = [task for task, exchange in self._connections.items() if exchange and exchange.is_late]
        await asyncio.gather(*late)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = None
        try:
            # What either side breaks off is what this is about.
            with suppress(Reset, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._greet(reader, writer)
                while await self._exchanged(task, reader, writer):
                    pass
        finally:
            del self._connections[task]
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Prove who this is, where that is asked for, or do to the connection what a fault says."""
        hit = self._plan.at_connection()
        if hit is not None:
            await hit(Arrival(reader, writer, self._identities.stranger))
        elif self._tls:
            await writer.start_tls(self._identities.gateway)

    async def _exchanged(
        self, task: "asyncio.Task[None]", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Carry out one request; false when the connection ends."""
        begun = await reader.read(_BEGUN)
        if not begun:
            return False
        exchange = Exchange(begun, reader, writer, service=self._carried_out, over=self._over, rng=self._rng)
        self._connections[task] = exchange
        await self._plan.strike(exchange)
        return exchange.keeps

    async def _carried_out(self, request: Message) -> Message:
        host, port = self._service
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request.having("host", host).whole)
            answer = await read_message(reader)
            return answer.having("date", formatdate(self._clock(), usegmt=True))
        finally:
            writer.close()
