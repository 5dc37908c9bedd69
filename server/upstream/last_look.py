"""A write goes to what was just seen: after more than a moment, and before it goes again, that is looked at first."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

import anyio
import httpx

from server.upstream.errors import TooLate
from server.upstream.signing import HELD_BACK
from server.upstream.waiting import LATER
from tools.contract import Reply, Request

ResultT = TypeVar("ResultT")

LAST_LOOK = "waylay_tasks_mcp.last_look"
"""The extension of a request that has to be sure of what it is about."""

_LEAVES = "send_request_headers.started"
"""What httpcore says when there is a connection, and the first byte is next."""


class Asking(Protocol):
    """Whom a look asks."""

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request` and read the answer."""
        ...


class Seen(Protocol):
    """What a write is about, as it was seen before it was admitted."""

    @property
    def at(self) -> float:
        """When the look at it began, on the event loop's clock."""
        ...

    async def again(self, service: Asking) -> None:
        """Look at it once more.

        Raises whatever the server has for it if it is not what it was, or cannot be looked at: the write is not sent.
        """
        ...


class LastLook:
    """The last look at what a write is about.

    It asks in the place that the write has already, so that nobody waits between the two: whoever has the only place
    could not wait for another.

    Args:
        seen: What the write is about.
        moment: Seconds for which it counts as just seen.
        service: Whom it asks.
    """

    def __init__(self, seen: Seen, moment: float, service: Asking) -> None:
        self._seen = seen
        self._moment = moment
        self._service = service
        self._at = seen.at
        self._used = False

    async def take(self) -> None:
        """Look, unless it was just seen and the write was not tried since. Raises what `Seen.again` raises."""
        if self._used or self._is_old():
            await self._seen.again(self._service)
            self._at, self._used = anyio.current_time(), False

    async def take_for(self, request: httpx.Request) -> None:
        """Look before a request goes to its connection: it may have waited for a token, or go again after a 401."""
        held_back = request.extensions.get(HELD_BACK, False)
        request.extensions[HELD_BACK] = True
        await self.take()
        request.extensions[HELD_BACK], self._used = held_back, True

    def hear(self, event: str) -> None:
        """Hear from httpcore how far the request came.

        Raises:
            TooLate: the connection was waited for, and so the look is too old; nothing was sent.
        """
        if event.endswith(_LEAVES) and self._is_old():
            raise TooLate("It took too long to reach the Waylay gateway.", hint=LATER)

    def _is_old(self) -> bool:
        return anyio.current_time() - self._at > self._moment


async def look_at_last(request: httpx.Request) -> None:
    """Have what a write is about looked at; httpx calls this for every request, when it is signed."""
    look = _look_of(request.extensions)
    if look is not None:
        await look.take_for(request)


def _look_of(extensions: Mapping[str, object]) -> LastLook | None:
    look = extensions.get(LAST_LOOK)
    return look if isinstance(look, LastLook) else None
