"""Clients that are told of changes, in either era."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated, Subscription
from mcp.types import (
    EmptyResult,
    ResourceUpdatedNotification,
    SubscribeRequest,
    SubscribeRequestParams,
    UnsubscribeRequest,
    UnsubscribeRequestParams,
)

from tests.support.serving import PATIENCE
from tests.support.world import Era

MakeClient = Callable[[Any], Client]


class Told:
    """What a client was told so far."""

    def __init__(self) -> None:
        self._send, self._receive = anyio.create_memory_object_stream[str](1_000)

    async def message(self, message: Any) -> None:
        """Hear whatever a client of the older era is told."""
        if isinstance(message, ResourceUpdatedNotification):
            await self._send.send(str(message.params.uri))

    async def listen(self, subscription: Subscription) -> None:
        """Hear what a client of the newer era is told."""
        async for event in subscription:
            assert isinstance(event, ResourceUpdated)
            await self._send.send(event.uri)

    async def next(self, number: int) -> Sequence[str]:
        """Wait until so much more was told, and return it in order of its addresses."""
        with anyio.fail_after(PATIENCE):
            return sorted([await self._receive.receive() for _ in range(number)])

    @property
    def nothing_more(self) -> bool:
        """Whether all that was told so far was returned."""
        return self._receive.statistics().current_buffer_used == 0

    def close(self) -> None:
        """Close it."""
        self._send.close()
        self._receive.close()


async def subscribe(client: Client, uri: str) -> None:
    """Subscribe, as clients of the older era do."""
    await client.session.send_request(SubscribeRequest(params=SubscribeRequestParams(uri=uri)), EmptyResult)


async def unsubscribe(client: Client, uri: str) -> None:
    """Undo that."""
    await client.session.send_request(UnsubscribeRequest(params=UnsubscribeRequestParams(uri=uri)), EmptyResult)


@asynccontextmanager
async def told_of(make: MakeClient, era: Era, *uris: str) -> AsyncGenerator[tuple[Client, Told]]:
    """Yield a client that subscribed to addresses, and what it is told.

    Args:
        make: Returns a client with a handler of messages, or none.
        era: How it subscribes.
        uris: The addresses.
    """
    told = Told()
    try:
        async with _subscribed(make, era, uris, told) as client:
            yield client, told
    finally:
        told.close()


@asynccontextmanager
async def _subscribed(make: MakeClient, era: Era, uris: Sequence[str], told: Told) -> AsyncGenerator[Client]:
    # A stream of the newer era is heard by the handler, too.
    async with make(told.message if era == "legacy" else None) as client:
        if era == "legacy":
            for uri in uris:
                await subscribe(client, uri)
            yield client
        else:
            async with client.listen(resource_subscriptions=uris) as subscription, anyio.create_task_group() as group:
                group.start_soon(told.listen, subscription)
                yield client
                group.cancel_scope.cancel()
