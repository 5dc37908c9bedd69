"""What became of a change is found out within the call that made it, where no answer says so."""

from collections.abc import Sequence

import anyio

from server.journal.finding import Attempt, Finding
from server.journal.looking import Looking
from server.store.unavailable import StoreUnavailable
from server.upstream.errors import UpstreamFailure

_PARTS: Sequence[float] = (0.05, 0.15, 0.3, 0.5)
"""How the time between looks is shared out: the first come soon."""

_MARGIN = 3
"""Seconds for the looks themselves."""


class FindingOut:
    """Looks what became of a change, more than once where that can still change.

    Args:
        looking: Looks.
        seconds: For how long it looks again.
    """

    def __init__(self, looking: Looking, seconds: float) -> None:
        self._looking = looking
        self._seconds = seconds

    async def look(self, attempt: Attempt, *, over: bool) -> Finding | None:
        """Return what was found last; None when nothing could be found out. Takes ten seconds at most.

        Args:
            attempt: The change.
            over: Whether the service is done with it, so that what is found is final.
        """
        found: Finding | None = None
        with anyio.move_on_after(self._seconds + _MARGIN):
            for wait in (0, *(part * self._seconds for part in _PARTS)):
                await anyio.sleep(wait)
                found = await self._look(attempt) or found
                if found is not None and (over or found.outcome == "done"):
                    break
        return found

    async def _look(self, attempt: Attempt) -> Finding | None:
        try:
            return await self._looking.look(attempt)
        except (UpstreamFailure, StoreUnavailable):
            return None
