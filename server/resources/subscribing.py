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
from server.resources.subscriber import Subscriber
from server.resources.updates import Updates

if TYPE_CHECKING:
    from mcp.server.connection import Connection
    from mcp.server.subscriptions import ListenHandler

    from server.resources.hearing import Hearing

Context = ServerRequestContext[Any, Any]

_MOST = 100
"""Addresses that a client can be told about."""

_STREAMS = 100
"""Streams that one caller may listen to, as with sessions. All who do not sign in count as one."""


class Subscribing:
    """Notes who asks to be told.

    Args:
        offer: Tells which resources there are for who is asking; nobody is told of others.
        hearing: Returns what tells which of these they may read; nobody is told of others either.
        clock: Returns epoch seconds; tokens expire by it.
    """

    def __init__(self, offer: Offer, hearing: "Callable[[], Hearing]", clock: Callable[[], float]) -> None:
        self._offer = offer
        self._hearing = hearing
        self.updates = Updates()
        self._clock = clock
        self._streams = Counter[str]()
        self._ending = False

    async def subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        """Answer resources/subscribe.

        Raises:
            MCPError: there is no such resource, they may not read it, too many were subscribed to, or nothing can be
                told over HTTP without a session.
        """
        uri = str(params.uri)
        address = self._offer.address(uri)
        if address is None:
            raise MCPError(INVALID_PARAMS, "Unknown resource, or none that changes: it cannot be subscribed to.")
        connection = _connection(context)
        if not connection.has_standalone_channel:
            raise MCPError(INVALID_REQUEST, "Without a session there is no way to tell this client of changes.")
        await self._hearing().check(context, uri, address)
        subscriber = self._subscriber(context, connection)
        subscriber.renew(_expiry())
        if len(subscriber.uris | {uri}) > _MOST:
            raise MCPError(INVALID_REQUEST, f"A client can subscribe to {_MOST} resources; unsubscribe from some.")
        subscriber.uris.add(uri)
        return EmptyResult()

    async def unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """Answer resources/unsubscribe, also where there is no such subscription."""
        subscriber = self.updates.subscribers.get(id(_connection(context)))
        if subscriber is not None:
            subscriber.unsubscribe(str(params.uri))
        return EmptyResult()

    async def listen(self, context: Context, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        """Answer subscriptions/listen: tell of what who is asking may read, as long as their token is good.

        Raises:
            MCPError: the server is ending, or this caller listens to too much already, or calls too often.
        """
        wanted = (params.notifications.resource_subscriptions or [])[:_MOST]
        with self._share():
            uris = await self._hearing().of(context, self._offer.addresses(wanted))
            told = SubscriptionFilter(resource_subscriptions=[*uris])
            with anyio.move_on_after(self._seconds_left()):
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
            subscribers[key] = Subscriber(context.session, self._clock)
            connection.exit_stack.callback(self._gone, key)
        return subscribers[key]

    def _gone(self, key: int) -> None:
        self.updates.subscribers.pop(key).close()

    @contextmanager
    def _share(self) -> Generator[None]:
        token = get_access_token()
        caller = identity_of(token) if token else ""
        if self._ending:
            raise MCPError(INTERNAL_ERROR, "This server is ending. Connect again, and listen then.")
        if self._streams[caller] >= _STREAMS:
            raise MCPError(INVALID_REQUEST, f"One caller can listen to {_STREAMS} streams. End some of them first.")
        self._streams[caller] += 1
        try:
            yield
        finally:
            self._streams -= Counter([caller])

    def _seconds_left(self) -> float | None:
        until = _expiry()
        return None if until is None else max(0, until - self._clock())


def _expiry() -> float | None:
    """Return when the token of who is asking expires, in epoch seconds; None is never."""
    token = get_access_token()
    return None if token is None else token.expires_at


def _connection(context: Context) -> "Connection":
    """Return what outlives the request. The SDK has no public way there from a handler."""
    return context.session._connection  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
