"""People who approve, without a page of their own."""

import time
from collections.abc import Awaitable, Callable

from server.guard.policy import Requirement
from server.store.requests import ApprovalRequest
from server.store.store import Store
from tests.support.records import SHOWN, consent
from tests.support.world import Clock


class Desk:
    """A page that is always there; `waits` is called when a request is announced.

    Args:
        refuses: Why it takes no requests.
    """

    def __init__(self, refuses: str | None = None) -> None:
        self.refuses = refuses
        self.announced = 0
        self.waits: Callable[[], Awaitable[object]] | None = None

    @property
    def name(self) -> str:
        """The one page of a test."""
        return "desk"

    def serves(self, requirement: Requirement, identity: str) -> str | None:
        """Take requests, unless it was told not to."""
        return self.refuses

    async def announce(self) -> None:
        """Count, and let somebody act."""
        self.announced += 1
        if self.waits is not None:
            await self.waits()

    async def aclose(self) -> None:
        """Close nothing."""


async def the_one(store: Store) -> ApprovalRequest:
    """Return the only request that waits."""
    (request,) = await store.approvals.waiting()
    return request


def decides(store: Store, *, approve: bool, note: str | None = None) -> Callable[[], Awaitable[object]]:
    """Return somebody who decides about whatever waits."""

    async def decide() -> None:
        for request in await store.approvals.waiting():
            assert await store.approvals.decide(request.id, approve=approve, by="carol", note=note)

    return decide


async def put(store: Store, *, requirement: Requirement, identity: str, page: str = "desk") -> str:
    """Put a request into a store as a call of somebody would, and return its ID."""
    asked = consent(Clock(time.time()), seconds=1800, way="page", call=f"call of {identity}")
    shown = {**SHOWN, "requirement": requirement, "identity": identity, "page": page}
    return (await store.approvals.request(f"open {page} {identity}", asked, shown)).id
