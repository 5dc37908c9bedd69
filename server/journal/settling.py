"""Changes whose outcome their call did not learn are looked up when the journal is read, and what is found is kept."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from server.journal.audit import Audit
from server.journal.finding import Finding
from server.journal.looking import Looking
from server.store.store import Store
from server.upstream.errors import (
    Busy,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    Unauthorized,
    Unavailable,
    Unreachable,
    UnusableAnswer,
    UpstreamFailure,
)
from tools.journal import ChangeOutcome

if TYPE_CHECKING:
    from server.store.change_rows import ChangeRow

Told = Callable[[str | None], Awaitable[None]]
"""Hears of a task that was changed; None where it is not known which."""

_AT_ONCE = 50
"""Changes that are looked up before a page of the journal is shown; the service is asked up to three times for each."""

_LONGEST = 20
"""Seconds that this may take in all; what is not looked up by then is not known for now."""

_ABOUT_ONE_TASK = (Forbidden, NotFound, Rejected, ServerFault, UnusableAnswer)
"""What need not befall the next question as well."""

_ABOUT_ALL = (Busy, RateLimited, Unauthorized, Unavailable, Unreachable)
"""What says nothing about the task that was asked about; nor does what stands in front of the service."""

_IN_FRONT = (502, 503, 504)


@dataclass(slots=True)
class Settled:
    """What came of settling.

    Attributes:
        learnt: How many outcomes are known now that were not.
        so_far: What can be said of changes that the service may still carry out.
    """

    learnt: int = 0
    so_far: dict[str, ChangeOutcome] = field(default_factory=dict[str, ChangeOutcome])


class Settling:
    """Finds out outcomes and keeps them.

    Args:
        looking: Looks what became of a change.
        store: Holds the journal.
        audit: Hears of every outcome that is found out.
        audience: The server and tenant whose changes these are.
        clock: Returns epoch seconds.
        patience: Seconds after which a change without an outcome is not under way any more.
        told: Hears of which task it is found out that it was changed.
    """

    def __init__(
        self,
        looking: Looking,
        store: Store,
        audit: Audit,
        audience: str,
        *,
        clock: Callable[[], float],
        patience: float,
        told: Told | None = None,
    ) -> None:
        self._told = told
        self._looking = looking
        self._store = store
        self._audit = audit
        self._audience = audience
        self._clock = clock
        self._patience = patience

    def outcome(self, row: "ChangeRow", settled: Settled) -> ChangeOutcome:
        """Return what is known of a change."""
        if not row.genuine:
            return "unverified"
        if row.outcome == "unknown" and row.id in settled.so_far:
            return settled.so_far[row.id]
        return row.outcome or ("unknown" if self._is_over(row) else "under_way")

    async def settle_all(self) -> Settled:
        """Find out what became of the changes that have no outcome and whose turn it is, as far as it can be found out.

        Raises:
            StoreUnavailable: the store fails.
        """
        settled, before = Settled(), self._clock() - self._patience
        with anyio.move_on_after(_LONGEST):
            known = -1
            # What became of one may tell what became of another, whose turn it is then as well.
            while settled.learnt > known:
                known = settled.learnt
                rows = await self._store.changes.unsettled(self._audience, before, _AT_ONCE)
                await self._look_at([row for row in rows if row.id not in settled.so_far], settled)
        return settled

    async def settle(self, rows: "Iterable[ChangeRow]") -> Settled:
        """Find out what became of these, whether it is their turn or not.

        Raises:
            StoreUnavailable: the store fails.
        """
        settled = Settled()
        left = [row for row in rows if row.outcome == "unknown" or (row.outcome is None and self._is_over(row))]
        with anyio.move_on_after(_LONGEST):
            while left:
                known = settled.learnt
                doubtful = await self._look_at(left, settled)
                # What became of one may tell what became of another.
                left = doubtful if settled.learnt > known else []
        return settled

    async def _look_at(self, rows: "Iterable[ChangeRow]", settled: Settled) -> "list[ChangeRow]":
        """Look once what became of each of these, and return those of which it cannot be told."""
        doubtful: list[ChangeRow] = []
        for row in rows:
            try:
                found = await self._look(row)
            except _ABOUT_ONE_TASK:
                continue
            except UpstreamFailure:
                break
            if found is None:
                doubtful.append(row)
            else:
                await self._keep(row, found, settled)
        return doubtful

    async def _look(self, row: "ChangeRow") -> Finding | None:
        """Return what was found; None where that tells nothing. Then its next turn comes later, also if it took long.

        Raises:
            UpstreamFailure: the service could not be asked.
            StoreUnavailable: the store fails.
        """
        in_vain = True
        try:
            found = await self._looking.look(row) if row.genuine else None
            in_vain = found is None or found.outcome == "unknown"
        except UpstreamFailure as failure:
            in_vain = not (isinstance(failure, _ABOUT_ALL) or failure.details.get("status") in _IN_FRONT)
            raise
        finally:
            if in_vain:
                with anyio.CancelScope(shield=True):
                    await self._store.changes.looked_up(row.id)
        return None if in_vain else found

    async def _keep(self, row: "ChangeRow", found: Finding, settled: Settled) -> None:
        if not self._is_over(row) and (found.outcome == "not_done" or not found.alone):
            settled.so_far[row.id] = "not_yet" if found.outcome == "not_done" else "done"
            return
        record = self._audit.settled(row, found.outcome, found.made)
        if await self._store.changes.settle(row.id, found.outcome, found.made, record):
            settled.learnt += 1
            await self._audit.put(record)
            if self._told is not None and found.outcome == "done":
                await self._told(row.task_id or found.made)

    def _is_over(self, row: "ChangeRow") -> bool:
        # The service may still be carrying out a request whose answer was not waited for.
        return self._clock() - row.began >= self._patience
