"""People at the approval page."""

from collections.abc import Callable

from server.approvals.deciding import Decided, Deciding
from server.approvals.person import Person
from server.journal.audit import Audit
from server.store.store import Store
from tests.machines.callers import ISSUER

CAROL = Person("carol", f"{ISSUER} carol")
"""Somebody who calls nothing herself."""
PEOPLE = (CAROL, *(Person(name, f"{ISSUER} {name}") for name in ("alice", "bob")), Person("root", ""))
"""Others: those who call, and whoever runs the server."""


async def decided(
    store: Store, clock: Callable[[], float], request_id: str, person: Person, *, approve: bool
) -> Decided:
    """Let somebody decide, and return what came of that."""
    request = await store.approvals.find(request_id)
    assert request is not None
    return await Deciding(store, Audit(store, None, clock), clock).decide(request, person, approve=approve, note=None)
