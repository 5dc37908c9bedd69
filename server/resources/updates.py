"""Tells those who subscribed what has changed: in one process, whichever era they speak."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import anyio

from server.resources.addresses import touched

if TYPE_CHECKING:
    from mcp.server.subscriptions import InMemorySubscriptionBus

    from server.resources.subscriber import Subscriber

logger = logging.getLogger("waylay_tasks_mcp.updates")


class Updates:
    """Knows who asked to be told, and tells them."""

    def __init__(self) -> None:
        self.subscribers: dict[int, Subscriber] = {}
        """Sessions of the older era that ever subscribed, by what names their connection."""
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

        Nothing is raised, and no client is waited for: the change is made, whoever hears of it.
        """
        try:
            for forget in self.forgetting:
                forget()
            uris = [*touched(task_id)]
            for subscriber in [*self.subscribers.values()]:
                subscriber.tell(uris)
            if self._bus is not None:
                with anyio.CancelScope(shield=True):
                    await self._publish(self._bus, uris)
        except Exception:
            logger.exception("subscribers were not told of a change")

    async def _publish(self, bus: "InMemorySubscriptionBus", uris: Sequence[str]) -> None:
        from mcp.server.subscriptions import ResourceUpdated

        for uri in uris:
            await bus.publish(ResourceUpdated(uri))
