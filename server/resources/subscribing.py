"""resources/subscribe and resources/unsubscribe of the older era, and subscriptions/listen of the newer one."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionFilter,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from server.callers.identity import identity_of
from server.resources.offer import Offer
from server.resources.updates import Subscriber, Updates

if TYPE_CHECKING:
    from mcp.server.connection import Connection
    from mcp.server.subscriptions import ListenHandler

Context = ServerRequestContext[Any, Any]

_MOST = 1_000
"""Addresses that a client can be told about."""

_STREAMS = 100
"""Streams that one caller who signed in may listen to, as with sessions."""


class Subscribing:
    """Notes who asks to be told.

    Args:
        offer: Tells which resources there are for who is asking; nobody is told of others.
        clock: Returns epoch seconds; tokens expire by it.
    """

    def __init__(self, offer: Offer, clock: Callable[[], float]) -> None:
        self._offer = offer
        self.updates = Updates()
        self._clock = clock
        self._streams = Counter[str]()
        self._ending = False

    async def subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        """Answer resources/subscribe.

        Raises:
            MCPError: there is no such resource, too many were subscribed to, or nothing can be told over HTTP without
                a session.
        """
        uri = str(params.uri)
        if self._offer.address(uri) is None:
            raise MCPError(INVALID_PARAMS, "Unknown resource, or none that changes: it cannot be subscribed to.")
        connection = _connection(context)
        if not connection.has_standalone_channel:
            raise MCPError(INVALID_REQUEST, "Without a session there is no way to tell this client of changes.")
        subscriber = self._subscriber(context, connection)
        if len(subscriber.uris | {uri}) > _MOST:
            raise MCPError(INVALID_REQUEST, f"A client can subscribe to {_MOST} resources; unsubscribe from some.")
        subscriber.uris.add(uri)
        return EmptyResult()

    async def unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """Answer resources/unsubscribe, also where there is no such subscription."""
        subscriber = self.updates.subscribers.get(id(_connection(context)))
        if subscriber is not None:
            subscriber.uris.discard(str(params.uri))
        return EmptyResult()

    async def listen(self, context: Context, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        """Answer subscriptions/listen: tell of what is offered to who is asking, as long as their token is good.

        Raises:
            MCPError: the server is ending, or this caller listens to too much already.
        """
        wanted = params.notifications.resource_subscriptions or ()
        uris = [uri for uri in wanted if self._offer.address(uri) is not None]
        told = SubscriptionFilter(resource_subscriptions=uris[:_MOST])
        with self._share(), anyio.move_on_after(self._seconds_left()):
            return await self._listening(context, params.model_copy(update={"notifications": told}))
        from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY

        return SubscriptionsListenResult(_meta={SUBSCRIPTION_ID_META_KEY: context.request_id})

    def end(self) -> None:
        """End all streams: the server is going to end."""
        self._ending = True
        if self.updates.is_heard:
            self._listening.close()

    @cached_property
    def _listening(self) -> "ListenHandler":
        from mcp.server.subscriptions import ListenHandler

        return ListenHandler(self.updates.bus)

    def _subscriber(self, context: Context, connection: "Connection") -> Subscriber:
        key, subscribers = id(connection), self.updates.subscribers
        if key not in subscribers:
            subscribers[key] = Subscriber(context.session)
            connection.exit_stack.callback(subscribers.pop, key, None)
        return subscribers[key]

    @contextmanager
    def _share(self) -> Generator[None]:
        token = get_access_token()
        caller = identity_of(token) if token else ""
        if self._ending:
            raise MCPError(INTERNAL_ERROR, "This server is ending. Connect again, and listen then.")
        if caller and self._streams[caller] >= _STREAMS:
            raise MCPError(INVALID_REQUEST, f"One caller can listen to {_STREAMS} streams. End some of them first.")
        self._streams[caller] += 1
        try:
            yield
        finally:
            self._streams -= Counter([caller])

    def _seconds_left(self) -> float | None:
        token = get_access_token()
        return None if token is None or token.expires_at is None else max(0, token.expires_at - self._clock())


def _connection(context: Context) -> "Connection":
    """Return what outlives the request. The SDK has no public way there from a handler."""
    return context.session._connection  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
