"""The target of an admitted call, which must still be that when its request goes out late, or once more."""

from typing import TYPE_CHECKING, TypeVar

from server.guard import words
from server.guard.binding import recorded
from server.guard.call import Call
from server.guard.staleness import refuse_another
from server.upstream.last_look import Asking
from tools.contract import Preview, Reply, Request
from tools.journal import Journal
from tools.target import Target
from tools.timing import Timetable

if TYPE_CHECKING:
    from server.journal.workbench import Workbench

ResultT = TypeVar("ResultT")


class Seen:
    """What a call was admitted for.

    Args:
        call: The call.
        preview: The target, as it was then.
        workbench: The journal, what schedules come to, and the consents.
    """

    def __init__(self, call: Call, preview: Preview, workbench: "Workbench") -> None:
        self._call = call
        self._preview = preview
        self._workbench = workbench

    @property
    def at(self) -> float:
        """When the last look at it began, on the event loop's clock."""
        return self._call.trace.looked

    async def again(self, service: Asking) -> None:
        """Look at it once more.

        Raises:
            NotAdmitted: it is not what it was, or a person has said no to it meanwhile.
            NotPossible: the operation cannot do this as things are by now.
            UpstreamFailure: it could not be fetched.
        """
        now = await self._call.preview(_Looking(service, self._workbench.journal, self._workbench.timetable))
        refuse_another(self._call, self._preview, now)
        await self._refuse_what_was_refused()

    async def _refuse_what_was_refused(self) -> None:
        before = self._call.trace.refusals
        if before is None:
            return
        # A count, and no times: the no may have been given on another machine, whose clock is another.
        if await recorded(self._call, self._workbench.store.consents.refusals(self._call.matter)) != before:
            raise words.refused_since(self._call)


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
