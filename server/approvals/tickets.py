"""Links that let one browser in to the approval page, once."""

from server.store.store import Store

TICKET_SECONDS = 120
"""Seconds for which a link lets a browser in. A browser that is not running yet takes its time."""


async def link(store: Store) -> str:
    """Return the path of a new link.

    Raises:
        StoreUnavailable: it could not be kept.
    """
    return f"/approvals/open/{await store.sessions.open('ticket', {}, TICKET_SECONDS)}"


async def is_let_in(store: Store, ticket: str) -> bool:
    """Tell whether a link lets the browser in that follows it; afterwards it lets nobody in.

    Raises:
        StoreUnavailable: that cannot be told.
    """
    return await store.sessions.take("ticket", ticket) is not None
