"""Who may decide what, wherever they sit; and that it is recorded."""

from collections.abc import Callable
from typing import Literal

from server.approvals.person import Person
from server.journal.audit import Audit, Place
from server.store.requests import ApprovalRequest
from server.store.store import Store
from tools.text import clean

Decided = Literal["approved", "denied", "too_late", "not_allowed"]

MAX_NOTE = 300
"""Characters of a note that are kept."""


class Deciding:
    """Decides about requests for approval.

    Args:
        store: Holds them.
        audit: Hears of every decision.
        clock: Returns epoch seconds.
        place: Where people decide.
    """

    def __init__(self, store: Store, audit: Audit, clock: Callable[[], float], place: Place = "page") -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._place: Place = place

    def now(self) -> float:
        """Return the time by which requests expire, in epoch seconds."""
        return self._clock()

    async def decide(self, request: ApprovalRequest, person: Person, *, approve: bool, note: str | None) -> Decided:
        """Approve a request or deny it, and say what came of that.

        `too_late` means that it did not wait any more, `not_allowed` that this person may not approve it.

        Raises:
            StoreUnavailable: it could not be kept, and nothing was decided.
        """
        if approve and hindrance(request, person) is not None:
            return "not_allowed"
        said = clean(note or "", MAX_NOTE) or None
        if not await self._store.approvals.decide(request.id, approve=approve, by=person.name, note=said):
            return "too_late"
        who = person.identity or person.name
        await self._audit.decided(request, by=who, approved=approve, note=said, place=self._place)
        return "approved" if approve else "denied"


def hindrance(request: ApprovalRequest, person: Person) -> str | None:
    """Return why a person may not approve a request, as a sentence; None when they may. Anybody may deny."""
    return not_another(request.identity, person.identity) if request.requirement == "approver" else None


def not_another(caller: str, approver: str) -> str | None:
    """Return why an approver cannot be told to be somebody else than the caller; None when they are.

    Args:
        caller: Issuer and subject of who calls; empty when nobody signed in.
        approver: The same of who is to approve.
    """
    if not approver:
        return "Somebody who signs in has to approve this."
    if caller == approver:
        return "Somebody else than the caller has to approve this, and the caller is you."
    if _issuer(caller) != _issuer(approver):
        return "Somebody else than the caller has to approve this, and who the caller is cannot be told here."
    return None


def _issuer(identity: str) -> str:
    return identity.partition(" ")[0]
