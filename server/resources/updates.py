"""Tells those who subscribed what has changed: in one process, whichever era they speak."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import anyio

from server.resources.addresses import touched

if TYPE_CHECKING:
    from mcp.server.session import ServerSession
    from mcp.server.subscriptions import InMemorySubscriptionBus

logger = logging.getLogger("waylay_tasks_mcp.updates")

_PATIENCE = 1.0
"""Seconds that telling one may take. A client that does not read must hold up nobody's change, and that only once."""


class Subscriber:
    """A session of the older era that asked to be told.

    Args:
        session: How to reach it.
    """

    def __init__(self, session: "ServerSession") -> None:
        self.session = session
        self.uris: set[str] = set()


class Updates:
    """Knows who asked to be told, and tells them."""

    def __init__(self) -> None:
        self.subscribers: dict[int, Subscriber] = {}
        """Sessions of the older era, by what names their connection."""
        self.forgetting: list[Callable[[], None]] = []
        """Called before anybody is told: what was kept of the state before must not be what they read then."""
        self._bus: InMemorySubscriptionBus | None = None

    @property
    def bus(self) -> "InMemorySubscriptionBus":
        """What the streams of the newer era listen to."""
        if self._bus is None:
            from mcp.server.subscriptions import InMemorySubscriptionBus

            self._bus = InMemorySubscriptionBus()
        return self._bus

    @property
    def is_heard(self) -> bool:
        """Whether anybody of the newer era ever listened."""
        return self._bus is not None

    async def changed(self, task_id: str | None) -> None:
        """Tell that a task was changed, or may have been; None where it is not known which.

        Nothing is raised: the change is made, whoever hears of it.
        """
        try:
            for forget in self.forgetting:
                forget()
            with anyio.CancelScope(shield=True):
                await self._tell([*touched(task_id)])
        except Exception:
            logger.exception("subscribers were not told of a change")

    async def _tell(self, uris: Sequence[str]) -> None:
        if self._bus is not None:
            await self._publish(self._bus, uris)
        async with anyio.create_task_group() as group:
            for key, subscriber in [*self.subscribers.items()]:
                group.start_soon(self._send, key, subscriber, [uri for uri in uris if uri in subscriber.uris])

    async def _publish(self, bus: "InMemorySubscriptionBus", uris: Sequence[str]) -> None:
        from mcp.server.subscriptions import ResourceUpdated

        for uri in uris:
            await bus.publish(ResourceUpdated(uri))

    async def _send(self, key: int, subscriber: Subscriber, uris: Sequence[str]) -> None:
        """Tell one; who takes too long, or has gone, is told no more: others wait for their answers meanwhile."""
        try:
            with anyio.fail_after(_PATIENCE):
                for uri in uris:
                    await subscriber.session.send_resource_updated(uri)
        except Exception as error:  # noqa: BLE001 - one who has gone must not keep the others from being told
            self.subscribers.pop(key, None)
            logger.info("a subscriber is not told any more: %s", type(error).__name__)
