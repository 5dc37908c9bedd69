"""A session of the older era that asked to be told, and how it is told without anybody waiting for it."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp.server.session import ServerSession

logger = logging.getLogger("waylay_tasks_mcp.updates")


class Subscriber:
    """Is told in the background: a client that does not read must hold up nobody's change.

    What such a client has yet to be told is kept once for each address, however often that changes meanwhile.

    Args:
        session: How to reach it.
        clock: Returns epoch seconds.
    """

    def __init__(self, session: "ServerSession", clock: Callable[[], float]) -> None:
        self._session = session
        self._clock = clock
        self._until: float | None = None
        self._waiting: dict[str, None] = {}
        self._telling: asyncio.Task[None] | None = None
        self.uris: set[str] = set()

    def renew(self, until: float | None) -> None:
        """Note when the token expires that it now comes with.

        Args:
            until: Epoch seconds; None is never. What was asked for with a token that has expired by now is forgotten.
        """
        self._forget_if_over()
        self._until = until

    def unsubscribe(self, uri: str) -> None:
        """Tell it of an address no more."""
        self.uris.discard(uri)
        self._waiting.pop(uri, None)

    def tell(self, uris: Iterable[str]) -> None:
        """Tell it of those of the addresses that it asked for, soon."""
        self._forget_if_over()
        self._waiting.update(dict.fromkeys(uri for uri in uris if uri in self.uris))
        if self._waiting and (self._telling is None or self._telling.done()):
            # What whoever made the change is known by, is no business of this.
            self._telling = asyncio.create_task(self._tell_all(), context=Context())

    def close(self) -> None:
        """Tell it nothing any more: the connection has ended."""
        self._forget()
        if self._telling is not None:
            self._telling.cancel()

    async def _tell_all(self) -> None:
        try:
            while self._waiting:
                uri = next(iter(self._waiting))
                del self._waiting[uri]
                await self._session.send_resource_updated(uri)
                self._forget_if_over()
        except Exception as error:  # noqa: BLE001 - there is nobody to raise it to
            self._forget()
            logger.info("a subscriber is not told any more: %s", type(error).__name__)

    def _forget_if_over(self) -> None:
        if self._until is not None and self._clock() >= self._until:
            self._forget()

    def _forget(self) -> None:
        self.uris.clear()
        self._waiting.clear()
