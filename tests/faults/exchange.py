"""One request on its way through the proxy: what a fault can do with it."""

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.faults.wire import Message, read_message

_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset."""


class Reset(Exception):
    """The connection was reset: nothing more goes over it."""


class Exchange:
    """A request that has begun to come in.

    Args:
        begun: Its first bytes, which tell its method.
        reader: From the client.
        writer: To the client.
        service: Has the sandbox carry out a request, and returns its answer.
        over: Set once the call that the request belongs to has ended.
        rng: Where chance comes from.
    """

    def __init__(
        self,
        begun: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        service: Callable[[Message], Awaitable[Message]],
        over: asyncio.Event,
        rng: random.Random,
    ) -> None:
        self.begun = begun
        self._reader = reader
        self._writer = writer
        self._service = service
        self._over = over
        self.rng = rng
        self._request: Message | None = None
        self.keeps = True
        """Whether the connection is kept for the next request."""

        self.is_late = False
        """Whether it is held back until the call is over."""

    @property
    def writes(self) -> bool:
        """Whether the request changes something."""
        return self.begun[:4] not in (b"GET ", b"HEAD")

    async def request(self) -> Message:
        """Read the request to its end."""
        if self._request is None:
            self._request = await read_message(self._reader, self.begun)
        return self._request

    async def some_of_it(self) -> None:
        """Read a part of the request; of a short one perhaps nothing more than its beginning."""
        await self._reader.readexactly(self.rng.randrange(1, 100))

    async def carried_out(self) -> Message:
        """Have the sandbox carry it out, and return the answer."""
        return await self._service(await self.request())

    async def passed_on(self) -> None:
        """Do what a proxy does."""
        await self.send((await self.carried_out()).whole)

    async def passed_on_and_closed(self) -> None:
        """Do what a proxy does that keeps no connections, and says so."""
        await self.send((await self.carried_out()).having("connection", "close").whole)
        self.keeps = False

    async def late(self) -> None:
        """Have it carried out when the call that it belongs to is over."""
        await self.request()
        self.is_late = True
        await self.gone()
        await self._over.wait()
        await self.carried_out()

    async def send(self, data: bytes) -> None:
        """Send bytes to the client."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, message: Message) -> None:
        """Read the request and send an answer of the proxy's own."""
        await self.request()
        await self.send(message.whole)

    async def drip(self, data: bytes, pause: float) -> None:
        """Send bytes one by one until the client has had enough."""
        for place in range(len(data)):
            await self.send(data[place : place + 1])
            await asyncio.sleep(pause)

    async def gone(self) -> None:
        """Wait until the client gives up and closes."""
        with suppress(ConnectionError):
            while await self._reader.read(65_536):
                pass

    def reset(self) -> None:
        """Reset the connection.

        Raises:
            Reset: always, so that nothing more is done with it.
        """
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._writer.transport.abort()
        raise Reset
