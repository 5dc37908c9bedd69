"""The Tasks API together with the journal: what operations are given as `Api`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from server.errors import NotAdmitted
from server.journal.audit import Audit
from server.journal.finding_out import FindingOut
from server.journal.looking import Looking
from server.journal.settling import Settled, Settling, Told
from server.schedules.timetable import Timetable
from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from server.upstream.last_look import Seen
from tools.contract import Reply, Request
from tools.journal import Change
from tools.target import Target

if TYPE_CHECKING:
    from server.store.change_rows import ChangeRow

ResultT = TypeVar("ResultT")


class Service(Protocol):
    """The Tasks API alone."""

    async def send(self, request: Request, returns: type[ResultT], seen: Seen | None = None) -> Reply[ResultT]:
        """Send `request` and read the answer; `seen` is what a write is about."""
        ...


class Workbench:
    """What operations work with.

    Args:
        service: The Tasks API.
        store: Holds the journal.
        audit: Hears of every change that begins, and of every outcome that is found out.
        audience: The server and tenant whose changes these are.
        clock: Returns epoch seconds.
        patience: Seconds after which a change without an outcome is not under way any more.
        settle_seconds: Seconds within which a call looks again and again what became of its change.
        told: Hears of which task it is found out later that it was changed.
    """

    def __init__(
        self,
        service: Service,
        store: Store,
        audit: Audit,
        audience: str,
        *,
        clock: Callable[[], float],
        patience: float,
        settle_seconds: float,
        told: Told | None = None,
    ) -> None:
        self._service = service
        self.target: Target | None = None
        self.store = store
        self.audit = audit
        looking = Looking(self, store, clock=clock, patience=patience)
        settling = Settling(looking, store, audit, audience, clock=clock, patience=patience, told=told)
        self.journal = SettledJournal(store, audience, settling)
        self.timetable = Timetable(clock)
        self.clock = clock
        self.finding_out = FindingOut(looking, settle_seconds)

    async def send(self, request: Request, returns: type[ResultT], seen: Seen | None = None) -> Reply[ResultT]:
        """Send `request` and read the answer as `returns`; `seen` is what a write is about.

        Raises:
            UpstreamFailure: whichever of its kinds fits. Besides, what `seen` raises.
        """
        return await self._service.send(request, returns, seen)


class SettledJournal:
    """The journal of one tenant's changes, each looked up in the service if its outcome was never learnt.

    Args:
        store: Holds it.
        audience: The server and tenant.
        settling: Finds out outcomes.
    """

    def __init__(self, store: Store, audience: str, settling: Settling) -> None:
        self._store = store
        self._audience = audience
        self._settling = settling

    async def page(
        self, *, task_id: str | None, operation: str | None, start_index: int, hits: int
    ) -> tuple[Sequence[Change], int]:
        """Return a page of changes, newest first, and how many there are.

        Raises:
            NotAdmitted: the store fails.
        """
        try:
            # First of all, whatever is asked for: what is found out decides which task a change was about.
            settled = await self._settling.settle_all()
            rows, total = await self._store.changes.page(
                self._audience, task_id=task_id, operation=operation, skip=start_index, limit=hits
            )
            return [self._change(row, settled) for row in rows], total
        except StoreUnavailable as error:
            raise _unreadable(error) from None

    async def find(self, change_id: str) -> Change | None:
        """Return a change; None when there is none of that ID.

        Raises:
            NotAdmitted: the store fails.
        """
        try:
            row = await self._find(change_id)
            if row is None:
                return None
            undoing = await self._find(row.undone_by) if row.undone_by else None
            settled = await self._settling.settle([row, undoing] if undoing else [row])
            if settled.learnt:
                row = await self._find(change_id) or row
            return self._change(row, settled)
        except StoreUnavailable as error:
            raise _unreadable(error) from None

    async def _find(self, change_id: str) -> "ChangeRow | None":
        return await self._store.changes.find(self._audience, change_id)

    def _change(self, row: "ChangeRow", settled: Settled) -> Change:
        return Change(
            id=row.id,
            operation=row.operation,
            task_id=row.task_id,
            task_name=row.task_name,
            before=row.before,
            sent=row.sent,
            outcome=self._settling.outcome(row, settled),
            began=row.began,
            caller=f"{row.caller} ({row.client})" if row.client else row.caller,
            undoes=row.undoes,
            undone_by=row.undone_by,
        )


def _unreadable(error: StoreUnavailable) -> NotAdmitted:
    return NotAdmitted(
        "unavailable",
        "The journal of changes cannot be used right now.",
        hint=f"The person who runs this server should look at its log, and at {error.setting}.",
    )
