"""The target of an admitted call, which must still be that when its request goes out late, or once more."""

from typing import TypeVar

from server.guard.call import Call
from server.guard.staleness import refuse_another
from server.upstream.last_look import Asking
from tools.contract import Preview, Reply, Request
from tools.journal import Journal
from tools.target import Target
from tools.timing import Timetable

ResultT = TypeVar("ResultT")


class Seen:
    """What a call was admitted for.

    Args:
        call: The call.
        preview: The target, as it was then.
        journal: What was changed before.
        timetable: What schedules come to.
    """

    def __init__(self, call: Call, preview: Preview, journal: Journal, timetable: Timetable) -> None:
        self._call = call
        self._preview = preview
        self._journal = journal
        self._timetable = timetable

    @property
    def at(self) -> float:
        """When the last look at it began, on the event loop's clock."""
        return self._call.trace.looked

    async def again(self, service: Asking) -> None:
        """Look at it once more.

        Raises:
            NotAdmitted: it is not what it was.
            NotPossible: the operation cannot do this as things are by now.
            UpstreamFailure: it could not be fetched.
        """
        now = await self._call.preview(_Looking(service, self._journal, self._timetable))
        refuse_another(self._call, self._preview, now)


class _Looking:
    """What a look gets as its API."""

    target: Target | None = None

    def __init__(self, service: Asking, journal: Journal, timetable: Timetable) -> None:
        self._service = service
        self.journal = journal
        self.timetable = timetable

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request` and read the answer."""
        return await self._service.send(request, returns)
