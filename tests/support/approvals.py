"""People who approve, without a page of their own."""

import time
from collections.abc import Awaitable, Callable

from server.guard.consent import Consent
from server.guard.policy import Requirement
from server.store.requests import ApprovalRequest
from server.store.store import Store


class Desk:
    """A page that is always there; `waits` is called when a request is announced.

    Args:
        refuses: Why it takes no requests.
    """

    def __init__(self, refuses: str | None = None) -> None:
        self.refuses = refuses
        self.announced = 0
        self.waits: Callable[[], Awaitable[object]] | None = None

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


async def put(store: Store, *, requirement: Requirement, identity: str) -> str:
    """Put a request into a store as a call of somebody would, and return its ID."""
    consent = Consent(
        way="page",
        audience="a",
        principal=identity,
        call=f"call of {identity}",
        operation="stop_task",
        arguments="d",
        state={},
        status="running",
        salt="s",
        expires=time.time() + 1800,
    )
    shown = {
        "operation": "stop_task",
        "title": "Stop task",
        "question": "Stop this task?",
        "facts": [["name", '"Pump"']],
        "difference": [],
        "consequence": "It does not run again.",
        "where": "sandbox",
        "caller": identity,
        "identity": identity,
        "client": "tests 1",
        "requirement": requirement,
        "rule": "rule 1",
    }
    return (await store.approvals.request(f"open {identity}", consent, shown)).id
